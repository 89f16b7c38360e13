"""From scores to decisions: F1 at a threshold, and the threshold at which it is best.

With honest probabilities the best threshold is half of the best F1 (Lipton, Elkan and
Naryanaswamy, 2014), so it is never above .5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmlearn.metrics.inputs import as_array
from mmlearn.metrics.metric import Metric, ratio
from mmlearn.metrics.tags import tags


@dataclass(frozen=True)
class Cut:
    """Who scores `threshold` or more gets the tag; that earns an F1 of `f1`."""

    threshold: float
    f1: float


def best_cut(scores: Any, targets: Any, known: Any = None) -> Cut:
    """The threshold with the highest F1 on these scores, all of them together.

    It lies half-way between the lowest score that gets the tag and the next one below.
    Choose it on the validation split. For a threshold of each tag's own, hand in one
    column after the other; with few positives such thresholds follow chance.

    Args:
        scores: logits or probabilities, of any shape.
        targets: 0 or 1 (or bool), of the same shape.
        known: bool, of the same shape; what is not known is left out.

    Raises:
        ValueError: when the shapes differ, a score is not finite, a target is neither 0
            nor 1, or none is 1.
    """
    score, target = (as_array(x).astype(np.float64) for x in (scores, targets))
    there = np.ones(score.shape) if known is None else as_array(known)
    if not score.shape == target.shape == there.shape:
        raise ValueError(
            f"scores are {list(score.shape)}, targets {list(target.shape)}, known "
            f"{list(there.shape)}; expected the same"
        )
    score, target = score[there != 0], target[there != 0]
    if not np.isfinite(score).all():
        raise ValueError("a score is NaN or infinite; expected finite numbers")
    if ((target != 0) & (target != 1)).any():
        raise ValueError("a target is neither 0 nor 1; expected 0 or 1")
    if not target.any():
        raise ValueError("no target is 1: F1 is not defined")
    order = np.argsort(-score, kind="stable")
    score, hits = score[order], target[order].cumsum()
    f1 = 2 * hits / (np.arange(1, len(score) + 1) + hits[-1])
    # Equal scores get the tag together: only the last of them may be the lowest.
    ends = np.flatnonzero(np.append(score[1:] != score[:-1], True))
    last = ends[f1[ends].argmax()]
    below = score[min(last + 1, len(score) - 1)]
    return Cut(float((score[last] + below) / 2), float(f1[last]))


def expected_cuts(probabilities: Any) -> np.ndarray:
    """Half of the F1 that each tag's probabilities promise, float64 [C]; no labels.

    Of one tag, giving the k surest makes p_1 + ... + p_k hits to expect, and the sum of
    all p are there. The best F1 of that is what honest probabilities earn, and half of
    it the threshold that earns it. It is as good as the probabilities are honest:
    weights in the loss spoil it.

    Args:
        probabilities: [N, C], of many samples, such as the validation split.

    Raises:
        ValueError: for another shape, without samples, and naming the sample, for what
            is no probability.
    """
    p = as_array(probabilities).astype(np.float64)
    if p.ndim != 2 or 0 in p.shape:
        raise ValueError(f"probabilities are {list(p.shape)}; expected [N, C]")
    bad = ~((p >= 0) & (p <= 1))  # NaN is bad, too
    if bad.any():
        row, tag = (int(i[0]) for i in np.nonzero(bad))
        raise ValueError(
            f"sample {row}, tag {tag}: the probability is {p[row, tag]:g}; expected 0 "
            "to 1 (the sigmoid of a logit)"
        )
    ranked = -np.sort(-p, axis=0)
    given = np.arange(1, len(p) + 1)[:, None]
    best: np.ndarray = (ranked.cumsum(axis=0) / (given + p.sum(axis=0))).max(axis=0)
    return best  # F1 has twice the hits above the line; half of it has them once


@dataclass(frozen=True)
class Given:
    """Statistics [N, 3 C] to [N, 3 C]: hits, tags given, and tags that are there.

    Args:
        thresholds: one, or one for each tag; in the units of the scores.
    """

    thresholds: tuple[float, ...]

    def __call__(self, statistics: np.ndarray) -> np.ndarray:
        """Statistics [N, 3 C] to counts of hits, given and there, [N, 3 C]."""
        scores, targets, known = np.split(tags(statistics), 3, axis=1)
        if len(self.thresholds) not in (1, scores.shape[1]):
            raise ValueError(
                f"{len(self.thresholds)} thresholds for {scores.shape[1]} tags; "
                "expected one, or one for each"
            )
        given = (scores >= np.array(self.thresholds)) * known
        return np.concatenate([given * targets, given, targets], axis=1)


def f1_at(threshold: float | Sequence[float], micro: bool = False) -> Metric:
    """F1 where a tag is given from this threshold on; for a head's statistics.

    Args:
        threshold: one, or one for each tag, in the units of the scores: those of a
            `Tag` are logits, so that a probability p stands at log(p / (1 - p)).
        micro: hits, tags given and tags that are there are added up over the tags
            first; else the mean over the tags, those without a positive left out.

    Raises:
        ValueError: when a threshold is not a finite number.
    """
    thresholds = tuple(float(x) for x in np.atleast_1d(as_array(threshold)))
    if not thresholds or not np.isfinite(thresholds).all():
        raise ValueError(f"threshold is {threshold}; expected finite numbers")
    if micro:
        return Metric(ratio, whole=_Together(thresholds), bounds=(0.0, 1.0))
    return Metric(_macro, whole=Given(thresholds), bounds=(0.0, 1.0))


class _Together(Given):
    """The same over all tags, as twice the hits and what they are out of: [N, 2]."""

    def __call__(self, statistics: np.ndarray) -> np.ndarray:
        hits, given, there = np.split(super().__call__(statistics), 3, axis=1)
        return np.stack([2 * hits.sum(axis=1), (given + there).sum(axis=1)], axis=1)


def _macro(sums: np.ndarray) -> np.ndarray:
    """Sums [..., 3 C] -> the mean F1 [...] of the tags that are there at all."""
    hits, given, there = np.split(sums, 3, axis=-1)
    some = there > 0
    f1 = np.where(some, 2 * hits / np.where(some, given + there, 1), 0)
    return np.asarray(f1.sum(axis=-1) / some.sum(axis=-1))
