"""Spectrograms to tokens that know what was said before and after them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmlearn.batch import Padded, Tokens, masked_mean, zero_masked
from mmlearn.encoders.doors import float_steps
from mmlearn.encoders.series import down_sample


class SpeechEncoder(nn.Module):
    """Two convolutions over time, then GRUs that read it in both directions.

    For letters from sound (`Transcribe`): the first convolution looks closely, the
    second has the stride. Masked steps are skipped by the GRUs wherever they are, so a
    clip gives the same tokens however long the others in its batch are.

    Args:
        d_model: the width of the tokens; each direction has half of it.
        width: of the convolutions.
        depth: how many two-way GRUs read one after another.
        stride: frames for a token. There must be a token for each letter, and one
            between two that are the same.
        pool: whether to give one token, the mean.

    Raises:
        ValueError: when depth or stride is not positive, or d_model is odd; in
            `forward`, when a step has other than n_mels numbers.
        TypeError: when they are not of the model's dtype; see `float_steps`.
    """

    def __init__(
        self,
        n_mels: int,
        d_model: int,
        width: int = 128,
        depth: int = 1,
        stride: int = 2,
        pool: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if depth < 1 or stride < 1:
            raise ValueError(
                f"depth is {depth}, stride {stride}; expected 1 or more of each"
            )
        if d_model % 2:
            raise ValueError(
                f"d_model is {d_model}; expected an even number, a half for each "
                "direction"
            )
        self.n_mels, self.d_model, self.stride, self.pool = (
            n_mels,
            d_model,
            stride,
            pool,
        )
        self.close = nn.Conv1d(n_mels, width, kernel_size=5, padding=2)
        self.wide = nn.Conv1d(width, width, kernel_size=5, stride=stride, padding=2)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        widths = [width] + [d_model] * (depth - 1)
        half = d_model // 2
        self.onwards = nn.ModuleList(nn.GRU(w, half, batch_first=True) for w in widths)
        self.back = nn.ModuleList(nn.GRU(w, half, batch_first=True) for w in widths)
        self.dropout = nn.Dropout(dropout)

    def forward(self, audio: Padded | Tensor) -> Tokens:
        """Log-mel float [B, T, n_mels], or Padded, to Tokens.

        They are [B, 1, D] when `pool`, else [B, ceil(T / stride), D].
        """
        like = self.close.weight
        padded = float_steps(audio, 1, "audio", like, "see log_mel", noun="log-mel")
        if padded.values.shape[2] != self.n_mels:
            raise ValueError(
                f"audio has {padded.values.shape[2]} mel bands; expected {self.n_mels}"
            )
        values, mask = zero_masked(padded.values, padded.mask), padded.mask
        values = self.dropout(F.gelu(self.norms[0](self.close(values.mT).mT)))
        values = zero_masked(values, mask)
        values = self.dropout(F.gelu(self.norms[1](self.wide(values.mT).mT)))
        mask = down_sample(mask, self.stride)[:, : values.shape[1]]
        onwards, backwards = _real_first(mask), _real_first(mask, last_first=True)
        for forth, back in zip(self.onwards, self.back, strict=True):
            read = [_read(forth, values, onwards), _read(back, values, backwards)]
            values = self.dropout(torch.cat(read, dim=2))
        if self.pool:
            mean = masked_mean(values, mask).unsqueeze(1)
            return Tokens(mean, mask.any(dim=1, keepdim=True))
        return Tokens(zero_masked(values, mask), mask)


def _real_first(mask: Tensor, last_first: bool = False) -> Tensor:
    """The steps of mask [B, T] in which a GRU reads them: int64 [B, T].

    First the real ones, in their order or from the last one on; then the masked ones.
    """
    place = torch.arange(mask.shape[1], device=mask.device)
    if last_first:
        place = -place
    # argsort needs no stability: all keys differ.
    return (place + ~mask * (2 * mask.shape[1])).argsort(dim=1)


def _read(gru: nn.Module, values: Tensor, order: Tensor) -> Tensor:
    """What a GRU says of values [B, T, C], read in an order [B, T]: [B, T, D]."""
    wide = order.unsqueeze(-1)
    states = gru(values.gather(1, wide.expand_as(values)))[0]
    return states.gather(1, order.argsort(dim=1).unsqueeze(-1).expand_as(states))
