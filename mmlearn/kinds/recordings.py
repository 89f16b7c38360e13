"""A column of recordings: what the channels of a sensor measured, step by step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.batch import Padded, zero_masked
from mmlearn.data.corpus import Corpus
from mmlearn.encoders import SensorEncoder
from mmlearn.kinds.same import check_same
from mmlearn.kinds.scale import floor
from mmlearn.preprocess.sensor import channel_statistics, normalise


@dataclass(frozen=True)
class Recordings:
    """Steps float [N, T, C] and lengths [N], normalised by the training rows.

    A step in which a channel is NaN was not recorded: it is masked, as if the device
    had been off.
    """

    column: str
    rate: float | None
    channels: tuple[str, ...]
    mean: Tensor
    std: Tensor

    @classmethod
    def fit(cls, corpus: Corpus, column: str) -> Recordings:
        """Mean and deviation of each channel over all recorded steps of the corpus."""
        mean, std = channel_statistics(_padded(corpus, column))
        rate, channels = corpus.rates.get(column), corpus.channels.get(column, ())
        return cls(column, rate, channels, mean, floor(mean, std))

    def __call__(self, corpus: Corpus) -> Padded:
        """Normalised steps float32 [N, T, C], zero where masked."""
        check_same(corpus, self.column, self.mean.shape, self.rate)
        channels = corpus.channels.get(self.column, ())
        if channels != self.channels:
            raise ValueError(
                f"corpus {corpus.name}: {self.column!r} has the channels {channels}; "
                f"expected {self.channels}, as in training"
            )
        padded = normalise(_padded(corpus, self.column), self.mean, self.std)
        assert isinstance(padded, Padded)  # as it was given
        return padded

    def encoder(self, d_model: int, pool: bool, dropout: float) -> nn.Module:
        """Convolutions over time."""
        channels = len(self.mean)
        return SensorEncoder(channels, d_model, pool=pool, dropout=dropout)

    def __str__(self) -> str:
        return f"recordings of {len(self.mean)} channels"


def _padded(corpus: Corpus, column: str) -> Padded:
    # np.array copies: what is mapped from the disk stays as it is.
    values = torch.from_numpy(np.array(corpus[column], dtype=np.float32))
    lengths = torch.from_numpy(corpus.lengths(column))
    mask = torch.arange(values.shape[1]) < lengths.unsqueeze(1)
    mask &= ~values.isnan().any(dim=2)
    return Padded(zero_masked(values, mask), mask)
