"""Every number of one modality times every number of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mmlearn.batch import Tokens
from mmlearn.fusion.fused import Fused, check_modalities, complete, pool_each

MOST_FEATURES = 1_000_000


class TensorFusion(nn.Module):
    """The outer product of all modalities, each with a 1 appended (Zadeh et al., 2017).

    Thanks to the appended 1 the product holds each modality alone as well; an absent
    modality is the 1 alone.

    Raises:
        ValueError: when width is not positive, when the product would have more than
            10**6 features, naming the size, and as `complete` does.
    """

    def __init__(
        self, modalities: Sequence[str], d_model: int, width: int = 16
    ) -> None:
        super().__init__()
        self.modalities, self.d_model = check_modalities(modalities), d_model
        if width < 1:
            raise ValueError(f"width is {width}; expected 1 or more")
        features = (width + 1) ** len(self.modalities)
        if features > MOST_FEATURES:
            raise ValueError(
                f"{len(self.modalities)} modalities of width {width} + 1 make "
                f"{features:,} features; expected at most {MOST_FEATURES:,}: take a "
                "smaller width, or LowRankFusion"
            )
        self.narrow = nn.ModuleDict(
            {
                name: nn.Sequential(nn.LayerNorm(d_model), nn.Linear(d_model, width))
                for name in self.modalities
            }
        )
        self.mix = nn.Sequential(
            nn.LayerNorm(features),
            nn.Linear(features, d_model),
            nn.GELU(),
            nn.Linear(d_model, d_model),
        )

    def forward(self, tokens: Mapping[str, Tokens], weights: bool = False) -> Fused:
        """Tokens [B, T_m, D], projected to [B, width] each, to Fused.vector [B, D].

        The product is [B, (width + 1) ** M].
        """
        tokens = complete(tokens, self.modalities, self.d_model)
        pooled, present = pool_each(tokens)
        product: Tensor | None = None
        for i, (name, vector) in enumerate(pooled.items()):
            factor = append_one(self.narrow[name](vector) * present[:, i, None])
            if product is None:
                product = factor
            else:
                product = torch.einsum("bi,bj->bij", product, factor).flatten(1)
        return Fused(self.mix(product), tokens, pooled, present)


def append_one(vector: Tensor) -> Tensor:
    """Extend [B, D] to [B, D + 1], the last number of each row being 1."""
    return torch.cat([vector, vector.new_ones(len(vector), 1)], dim=1)
