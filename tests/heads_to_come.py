"""A small head of the kind that a later notebook brings, to show that it fits.

Boxes: a different number in each sample, none allowed.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from scipy.optimize import linear_sum_assignment
from torch import nn
from torch.nn import functional as F

from mmlearn.batch import Padded
from mmlearn.batch.check import KNOWN
from mmlearn.heads.head import Loss, target_of
from mmlearn.metrics import Metric, ratio

BEGIN, END = 1, 2  # 0 is padding


class Boxes(nn.Module):
    """At most `slots` boxes, matched with the true ones; a sample may have none.

    "boxes": Padded [B, K, 4]; "boxes_known": bool [B], False where nobody looked, which
    is not the same as a picture without a box.
    """

    targets = ("boxes",)
    metrics: ClassVar = {"found": Metric(ratio)}
    width = 2

    def __init__(self, d_model: int, slots: int = 3) -> None:
        super().__init__()
        self.d_model, self.slots = d_model, slots
        self.out = nn.Linear(d_model, slots * 5)

    def forward(self, fused, batch=None):
        found = self.out(fused.vector).unflatten(-1, (self.slots, 5))
        return {"box": found[..., :4].sigmoid(), "there": found[..., 4]}

    def _known(self, batch):
        boxes = target_of(batch, "boxes", self)
        there = torch.ones(len(boxes), dtype=torch.bool, device=boxes.mask.device)
        return boxes, batch.get("boxes" + KNOWN, there)

    def _matched(self, output, batch):
        """For each sample which slot is which true box: a list of index pairs."""
        boxes, known = self._known(batch)
        pairs = []
        for found, true, mask, sure in zip(
            output["box"], boxes.values, boxes.mask, known, strict=True
        ):
            cost = (
                torch.cdist(found, true[mask], p=1) if sure else found.new_zeros(0, 0)
            )
            pairs.append(linear_sum_assignment(cost.detach().cpu().double().numpy()))
        return pairs

    def loss(self, output, batch):
        boxes, known = self._known(batch)
        total = output["box"].sum() * 0
        for i, (slots, true) in enumerate(self._matched(output, batch)):
            taken = torch.zeros_like(output["there"][i])
            taken[slots] = 1
            asked = F.binary_cross_entropy_with_logits(
                output["there"][i], taken, reduction="sum"
            )
            near = (
                output["box"][i][slots] - boxes.values[i][boxes.mask[i]][true]
            ).abs()
            total = total + known[i] * (asked + near.sum())
        return Loss(total, known.sum().to(total.dtype))

    def predict(self, output):
        there = output["there"] > 0
        return [box[yes] for box, yes in zip(output["box"], there, strict=True)]

    def statistics(self, output, batch):
        boxes, known = self._known(batch)
        rows = []
        for i, (slots, true) in enumerate(self._matched(output, batch)):
            near = (
                output["box"][i][slots] - boxes.values[i][boxes.mask[i]][true]
            ).abs()
            hits = (near.amax(-1) < 0.2) & (output["there"][i][slots] > 0)
            rows.append([float(hits.sum()), float(boxes.mask[i].sum())])
        table = torch.tensor(rows, dtype=torch.float64)
        return torch.where(known.cpu()[:, None], table, 0)

    def check(self, batch):
        boxes, _ = self._known(batch)
        outside = ((boxes.values < 0) | (boxes.values > 1)).flatten(1).any(1)
        if bool(outside.any()):
            raise ValueError(
                f"sample {int(outside.int().argmax())}: boxes outside 0..1"
            )


def targets(size: int, seed: int) -> dict[str, Padded | torch.Tensor]:
    """The targets of every kind, for `models.batch_of(size, seed)`."""
    generator = torch.Generator().manual_seed(1000 + seed)

    def padded(rows, length):
        tail = rows[0].shape[1:]
        values = rows[0].new_zeros(size, length, *tail)
        mask = torch.zeros(size, length, dtype=torch.bool)
        for i, row in enumerate(rows):
            values[i, : len(row)], mask[i, : len(row)] = row, True
        return Padded(values, mask)

    def draw(low, high, *shape):
        return torch.randint(low, high, shape, generator=generator)

    words = [
        torch.tensor([BEGIN, *draw(3, 7, 1 + i % 3).tolist(), END]) for i in range(size)
    ]
    # Sample 1 of batch_of has no sound, hence nothing to write down.
    letters = [draw(1, 4, 0 if i == 1 else 1 + i % 2) for i in range(size)]
    # Texts of batch_of have 2 + i % 3 words, and sample 2 none.
    counts = [0 if i == 2 else 2 + i % 3 for i in range(size)]
    lasting = [draw(1, 4, n) for n in counts]
    mel = [torch.rand(int(d.sum()), 3, generator=generator) for d in lasting]
    boxes = [torch.rand(i % 3, 4, generator=generator) for i in range(size)]
    return {
        "caption": padded(words, 5),
        "transcript": padded(letters, 2),
        "mel": padded(mel, 12),
        "boxes": padded(boxes, 2),
        "boxes_known": torch.arange(size) % 5 != 4,
        "tags": draw(0, 2, size, 4),
        "tags_known": draw(0, 4, size, 4) > 0,
        "price": 300 + 50 * torch.randn(size, generator=generator),
        "price_known": torch.arange(size) % 4 != 3,
    }
