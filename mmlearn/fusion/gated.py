"""Trust each modality as far as it deserves, sample by sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from mmlearn.batch import Tokens
from mmlearn.fusion.fused import Fused, check_modalities, complete, pool_each


class GatedFusion(nn.Module):
    """Weigh each modality by a gate computed from all of them (Arevalo et al., 2017).

    Each of the D numbers has its own gates, which sum to 1 over the modalities that are
    present; for two, those are the paper's z and 1 - z (for more, its gates do not
    depend on one another; a softmax keeps them comparable). A modality that is masked
    out for a sample gets weight 0 there.

    Raises:
        ValueError: as `complete` does.
    """

    def __init__(self, modalities: Sequence[str], d_model: int) -> None:
        super().__init__()
        self.modalities, self.d_model = check_modalities(modalities), d_model
        self.norms = nn.ModuleDict({m: nn.LayerNorm(d_model) for m in self.modalities})
        self.views = nn.ModuleDict(
            {m: nn.Linear(d_model, d_model) for m in self.modalities}
        )
        count = len(self.modalities)
        self.gate = nn.Linear(count * d_model, count * d_model)

    def forward(self, tokens: Mapping[str, Tokens], weights: bool = False) -> Fused:
        """Tokens [B, T_m, D] to Fused.vector [B, D].

        With weights=True, Fused.weights["gates"] is [B, M, D].
        """
        tokens = complete(tokens, self.modalities, self.d_model)
        pooled, present = pool_each(tokens)
        there = present.unsqueeze(-1)  # [B, M, 1]
        each = [self.norms[name](vector) for name, vector in pooled.items()]
        normed = torch.stack(each, dim=1) * there  # [B, M, D]
        views = [self.views[m](normed[:, i]) for i, m in enumerate(self.modalities)]
        scores = self.gate(normed.flatten(1)).unflatten(1, (-1, self.d_model))
        # A finite floor: a sample with no modality then gives 0 instead of NaN.
        lowest = torch.finfo(scores.dtype).min
        gates = scores.masked_fill(~there, lowest).softmax(dim=1) * there
        vector = (gates * torch.stack(views, dim=1).tanh()).sum(dim=1)
        asked = {"gates": gates} if weights else None
        return Fused(vector, tokens, pooled, present, asked)
