"""A column of films, as frames at a constant rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from mmlearn.batch import Padded, zero_masked
from mmlearn.data.corpus import Corpus
from mmlearn.encoders import ConvEncoder, VideoEncoder
from mmlearn.kinds.same import check_same
from mmlearn.kinds.scale import floor
from mmlearn.preprocess.image import channel_statistics, normalise


@dataclass(frozen=True)
class Films:
    """Frames uint8 [N, T, C, H, W] and lengths [N], normalised by the training rows."""

    column: str
    shape: tuple[int, ...]
    rate: float | None
    mean: list[float]
    std: list[float]

    @classmethod
    def fit(cls, corpus: Corpus, column: str) -> Films:
        """Mean and deviation of each channel over all real frames of the corpus."""
        frames, lengths = corpus[column], corpus.lengths(column)
        real = np.arange(frames.shape[1]) < lengths[:, None]  # [N, T]
        mean, std = channel_statistics(frames[real])
        scale = floor(torch.tensor(mean), torch.tensor(std), 1e-4)
        rate = corpus.rates.get(column)
        return cls(column, frames.shape[2:], rate, mean, scale.tolist())

    def __call__(self, corpus: Corpus) -> Padded:
        """Normalised frames float32 [N, T, C, H, W], zero where masked."""
        films = check_same(corpus, self.column, self.shape, self.rate)
        frames = normalise(films, self.mean, self.std)
        lengths = torch.from_numpy(corpus.lengths(self.column))
        mask = torch.arange(frames.shape[1]) < lengths.unsqueeze(1)
        return Padded(zero_masked(frames, mask), mask)

    def encoder(self, d_model: int, pool: bool, dropout: float) -> nn.Module:
        """A small convolutional network on each frame, and attention over time."""
        return VideoEncoder(
            ConvEncoder(d_model, channels=len(self.mean)), pool=pool, dropout=dropout
        )

    def __str__(self) -> str:
        return "films"
