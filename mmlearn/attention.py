"""Attention of a sequence to itself (also causal) and to another one, in blocks."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmlearn.batch import zero_masked


def attend(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Tensor,
    dropout: float,
    causal: bool = False,
) -> Tensor:
    """What each query gets from the keys it may look at; the heads side by side.

    Args:
        q: [B, heads, T, D / heads].
        k: [B, heads, S, D / heads].
        v: [B, heads, S, D / heads].
        mask: bool [B, S].
        dropout: the share of attention weights that are dropped.
        causal: see `may_look`.

    Returns:
        Float [B, T, D].
    """
    looked = F.scaled_dot_product_attention(
        q, k, v, attn_mask=may_look(mask, causal), dropout_p=dropout
    )
    return looked.transpose(1, 2).flatten(2)


def attention_weights(
    q: Tensor, k: Tensor, mask: Tensor, causal: bool = False
) -> Tensor:
    """The weights [B, heads, T, S] that `attend` uses: each row sums to 1."""
    scores = q @ k.mT / q.shape[-1] ** 0.5
    return scores.masked_fill(~may_look(mask, causal), -torch.inf).softmax(dim=-1)


def may_look(mask: Tensor, causal: bool) -> Tensor:
    """Which keys a query may look at, from mask bool [B, S]: [B, 1, 1 or S, S].

    Args:
        causal: query t looks only at the keys 0..t, as in a decoder, which produces one
            word after another (Vaswani et al., 2017).
    """
    allowed = mask[:, None, None, :]
    if not causal:
        return allowed
    steps = torch.arange(mask.shape[1], device=mask.device)
    return allowed & (steps <= steps[:, None])


def check_heads(d_model: int, heads: int) -> int:
    """The number of heads, checked.

    Raises:
        ValueError: naming both, when it does not divide d_model.
    """
    if d_model % heads:
        raise ValueError(f"d_model {d_model} is not a multiple of heads {heads}")
    return heads


def feed_forward(d_model: int, dropout: float) -> nn.Sequential:
    """The second half of a block: each step alone, [B, T, D] -> [B, T, D]."""
    return nn.Sequential(
        nn.Linear(d_model, 4 * d_model),
        nn.GELU(),
        nn.Linear(4 * d_model, d_model),
        nn.Dropout(dropout),
    )


class AttentionBlock(nn.Module):
    """A pre-norm transformer block (Vaswani et al., 2017; Xiong et al., 2020).

    Every sample needs at least one True step (with causal=True its first): attention
    over nothing has no value.

    Args:
        causal: no step looks at a later one, for decoders.

    Raises:
        ValueError: naming both, when heads does not divide d_model.
    """

    def __init__(
        self, d_model: int, heads: int, dropout: float = 0.0, causal: bool = False
    ) -> None:
        super().__init__()
        self.heads, self.dropout = check_heads(d_model, heads), dropout
        self.causal = causal
        self.norm_attention = nn.LayerNorm(d_model)
        self.query_key_value = nn.Linear(d_model, 3 * d_model)
        self.project = nn.Linear(d_model, d_model)
        self.norm_mlp = nn.LayerNorm(d_model)
        self.mlp = feed_forward(d_model, dropout)

    def _split_heads(self, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """[B, T, D] to queries, keys and values, each [B, heads, T, D / heads]."""
        mixed = self.query_key_value(self.norm_attention(values))
        q, k, v = mixed.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return q, k, v

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """Values [B, T, D] and mask bool [B, T] to values [B, T, D]."""
        q, k, v = self._split_heads(values)
        dropout = self.dropout if self.training else 0.0
        looked = attend(q, k, v, mask, dropout, self.causal)
        values = values + self.project(looked)
        return values + self.mlp(self.norm_mlp(values))

    def attention(self, values: Tensor, mask: Tensor) -> Tensor:
        """The weights [B, heads, T, T] that `forward` uses: each row sums to 1."""
        q, k, _ = self._split_heads(values)
        return attention_weights(q, k, mask, self.causal)


class CrossBlock(nn.Module):
    """A pre-norm block in which one sequence looks at another.

    A learned step is put before the context, so that there is always something to look
    at, even where the mask is False throughout.

    Raises:
        ValueError: naming both, when heads does not divide d_model.
    """

    def __init__(self, d_model: int, heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.heads, self.dropout = check_heads(d_model, heads), dropout
        self.norm_values = nn.LayerNorm(d_model)
        self.norm_context = nn.LayerNorm(d_model)
        self.nothing = nn.Parameter(0.02 * torch.randn(d_model))
        self.query = nn.Linear(d_model, d_model)
        self.key_value = nn.Linear(d_model, 2 * d_model)
        self.project = nn.Linear(d_model, d_model)
        self.norm_mlp = nn.LayerNorm(d_model)
        self.mlp = feed_forward(d_model, dropout)

    def forward(self, values: Tensor, context: Tensor, mask: Tensor) -> Tensor:
        """Values [B, T, D], context [B, S, D] with mask bool [B, S], to [B, T, D]."""
        q, k, v, mask = self._parts(values, context, mask)
        looked = attend(q, k, v, mask, self.dropout if self.training else 0.0)
        values = values + self.project(looked)
        return values + self.mlp(self.norm_mlp(values))

    def attention(self, values: Tensor, context: Tensor, mask: Tensor) -> Tensor:
        """The weights [B, heads, T, 1 + S] that `forward` uses: rows sum to 1."""
        q, k, _, mask = self._parts(values, context, mask)
        return attention_weights(q, k, mask)

    def _parts(
        self, values: Tensor, context: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        nothing = self.nothing.to(context.dtype).expand(len(context), 1, -1)
        context = torch.cat([nothing, context], dim=1)
        mask = torch.cat([mask.new_ones(len(mask), 1), mask], dim=1)
        q = self.query(self.norm_values(values)).unflatten(-1, (self.heads, -1))
        k_v = self.key_value(self.norm_context(context))
        k, v = k_v.unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return q.transpose(1, 2), k, v, mask


class AttentionStack(nn.Module):
    """Stacked attention blocks and a LayerNorm: a transformer encoder.

    Raises:
        ValueError: when depth is negative, and as `AttentionBlock` does.
    """

    def __init__(
        self, d_model: int, depth: int, heads: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if depth < 0:
            raise ValueError(f"depth is {depth}; expected 0 or more blocks")
        self.blocks = nn.ModuleList(
            AttentionBlock(d_model, heads, dropout) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(d_model)

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """Values [B, T, D] and mask bool [B, T] to [B, T, D].

        The result is zero where the mask is False, so all zero for a sample that is
        masked throughout.
        """
        # Attention over nothing has no value, and NaN in some versions of torch, which
        # spreads through the gradient: an empty sample looks at all its zeros instead.
        seen = mask | ~mask.any(dim=1, keepdim=True)
        values = zero_masked(values, mask)
        for block in self.blocks:
            values = block(values, seen)
        return zero_masked(self.norm(values), mask)
