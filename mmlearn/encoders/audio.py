"""Spectrograms to tokens."""

from __future__ import annotations

from torch import Tensor, nn

from mmlearn.batch import Padded, Tokens
from mmlearn.encoders.doors import float_steps
from mmlearn.encoders.series import SeriesConvolutions


class SpectrogramEncoder(nn.Module):
    """Two masked convolutions over time (see `SeriesConvolutions`).

    Args:
        pool: whether to give one token.
        pieces: with `pool`, of how many pieces of time it keeps the mean, in their
            order; with 1 it is one mean, and a word is the same backwards.

    Raises:
        ValueError: when a step has other than n_mels numbers.
        TypeError: when they are not of the model's dtype; see `float_steps`.
    """

    def __init__(
        self,
        n_mels: int,
        d_model: int,
        width: int = 128,
        pool: bool = True,
        dropout: float = 0.0,
        pieces: int = 4,
    ) -> None:
        super().__init__()
        self.n_mels, self.d_model = n_mels, d_model
        self.layers = SeriesConvolutions(
            n_mels, d_model, width, 2, pool, dropout, pieces
        )

    def forward(self, audio: Padded | Tensor) -> Tokens:
        """Log-mel float [B, T, n_mels], or Padded, to Tokens.

        They are [B, 1, D] when `pool`, else [B, ceil(T / 4), D].
        """
        like = self.layers.project.weight
        padded = float_steps(audio, 1, "audio", like, "see log_mel", noun="log-mel")
        bands = padded.values.shape[2]
        if bands != self.n_mels:
            raise ValueError(f"audio has {bands} mel bands; expected {self.n_mels}")
        return self.layers(padded)
