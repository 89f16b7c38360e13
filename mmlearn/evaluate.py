"""Metrics with intervals, and what it takes to say that A beats B.

An interval comes from the bootstrap (Efron, 1979) over groups: samples of one family,
person or voice are alike, so whole groups are drawn, not samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from mmlearn.batch import TensorData
from mmlearn.model import MultimodalModel


@dataclass(frozen=True)
class Interval:
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class Report:
    """What one model does on one set of samples. Precision, recall, F1 are macro.

    confusion: int [C, C], rows true, columns predicted. label, predicted: int [N].
    """

    accuracy: Interval
    precision: Interval
    recall: Interval
    f1: Interval
    confusion: np.ndarray
    label: np.ndarray
    predicted: np.ndarray
    groups: np.ndarray

    @property
    def correct(self) -> np.ndarray:
        """bool [N]"""
        return self.label == self.predicted

    def __str__(self) -> str:
        return (
            f"accuracy  {self.accuracy}\nprecision {self.precision}\n"
            f"recall    {self.recall}\nF1        {self.f1}\n"
            f"n = {len(self.label)} in {len(np.unique(self.groups))} groups"
        )


@torch.no_grad()
def predict(
    model: MultimodalModel, data: TensorData, batch_size: int = 512
) -> np.ndarray:
    """The model's predictions, int [N], on its own device, in evaluation mode."""
    data = data.to(next(model.parameters()).device)
    model.eval()
    starts = range(0, len(data), batch_size)
    batches = (data[slice(start, start + batch_size)] for start in starts)
    parts = [model.head.predict(model(batch)).cpu() for batch in batches]
    return torch.cat(parts).numpy()


def evaluate(
    model: MultimodalModel,
    data: TensorData,
    groups: np.ndarray | None = None,
    resamples: int = 2000,
) -> Report:
    """Predict every sample and report; see `report` for `groups` and `resamples`.

    Raises ValueError as `check_batch` and `report` do, and for a head whose predictions
    are not of a class, but of samples that share a batch (`Contrast`).
    """
    if getattr(model.head, "compares_samples", False):
        raise ValueError(
            f"{type(model.head).__name__} predicts no class, but which sample of a "
            "batch belongs to which; rank all held-out samples instead"
        )
    model.check(data.columns)
    predicted = predict(model, data)
    return report(data.label.cpu().numpy(), predicted, groups, resamples)


def report(
    label: np.ndarray,
    predicted: np.ndarray,
    groups: np.ndarray | None = None,
    resamples: int = 2000,
) -> Report:
    """Metrics of predictions int [N] against labels int [N], with 95 % intervals.

    groups: int [N], which family, person or voice a sample comes from; without it
    each sample is its own group, which is too sure of itself when samples are alike.
    The macro metrics are means over the classes that the labels hold.

    Raises ValueError when the three are not of one length, or empty.
    """
    groups = np.arange(len(label)) if groups is None else np.asarray(groups)
    if not len(label) == len(predicted) == len(groups) or len(label) == 0:
        raise ValueError(
            f"{len(label)} labels, {len(predicted)} predictions, {len(groups)} groups; "
            "expected as many of each, and one at least"
        )
    classes = int(max(label.max(), predicted.max())) + 1
    matrix = confusion_matrix(label, predicted, labels=range(classes))
    precision, recall, f1, _ = precision_recall_fscore_support(
        label, predicted, labels=np.unique(label), average="macro", zero_division=0
    )
    values = [float((label == predicted).mean()), precision, recall, f1]
    drawn = _scores(_resampled_confusions(label, predicted, groups, classes, resamples))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    numbers = zip(values, low, high, strict=True)
    accuracy, precision, recall, f1 = (Interval(*each) for each in numbers)
    return Report(accuracy, precision, recall, f1, matrix, label, predicted, groups)


def paired_difference(
    a: Report, b: Report, resamples: int = 10_000, seed: int = 0
) -> Interval:
    """Accuracy of A minus that of B on the same samples, by group.

    Both are drawn together, so what is hard for both cancels out.

    Raises ValueError when the two reports are not about the same samples.
    """
    if not np.array_equal(a.label, b.label) or not np.array_equal(a.groups, b.groups):
        raise ValueError("the reports are about different samples; expected the same")
    difference = a.correct.astype(float) - b.correct.astype(float)
    _, group = np.unique(a.groups, return_inverse=True)
    size = np.bincount(group)
    total = np.bincount(group, weights=difference)
    counts = _draw_groups(len(size), resamples, seed)
    drawn = (counts @ total) / (counts @ size)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(float(difference.mean()), float(low), float(high))


def beats(a: Sequence[Report], b: Sequence[Report]) -> bool:
    """Whether A beats B: the paired interval lies above 0 in every seed.

    a, b: reports of both models, seed by seed.

    Raises ValueError when there are fewer than 3 seeds, or not as many of each.
    """
    if len(a) != len(b) or len(a) < 3:
        raise ValueError(f"{len(a)} and {len(b)} seeds; expected 3 or more of each")
    return all(
        paired_difference(one, other).low > 0 for one, other in zip(a, b, strict=True)
    )


def _draw_groups(groups: int, resamples: int, seed: int = 0) -> np.ndarray:
    """How often each group is drawn, int [resamples, groups]."""
    generator = np.random.default_rng(seed)
    return generator.multinomial(groups, np.full(groups, 1 / groups), size=resamples)


def _resampled_confusions(
    label: np.ndarray,
    predicted: np.ndarray,
    groups: np.ndarray,
    classes: int,
    resamples: int,
) -> np.ndarray:
    """Confusion matrices of the resamples, [R, C, C]: sums of the groups' own ones."""
    names, group = np.unique(groups, return_inverse=True)
    by_group = np.zeros((len(names), classes * classes))
    np.add.at(by_group, (group, label * classes + predicted), 1)
    drawn = _draw_groups(len(names), resamples) @ by_group
    return drawn.reshape(resamples, classes, classes)


def _scores(confusions: np.ndarray) -> np.ndarray:
    """Accuracy and macro precision, recall and F1 of [R, C, C]: [R, 4]."""
    right = confusions.diagonal(axis1=1, axis2=2)  # [R, C]
    true, claimed = confusions.sum(axis=2), confusions.sum(axis=1)
    there = true > 0
    precision = right / np.maximum(claimed, 1)
    recall = right / np.maximum(true, 1)
    f1 = 2 * right / np.maximum(true + claimed, 1)
    macro = [
        (x * there).sum(axis=1) / there.sum(axis=1) for x in (precision, recall, f1)
    ]
    return np.stack([right.sum(axis=1) / true.sum(axis=1), *macro], axis=1)
