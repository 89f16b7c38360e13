"""The exercise `pad_and_mask`, its solution, its mistakes and its hints."""

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise


def _pad(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    longest = max(len(row) for row in rows)
    values = torch.zeros(len(rows), longest, dtype=torch.int64)
    mask = torch.zeros(len(rows), longest, dtype=torch.bool)
    for i, row in enumerate(rows):
        values[i, : len(row)] = torch.tensor(row)
        mask[i, : len(row)] = True
    return values, mask


def _mask_turned_round(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    values, mask = _pad(rows)
    return values, ~mask


def _mask_from_the_values(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    values, _ = _pad(rows)
    return values, values != 0


def _padded_in_front(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    values, mask = _pad([row[::-1] for row in rows])
    return values.flip(1), mask.flip(1)


def _cut_to_the_shortest(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    shortest = min(len(row) for row in rows)
    return _pad([row[:shortest] for row in rows])


pad_and_mask = Exercise(
    solution=_pad,
    cases=[
        ([[4, 2, 7], [5], [3, 3]],),
        ([[8, 0, 6], [0, 9]],),
        ([[1], [2, 5, 4, 3, 6]],),
    ],
    mistakes={
        _mask_turned_round: "True means a real step. Here it is the other way round.",
        _mask_from_the_values: (
            "A real number may be 0 too (see case 2): the mask follows the lengths."
        ),
        _padded_in_front: "The zeros are in front. Put them behind the real steps.",
        _cut_to_the_shortest: "The long rows have lost their ends. Pad the short ones.",
    },
    hints=[
        "How wide is the tensor? Begin with zeros, and fill in row by row.",
        "`values[i, : len(row)] = torch.tensor(row)`, and True in the mask there.",
    ],
)
