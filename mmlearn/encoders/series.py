"""Convolutions over time that never see the padding: for spectrograms and sensors."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmlearn.batch import Padded, Tokens, masked_mean, zero_masked
from mmlearn.positions import sinusoid


def down_sample(mask: Tensor, stride: int) -> Tensor:
    """The mask [B, T] after a convolution with this stride: [B, ceil(T / stride)].

    An output step is real when any of the `stride` steps that it stands for is, so no
    sample loses its last real step.
    """
    whole = F.pad(mask, (0, -mask.shape[1] % stride))
    return whole.unflatten(1, (-1, stride)).any(dim=2)


def mean_of_pieces(values: Tensor, mask: Tensor, pieces: int) -> Tensor:
    """The mean of each of `pieces` parts of a sample's duration: [B, pieces, D].

    As `adaptive_avg_pool1d` cuts, but by the sample's last real step, not by the
    batch's. Masked steps count in no mean; a piece without a real step is 0.

    Args:
        values: float [B, T, D].
        mask: bool [B, T].
        pieces: how many parts.
    """
    place = torch.arange(mask.shape[1], device=mask.device)
    steps = (mask * (place + 1)).amax(dim=1).view(-1, 1, 1)
    piece = torch.arange(pieces, device=mask.device).view(1, -1, 1)
    first = piece * steps // pieces
    after = ((piece + 1) * steps + pieces - 1) // pieces
    inside = (place >= first) & (place < after) & mask.unsqueeze(1)  # [B, pieces, T]
    weights = inside.to(values.dtype)
    total = weights @ zero_masked(values, mask)
    return total / weights.sum(dim=2, keepdim=True).clamp(min=1)


class SeriesConvolutions(nn.Module):
    """`depth` convolutions over time, each with stride 2, then a projection.

    The masked steps are set to zero before every convolution, which is what the
    convolution itself adds beyond the end, so a series gives the same tokens however
    long the others in its batch are. Normalisation is LayerNorm on the channels.

    Args:
        pool: whether to give one token; otherwise tokens carry sinusoids of their
            positions in time.
        pieces: with `pool`, into how many pieces of equal duration a series is cut; the
            token is a linear layer on their means, side by side. With 1 the order in
            time is lost: a word is the same forwards and backwards.

    Raises:
        ValueError: when depth or pieces is not positive.
    """

    def __init__(
        self,
        channels: int,
        d_model: int,
        width: int,
        depth: int,
        pool: bool,
        dropout: float,
        pieces: int = 1,
    ) -> None:
        super().__init__()
        if depth < 1:
            raise ValueError(f"depth is {depth}; expected 1 or more convolutions")
        if pieces < 1:
            raise ValueError(f"pieces is {pieces}; expected 1 or more")
        self.d_model, self.pool, self.pieces = d_model, pool, pieces
        self.convolutions = nn.ModuleList(
            nn.Conv1d(before, width, kernel_size=5, stride=2, padding=2)
            for before in (channels, *[width] * (depth - 1))
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in self.convolutions)
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(width * (pieces if pool else 1), d_model)
        self.norm = nn.Identity() if pool else nn.LayerNorm(d_model)

    def forward(self, series: Padded) -> Tokens:
        """Padded float [B, T, C] to Tokens.

        They are [B, 1, D] when `pool`, else [B, ceil(T / 2**depth), D].
        """
        values, mask = series.values, series.mask
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            values = zero_masked(values, mask)
            values = convolution(values.mT).mT  # over time: [B, ceil(T / 2), width]
            values = self.dropout(F.gelu(norm(values)))
            mask = down_sample(mask, stride=2)
        if self.pool and self.pieces > 1:
            values = self.project(mean_of_pieces(values, mask, self.pieces).flatten(1))
            present = mask.any(dim=1, keepdim=True)
            return Tokens(zero_masked(values.unsqueeze(1), present), present)
        values = self.norm(self.project(values))
        if not self.pool:
            values = values + sinusoid(values.shape[1], self.d_model, values)
            return Tokens(zero_masked(values, mask), mask)
        mean = masked_mean(values, mask).unsqueeze(1)
        return Tokens(mean, mask.any(dim=1, keepdim=True))
