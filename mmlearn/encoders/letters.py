"""Letters to tokens that know their neighbours, as a pronunciation has to."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmlearn.batch import Padded, Tokens, masked_mean, zero_masked
from mmlearn.encoders.text import token_numbers


class LettersEncoder(nn.Module):
    """An embedding, convolutions over neighbouring letters, and a GRU each way.

    For sound from letters (`Speak`): "c" is told apart in "cat" and "city" by what
    follows it. Each convolution is added to what it reads. Masked steps are skipped
    wherever they are: the real ones are moved to the front, and back afterwards.

    Args:
        depth: how many convolutions, each over five letters.
        pool: whether to give one token, the mean.

    Raises:
        ValueError: when depth is below 1, or d_model is odd.
        TypeError: in `forward`, when the letters are not whole numbers.
    """

    def __init__(
        self,
        vocabulary_size: int,
        d_model: int,
        depth: int = 3,
        pool: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if depth < 1:
            raise ValueError(f"depth is {depth}; expected 1 or more convolutions")
        if d_model % 2:
            raise ValueError(f"d_model is {d_model}; expected an even number")
        self.vocabulary_size, self.d_model, self.pool = vocabulary_size, d_model, pool
        self.embedding = nn.Embedding(vocabulary_size, d_model)
        self.norms = nn.ModuleList(nn.LayerNorm(d_model) for _ in range(depth))
        self.convolutions = nn.ModuleList(
            nn.Conv1d(d_model, d_model, kernel_size=5, padding=2) for _ in range(depth)
        )
        self.onwards = nn.GRU(d_model, d_model // 2, batch_first=True)
        self.back = nn.GRU(d_model, d_model // 2, batch_first=True)
        self.dropout = nn.Dropout(dropout)

    def forward(self, text: Padded | Tensor) -> Tokens:
        """Whole numbers [B, L], or Padded, to Tokens.

        They are [B, 1, D] when `pool`, else [B, L, D].
        """
        padded = token_numbers(text)
        order = (~padded.mask).to(torch.uint8).argsort(dim=1, stable=True)
        mask = padded.mask.gather(1, order)  # the real ones first
        values = self.embedding(padded.values.gather(1, order))
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            near = convolution(zero_masked(norm(values), mask).mT).mT
            values = values + self.dropout(F.gelu(near))
        place = torch.arange(mask.shape[1], device=mask.device)
        last_first = torch.where(mask, mask.sum(dim=1, keepdim=True) - 1 - place, place)
        backwards = _moved(self.back(_moved(values, last_first))[0], last_first)
        read = torch.cat([self.onwards(values)[0], backwards], dim=2)
        values = _moved(values + self.dropout(read), order.argsort(dim=1))
        if self.pool:
            mean = masked_mean(values, padded.mask).unsqueeze(1)
            return Tokens(mean, padded.present.unsqueeze(1))
        return Tokens(zero_masked(values, padded.mask), padded.mask)


def _moved(values: Tensor, order: Tensor) -> Tensor:
    """Values [B, L, D] in the order [B, L] of their steps."""
    return values.gather(1, order.unsqueeze(-1).expand_as(values))
