"""Pieces of words to tokens: an encoder for any language and any script."""

from __future__ import annotations

from torch import Tensor, nn

from mmlearn.batch import Padded, Tokens, zero_masked
from mmlearn.encoders.text import token_numbers


class PiecesEncoder(nn.Module):
    """The vectors of a text's pieces (`kinds.Characters`), added up, then two layers.

    Order counts only within a piece. With one vector for each of `buckets` numbers
    (Bojanowski et al., 2017: words as bags of their characters).

    Args:
        buckets: how many numbers the pieces have.
        d_model: the width of the token.
        dropout: before the last layer.

    Raises:
        TypeError: when the tokens are not whole numbers.
    """

    def __init__(
        self, buckets: int, d_model: int, width: int = 256, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.d_model, self.buckets = d_model, buckets
        self.vectors = nn.Embedding(buckets, width)
        # Small, so that a piece that training never met adds next to nothing.
        nn.init.normal_(self.vectors.weight, std=0.1)
        self.layers = nn.Sequential(
            nn.LayerNorm(width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(width, d_model),
        )

    def forward(self, text: Padded | Tensor) -> Tokens:
        """Whole numbers [B, T], or Padded, to Tokens [B, 1, D]."""
        padded = token_numbers(text)
        values = self._sum(padded)
        mask = padded.present.unsqueeze(1)
        return Tokens(zero_masked(self.layers(values).unsqueeze(1), mask), mask)

    def _sum(self, padded: Padded) -> Tensor:
        """Float [B, width], over the root of the number of pieces, so of one size."""
        # A bag at a time, so that no [B, T, width] is made.
        weights = padded.mask.to(self.vectors.weight)
        total = nn.functional.embedding_bag(
            padded.values, self.vectors.weight, mode="sum", per_sample_weights=weights
        )
        return total / weights.sum(dim=1, keepdim=True).clamp(min=1).sqrt()
