"""The exercise `cosines`, its solution, its mistakes and its hints."""

import torch
from torch import Tensor
from torch.nn import functional as F

from mmlearn.exercises.exercise import Exercise


def _two_tables(seed: int, n: int, m: int, d: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    a = 3 * torch.randn(n, d, generator=generator)
    return a, torch.randn(m, d, generator=generator) + 0.5


def _cosines(a: Tensor, b: Tensor) -> Tensor:
    a = a / a.norm(dim=1, keepdim=True)
    b = b / b.norm(dim=1, keepdim=True)
    return a @ b.T


def _dot_products(a: Tensor, b: Tensor) -> Tensor:
    return a @ b.T


def _one_side_only(a: Tensor, b: Tensor) -> Tensor:
    return a / a.norm(dim=1, keepdim=True) @ b.T


def _squared_lengths(a: Tensor, b: Tensor) -> Tensor:
    return a @ b.T / ((a * a).sum(dim=1, keepdim=True) * (b * b).sum(dim=1))


def _whole_length(a: Tensor, b: Tensor) -> Tensor:
    return a @ b.T / (a.norm() * b.norm())


def _columns(a: Tensor, b: Tensor) -> Tensor:
    return F.normalize(a, dim=0) @ F.normalize(b, dim=0).T


cosines = Exercise(
    solution=_cosines,
    cases=[_two_tables(0, 2, 3, 4), _two_tables(1, 5, 2, 3)],
    mistakes={
        _dot_products: "These are dot products: divide by both lengths.",
        _one_side_only: "One side still has its length: divide by the other's, too.",
        _squared_lengths: "A length is the square root of the sum of squares.",
        _whole_length: (
            "`norm()` without `dim` is one number for the whole table; each row has a "
            "length of its own (dim=1)."
        ),
        _columns: "Here columns are brought to length 1; the vectors are the rows.",
    },
    hints=[
        "Bring every row of both tables to length 1; what is left is a dot product.",
        "`a / a.norm(dim=1, keepdim=True)`, the same for b, and `a @ b.T`.",
    ],
)
