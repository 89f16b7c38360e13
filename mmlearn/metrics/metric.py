"""A metric of sums: per-sample statistics are added up, and reduced to a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from mmlearn.metrics.bootstrap import (
    Draws,
    Interval,
    Measure,
    between,
    intervals,
    prepare,
    resampled,
    value,
)
from mmlearn.metrics.inputs import as_groups, as_statistics


def ratio(sums: np.ndarray) -> np.ndarray:
    """Map sums [..., 2] -> [...]: the first over the second, a weighted mean."""
    return sums[..., 0] / sums[..., 1]


@dataclass(frozen=True)
class Metric:
    """What a number is computed from: per-sample statistics -> a value.

    Args:
        reduce: sums over samples [..., K2] -> values [...]; NaN where not defined.
        higher: whether more is better.
        whole: statistics [N, K] -> [N, K2], computed over the whole set before anything
            is drawn: a rank among all samples, for example. None where K2 = K.
        bounds: the least and the largest possible value.
    """

    reduce: Callable[[np.ndarray], np.ndarray] = ratio
    higher: bool = True
    whole: Callable[[np.ndarray], np.ndarray] | None = None
    bounds: tuple[float, float] = (-np.inf, np.inf)
    breakdown: float = 0.0

    def value(self, statistics: Any) -> float:
        """The value of statistics float64 [N, K]; NaN where it is not defined.

        Raises:
            ValueError: naming the sample, for NaN or infinity; for another shape.
        """
        return value(self, statistics)

    def interval(
        self, statistics: Any, groups: Any = None, resamples: int = 2000, seed: int = 0
    ) -> Interval:
        """The value with its 95 % interval by group; see `bootstrap.intervals`."""
        return intervals({"": self}, statistics, groups, resamples, seed)[""]

    def score(self, prepared: np.ndarray) -> float:
        """See `Measure.score`."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return _defined(self.reduce(prepared.sum(axis=0)))

    def counted(self, prepared: np.ndarray) -> np.ndarray:
        """See `Measure.counted`."""
        return (prepared != 0).any(axis=1)

    def draws(self, prepared: np.ndarray, group: np.ndarray, groups: int) -> Draws:
        """See `Measure.draws`."""
        by_group = np.stack(
            [np.bincount(group, column, minlength=groups) for column in prepared.T],
            axis=1,
        )

        def drawn(counts: np.ndarray) -> np.ndarray:
            with np.errstate(divide="ignore", invalid="ignore"):
                values = self.reduce(counts @ by_group)
            return np.where(np.isfinite(values), values, np.nan)

        return drawn


def paired(
    metric: Measure,
    a: Any,
    b: Any,
    groups: Any = None,
    resamples: int = 10_000,
    seed: int = 0,
) -> Interval:
    """The metric of A minus that of B, with its 95 % interval; both drawn together.

    Where the statistics are the same throughout, there is no difference, and the
    interval is exactly [0, 0].

    Args:
        a: statistics [N, K] of A.
        b: statistics [N, K] of B, on the same samples.

    Raises:
        ValueError: as `bootstrap.intervals` does, and when the two differ in shape.
    """
    a, b = as_statistics(a), as_statistics(b)
    if a.shape != b.shape:
        raise ValueError(
            f"A has statistics {list(a.shape)}, B {list(b.shape)}; expected the same"
        )
    _, group = as_groups(groups, len(a))
    total = int(group.max()) + 1
    one, other = prepare(metric, a), prepare(metric, b)
    counted = metric.counted(one) | metric.counted(other)
    least, most = metric.bounds
    bounds = (least - most, most - least)
    # Over the same weights, a difference of ratios is one ratio: exact where a
    # difference of two rounded quotients is not.
    if getattr(metric, "reduce", None) is ratio and (one[:, 1] == other[:, 1]).all():
        both = np.stack([one[:, 0] - other[:, 0], one[:, 1]], axis=1)
        difference = metric.score(both)
        draws = metric.draws(both, group, total)
    else:
        difference = metric.score(one) - metric.score(other)
        of_one = metric.draws(one, group, total)
        of_other = metric.draws(other, group, total)

        def draws(counts: np.ndarray) -> np.ndarray:
            return of_one(counts) - of_other(counts)

    in_groups = len(np.unique(group[counted]))
    scale = max(abs(metric.score(one)), abs(metric.score(other)))
    drawn = resampled({"": draws}, total, resamples, seed)[""]
    if np.array_equal(a, b) and in_groups >= 2 and not np.isnan(difference):
        return Interval(difference, 0.0, 0.0)
    return between(difference, drawn, in_groups, bounds, metric.breakdown, scale)


@dataclass(frozen=True)
class _Slice:
    """Columns start to stop of the statistics, then what the metric does first."""

    start: int
    stop: int
    then: Callable[[np.ndarray], np.ndarray] | None

    def __call__(self, statistics: np.ndarray) -> np.ndarray:
        if statistics.shape[1] < self.stop:
            raise ValueError(
                f"found {statistics.shape[1]} columns of statistics; expected "
                f"{self.stop} or more"
            )
        part = statistics[:, self.start : self.stop]
        return part if self.then is None else self.then(part)


M = TypeVar("M", bound=Any)


def of_columns(metric: M, start: int, stop: int) -> M:
    """The same metric, read from the columns start to stop - 1 of the statistics.

    For heads of several tasks, whose statistics are side by side.
    """
    return replace(metric, whole=_Slice(start, stop, metric.whole))


def _defined(number: Any) -> float:
    """A float; NaN in place of infinity, which comes from a division by zero."""
    return float(number) if np.isfinite(number) else float("nan")
