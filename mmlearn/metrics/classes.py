"""One class for each sample: accuracy, and macro precision, recall and F1.

Statistics: [label, predicted], or [label, predicted, known] where known = 0 leaves a
sample out (its label is missing).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from mmlearn.metrics.bootstrap import Draws, Interval, in_chunks, intervals, value
from mmlearn.metrics.inputs import columns, whole_numbers
from mmlearn.metrics.metric import Metric, ratio

MOST_CLASSES = 1_000_000


def pairs(statistics: np.ndarray) -> np.ndarray:
    """Check labels and predictions: as whole numbers, and known; float64 [N, 3].

    Raises:
        ValueError: naming the row and the value, where one is not a class.
    """
    columns("classes", statistics, 2, 3)
    if statistics.shape[1] == 2:
        known = np.ones(len(statistics), dtype=bool)
    else:
        known = statistics[:, 2] != 0
    # A label that is not known may be anything.
    label = whole_numbers("label", np.where(known, statistics[:, 0], 0))
    predicted = whole_numbers("predicted", np.where(known, statistics[:, 1], 0))
    for name, numbers in (("label", label), ("predicted", predicted)):
        row = int(numbers.argmax())
        if numbers[row] >= MOST_CLASSES:
            raise ValueError(
                f"row {row}: {name} is {numbers[row]}; expected classes numbered 0, 1, "
                f"2 ..., below {MOST_CLASSES} (np.unique(names, return_inverse=True))"
            )
    return np.stack([label, predicted, known], axis=1).astype(np.float64)


def right(statistics: np.ndarray) -> np.ndarray:
    """Map [label, predicted] -> [whether it is right, 1], float64 [N, 2]."""
    label, predicted, known = pairs(statistics).T
    return np.stack([(label == predicted) * known, known], axis=1)


Scores = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def precision_of(
    right: np.ndarray, true: np.ndarray, claimed: np.ndarray
) -> np.ndarray:
    """Right / claimed, by class; 0 where none is claimed."""
    return right / np.maximum(claimed, 1)


def recall_of(right: np.ndarray, true: np.ndarray, claimed: np.ndarray) -> np.ndarray:
    """Right / true, by class; 0 where none is true."""
    return right / np.maximum(true, 1)


def f1_of(right: np.ndarray, true: np.ndarray, claimed: np.ndarray) -> np.ndarray:
    """2 * right / (true + claimed), by class; 0 where there is neither."""
    return 2 * right / np.maximum(true + claimed, 1)


@dataclass(frozen=True)
class Macro:
    """The mean of a score over the classes that the labels hold.

    A class that is never predicted scores 0; one that is only predicted is not part of
    the mean. A class that a resample lacks keeps the score that it has in the whole
    sample: left out, a rare class that is always missed would make the interval reach
    up to a model that knows all classes.

    Args:
        of: samples that are right, true and claimed, each [..., C] -> scores [..., C].
    """

    of: Scores
    whole: Callable[[np.ndarray], np.ndarray] | None = pairs
    higher: bool = True
    bounds: tuple[float, float] = (0.0, 1.0)
    breakdown: float = 0.0

    def value(self, statistics: Any) -> float:
        """The score of statistics [N, 2] or [N, 3].

        Raises:
            ValueError: as `pairs` does.
        """
        return value(self, statistics)

    def interval(
        self, statistics: Any, groups: Any = None, resamples: int = 2000, seed: int = 0
    ) -> Interval:
        """The value with its 95 % interval by group; see `bootstrap.intervals`."""
        return intervals({"": self}, statistics, groups, resamples, seed)[""]

    def score(self, prepared: np.ndarray) -> float:
        """See `Measure.score`."""
        group = np.zeros(len(prepared), dtype=np.int64)
        counts = [each.toarray()[:, 0] for each in _by_class(prepared, group, 1)]
        there = counts[1] > 0
        return float(self.of(*counts)[there].mean()) if there.any() else float("nan")

    def counted(self, prepared: np.ndarray) -> np.ndarray:
        """See `Measure.counted`."""
        return prepared[:, 2] != 0

    def draws(self, prepared: np.ndarray, group: np.ndarray, groups: int) -> Draws:
        """See `Measure.draws`."""
        by_class = _by_class(prepared, group, groups)
        whole = [np.asarray(each.sum(axis=1)).ravel() for each in by_class]
        held = whole[1] > 0  # classes that the sample holds, [C]
        kept = self.of(*whole)

        def drawn(counts: np.ndarray) -> np.ndarray:
            by_group = np.ascontiguousarray(counts.T)  # [G, R]
            sums = [np.ascontiguousarray((each @ by_group).T) for each in by_class]
            scores = np.where(sums[1] > 0, self.of(*sums), kept)  # [R, C]
            with np.errstate(invalid="ignore"):
                return (scores * held).sum(axis=1) / held.sum()

        return in_chunks(drawn, by_class[0].shape[0])


def _by_class(
    prepared: np.ndarray, group: np.ndarray, groups: int
) -> list[sparse.csr_matrix]:
    """Samples right, true and claimed, by class and group: three sparse [C, G]."""
    known = prepared[:, 2] != 0
    label, predicted = prepared[known, :2].astype(np.int64).T
    group = group[known]
    classes = int(max(label.max(initial=0), predicted.max(initial=0))) + 1
    hit = label == predicted
    return [
        sparse.csr_matrix((np.ones(len(row)), (row, column)), shape=(classes, groups))
        for row, column in (
            (label[hit], group[hit]),
            (label, group),
            (predicted, group),
        )
    ]


ACCURACY = Metric(ratio, whole=right, bounds=(0.0, 1.0))
CLASSES: dict[str, Metric | Macro] = {
    "accuracy": ACCURACY,
    "precision": Macro(precision_of),
    "recall": Macro(recall_of),
    "f1": Macro(f1_of),
}
