"""The exercise `recall_at`, its solution, its mistakes and its hints."""

from __future__ import annotations

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise


def _near(seed: int, n: int, k: int) -> tuple[Tensor, int]:
    """Similarities [n, n], whose diagonal is a little larger, and k."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, n, generator=generator) + 1.2 * torch.eye(n), k


def _recall_at(similarity: Tensor, k: int) -> float:
    own = similarity.diagonal().unsqueeze(1)  # [N, 1]
    before = (similarity >= own).sum(dim=1) - 1  # [N], not itself
    return float((before < k).float().mean())


def _ties_are_right(similarity: Tensor, k: int) -> float:
    own = similarity.diagonal().unsqueeze(1)
    return float(((similarity > own).sum(dim=1) < k).float().mean())


def _the_other_way(similarity: Tensor, k: int) -> float:
    return _recall_at(similarity.mT, k)


def _counts_itself(similarity: Tensor, k: int) -> float:
    own = similarity.diagonal().unsqueeze(1)
    return float(((similarity >= own).sum(dim=1) < k).float().mean())


def _one_too_many(similarity: Tensor, k: int) -> float:
    own = similarity.diagonal().unsqueeze(1)
    return float(((similarity >= own).sum(dim=1) - 1 <= k).float().mean())


def _both_ways(similarity: Tensor, k: int) -> float:
    return (_recall_at(similarity, k) + _recall_at(similarity.mT, k)) / 2


def _farthest(similarity: Tensor, k: int) -> float:
    own = similarity.diagonal().unsqueeze(1)
    return float(((similarity <= own).sum(dim=1) - 1 < k).float().mean())


recall_at = Exercise(
    solution=_recall_at,
    cases=[_near(0, 30, 1), _near(1, 50, 5), (torch.full((8, 8), 0.5), 3)],
    mistakes={
        _ties_are_right: (
            "Where all similarities are equal, this gives 1: a model that says the "
            "same of everything would be perfect. A tie counts as nearer (>=)."
        ),
        _the_other_way: (
            "This looks along the columns: for each candidate, which query is nearest. "
            "A query is a row."
        ),
        _counts_itself: (
            "The right candidate is counted among those before it: nothing could ever "
            "be first. Subtract 1."
        ),
        _one_too_many: "With k candidates before it, it stands at k + 1: too late.",
        _both_ways: "This is the mean of both directions; rows alone are asked for.",
        _farthest: "This counts the candidates that are farther away, not nearer.",
    },
    hints=[
        "For each row: how many other candidates are at least as near as the one on "
        "the diagonal?",
        "`(similarity >= similarity.diagonal().unsqueeze(1)).sum(dim=1) - 1`",
    ],
)
