"""The exercise `best_threshold`, its solution, its mistakes and its hints."""

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise


def _case(seed: int, n: int, power: float) -> tuple[Tensor, Tensor]:
    """Probabilities [n], and whether the tag is there [n]."""
    generator = torch.Generator().manual_seed(seed)
    p = torch.rand(n, generator=generator) ** power
    there = torch.rand(n, generator=generator) < p
    there[p.argmax()] = True
    return p, there


def _best_threshold(p: Tensor, there: Tensor) -> float:
    ranked, order = p.sort(descending=True)
    hits = there[order].cumsum(dim=0)
    given = torch.arange(1, len(p) + 1)
    f1 = 2 * hits / (given + there.sum())
    return float(ranked[f1.argmax()])


def _most_right(p: Tensor, there: Tensor) -> float:
    right = torch.stack([((p >= t) == there).float().mean() for t in p])
    return float(p[right.argmax()])


def _always_half(p: Tensor, there: Tensor) -> float:
    return 0.5


def _f1_itself(p: Tensor, there: Tensor) -> float:
    hits = there[p.argsort(descending=True)].cumsum(dim=0)
    given = torch.arange(1, len(p) + 1)
    return float((2 * hits / (given + there.sum())).max())


def _half_of_f1(p: Tensor, there: Tensor) -> float:
    return _f1_itself(p, there) / 2


def _best_precision(p: Tensor, there: Tensor) -> float:
    ranked, order = p.sort(descending=True)
    hits = there[order].cumsum(dim=0)
    return float(ranked[(hits / torch.arange(1, len(p) + 1)).argmax()])


def _best_recall(p: Tensor, there: Tensor) -> float:
    return float(p[there].min())


def _labels_unsorted(p: Tensor, there: Tensor) -> float:
    ranked = p.sort(descending=True).values
    hits = there.cumsum(dim=0)
    given = torch.arange(1, len(p) + 1)
    return float(ranked[(2 * hits / (given + there.sum())).argmax()])


best_threshold = Exercise(
    solution=_best_threshold,
    cases=[
        (
            torch.tensor([0.2, 0.9, 0.6, 0.4, 0.1]),
            torch.tensor([False, True, False, True, False]),
        ),
        _case(0, 40, 3.0),
        _case(1, 120, 5.0),
        _case(2, 60, 1.0),
    ],
    mistakes={
        _most_right: (
            "This is the threshold with the most right answers. Where a tag is rare, "
            "saying no is right nearly always; F1 does not count right noes."
        ),
        _always_half: (
            "This is .5, whatever the tags are. Try each probability as a threshold, "
            "and take the one with the highest F1."
        ),
        _f1_itself: (
            "This is the highest F1. Asked for is the threshold at which it is reached."
        ),
        _half_of_f1: (
            "This is half of the best F1: near the best threshold where the "
            "probabilities are honest and many. Look for the best one on these."
        ),
        _best_precision: (
            "This threshold has the highest precision, and may find only one of many. "
            "F1 = 2 hits / (given + there), where `there.sum()` counts the missed ones "
            "too."
        ),
        _best_recall: (
            "This threshold finds all, at any price. F1 = 2 hits / (given + there)."
        ),
        _labels_unsorted: (
            "The probabilities are sorted here, and `there` is not: their rows no "
            "longer belong together. Use the order that `sort` gives."
        ),
    },
    hints=[
        "Sort by probability. With the first k given, F1 = 2 hits / (k + there).",
        "`ranked, order = p.sort(descending=True)`, `hits = there[order].cumsum(0)`.",
    ],
)
