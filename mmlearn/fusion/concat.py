"""The plainest fusion that works, and the one to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from mmlearn.batch import Tokens
from mmlearn.fusion.fused import Fused, check_modalities, complete, pool_each


class ConcatFusion(nn.Module):
    """Normalise each modality's mean, put them side by side, and mix with two layers.

    The LayerNorm of each modality keeps a loud one from drowning out the others. A
    modality that a sample lacks is a vector of zeros.

    Raises:
        ValueError: as `complete` does.
    """

    def __init__(
        self, modalities: Sequence[str], d_model: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.modalities, self.d_model = check_modalities(modalities), d_model
        self.norms = nn.ModuleDict({m: nn.LayerNorm(d_model) for m in self.modalities})
        self.mix = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(len(self.modalities) * d_model, d_model),
            nn.GELU(),
            nn.Linear(d_model, d_model),
        )

    def forward(self, tokens: Mapping[str, Tokens], weights: bool = False) -> Fused:
        """Tokens [B, T_m, D], concatenated [B, M * D], to Fused.vector [B, D]."""
        tokens = complete(tokens, self.modalities, self.d_model)
        pooled, present = pool_each(tokens)
        # LayerNorm's bias would give an absent modality a voice: mask it again.
        parts = [
            self.norms[name](vector) * present[:, i, None]
            for i, (name, vector) in enumerate(pooled.items())
        ]
        return Fused(self.mix(torch.cat(parts, dim=1)), tokens, pooled, present)
