"""Where a fusion looks: its gates, and its attention by modality."""

from __future__ import annotations

import torch
from torch import Tensor

from mmlearn.batch import Batch
from mmlearn.fusion.fused import Fused
from mmlearn.model import MultimodalModel


@torch.no_grad()
def fusion_weights(model: MultimodalModel, batch: Batch) -> dict[str, Tensor]:
    """What the fusion weighs with (attention, gates), in evaluation mode, [B, ...].

    Attention shows where a layer looked, which is not yet what mattered (Jain and
    Wallace, 2019).

    Raises:
        ValueError: when the fusion has no weights to show.
    """
    return _fused(model, batch)[1]


@torch.no_grad()
def attention_by_modality(model: MultimodalModel, batch: Batch) -> Tensor:
    """How much the summary token looks at each modality, [B, depth, M], mean of heads.

    For `SelfAttentionFusion`; M in the order of fusion.modalities. What is missing from
    a sum of 1 is what the summary gives to itself.

    Raises:
        ValueError: when the fusion has no attention with a summary token first.
    """
    fused, weights = _fused(model, batch)
    attention, names = weights.get("attention"), list(fused.tokens)
    lengths = [item.mask.shape[1] for item in fused.tokens.values()]
    if attention is None or attention.shape[-2:] != (1 + sum(lengths),) * 2:
        raise ValueError(
            f"{type(model.fusion).__name__} has no attention over a summary token and "
            f"the tokens of {names}; expected a SelfAttentionFusion"
        )
    summary = attention[..., 0, 1:].mean(dim=2)  # [B, depth, sum of T_m]
    parts = summary.split(lengths, dim=-1)
    return torch.stack([part.sum(dim=-1) for part in parts], dim=-1)


def _fused(model: MultimodalModel, batch: Batch) -> tuple[Fused, dict[str, Tensor]]:
    """What the fusion gives, and what it weighs with; sets evaluation mode."""
    model.eval()
    fused = model.fuse(batch, weights=True)
    if not fused.weights:
        raise ValueError(f"{type(model.fusion).__name__} has no weights to show")
    return fused, fused.weights
