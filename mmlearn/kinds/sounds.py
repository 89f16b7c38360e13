"""A column of sounds, as log-mel spectrograms."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.batch import Padded, masked_mean, zero_masked
from mmlearn.data.corpus import Corpus
from mmlearn.encoders import SpectrogramEncoder
from mmlearn.kinds.same import check_same
from mmlearn.kinds.scale import floor
from mmlearn.preprocess.audio import band_statistics, log_mel, normalise
from mmlearn.preprocess.spectrogram import add_noise

N_MELS = 40
WINDOW = 0.032  # s, of which a window's samples are the nearest power of two
_TOGETHER = 256  # clips whose spectra are in memory at once


@dataclass(frozen=True)
class Sounds:
    """Waveforms int16 [N, T] and lengths [N] to log-mel, normalised: [N, frames, 40].

    The windows last 32 ms, as nearly as a power of two allows, and overlap by half.
    """

    column: str
    rate: int
    by_clip: bool
    mean: Tensor
    std: Tensor

    @classmethod
    def fit(cls, corpus: Corpus, column: str, by_clip: bool = True) -> Sounds:
        """Mean and deviation of each mel band over all frames of the corpus.

        Args:
            by_clip: whether each clip's own mean is taken out of each band first: its
                level, its microphone and what its voice has all along. For unseen
                voices that helped in clean sound; in loud noise it hurts.

        Raises:
            ValueError: when the corpus does not say at which rate it was sampled.
        """
        if column not in corpus.rates:
            raise ValueError(
                f"corpus {corpus.name}: the sampling rate of {column!r} is not known. "
                f"Fix: rates={{{column!r}: 16000}} when the corpus is made"
            )
        rate = round(corpus.rates[column])
        mean, std = band_statistics(_log_mel(corpus, column, rate, by_clip))
        return cls(column, rate, by_clip, mean, floor(mean, std, 0.01))

    def __call__(self, corpus: Corpus) -> Padded:
        """Normalised log-mel frames float32 [N, frames, 40].

        Raises:
            ValueError: when the corpus has another sampling rate than in training.
        """
        check_same(corpus, self.column, (), self.rate)
        padded = _log_mel(corpus, self.column, self.rate, self.by_clip)
        return normalise(padded, self.mean, self.std)

    def vary(self, sounds: Padded) -> Padded:
        """Each clip in noise of .7 deviations of its bands: new at every step."""
        return add_noise(sounds, 0.7)

    def encoder(self, d_model: int, pool: bool, dropout: float) -> nn.Module:
        """Convolutions over time."""
        return SpectrogramEncoder(len(self.mean), d_model, pool=pool, dropout=dropout)

    def __str__(self) -> str:
        return f"sounds, {self.rate} Hz"


def _log_mel(corpus: Corpus, column: str, rate: int, by_clip: bool) -> Padded:
    waveforms, lengths = corpus[column], corpus.lengths(column)
    n_fft = 2 ** round(math.log2(WINDOW * rate))
    parts = []
    for start in range(0, len(waveforms), _TOGETHER):
        rows = slice(start, start + _TOGETHER)
        clips = np.array(waveforms[rows], dtype=np.float32) / 32_768
        parts.append(log_mel(clips, lengths[rows], rate, N_MELS, n_fft, n_fft // 2))
    values = torch.cat([part.values for part in parts])
    mask = torch.cat([part.mask for part in parts])
    if by_clip:
        values = zero_masked(values - masked_mean(values, mask).unsqueeze(1), mask)
    return Padded(values, mask)
