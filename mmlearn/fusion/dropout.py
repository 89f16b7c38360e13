"""Any fusion, trained to do without a modality now and then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mmlearn.batch import Tokens, zero_masked
from mmlearn.fusion.fused import Fused


class ModalityDropout(nn.Module):
    """In training, some samples lose all but one modality (Neverova et al., 2016).

    In evaluation nothing is dropped.

    Args:
        fusion: the fusion that reads what is left.
        p: the share of the samples that keep only one of their modalities, drawn
            uniformly from those present.

    Raises:
        ValueError: when p is not from 0 to 1.
    """

    def __init__(self, fusion: nn.Module, p: float) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"p is {p}; expected a share from 0 to 1")
        self.fusion: Any = fusion
        self.p = p
        self.modalities, self.d_model = fusion.modalities, fusion.d_model

    def forward(self, tokens: Mapping[str, Tokens], weights: bool = False) -> Fused:
        """Tokens [B, T_m, D] to what the fusion makes of those that are kept."""
        if self.training:
            tokens = self._some(tokens)
        return self.fusion(tokens, weights=weights)

    def _some(self, tokens: Mapping[str, Tokens]) -> dict[str, Tokens]:
        present = torch.stack([item.present for item in tokens.values()], dim=1)
        kept = keep_one(present, self.p)  # [B, M]
        masks = [item.mask & kept[:, i, None] for i, item in enumerate(tokens.values())]
        return {
            name: Tokens(zero_masked(item.values, mask), mask, item.grid)
            for (name, item), mask in zip(tokens.items(), masks, strict=True)
        }


def keep_one(present: Tensor, p: float) -> Tensor:
    """Which modalities stay, bool [B, M]: with probability p one of those present."""
    chance = torch.rand(present.shape, device=present.device).masked_fill(~present, -1)
    one = torch.zeros_like(present).scatter(1, chance.argmax(dim=1, keepdim=True), True)
    single = torch.rand(len(present), 1, device=present.device) < p
    return torch.where(single, one & present, present)
