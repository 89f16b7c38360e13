"""The exercise `contrastive`, its solution, its mistakes and its hints."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from mmlearn.exercises.exercise import Exercise


def _pairs(seed: int, n: int, width: int, scale: float) -> tuple[Tensor, Tensor, float]:
    """Two embeddings [n, width] that agree a little, not of length 1, and a scale."""
    generator = torch.Generator().manual_seed(seed)
    a = torch.randn(n, width, generator=generator)
    return a, a + torch.randn(n, width, generator=generator), scale


def _contrastive(a: Tensor, b: Tensor, scale: float) -> Tensor:
    a, b = F.normalize(a, dim=1), F.normalize(b, dim=1)
    logits = scale * a @ b.mT  # [B, B]
    own = torch.arange(len(a))
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.mT, own)) / 2


def _no_scale(a: Tensor, b: Tensor, scale: float) -> Tensor:
    return _contrastive(a, b, 1.0)


def _divides(a: Tensor, b: Tensor, scale: float) -> Tensor:
    return _contrastive(a, b, 1 / scale)


def _one_way(a: Tensor, b: Tensor, scale: float) -> Tensor:
    logits = scale * F.normalize(a, dim=1) @ F.normalize(b, dim=1).mT
    return F.cross_entropy(logits, torch.arange(len(a)))


def _the_other_way(a: Tensor, b: Tensor, scale: float) -> Tensor:
    return _one_way(b, a, scale)


def _added(a: Tensor, b: Tensor, scale: float) -> Tensor:
    return 2 * _contrastive(a, b, scale)


def _lengths_kept(a: Tensor, b: Tensor, scale: float) -> Tensor:
    logits, own = scale * a @ b.mT, torch.arange(len(a))
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.mT, own)) / 2


contrastive = Exercise(
    solution=_contrastive,
    cases=[_pairs(0, 4, 3, 10.0), _pairs(1, 8, 16, 14.3), _pairs(2, 5, 2, 5.0)],
    mistakes={
        _no_scale: (
            "The scale is not used: cosines lie between -1 and 1, and a softmax of "
            "such numbers is nearly even, so hardly anything is learned."
        ),
        _divides: "The cosines are divided by the scale; multiply.",
        _one_way: (
            "This asks each row of a for its b, and no row of b for its a. Take the "
            "mean of both directions: logits and logits.mT."
        ),
        _the_other_way: (
            "This asks each row of b for its a, and no row of a for its b. Take the "
            "mean of both directions: logits and logits.mT."
        ),
        _added: "The two directions are added; take their mean.",
        _lengths_kept: (
            "The rows are not scaled to length 1 first: a long vector would be near to "
            "everything. `F.normalize(a, dim=1)`."
        ),
    },
    hints=[
        "Length 1, then all dot products times the scale, then cross-entropy with the "
        "diagonal as the right class, along rows and along columns.",
        "`F.cross_entropy(logits, torch.arange(len(a)))`, and the same of `logits.mT`.",
    ],
)
