"""Modalities exchange what fits through a few shared tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from mmlearn.attention import AttentionBlock
from mmlearn.batch import Tokens, masked_mean, zero_masked
from mmlearn.fusion.fused import Fused, check_modalities, complete, pool_each


class BottleneckFusion(nn.Module):
    """Attention within each modality and a few shared tokens (Nagrani et al., 2021).

    In each layer a modality's tokens look at one another and at the shared tokens;
    these are then averaged over the modalities that are present. So the cost grows with
    the sum of the T_m ** 2, not with the square of their sum. (In the paper the first
    layers have no shared tokens: here that is the encoders' part.)

    Raises:
        ValueError: when there is no bottleneck token or no layer, and as `complete` and
            `AttentionBlock` do.
    """

    def __init__(
        self,
        modalities: Sequence[str],
        d_model: int,
        depth: int = 2,
        heads: int = 4,
        bottleneck: int = 4,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if bottleneck < 1 or depth < 1:
            raise ValueError(
                f"bottleneck is {bottleneck}, depth {depth}; expected 1 or more"
            )
        self.modalities, self.d_model = check_modalities(modalities), d_model
        self.norms = nn.ModuleDict({m: nn.LayerNorm(d_model) for m in self.modalities})
        self.shared = nn.Parameter(0.02 * torch.randn(bottleneck, d_model))
        self.layers = nn.ModuleList(
            nn.ModuleDict(
                {m: AttentionBlock(d_model, heads, dropout) for m in self.modalities}
            )
            for _ in range(depth)
        )
        self.norm = nn.LayerNorm(d_model)

    def forward(self, tokens: Mapping[str, Tokens], weights: bool = False) -> Fused:
        """Tokens [B, T_m, D] to Fused.vector [B, D], the mean of the bottleneck."""
        tokens = complete(tokens, self.modalities, self.d_model)
        pooled, present = pool_each(tokens)
        values = {m: self.norms[m](item.values) for m, item in tokens.items()}
        shared = self.shared.to(next(iter(values.values())).dtype)
        shared = shared.expand(len(present), -1, -1)  # [B, bottleneck, D]
        width = shared.shape[1]
        for layer in self.layers:
            views = []
            for name, item in tokens.items():
                always = item.mask.new_ones(len(present), width)
                sequence = torch.cat([shared, values[name]], dim=1)
                mask = torch.cat([always, item.mask], dim=1)
                sequence = layer[name](sequence, mask)  # type: ignore[index]
                views.append(sequence[:, :width].flatten(1))
                values[name] = sequence[:, width:]
            mean = masked_mean(torch.stack(views, dim=1), present)
            shared = mean.unflatten(1, (width, self.d_model))
        mixed = {
            name: item.with_values(zero_masked(self.norm(values[name]), item.mask))
            for name, item in tokens.items()
        }
        vector = self.norm(shared).mean(dim=1)
        return Fused(vector, mixed, pooled, present)
