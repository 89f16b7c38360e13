"""No mixing: for late fusion and for contrastive learning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from mmlearn.batch import Tokens, masked_mean
from mmlearn.fusion.fused import Fused, check_modalities, complete, pool_each


class Separate(nn.Module):
    """Mix nothing: `pooled` is all that a late or contrastive head reads.

    It has no parameters.

    Raises:
        ValueError: as `complete` does.
    """

    def __init__(self, modalities: Sequence[str], d_model: int) -> None:
        super().__init__()
        self.modalities, self.d_model = check_modalities(modalities), d_model

    def forward(self, tokens: Mapping[str, Tokens], weights: bool = False) -> Fused:
        """Tokens [B, T_m, D] to Fused.vector [B, D], the mean of those present."""
        tokens = complete(tokens, self.modalities, self.d_model)
        pooled, present = pool_each(tokens)
        vector = masked_mean(torch.stack(list(pooled.values()), dim=1), present)
        return Fused(vector, tokens, pooled, present)
