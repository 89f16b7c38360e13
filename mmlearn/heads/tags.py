"""Any number of tags, from the fused vector."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmlearn.batch import Batch
from mmlearn.fusion.fused import Fused
from mmlearn.heads.head import (
    Loss,
    as_many,
    at_least_float32,
    check_weight,
    known,
    target_of,
)
from mmlearn.metrics import TAGS


class Tag(nn.Module):
    """A yes-or-no question for each tag: a linear layer and binary cross-entropy.

    Args:
        target: the column of the tags, [B, C] of 0 and 1 (or bool), of any type. Where
            `TARGET_known`, bool [B, C] or [B], is False, a tag counts nowhere.
        positive_weight: float [C], how much a tag that is there weighs in the loss
            against one that is not (for rare tags: the number of noes per yes).

    Raises:
        ValueError: when there is no tag, or positive_weight is not [C], positive.
    """

    metrics = TAGS

    def __init__(
        self,
        d_model: int,
        tags: int,
        dropout: float = 0.0,
        target: str = "tags",
        positive_weight: Tensor | None = None,
    ) -> None:
        super().__init__()
        if tags < 1:
            raise ValueError(f"tags is {tags}; expected 1 or more")
        check_weight("positive_weight", positive_weight, tags)
        self.d_model, self.tags = d_model, tags
        self.target, self.targets = target, (target,)
        self.width = 3 * tags
        self.layers = nn.Sequential(nn.Dropout(dropout), nn.Linear(d_model, tags))
        self.positive_weight: Tensor | None
        self.register_buffer("positive_weight", positive_weight)

    def forward(self, fused: Fused, batch: Batch | None = None) -> Tensor:
        """Fused.vector [B, D] to logits [B, C]."""
        return self.layers(fused.vector)

    def loss(self, logits: Tensor, batch: Batch) -> Loss:
        """Binary cross-entropy, summed over the known tags of all samples."""
        tags, there = self._tags(logits, batch)
        logits = at_least_float32(logits)
        each = F.binary_cross_entropy_with_logits(
            logits,
            tags.to(logits.dtype),
            reduction="none",
            pos_weight=self.positive_weight,
        )
        total = torch.where(there, each, 0).sum()
        return Loss(total, there.sum().to(total.dtype))

    def predict(self, logits: Tensor) -> Tensor:
        """Which tags are more likely than not, bool [B, C]."""
        return logits > 0

    def statistics(self, logits: Tensor, batch: Batch) -> Tensor:
        """Scores, tags and which of them are known: float64 [B, 3 C]."""
        tags, there = self._tags(logits, batch)
        parts = [logits.detach().double(), tags.double(), there.double()]
        return torch.cat(parts, dim=1)

    def check(self, batch: Batch) -> None:
        """Inspect the tags of a batch, once, on the way in.

        Raises:
            ValueError: naming the sample, for a known tag that is not 0 or 1.
        """
        column = target_of(batch, self.target, self)
        tags = self._shape(column)
        bad = ((tags != 0) & (tags != 1) & known(batch, self.target, tags)).nonzero()
        if len(bad):
            sample, tag = bad[0].tolist()
            raise ValueError(
                f"sample {sample}: {self.target}, tag {tag} is "
                f"{tags[sample, tag].item():g}; expected 0 or 1"
            )

    def _tags(self, logits: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        tags = self._shape(target_of(batch, self.target, self))
        as_many(tags, logits, self.target)
        there = known(batch, self.target, tags)
        return torch.where(there, tags, torch.zeros_like(tags)), there

    def _shape(self, tags: object) -> Tensor:
        if not isinstance(tags, Tensor) or tags.shape[1:] != (self.tags,):
            shape = list(tags.shape) if isinstance(tags, Tensor) else type(tags)
            raise ValueError(
                f"{self.target} is {shape}; expected [N, {self.tags}] of 0 and 1"
            )
        return tags
