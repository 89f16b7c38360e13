"""One of several classes, from the fused vector."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmlearn.batch import Batch, whole_numbers
from mmlearn.batch.check import check_classes
from mmlearn.fusion.fused import Fused
from mmlearn.heads.head import (
    Loss,
    as_many,
    at_least_float32,
    known,
    only_known,
    target_of,
)
from mmlearn.metrics import CLASSES

NO_CLASS = torch.iinfo(torch.int64).min


class Classify(nn.Module):
    """A linear layer on the fused vector, with cross-entropy.

    Args:
        target: the column of the classes, [B] whole numbers of any type, 0..C - 1.

    Raises:
        ValueError: when there are fewer than two classes.
    """

    metrics = CLASSES
    width = 3

    def __init__(
        self, d_model: int, classes: int, dropout: float = 0.0, target: str = "label"
    ) -> None:
        super().__init__()
        if classes < 2:
            raise ValueError(f"classes is {classes}; expected 2 or more")
        self.d_model, self.classes = d_model, classes
        self.target, self.targets = target, (target,)
        self.layers = nn.Sequential(nn.Dropout(dropout), nn.Linear(d_model, classes))

    def forward(self, fused: Fused, batch: Batch | None = None) -> Tensor:
        """Fused.vector [B, D] to logits [B, C]."""
        return self.layers(fused.vector)

    def loss(self, logits: Tensor, batch: Batch) -> Loss:
        """Cross-entropy of logits [B, C] against the classes [B], summed.

        Raises:
            TypeError: as `whole_numbers` does.
            ValueError: as `whole_numbers` and `target_of` do.
        """
        return cross_entropy(logits, batch, self.target, self)

    def predict(self, logits: Tensor) -> Tensor:
        """The most likely class of each sample, int64 [B]."""
        return logits.argmax(dim=-1)

    def statistics(self, logits: Tensor, batch: Batch) -> Tensor:
        """The class, the predicted one, and whether it is known: float64 [B, 3]."""
        return class_statistics(self.predict(logits), batch, self.target, self)

    def check(self, batch: Batch) -> None:
        """Inspect the classes of a batch, once, on the way in.

        Raises:
            ValueError: naming the sample, for a class outside 0..C - 1.
        """
        check_target(batch, self.target, self.classes, self)


def labels_of(batch: Batch, target: str, head: object) -> tuple[Tensor, Tensor]:
    """The classes, int64 [B], 0 where not known; and where they are known, bool [B].

    In place of an unknown class there may be anything, even NaN.

    Raises:
        TypeError: as `whole_numbers` does.
        ValueError: as `target_of`, `whole_numbers` and `known` do.
    """
    column = target_of(batch, target, head)
    if isinstance(column, Tensor) and column.ndim == 1 and len(column):
        column = torch.where(known(batch, target, column), column, 0)
    label = whole_numbers(column, target)
    return label, known(batch, target, label)


def cross_entropy(scores: Tensor, batch: Batch, target: str, head: object) -> Loss:
    """The sum over logits (or log-probabilities) [B, C], and over how many samples."""
    label, there = labels_of(batch, target, head)
    as_many(label, scores, target)
    # What does not count; a sum over all samples is the same to the last bit where all
    # of them do. Torch's own -100 could be a label that is wrong.
    label = torch.where(there, label, NO_CLASS)
    scores = at_least_float32(scores)
    total = F.cross_entropy(scores, label, ignore_index=NO_CLASS, reduction="sum")
    return Loss(total, there.sum().to(total.dtype))


def class_statistics(
    predicted: Tensor, batch: Batch, target: str, head: object
) -> Tensor:
    """The class, the predicted one, and whether it is known: float64 [B, 3]."""
    label, there = labels_of(batch, target, head)
    as_many(label, predicted, target)
    return only_known(torch.stack([label, predicted], dim=1), there)


def check_target(batch: Batch, target: str, classes: int, head: object) -> None:
    """Inspect the classes of a batch.

    Raises:
        ValueError: naming the sample, for a class outside 0..classes - 1.
    """
    label, there = labels_of(batch, target, head)
    check_classes(label, classes, target, known=there)
