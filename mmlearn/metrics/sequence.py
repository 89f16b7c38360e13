"""Sequences against sequences: error rates as sums, by character, word or token.

Statistics: [errors, length of the target]. The rate of a set is the errors of all over
the length of all, not the mean of the samples' own rates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmlearn.metrics.inputs import columns
from mmlearn.metrics.metric import Metric, ratio


def errors(predicted: Sequence[object], target: Sequence[object]) -> int:
    """The fewest insertions, deletions and substitutions (Levenshtein, 1966).

    Of characters for two texts, of words for two lists of words.
    """
    row = list(range(len(target) + 1))  # from nothing to each beginning of the target
    for i, found in enumerate(predicted, start=1):
        diagonal, row[0] = row[0], i
        for j, wanted in enumerate(target, start=1):
            best = min(row[j] + 1, row[j - 1] + 1, diagonal + (found != wanted))
            diagonal, row[j] = row[j], best
    return row[-1]


def nearest_errors(
    predicted: Sequence[Sequence[object]], targets: Sequence[Sequence[Sequence[object]]]
) -> np.ndarray:
    """Errors and length against the nearest of several targets: float64 [N, 2].

    The nearest is the one with the fewest errors for its length.

    Raises:
        ValueError: when the two differ in length; naming the sample, when it has no
            target, or an empty one.
    """
    if len(predicted) != len(targets):
        raise ValueError(
            f"{len(predicted)} were predicted and {len(targets)} have targets; "
            "expected the same number"
        )
    rows = []
    for i, (found, several) in enumerate(zip(predicted, targets, strict=True)):
        if not several or not all(map(len, several)):
            raise ValueError(
                f"sample {i} has {len(several)} targets of the lengths "
                f"{[len(one) for one in several]}; expected one or more, not empty"
            )
        wrong = [(errors(found, one), len(one)) for one in several]
        rows.append(min(wrong, key=lambda pair: pair[0] / pair[1]))
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def lengths(statistics: np.ndarray) -> np.ndarray:
    """Check [errors, length]: neither may be below 0.

    Raises:
        ValueError: naming the sample, for a number below 0.
    """
    columns("sequence", statistics, 2)
    bad = (statistics < 0).any(axis=1)
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(
            f"sample {row}: errors and length are {statistics[row].tolist()}; expected "
            "0 or more"
        )
    return statistics


ERROR_RATE = Metric(ratio, higher=False, whole=lengths, bounds=(0.0, np.inf))
