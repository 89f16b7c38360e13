"""What one model does on one set of samples, whatever its task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix

from mmlearn.metrics.bootstrap import Interval, Measure, intervals
from mmlearn.metrics.classes import CLASSES
from mmlearn.metrics.inputs import as_array, as_groups, as_statistics, whole_numbers


@dataclass(frozen=True, eq=False)
class Report:
    """What one model does on one set of samples, whatever its task.

    `report["accuracy"]` is an Interval, `report.intervals` all of them. For classes,
    `accuracy`, and macro `precision`, `recall` and `f1`, are attributes too.

    Args:
        intervals: name of a metric -> its value and interval.
        metrics: name -> what the value was computed by.
        statistics: float64 [N, K], what it was computed from.
        groups: [N], which family, person or voice a sample comes from.
        answers: "label" and "predicted" -> an array [N, ...], where there are such.
    """

    intervals: Mapping[str, Interval]
    metrics: Mapping[str, Measure]
    statistics: np.ndarray
    groups: np.ndarray
    answers: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __getitem__(self, metric: str) -> Interval:
        if metric not in self.intervals:
            known = ", ".join(self.intervals)
            raise KeyError(f"no metric {metric!r} in this report; it has {known}")
        return self.intervals[metric]

    @property
    def accuracy(self) -> Interval:
        """The share of samples that are right."""
        return self._attribute("accuracy", self.intervals)

    @property
    def precision(self) -> Interval:
        """Macro precision."""
        return self._attribute("precision", self.intervals)

    @property
    def recall(self) -> Interval:
        """Macro recall."""
        return self._attribute("recall", self.intervals)

    @property
    def f1(self) -> Interval:
        """Macro F1."""
        return self._attribute("f1", self.intervals)

    @property
    def label(self) -> np.ndarray:
        """What was to be found, [N, ...]; int64 [N] for classes."""
        return self._attribute("label", self.answers)

    @property
    def predicted(self) -> np.ndarray:
        """What was found, [N, ...]; int64 [N] for classes."""
        return self._attribute("predicted", self.answers)

    @property
    def correct(self) -> np.ndarray:
        """Which classes are right, bool [N]."""
        self._attribute("accuracy", self.intervals)
        return self.label == self.predicted

    @property
    def confusion(self) -> np.ndarray:
        """How many of each class were taken for which, int64 [C, C].

        Rows are true, columns predicted; it is computed on demand.
        """
        self._attribute("accuracy", self.intervals)
        label, predicted = self.label, self.predicted
        classes = int(max(label.max(), predicted.max())) + 1
        return confusion_matrix(label, predicted, labels=range(classes))

    def _attribute(self, name: str, columns: Mapping[str, Any]) -> Any:
        if name not in columns:
            has = ", ".join([*self.intervals, *self.answers])
            raise AttributeError(f"this report has no {name}; it has {has}")
        return columns[name]

    def __str__(self) -> str:
        width = max((len(name) for name in self.intervals), default=0)
        lines = [
            f"{'F1' if name == 'f1' else name:{width}} {interval}"
            for name, interval in self.intervals.items()
        ]
        count = len(np.unique(self.groups))
        groups = "1 group" if count == 1 else f"{count} groups"
        return "\n".join([*lines, f"n = {len(self.statistics)} in {groups}"])


def report(
    label: Any, predicted: Any, groups: Any = None, resamples: int = 2000
) -> Report:
    """Metrics of predicted classes [N] against labels [N], with 95 % intervals.

    The macro metrics are means over the classes that the labels hold. Memory grows
    with the rows, and with groups and classes separately.

    Args:
        label: whole numbers 0, 1, 2 ... [N] of any kind: an array, tensor or list.
        predicted: as label.
        groups: [N], numbers or texts: which family, person or voice a sample comes
            from; without it each sample is its own group, which makes the intervals too
            narrow when samples are alike.
        resamples: how often groups are drawn.

    Raises:
        ValueError: when the three are not of one length, or empty; naming the row and
            the value, for what is not a class or a group; for resamples below 1.
    """
    label, predicted = (
        whole_numbers("label", label),
        whole_numbers("predicted", predicted),
    )
    count = len(label) if groups is None else len(np.atleast_1d(as_array(groups)))
    if not len(label) == len(predicted) == count or len(label) == 0:
        raise ValueError(
            f"{len(label)} labels, {len(predicted)} predictions, {count} groups; "
            "expected as many of each, and at least one"
        )
    statistics = np.stack([label, predicted], axis=1)
    return report_of(CLASSES, statistics, groups, label, predicted, resamples)


def report_of(
    metrics: Mapping[str, Measure],
    statistics: Any,
    groups: Any = None,
    label: Any = None,
    predicted: Any = None,
    resamples: int = 2000,
) -> Report:
    """A report of any task, from what its metrics are computed from.

    Args:
        metrics: name -> metric; all read the same statistics.
        statistics: [N, K].
        groups: as in `report`.
        label: what was to be found, [N, ...], or None; kept as it is.
        predicted: what was found, [N, ...], or None; kept as it is.
        resamples: how often groups are drawn.

    Raises:
        ValueError: without a metric; naming the sample, for NaN or infinity; for
            groups, labels or predictions that are not of N rows.
    """
    if not metrics:
        raise ValueError("found no metrics; expected at least one")
    statistics = as_statistics(statistics)
    names, _ = as_groups(groups, len(statistics))
    answers = {}
    for name, given in (("label", label), ("predicted", predicted)):
        if given is None:
            continue
        answers[name] = as_array(given)
        if answers[name].shape[:1] != (len(statistics),):
            raise ValueError(
                f"{name} has shape {list(answers[name].shape)}; expected "
                f"{len(statistics)} rows"
            )
    found = intervals(metrics, statistics, names, resamples)
    return Report(found, dict(metrics), statistics, names, answers)
