"""Token numbers to tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmlearn.attention import AttentionStack
from mmlearn.batch import Padded, Tokens, masked_mean, zero_masked
from mmlearn.encoders.doors import whole_steps
from mmlearn.positions import sinusoid_of_words


def token_numbers(text: Padded | Tensor) -> Padded:
    """Token numbers as int64; 0 where the mask is False, so that it can be looked up.

    Args:
        text: of any integer type, [B, T].

    Raises:
        TypeError: when the tokens are not whole numbers.
        ValueError: for other axes, no sample or no step.
    """
    padded = whole_steps(text, "text")
    return Padded(zero_masked(padded.values, padded.mask), padded.mask)


class RecurrentEncoder(nn.Module):
    """An embedding and a GRU (Cho et al., 2014) that reads from left to right.

    Masked steps are skipped wherever they are: the real ones are moved to the front
    before the GRU, and back afterwards. Packing is shown in notebook 04.

    Args:
        pool: whether to give one token, the state after the last real step.

    Raises:
        TypeError: when the tokens are not whole numbers.
    """

    def __init__(
        self,
        vocabulary_size: int,
        d_model: int,
        embedding_dim: int = 64,
        pool: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.vocabulary_size, self.d_model, self.pool = vocabulary_size, d_model, pool
        self.embedding = nn.Embedding(vocabulary_size, embedding_dim)
        self.dropout = nn.Dropout(dropout)
        self.gru = nn.GRU(embedding_dim, d_model, batch_first=True)

    def forward(self, text: Padded | Tensor) -> Tokens:
        """Whole numbers [B, T], or Padded, to Tokens.

        They are [B, 1, D] when `pool`, else all states [B, T, D].
        """
        padded = token_numbers(text)
        # argsort puts the real steps first and keeps their order (it is stable).
        order = (~padded.mask).to(torch.uint8).argsort(dim=1, stable=True)
        vectors = self.dropout(self.embedding(padded.values.gather(1, order)))
        states, _ = self.gru(vectors)  # [B, T, D]
        if self.pool:
            last = padded.mask.sum(dim=1).sub(1).clamp(min=0)  # [B]
            values = states.gather(1, last[:, None, None].expand(-1, 1, self.d_model))
            mask = padded.present.unsqueeze(1)
        else:
            back = order.argsort(dim=1).unsqueeze(-1).expand_as(states)
            values, mask = states.gather(1, back), padded.mask
        return Tokens(zero_masked(values, mask), mask)


class TransformerEncoder(nn.Module):
    """An embedding, positions and attention (Vaswani et al., 2017).

    Masked steps are skipped wherever they are: none is looked at, and the positions
    count only the real ones. A text that is masked throughout gives zeros.

    Args:
        pool: whether to give one token, the mean over the real steps.

    Raises:
        TypeError: when the tokens are not whole numbers.
        ValueError: as `AttentionStack` does; for an odd d_model, as `sinusoid` does.
    """

    def __init__(
        self,
        vocabulary_size: int,
        d_model: int,
        depth: int = 2,
        heads: int = 4,
        pool: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.vocabulary_size, self.d_model, self.pool = vocabulary_size, d_model, pool
        self.embedding = nn.Embedding(vocabulary_size, d_model)
        self.dropout = nn.Dropout(dropout)
        self.stack = AttentionStack(d_model, depth, heads, dropout)

    def forward(self, text: Padded | Tensor) -> Tokens:
        """Whole numbers [B, T], or Padded, to Tokens.

        They are [B, 1, D] when `pool`, else [B, T, D].
        """
        padded = token_numbers(text)
        mask = padded.mask
        words = self.embedding(padded.values)  # [B, T, D]
        words = words + sinusoid_of_words(mask, self.d_model, words)
        values = self.stack(self.dropout(words), mask)
        if not self.pool:
            return Tokens(values, mask)
        return Tokens(masked_mean(values, mask).unsqueeze(1), padded.present[:, None])
