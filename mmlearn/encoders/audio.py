"""Spectrograms to tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmlearn.batch import Padded, Tokens, as_padded, masked_mean
from mmlearn.positions import sinusoid


def down_sample(mask: Tensor, stride: int) -> Tensor:
    """The mask [B, T] after a convolution with this stride: [B, ceil(T / stride)].

    An output step is real when the input step at its centre is.
    """
    return mask[:, ::stride]


class SpectrogramEncoder(nn.Module):
    """Convolutions over time, each with stride 2, that never see the padding.

    Shapes: log-mel float [B, T, n_mels], or Padded, to Tokens [B, 1, D] (mean over
    the real steps) when `pool`, else [B, ceil(T / 4), D], with sinusoids that say where
    in time a token stands.
    The masked steps are set to zero before every convolution, which is what the
    convolution itself adds beyond the end, so a clip gives the same tokens however
    long the others in its batch are. Normalisation is LayerNorm on the channels.

    Raises ValueError when a step has other than n_mels numbers, TypeError when they
    are not float.
    """

    def __init__(
        self,
        n_mels: int,
        d_model: int,
        width: int = 128,
        pool: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.n_mels, self.d_model, self.pool = n_mels, d_model, pool
        self.convolutions = nn.ModuleList(
            nn.Conv1d(before, width, kernel_size=5, stride=2, padding=2)
            for before in (n_mels, width)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in self.convolutions)
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(width, d_model)
        self.norm = nn.Identity() if pool else nn.LayerNorm(d_model)

    def forward(self, audio: Padded | Tensor) -> Tokens:
        padded = as_padded(audio, item_ndim=1)
        values, mask = padded.values, padded.mask
        if not values.is_floating_point():
            raise TypeError(f"audio is {values.dtype}; expected a float log-mel")
        if values.shape[2] != self.n_mels:
            raise ValueError(
                f"audio has {values.shape[2]} mel bands; expected {self.n_mels}"
            )
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            values = torch.where(mask.unsqueeze(-1), values, 0)
            values = convolution(values.mT).mT  # over time: [B, ceil(T / 2), width]
            values = self.dropout(F.gelu(norm(values)))
            mask = down_sample(mask, stride=2)
        values = self.norm(self.project(values))
        if not self.pool:
            values = values + sinusoid(values.shape[1], self.d_model, values)
            return Tokens(values * mask.unsqueeze(-1), mask)
        mean = masked_mean(values, mask).unsqueeze(1)
        return Tokens(mean, mask.any(dim=1, keepdim=True))
