"""One bootstrap for every metric: whole groups are drawn, with replacement.

Samples of one family, person or voice are alike, so groups are drawn, not samples
(Efron, 1979, with the cluster as the unit: Davison and Hinkley, 1997, section 3.8).

Where all resamples agree, as with N of N right, they show no spread, and quantiles of
them would claim certainty. What is known then is only that G groups were all alike. If
a share q of all groups were unlike them, G of G would still be alike with probability
(1 - q) ** G, which is 2.5 % at q = 1 - 0.025 ** (1 / G). So a share q of groups that
we did not see may lie at the far end of the metric's range, and the interval reaches
as far as they would move the value. For an accuracy of 1 or 0 this is the interval of
Clopper and Pearson (1934) with the groups as trials: 13 voices all right give
[0.753, 1]. It supposes groups of about one size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from mmlearn.metrics.inputs import as_groups, as_statistics, positive

CHUNK = 2**22  # numbers in memory at once: 32 MiB of float64
TAIL = 0.025  # on each side of a 95 % interval

Draws = Callable[[np.ndarray], np.ndarray]
"""Counts float64 [R, G], how often each group is drawn -> values float64 [R]."""


class Measure(Protocol):
    """What the bootstrap needs of a metric."""

    @property
    def higher(self) -> bool:
        """Whether more is better."""
        ...

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the largest possible value."""
        ...

    @property
    def breakdown(self) -> float:
        """The share of other samples that can be added without moving the value.

        It is 0 for a mean, 0.5 for a median.
        """
        ...

    @property
    def whole(self) -> Callable[[np.ndarray], np.ndarray] | None:
        """Statistics [N, K] -> what is computed over the whole set first, [N, K2].

        None for nothing.
        """
        ...

    def score(self, prepared: np.ndarray) -> float:
        """The value on all samples; NaN where it is not defined."""

    def counted(self, prepared: np.ndarray) -> np.ndarray:
        """Which samples count in it, bool [N]."""

    def draws(self, prepared: np.ndarray, group: np.ndarray, groups: int) -> Draws:
        """The value as a function of how often each group is drawn."""


@dataclass(frozen=True)
class Interval:
    """A value and its 95 % interval; low and high are NaN where there is none.

    Args:
        why: why there is none, in words.
    """

    value: float
    low: float
    high: float
    why: str = ""

    def __str__(self) -> str:
        if np.isnan(self.value):
            return "not defined" + (f" ({self.why})" if self.why else "")
        largest = max(abs(self.value), abs(self.low), abs(self.high))
        form = ".3g" if 0 < largest < 0.0005 else ".3f"
        if np.isnan(self.low) or np.isnan(self.high):
            reason = f": {self.why}" if self.why else ""
            return f"{self.value:{form}} (no interval{reason})"
        return f"{self.value:{form}} [{self.low:{form}}, {self.high:{form}}]"


def prepare(metric: Measure, statistics: np.ndarray) -> np.ndarray:
    """What the metric computes over the whole set first, [N, K2]."""
    return statistics if metric.whole is None else metric.whole(statistics)


def value(metric: Measure, statistics: Any) -> float:
    """The metric of all samples; NaN where it is not defined.

    Raises:
        ValueError: as `as_statistics` does, and where the metric cannot read them.
    """
    return metric.score(prepare(metric, as_statistics(statistics)))


def intervals(
    metrics: Mapping[str, Measure],
    statistics: Any,
    groups: Any = None,
    resamples: int = 2000,
    seed: int = 0,
) -> dict[str, Interval]:
    """Each metric with its 95 % interval, all on the same resamples.

    Memory grows with the rows, and with groups and classes separately, not with their
    product.

    Args:
        metrics: name -> metric; all read the same statistics.
        statistics: [N, K], what the metrics are computed from.
        groups: [N], numbers or texts; None makes each sample its own group.
        resamples: how often groups are drawn.
        seed: of the draws.

    Raises:
        ValueError: as `as_statistics` and `as_groups` do, and for resamples below 1.
    """
    statistics = as_statistics(statistics)
    _, group = as_groups(groups, len(statistics))
    total = int(group.max()) + 1
    seen: dict[Any, np.ndarray] = {}  # what several metrics compute first, once
    draws: dict[str, Draws] = {}
    values, with_a_say = {}, {}
    for name, metric in metrics.items():
        if metric.whole not in seen:
            seen[metric.whole] = prepare(metric, statistics)
        prepared = seen[metric.whole]
        values[name] = metric.score(prepared)
        with_a_say[name] = len(np.unique(group[metric.counted(prepared)]))
        draws[name] = metric.draws(prepared, group, total)
    drawn = resampled(draws, total, resamples, seed)
    return {
        name: between(
            values[name], drawn[name], with_a_say[name], m.bounds, m.breakdown
        )
        for name, m in metrics.items()
    }


def resampled(
    draws: Mapping[str, Draws], groups: int, resamples: int, seed: int
) -> dict[str, np.ndarray]:
    """Each function's values on the resamples, float64 [R]; in chunks."""
    resamples = positive("resamples", resamples)
    drawn: dict[str, list[np.ndarray]] = {name: [] for name in draws}
    for counts in draw_groups(groups, resamples, seed):
        for name, function in draws.items():
            drawn[name].append(function(counts))
    return {name: np.concatenate(parts) for name, parts in drawn.items()}


def draw_groups(groups: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """How often each group is drawn: float64 [r, groups], `resamples` rows in all."""
    generator = np.random.default_rng(seed)
    share = np.full(groups, 1 / groups)
    rows = max(1, CHUNK // groups)
    for start in range(0, resamples, rows):
        size = min(rows, resamples - start)
        yield generator.multinomial(groups, share, size=size).astype(np.float64)


def in_chunks(function: Draws, width: int) -> Draws:
    """The function, called on as many rows as make `width` numbers each fit a chunk."""
    rows = max(1, CHUNK // max(1, width))

    def chunked(counts: np.ndarray) -> np.ndarray:
        starts = range(0, len(counts), rows)
        return np.concatenate([function(counts[i : i + rows]) for i in starts])

    return chunked


def between(
    value: float,
    drawn: np.ndarray,
    groups: int,
    bounds: tuple[float, float],
    breakdown: float = 0.0,
    scale: float | None = None,
) -> Interval:
    """The interval of a value from what was drawn, float64 [R].

    Resamples in which the metric is not defined are left out; where it is defined in
    fewer than half of them, there is no interval, nor with fewer than two groups.

    Args:
        groups: how many count in it.
        bounds: see `Measure`.
        breakdown: see `Measure`.
        scale: how large the numbers are that the value was computed from, to tell
            rounding from spread; by default the value itself.
    """
    defined = drawn[~np.isnan(drawn)]
    if np.isnan(value):
        return Interval(value, np.nan, np.nan, f"on these {_groups(groups)}")
    if groups < 2:
        return Interval(value, np.nan, np.nan, _groups(groups))
    if len(drawn) < 2:
        return Interval(value, np.nan, np.nan, "1 resample")
    if 2 * len(defined) < len(drawn):
        why = f"not defined in {len(drawn) - len(defined)} of {len(drawn)} resamples"
        return Interval(value, np.nan, np.nan, why)
    if np.ptp(defined) <= 1e-12 * (abs(value) if scale is None else scale):
        return Interval(value, *_unseen(value, groups, bounds, breakdown))
    low, high = np.quantile(defined, [TAIL, 1 - TAIL])
    return Interval(value, float(low), float(high))


def _unseen(
    value: float, groups: int, bounds: tuple[float, float], breakdown: float
) -> tuple[float, float]:
    """How far groups unlike those seen may move the value: see the top of this file."""
    share = 1 - TAIL ** (1 / groups)
    if share < breakdown:
        return value, value
    low, high = (value + share * (bound - value) for bound in bounds)
    return bounds if breakdown else (low, high)


def _groups(count: int) -> str:
    return f"{count} group" if count == 1 else f"{count} groups"
