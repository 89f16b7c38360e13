"""Which sample of B belongs to one of A, and the other way round, among all of them.

Statistics: [a P | b P | present], the embeddings of both sides, and whether both are
there. The similarity is the dot product: with embeddings of unit length, the cosine.
Ties are broken at random, in expectation: where all embeddings are alike, recall@k is
k / N, which is chance, and not 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmlearn.metrics.bootstrap import Draws, Interval, in_chunks, intervals, value
from mmlearn.metrics.inputs import positive
from mmlearn.metrics.metric import Metric

CHUNK = 2**22  # similarities in memory at once


def ranks(statistics: np.ndarray) -> np.ndarray:
    """The ranks of each sample's partner: [N, 5], among all samples present.

    Columns: how many candidates are nearer than the partner, and how many as near,
    from A to B; both from B to A; present.

    Raises:
        ValueError: when the number of columns is not 2 P + 1.
    """
    if statistics.shape[1] % 2 == 0 or statistics.shape[1] < 3:
        raise ValueError(
            f"ranking: found {statistics.shape[1]} columns of statistics; expected "
            "[a P | b P | present], 2 P + 1"
        )
    width = statistics.shape[1] // 2
    present = statistics[:, -1] != 0
    a, b = statistics[present, :width], statistics[present, width:-1]
    found = np.zeros((len(statistics), 5))
    found[present] = np.concatenate(
        [_nearer(a, b), _nearer(b, a), np.ones((len(a), 1))], axis=1
    )
    return found


def _nearer(query: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Candidates nearer than one's own, and others as near, [N, 2]."""
    rows = max(1, CHUNK // max(1, len(query)))
    counted = np.zeros((len(query), 2))
    for start in range(0, len(query), rows):
        mine = np.arange(start, min(start + rows, len(query)))
        near = query[mine] @ candidates.T
        own = near[np.arange(len(mine)), mine][:, None]
        # A product may round the same numbers differently in different columns.
        slack = 1e-12 * np.maximum(1, abs(own))
        nearer = (near > own + slack).sum(axis=1)
        at_least = (near >= own - slack).sum(axis=1)
        counted[mine] = np.stack([nearer, at_least - nearer - 1], axis=1)
    return counted


@dataclass(frozen=True)
class Hits:
    """Statistics -> [N, 2 K + 3], from which recall and median ranks are computed.

    Columns: hits within each k, A to B, then B to A; present; the rank of the partner
    A to B, and B to A, from 1.
    """

    ks: tuple[int, ...]

    def __call__(self, statistics: np.ndarray) -> np.ndarray:
        """Statistics [N, 2 P + 1] to hits and ranks [N, 2 K + 3]."""
        found = ranks(statistics)
        present = found[:, 4:]
        hits, rank = [], []
        for nearer, tied in (found[:, :2].T, found[:, 2:4].T):
            hits += [np.clip((k - nearer) / (tied + 1), 0, 1) for k in self.ks]
            rank.append(1 + nearer + tied / 2)
        ways = np.stack(hits, axis=1), present, np.stack(rank, axis=1)
        return np.concatenate(ways, axis=1) * present


@dataclass(frozen=True)
class _Share:
    """Sums of `Hits` -> the mean of some of its columns over the samples present."""

    hits: tuple[int, ...]
    present: int

    def __call__(self, sums: np.ndarray) -> np.ndarray:
        return sums[..., list(self.hits)].mean(axis=-1) / sums[..., self.present]


@dataclass(frozen=True)
class MedianRank:
    """The median of the partner's rank; not a function of sums, so it is ranked anew.

    Args:
        whole: `Hits`.
        column: which of its columns is the rank.
        present: which of its columns is present.
    """

    whole: Callable[[np.ndarray], np.ndarray] | None
    column: int
    present: int
    higher: bool = False
    bounds: tuple[float, float] = (1.0, np.inf)
    breakdown: float = 0.5

    def value(self, statistics: Any) -> float:
        """The median rank of statistics [N, 2 P + 1].

        Raises:
            ValueError: as `ranks` does.
        """
        return value(self, statistics)

    def interval(
        self, statistics: Any, groups: Any = None, resamples: int = 2000, seed: int = 0
    ) -> Interval:
        """The value with its 95 % interval by group; see `bootstrap.intervals`."""
        return intervals({"": self}, statistics, groups, resamples, seed)[""]

    def score(self, prepared: np.ndarray) -> float:
        """See `Measure.score`."""
        rank = prepared[self.counted(prepared), self.column]
        return float(np.median(rank)) if len(rank) else float("nan")

    def counted(self, prepared: np.ndarray) -> np.ndarray:
        """See `Measure.counted`."""
        return prepared[:, self.present] != 0

    def draws(self, prepared: np.ndarray, group: np.ndarray, groups: int) -> Draws:
        """See `Measure.draws`."""
        counted = self.counted(prepared)
        rank, group = prepared[counted, self.column], group[counted]
        order = np.argsort(rank, kind="stable")
        rank, group = rank[order], group[order]

        def drawn(counts: np.ndarray) -> np.ndarray:
            if len(rank) == 0:
                return np.full(len(counts), np.nan)
            upto = counts[:, group].cumsum(axis=1)  # [R, N], sorted by rank
            n = upto[:, -1:]
            middle = [
                rank[(upto > position).argmax(axis=1)]
                for position in ((n - 1) // 2, n // 2)
            ]
            return np.where(n[:, 0] > 0, (middle[0] + middle[1]) / 2, np.nan)

        return in_chunks(drawn, len(rank))


def ranking_between(
    a: str = "a", b: str = "b", ks: Sequence[int] = (1, 5, 10)
) -> dict[str, Metric | MedianRank]:
    """The metrics recall@k, the mean of both ways; then each way, and its median rank.

    Args:
        a: name of one side, as in "image to text recall@1".
        b: name of the other side.

    Raises:
        ValueError: for a k below 1.
    """
    whole, n = Hits(tuple(positive("k", k) for k in ks)), len(ks)
    found: dict[str, Metric | MedianRank] = {}
    for i, k in enumerate(ks):
        both = _Share((i, n + i), 2 * n)
        found[f"recall@{k}"] = Metric(both, whole=whole, bounds=(0.0, 1.0))
    for way, name in enumerate((f"{a} to {b}", f"{b} to {a}")):
        for i, k in enumerate(ks):
            share = _Share((way * n + i,), 2 * n)
            metric = Metric(share, whole=whole, bounds=(0.0, 1.0))
            found[f"{name} recall@{k}"] = metric
        found[f"{name} median rank"] = MedianRank(whole, 2 * n + 1 + way, 2 * n)
    return found


RANKING = ranking_between()
