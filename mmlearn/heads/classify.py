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
    check_weight,
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
        weight: float [C], how much a sample of each class weighs in the loss; see
            `balanced_weight`.
        label_smoothing: the share of each target that is spread over all classes
            (Szegedy et al., 2016).

    Raises:
        ValueError: when there are fewer than two classes, weight is not [C], positive,
            or label_smoothing is not in [0, 1).
    """

    metrics = CLASSES
    width = 3
    weight: Tensor | None

    def __init__(
        self,
        d_model: int,
        classes: int,
        dropout: float = 0.0,
        target: str = "label",
        weight: Tensor | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        if classes < 2:
            raise ValueError(f"classes is {classes}; expected 2 or more")
        if not 0 <= label_smoothing < 1:
            raise ValueError(
                f"label_smoothing is {label_smoothing}; expected 0 or more, below 1"
            )
        check_weight("weight", weight, classes)
        self.label_smoothing = label_smoothing
        self.register_buffer("weight", weight)
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
        return cross_entropy(
            logits, batch, self.target, self, self.weight, self.label_smoothing
        )

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


def cross_entropy(
    scores: Tensor,
    batch: Batch,
    target: str,
    head: object,
    weight: Tensor | None = None,
    label_smoothing: float = 0.0,
) -> Loss:
    """The sum over logits (or log-probabilities) [B, C], and over how many samples.

    With class weights [C] each sample counts as much as its class weighs.
    """
    label, there = labels_of(batch, target, head)
    as_many(label, scores, target)
    # What does not count; a sum over all samples is the same to the last bit where all
    # of them do. Torch's own -100 could be a label that is wrong.
    label = torch.where(there, label, NO_CLASS)
    scores = at_least_float32(scores)
    total = F.cross_entropy(
        scores,
        label,
        weight,
        ignore_index=NO_CLASS,
        reduction="sum",
        label_smoothing=label_smoothing,
    )
    if weight is not None:
        counts = weight[label.clamp(min=0)]  # of an unknown class: any
        return Loss(total, torch.where(there, counts, 0).sum())
    return Loss(total, there.sum().to(total.dtype))


def balanced_weight(label: Tensor, classes: int) -> Tensor:
    """Class weights float [C] with which all classes count alike: N / (C * n_c).

    Args:
        label: int64 [N], those of the training rows.

    Raises:
        ValueError: when a class has no sample; names it.
    """
    count = torch.bincount(whole_numbers(label, "label"), minlength=classes)
    if len(count) > classes or bool((count == 0).any()):
        missing = int((count[:classes] == 0).int().argmax())
        raise ValueError(
            f"found {len(count)} classes; expected {classes}"
            if len(count) > classes
            else f"class {missing} has no sample; expected some of each"
        )
    return len(label) / (classes * count.to(torch.float32))


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
