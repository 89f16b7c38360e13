"""The exercise `f1`, its solution, its mistakes and its hints."""

from torch import Tensor

from mmlearn.exercises.evaluation._shared import _bool
from mmlearn.exercises.exercise import Exercise


def _f1(label: Tensor, predicted: Tensor) -> float:
    hits = int((label & predicted).sum())
    total = int(label.sum()) + int(predicted.sum())
    return 2 * hits / total if total > 0 else 0.0


def _divides_by_zero(label: Tensor, predicted: Tensor) -> float:
    hits = int((label & predicted).sum())
    precision, recall = hits / int(predicted.sum()), hits / int(label.sum())
    return 2 * precision * recall / (precision + recall)


def _nan_for_none(label: Tensor, predicted: Tensor) -> float:
    hits = (label & predicted).sum()
    precision, recall = hits / predicted.sum(), hits / label.sum()
    return float(2 * precision * recall / (precision + recall))


def _nan_without_any(label: Tensor, predicted: Tensor) -> float:
    return float(2 * (label & predicted).sum() / (label.sum() + predicted.sum()))


def _fails_without_any(label: Tensor, predicted: Tensor) -> float:
    hits = int((label & predicted).sum())
    return 2 * hits / (int(label.sum()) + int(predicted.sum()))


def _plain_mean_nan(label: Tensor, predicted: Tensor) -> float:
    hits = (label & predicted).sum()
    return float((hits / predicted.sum() + hits / label.sum()) / 2)


def _plain_mean(label: Tensor, predicted: Tensor) -> float:
    hits = int((label & predicted).sum())
    parts = int(predicted.sum()), int(label.sum())
    precision, recall = (hits / part if part > 0 else 0.0 for part in parts)
    return (precision + recall) / 2


def _share_right(label: Tensor, predicted: Tensor) -> float:
    return float((label == predicted).float().mean())


f1 = Exercise(
    solution=_f1,
    cases=[
        _bool("11100000", "11010000"),
        _bool("10110", "11111"),
        _bool("0110", "0000"),
        _bool("000", "000"),
        _bool("1000", "0110"),
    ],
    mistakes={
        _divides_by_zero: (
            "Right, until a model never says yes: then hits / (samples said to be it) "
            "is 0 / 0. What should such a model score?"
        ),
        _nan_for_none: (
            "Right, until a model never says yes: 0 / 0 is NaN, and one NaN makes a "
            "macro average NaN too. What should such a model score?"
        ),
        _nan_without_any: (
            "Right, but for one case: nothing is there and nothing is said, so that "
            "0 / 0 is NaN. By convention F1 is 0.0 there."
        ),
        _fails_without_any: (
            "Right, but for one case: nothing is there and nothing is said, and the "
            "division is by 0. By convention F1 is 0.0 there."
        ),
        _plain_mean_nan: (
            "This is the plain mean of precision and recall; F1 is the harmonic one. "
            "And where nothing is said to be it, precision is 0 / 0, NaN."
        ),
        _plain_mean: (
            "This is the plain mean of precision and recall; F1 is the harmonic one, "
            "which is near the smaller of the two."
        ),
        _share_right: (
            "This is accuracy: it also counts the samples that were rightly left alone."
        ),
    },
    hints=[
        "F1 = 2 · hits / (samples that are it + samples said to be it): one division.",
        "`hits = (label & predicted).sum()`; where the divisor is 0, return 0.0.",
    ],
)
