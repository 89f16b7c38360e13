"""Every token of every modality may look at every other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from mmlearn.attention import AttentionBlock
from mmlearn.batch import Tokens, zero_masked
from mmlearn.fusion.fused import (
    Fused,
    check_modalities,
    complete,
    join,
    part,
    pool_each,
)


class SelfAttentionFusion(nn.Module):
    """All tokens as one sequence, each marked with the modality it comes from.

    A masked token is never looked at.

    Raises:
        ValueError: as `complete` and `AttentionBlock` do.
    """

    def __init__(
        self,
        modalities: Sequence[str],
        d_model: int,
        depth: int = 2,
        heads: int = 4,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.modalities, self.d_model = check_modalities(modalities), d_model
        self.norms = nn.ModuleDict({m: nn.LayerNorm(d_model) for m in self.modalities})
        self.origin = nn.Parameter(0.02 * torch.randn(len(self.modalities), d_model))
        self.summary = nn.Parameter(0.02 * torch.randn(d_model))
        self.blocks = nn.ModuleList(
            AttentionBlock(d_model, heads, dropout) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(d_model)

    def forward(self, tokens: Mapping[str, Tokens], weights: bool = False) -> Fused:
        """Tokens [B, T_m, D] as one sequence [B, 1 + sum of T_m, D].

        Its first token is learned and becomes Fused.vector [B, D]; Fused.tokens is the
        rest, by modality. With weights=True, Fused.weights["attention"] is
        [B, depth, heads, T, T].
        """
        tokens = complete(tokens, self.modalities, self.d_model)
        pooled, present = pool_each(tokens)
        marked = {
            name: Tokens(self.norms[name](item.values) + self.origin[i], item.mask)
            for i, (name, item) in enumerate(tokens.items())
        }
        sequence = join(marked)
        summary = self.summary.to(sequence.values.dtype).expand(len(present), 1, -1)
        values = torch.cat([summary, sequence.values], dim=1)
        mask = torch.cat(
            [sequence.mask.new_ones(len(present), 1), sequence.mask], dim=1
        )
        attention = []
        for block in self.blocks:
            if weights:
                attention.append(block.attention(values, mask))  # type: ignore
            values = block(values, mask)
        values = self.norm(values)
        mixed = part(zero_masked(values[:, 1:], sequence.mask), tokens)
        asked = {"attention": torch.stack(attention, dim=1)} if weights else None
        return Fused(values[:, 0], mixed, pooled, present, asked)
