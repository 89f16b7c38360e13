"""The exercise `nearest`, its solution, its mistakes and its hints."""

import torch
from torch import Tensor
from torch.nn import functional as F

from mmlearn.exercises.exercise import Exercise


def _table(seed: int, n: int, d: int, row: int, k: int) -> tuple[Tensor, int, int]:
    generator = torch.Generator().manual_seed(seed)
    lengths = 1 + 4 * torch.rand(n, 1, generator=generator)
    return lengths * torch.randn(n, d, generator=generator), row, k


def _nearest(E: Tensor, row: int, k: int) -> Tensor:
    unit = F.normalize(E, dim=1)
    cosine = unit @ unit[row]
    cosine[row] = -torch.inf
    return cosine.topk(k).indices


def _itself_included(E: Tensor, row: int, k: int) -> Tensor:
    unit = F.normalize(E, dim=1)
    return (unit @ unit[row]).topk(k).indices


def _by_dot_product(E: Tensor, row: int, k: int) -> Tensor:
    score = E @ E[row]
    score[row] = -torch.inf
    return score.topk(k).indices


def _by_distance(E: Tensor, row: int, k: int) -> Tensor:
    distance = (E - E[row]).norm(dim=1)
    distance[row] = torch.inf
    return distance.topk(k, largest=False).indices


def _one_too_few(E: Tensor, row: int, k: int) -> Tensor:
    return _itself_included(E, row, k)[1:]


def _farthest(E: Tensor, row: int, k: int) -> Tensor:
    unit = F.normalize(E, dim=1)
    return (unit @ unit[row]).topk(k, largest=False).indices


def _zero_for_itself(E: Tensor, row: int, k: int) -> Tensor:
    unit = F.normalize(E, dim=1)
    cosine = unit @ unit[row]
    cosine[row] = 0
    return cosine.topk(k).indices


def _cosines_for_rows(E: Tensor, row: int, k: int) -> Tensor:
    unit = F.normalize(E, dim=1)
    cosine = unit @ unit[row]
    cosine[row] = -torch.inf
    return cosine.topk(k).values


nearest = Exercise(
    solution=_nearest,
    cases=[
        _table(0, 12, 4, 3, 3),
        _table(1, 20, 3, 0, 5),
        _table(2, 9, 6, 8, 2),
        _table(3, 5, 3, 1, 4),  # all others, and some have a negative cosine
    ],
    mistakes={
        _itself_included: (
            "The first neighbour is the row itself: its cosine with itself is 1, and "
            "nothing is larger. Leave it out."
        ),
        _by_dot_product: (
            "Long vectors come first here: a dot product grows with the length. Rank "
            "by cosine."
        ),
        _by_distance: "These are the nearest by distance; rank by cosine.",
        _one_too_few: "The row itself is out, but then only k - 1 are left.",
        _farthest: "These are the farthest: the largest cosine is the nearest.",
        _zero_for_itself: (
            "With a 0 in its own place the row still beats every negative cosine (see "
            "case 4): put something there that is smaller than all."
        ),
        _cosines_for_rows: "These are the cosines; the row numbers are asked for.",
    },
    hints=[
        "Rank all rows by cosine, but see to it that `row` itself cannot win.",
        "Set the row's own cosine to `-torch.inf`, and take `.topk(k).indices`.",
    ],
)
