"""The tensor fusion's product, without ever making the tensor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from mmlearn.batch import Tokens
from mmlearn.fusion.fused import Fused, check_modalities, complete, pool_each
from mmlearn.fusion.tensor import append_one


class LowRankFusion(nn.Module):
    """A tensor fusion whose weights are a sum of `rank` products (Liu et al., 2018).

    With x_m the LayerNorm of a modality's mean, the vector is the LayerNorm of
    bias + sum over r of rank_weights[r] * product over m of ([x_m, 1] @ factors[m][r]):
    the cost grows with M, not with D ** M. All factors are parameters of the module. An
    absent modality is the appended 1 alone.

    Raises:
        ValueError: when rank is not positive, and as `complete` does.
    """

    def __init__(self, modalities: Sequence[str], d_model: int, rank: int = 4) -> None:
        super().__init__()
        if rank < 1:
            raise ValueError(f"rank is {rank}; expected 1 or more")
        self.modalities, self.d_model = check_modalities(modalities), d_model
        self.norms = nn.ModuleDict({m: nn.LayerNorm(d_model) for m in self.modalities})
        self.factors = nn.ParameterDict(
            {m: torch.empty(rank, d_model + 1, d_model) for m in self.modalities}
        )
        for factor in self.factors.values():
            nn.init.normal_(factor, std=d_model**-0.5)
            # Around 1, so that at first no modality silences another by a product.
            nn.init.ones_(factor[:, -1])
        self.rank_weights = nn.Parameter(torch.full((rank,), 1 / rank))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.norm = nn.LayerNorm(d_model)

    def forward(self, tokens: Mapping[str, Tokens], weights: bool = False) -> Fused:
        """Tokens [B, T_m, D] to Fused.vector [B, D]."""
        tokens = complete(tokens, self.modalities, self.d_model)
        pooled, present = pool_each(tokens)
        product = None
        for i, (name, vector) in enumerate(pooled.items()):
            with_one = append_one(self.norms[name](vector) * present[:, i, None])
            factor = torch.einsum("bi,rij->brj", with_one, self.factors[name])
            product = factor if product is None else product * factor
        mixed = torch.einsum("brj,r->bj", product, self.rank_weights) + self.bias
        return Fused(self.norm(mixed), tokens, pooled, present)
