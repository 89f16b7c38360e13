"""The exercise `macro_f1`, its solution, its mistakes and its hints."""

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise


def _rows(*rows: str) -> Tensor:
    """Rows of 0 and 1 as bool [N, C]."""
    return torch.tensor([[letter == "1" for letter in row] for row in rows])


def _macro_f1(given: Tensor, there: Tensor) -> float:
    some = there.any(dim=0)
    given, there = given[:, some], there[:, some]
    hits = (given & there).sum(dim=0)
    return float((2 * hits / (given.sum(dim=0) + there.sum(dim=0))).mean())


def _micro(given: Tensor, there: Tensor) -> float:
    return float(2 * (given & there).sum() / (given.sum() + there.sum()))


def _by_picture(given: Tensor, there: Tensor) -> float:
    hits = (given & there).sum(dim=1)
    each = 2 * hits / (given.sum(dim=1) + there.sum(dim=1))
    return float(each[there.any(dim=1)].mean())


def _never_given_left_out(given: Tensor, there: Tensor) -> float:
    some = there.any(dim=0) & given.any(dim=0)
    return _macro_f1(given[:, some], there[:, some])


def _nan_for_nowhere(given: Tensor, there: Tensor) -> float:
    hits = (given & there).sum(dim=0)
    return float((2 * hits / (given.sum(dim=0) + there.sum(dim=0))).mean())


def _nowhere_as_zero(given: Tensor, there: Tensor) -> float:
    hits = (given & there).sum(dim=0)
    below = (given.sum(dim=0) + there.sum(dim=0)).clamp(min=1)
    return float((2 * hits / below).mean())


def _of_the_means(given: Tensor, there: Tensor) -> float:
    some = there.any(dim=0)
    given, there = given[:, some], there[:, some]
    hits = (given & there).sum(dim=0)
    precision = (hits / given.sum(dim=0).clamp(min=1)).mean()
    recall = (hits / there.sum(dim=0)).mean()
    return float(2 * precision * recall / (precision + recall))


macro_f1 = Exercise(
    solution=_macro_f1,
    cases=[
        (_rows("1100", "1000", "0100", "0000"), _rows("1000", "1010", "1100", "0110")),
        (
            _rows("10100", "11000", "01000", "10001", "10000"),
            _rows("11000", "10000", "00110", "10001", "01001"),
        ),
        (_rows("111", "110", "010"), _rows("110", "110", "001")),
    ],
    mistakes={
        _micro: (
            "This is the micro average: all tags in one count. Compute an F1 for each "
            "tag (a column), then their mean."
        ),
        _by_picture: (
            "This is an F1 for each picture (a row). Compute one for each tag (a "
            "column): sum over dim=0."
        ),
        _never_given_left_out: (
            "A tag that is there and never given is left out here, which flatters: its "
            "F1 is 0. Leave out only tags that are on no picture."
        ),
        _nan_for_nowhere: (
            "A tag that is neither given nor there has F1 = 0 / 0, and the mean is NaN "
            "with it: leave out tags that are on no picture."
        ),
        _nowhere_as_zero: (
            "A tag that is on no picture counts as 0 here, though nobody could have "
            "found it: leave it out of the mean."
        ),
        _of_the_means: (
            "This is the F1 of mean precision and mean recall. Compute each tag's own "
            "F1, then take the mean."
        ),
    },
    hints=[
        "For each column: 2 hits / (given + there). Which columns have no F1?",
        "`some = there.any(dim=0)`; then `given[:, some]` and `there[:, some]`.",
    ],
)
