"""Metrics with intervals, and what it takes to say that A beats B.

An interval comes from the bootstrap (Efron, 1979) over groups: samples of one family,
person or voice are alike, so whole groups are drawn, not samples. What is done where
nothing varies is said in `mmlearn.metrics.bootstrap`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from sklearn.metrics import confusion_matrix
from torch import Tensor

from mmlearn.batch import Batch, Data
from mmlearn.batch.data import on_device, to_device
from mmlearn.metrics.bootstrap import Interval, Measure, intervals
from mmlearn.metrics.classes import CLASSES
from mmlearn.metrics.inputs import as_array, as_groups, as_statistics, whole_numbers
from mmlearn.metrics.metric import paired
from mmlearn.model import MultimodalModel

__all__ = [
    "Interval",
    "Report",
    "beats",
    "evaluate",
    "paired_difference",
    "predict",
    "report",
    "report_of",
]


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
        return self._attribute("accuracy", self.intervals)

    @property
    def precision(self) -> Interval:
        return self._attribute("precision", self.intervals)

    @property
    def recall(self) -> Interval:
        return self._attribute("recall", self.intervals)

    @property
    def f1(self) -> Interval:
        return self._attribute("f1", self.intervals)

    @property
    def label(self) -> np.ndarray:
        """int64 [N] for classes"""
        return self._attribute("label", self.answers)

    @property
    def predicted(self) -> np.ndarray:
        """int64 [N] for classes"""
        return self._attribute("predicted", self.answers)

    @property
    def correct(self) -> np.ndarray:
        """bool [N]"""
        self._attribute("accuracy", self.intervals)
        return self.label == self.predicted

    @property
    def confusion(self) -> np.ndarray:
        """int64 [C, C], rows true, columns predicted; computed when asked for."""
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


@torch.no_grad()
def predict(
    model: MultimodalModel, data: Data, batch_size: int = 512
) -> np.ndarray | list[Any]:
    """What the model's head predicts for every sample, in evaluation mode.

    An array [N, ...], int [N] for classes; a list of N where a head's predictions are
    no tensor (texts). The model stays on its device.

    Raises ValueError, naming the sample, when the model answers with NaN.
    """
    answered = _answers(model, data, batch_size)
    return _joined([model.head.predict(output) for output, _ in answered])


@torch.no_grad()
def evaluate(
    model: MultimodalModel,
    data: Data,
    groups: Any = None,
    resamples: int = 2000,
    batch_size: int = 512,
) -> Report:
    """The metrics of the model's head over every sample, with 95 % intervals.

    data: whatever `fit` takes, with the head's targets. Samples whose class is not
    known (`label_known`) are left out. groups, resamples: see `report`.

    Raises ValueError as `check_batch` and `report` do, and, naming the sample, when the
    model answers with NaN.
    """
    model.check_data(data)
    head = model.head
    rows, found = [], []
    for output, batch in _answers(model, data, batch_size):
        rows.append(head.statistics(output, batch).cpu())
        found.append(head.predict(output))
    statistics = torch.cat(rows).numpy()
    if head.metrics is CLASSES:
        known = statistics[:, 2] == 1
        label, predicted = statistics[known, :2].T
        names, _ = as_groups(groups, len(statistics))
        return report(label, predicted, names[known], resamples)
    predicted = _joined(found)
    if isinstance(predicted, list):
        predicted = None
    return report_of(head.metrics, statistics, groups, None, predicted, resamples)


def _answers(
    model: MultimodalModel, data: Data, batch_size: int
) -> Iterator[tuple[Any, Batch]]:
    """Output and batch, batch by batch, on the model's device."""
    device = next(model.parameters()).device
    model.eval()
    data = on_device(data, device)
    for rows in torch.arange(len(data)).split(batch_size):
        batch = to_device(data[rows.to(device)], device)
        output = model(batch)
        for part in _tensors(output):
            if part.ndim and part.is_floating_point():
                bad = part.isnan().reshape(len(part), -1).any(dim=1)
                if bool(bad.any()):
                    sample = int(rows[0]) + int(bad.int().argmax())
                    raise ValueError(f"sample {sample}: the model answers with NaN")
        yield output, batch


def _tensors(output: Any) -> list[Tensor]:
    """Those of an output, which may be a dict, of dicts in turn (`Several`)."""
    if isinstance(output, Mapping):
        return [part for value in output.values() for part in _tensors(value)]
    return [output] if isinstance(output, Tensor) else []


def _joined(parts: list[Any]) -> np.ndarray | list[Any]:
    if all(isinstance(part, Tensor) for part in parts):
        return torch.cat(parts).cpu().numpy()
    return [answer for part in parts for answer in part]


def report(
    label: Any, predicted: Any, groups: Any = None, resamples: int = 2000
) -> Report:
    """Metrics of predicted classes [N] against labels [N], with 95 % intervals.

    The macro metrics are means over the classes that the labels hold. Memory grows
    with the rows, and with groups and classes apart.

    Args:
        label: whole numbers 0, 1, 2 ... [N] of any kind: an array, tensor or list.
        predicted: as label.
        groups: [N], numbers or texts: which family, person or voice a sample comes
            from; without it each sample is its own group, which is too sure of itself
            when samples are alike.
        resamples: how often groups are drawn.

    Raises:
        ValueError: when the three are not of one length, or empty; naming the row and
            the value, for what is no class or no group; for resamples below 1.
    """
    label, predicted = (
        whole_numbers("label", label),
        whole_numbers("predicted", predicted),
    )
    count = len(label) if groups is None else len(np.atleast_1d(as_array(groups)))
    if not len(label) == len(predicted) == count or len(label) == 0:
        raise ValueError(
            f"{len(label)} labels, {len(predicted)} predictions, {count} groups; "
            "expected as many of each, and one at least"
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
        raise ValueError("found no metrics; expected one at least")
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


def paired_difference(
    a: Report,
    b: Report,
    resamples: int = 10_000,
    seed: int = 0,
    metric: str = "accuracy",
) -> Interval:
    """A metric of A minus that of B on the same samples, by group.

    Both are drawn together, so what is hard for both cancels out. Where A and B give
    the same on every sample, the difference is 0 and the interval exactly [0, 0].

    Raises:
        ValueError: when the two reports are not about the same samples.
        KeyError: when one has no such metric.
    """
    a[metric], b[metric]
    same = np.array_equal(a.groups, b.groups)
    if "label" in a.answers and "label" in b.answers:
        same = same and np.array_equal(a.label, b.label)
    if not same:
        raise ValueError("the reports are about different samples; expected the same")
    return paired(
        a.metrics[metric], a.statistics, b.statistics, a.groups, resamples, seed
    )


def beats(a: Sequence[Report], b: Sequence[Report], metric: str = "accuracy") -> bool:
    """Whether A beats B: the paired interval lies above 0 in every seed.

    Below 0 for a metric of which less is better. Without an interval it does not.

    a, b: reports of both models, seed by seed.

    Raises:
        ValueError: when there are fewer than 3 seeds, or not as many of each.
        KeyError: when a report has no such metric.
    """
    if len(a) != len(b) or len(a) < 3:
        raise ValueError(f"{len(a)} and {len(b)} seeds; expected 3 or more of each")
    for one, other in zip(a, b, strict=True):
        gain = paired_difference(one, other, metric=metric)
        if not (gain.low > 0 if one.metrics[metric].higher else gain.high < 0):
            return False
    return True
