"""Search with several right answers, and what a gallery's size does to recall.

A query has one rank: that of the first right candidate. Recall@k is the share of
queries whose rank is k or better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import hypergeom

from mmlearn.metrics.metric import Metric, of_columns, ratio
from mmlearn.metrics.report import Report, report_of


def first_rank(
    queries: Any, candidates: Any, query_groups: Any, candidate_groups: Any
) -> tuple[np.ndarray, np.ndarray]:
    """How many wrong candidates come before the first right one; how many are right.

    A candidate is right when it is of the query's group: all captions of a picture are.
    The similarity is the dot product. Of wrong candidates that are just as near, half
    count as nearer, so that a model for which all are alike is no better than chance.

    Args:
        queries: float [Q, P].
        candidates: float [N, P].
        query_groups: [Q].
        candidate_groups: [N].

    Returns:
        float64 [Q], from 0; int64 [Q].

    Raises:
        ValueError: naming the query, when no candidate is right.
    """
    asked, offered = (np.asarray(x, dtype=np.float64) for x in (queries, candidates))
    right = np.asarray(query_groups)[:, None] == np.asarray(candidate_groups)  # [Q, N]
    lonely = ~right.any(axis=1)
    if lonely.any():
        row = int(lonely.argmax())
        raise ValueError(
            f"query {row} is of group {np.asarray(query_groups)[row]}, and no "
            "candidate is; expected at least one"
        )
    near = asked @ offered.T  # [Q, N]
    best = np.where(right, near, -np.inf).max(axis=1, keepdims=True)
    slack = 1e-12 * np.maximum(1, abs(best))
    nearer = (~right & (near > best + slack)).sum(axis=1)
    tied = (~right & (abs(near - best) <= slack)).sum(axis=1)
    return nearer + tied / 2, right.sum(axis=1)


def gallery_recall(before: Any, others: int, size: int, k: int = 1) -> np.ndarray:
    """The probability [Q] of rank k or better in a random gallery of a smaller size.

    A query's right candidate is in the gallery; size - 1 of its other candidates are
    drawn. Of `others`, `before` are nearer than the right one, so the number drawn of
    these is hypergeometric, and has to be below k.

    Args:
        before: how many of the others are nearer, whole numbers [Q].
        others: how many others there are.
        size: of the smaller gallery, from 1 to others + 1.

    Raises:
        ValueError: when the size is not from 1 to others + 1.
    """
    if not 1 <= size <= others + 1:
        raise ValueError(f"size is {size}; expected 1 to {others + 1}")
    found = np.floor(np.asarray(before, dtype=np.float64)).astype(np.int64)
    return np.asarray(hypergeom.cdf(k - 1, others, found, size - 1))


def chance(right: Any, candidates: int, k: int) -> float:
    """Recall@k of a random order, the mean over queries.

    Args:
        right: how many candidates are right for each query, int [Q].
        candidates: how many there are.
    """
    none = hypergeom.pmf(0, candidates, np.asarray(right), min(k, candidates))
    return float(np.mean(1 - none))


def recall_report(
    before: Any, groups: Any = None, ks: Sequence[int] = (1, 5, 10)
) -> Report:
    """Recall@k with intervals by group, from what `first_rank` counts, [Q].

    Raises:
        ValueError: as `report_of` does.
    """
    counted = np.asarray(before, dtype=np.float64)
    one = np.ones(len(counted))
    columns = [column for k in ks for column in (counted < k, one)]
    share = Metric(ratio, bounds=(0.0, 1.0))
    metrics = {
        f"recall@{k}": of_columns(share, 2 * i, 2 * i + 2) for i, k in enumerate(ks)
    }
    statistics = np.stack(columns, axis=1).astype(np.float64)
    return report_of(metrics, statistics, groups)


def told(
    queries: Any,
    candidates: Any,
    query_groups: Any,
    candidate_groups: Any,
    groups: Any = None,
    ks: Sequence[int] = (1, 5, 10),
) -> str:
    """Recall@k with its interval, beside chance and the size of the gallery, in words.

    Args:
        queries: and the next three as for `first_rank`.
        groups: of the queries, [Q], by which intervals are drawn.

    Raises:
        ValueError: as `first_rank` does.
    """
    before, right = first_rank(queries, candidates, query_groups, candidate_groups)
    n, report = len(candidates), recall_report(before, groups, ks)
    shown = (
        f"R@{k} {report[f'recall@{k}']} (chance {chance(right, n, k):.3f})" for k in ks
    )
    return f"of {n} candidates: " + "   ".join(shown)
