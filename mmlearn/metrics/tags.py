"""Several tags for each sample, or none: mean average precision, precision@k, recall@k.

Statistics: [scores C | targets C | known C]. A tag that is not known for a sample
(known = 0) is ignored there: it is neither a hit nor a miss.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmlearn.metrics.bootstrap import Draws, Interval, in_chunks, intervals, value
from mmlearn.metrics.inputs import positive
from mmlearn.metrics.metric import Metric, ratio


def tags(statistics: np.ndarray) -> np.ndarray:
    """Check the targets: 0 or 1 where they are known; they become 0 elsewhere.

    Raises:
        ValueError: when the columns are not three parts of one width; naming the sample
            and the tag, when a target is neither 0 nor 1.
    """
    if statistics.shape[1] % 3:
        raise ValueError(
            f"tags: found {statistics.shape[1]} columns of statistics; expected "
            "[scores C | targets C | known C]"
        )
    scores, targets, known = np.split(statistics, 3, axis=1)
    known = (known != 0).astype(np.float64)
    targets = np.where(known > 0, targets, 0)
    bad = (targets != 0) & (targets != 1)
    if bad.any():
        row, tag = (int(i[0]) for i in np.nonzero(bad))
        raise ValueError(
            f"sample {row}, tag {tag}: the target is {targets[row, tag]:g}; expected 0 "
            "or 1"
        )
    return np.concatenate([scores, targets, known], axis=1)


@dataclass(frozen=True)
class AveragePrecision:
    """Mean average precision: precision at each hit, down the ranking by score.

    It is not a function of sums over samples, so each resample is ranked anew. Equal
    scores are one step, as in scikit-learn: no order among them is made up.

    Args:
        micro: one ranking of all samples and tags. Else the mean over tags of each
            tag's own ranking, tags without a positive sample left out.
    """

    micro: bool = False
    whole: Callable[[np.ndarray], np.ndarray] | None = tags
    higher: bool = True
    bounds: tuple[float, float] = (0.0, 1.0)
    breakdown: float = 0.0

    def value(self, statistics: Any) -> float:
        """The value of statistics [N, 3 C]; NaN without any positive.

        Raises:
            ValueError: as `tags` does.
        """
        return value(self, statistics)

    def interval(
        self, statistics: Any, groups: Any = None, resamples: int = 2000, seed: int = 0
    ) -> Interval:
        """The value with its 95 % interval by group; see `bootstrap.intervals`."""
        return intervals({"": self}, statistics, groups, resamples, seed)[""]

    def score(self, prepared: np.ndarray) -> float:
        """See `Measure.score`."""
        one_group = np.zeros(len(prepared), dtype=np.int64)
        return float(self.draws(prepared, one_group, 1)(np.ones((1, 1)))[0])

    def counted(self, prepared: np.ndarray) -> np.ndarray:
        """See `Measure.counted`."""
        known = prepared[:, 2 * (prepared.shape[1] // 3) :]
        return np.any(known > 0, axis=1)

    def draws(self, prepared: np.ndarray, group: np.ndarray, groups: int) -> Draws:
        """See `Measure.draws`."""
        scores, targets, known = np.split(prepared, 3, axis=1)
        if self.micro:
            group = group.repeat(scores.shape[1])
            scores, targets, known = (
                x.reshape(-1, 1) for x in (scores, targets, known)
            )
        by_tag = []
        for score, target, there in zip(scores.T, targets.T, known.T, strict=True):
            seen = there > 0
            if target[seen].any():
                by_tag.append(_one_ranking(score[seen], target[seen], group[seen]))

        def drawn(counts: np.ndarray) -> np.ndarray:
            if not by_tag:
                return np.full(len(counts), np.nan)
            total, tags = np.zeros(len(counts)), np.zeros(len(counts))
            for one in by_tag:
                precision = one(counts)
                total += np.nan_to_num(precision)
                tags += ~np.isnan(precision)
            with np.errstate(invalid="ignore"):
                return total / tags

        return drawn


def _one_ranking(score: np.ndarray, target: np.ndarray, group: np.ndarray) -> Draws:
    """The average precision of one ranking [n]; NaN without a positive."""
    order = np.argsort(-score, kind="stable")
    score, target, group = score[order], target[order], group[order]
    ends = np.flatnonzero(np.append(score[1:] != score[:-1], True))  # of equal scores

    def drawn(counts: np.ndarray) -> np.ndarray:
        weight = counts[:, group]  # [R, n]
        taken = weight.cumsum(axis=1)[:, ends]
        hits = (weight * target).cumsum(axis=1)[:, ends]
        gained = np.diff(hits, axis=1, prepend=0)
        with np.errstate(invalid="ignore"):
            return (gained * hits / np.maximum(taken, 1)).sum(axis=1) / hits[:, -1]

    return in_chunks(drawn, len(score))


@dataclass(frozen=True)
class Top:
    """Statistics -> [N, 2]: hits among the k highest scores, and what they are out of.

    Equal scores at the k-th place share it: the expectation of breaking ties at random.

    Args:
        of_all: out of all the sample's positives (recall; samples without one do not
            count), else out of the k, or as many tags as are known (precision).
    """

    k: int
    of_all: bool

    def __call__(self, statistics: np.ndarray) -> np.ndarray:
        """Statistics [N, 3 C] to hits and what they are out of, [N, 2]."""
        scores, targets, known = np.split(tags(statistics), 3, axis=1)
        scores = np.where(known > 0, scores, -np.inf)
        k = np.minimum(self.k, known.sum(axis=1))  # [N]
        ranked = -np.sort(-scores, axis=1)
        last = np.maximum(k - 1, 0).astype(np.int64)
        least = ranked[np.arange(len(ranked)), last][:, None]
        above, tied = scores > least, (scores == least) & (known > 0)
        places = k - above.sum(axis=1)  # left for those at the k-th place
        share = (targets * tied).sum(axis=1) / np.maximum(tied.sum(axis=1), 1)
        hits = (targets * above).sum(axis=1) + places * share
        out_of = targets.sum(axis=1) if self.of_all else k
        some = out_of > 0
        return np.stack([hits / np.where(some, out_of, 1) * some, some * 1.0], axis=1)


def precision_at(k: int) -> Metric:
    """The mean over samples of hits among the k highest scores / k."""
    return Metric(ratio, whole=Top(positive("k", k), False), bounds=(0.0, 1.0))


def recall_at(k: int) -> Metric:
    """The mean, over samples with a positive, of hits among the k highest / all."""
    return Metric(ratio, whole=Top(positive("k", k), True), bounds=(0.0, 1.0))


MAP = AveragePrecision()
MICRO_MAP = AveragePrecision(micro=True)
TAGS: dict[str, Metric | AveragePrecision] = {
    "map": MAP,
    "micro map": MICRO_MAP,
    "precision@1": precision_at(1),
    "precision@5": precision_at(5),
    "recall@5": recall_at(5),
}
