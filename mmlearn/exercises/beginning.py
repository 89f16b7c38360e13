"""Exercises of the appendix lesson, before-you-start."""

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise, Question

# 1. Predict first: what shape has each of these, for x [4, 3, 32, 32]?

shapes = Question(
    answer={
        "x[0]": [3, 32, 32],
        "x[:, 0]": [4, 32, 32],
        "x.mean(dim=(2, 3))": [4, 3],
        "x.flatten(start_dim=1)": [4, 3072],
    },
    mistakes=[
        (
            {
                "x[0]": [3, 32, 32],
                "x[:, 0]": [4, 32, 32],
                "x.mean(dim=(2, 3))": [32, 32],
                "x.flatten(start_dim=1)": [4, 3072],
            },
            "mean(dim=(2, 3)) removes the axes 2 and 3; which two are left?",
        ),
        (
            {
                "x[0]": [3, 32, 32],
                "x[:, 0]": [3, 32, 32],
                "x.mean(dim=(2, 3))": [4, 3],
                "x.flatten(start_dim=1)": [4, 3072],
            },
            "x[:, 0] keeps the first axis whole and takes position 0 of the second.",
        ),
    ],
    hints=[
        "An index removes its axis; so does a mean over it. A colon keeps the axis.",
        "flatten(start_dim=1) keeps axis 0 and multiplies the other lengths.",
    ],
    why=(
        "`x[0]` takes one picture, so axis 0 goes. `x[:, 0]` keeps all four "
        "pictures and takes one channel, so axis 1 goes. The mean over rows and "
        "columns removes axes 2 and 3. `flatten(start_dim=1)` keeps axis 0 and "
        "joins the rest: 3 · 32 · 32 = 3072."
    ),
)

# 2. Find the fault: a squared error that compares every pair


def _case(seed: int, size: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    predicted = torch.randn(size, 1, generator=generator)
    return predicted, torch.randn(size, generator=generator)


def _squared_error(predicted: Tensor, target: Tensor) -> Tensor:
    return ((predicted[:, 0] - target) ** 2).mean()


def _every_pair(predicted: Tensor, target: Tensor) -> Tensor:
    return ((predicted - target) ** 2).mean()


def _summed(predicted: Tensor, target: Tensor) -> Tensor:
    return ((predicted[:, 0] - target) ** 2).sum()


def _squared_last(predicted: Tensor, target: Tensor) -> Tensor:
    return (predicted[:, 0] - target).mean() ** 2


squared_error = Exercise(
    solution=_squared_error,
    cases=[_case(0, 5), _case(1, 8), _case(2, 3)],
    mistakes={
        _every_pair: "[B, 1] minus [B] is still [B, B]: every pair is compared.",
        _summed: "That is the sum; the error should be the mean over the batch.",
        _squared_last: "Square first, then take the mean: else + and - cancel out.",
    },
    hints=[
        "Print the shape of the difference. How many numbers should it hold?",
        "`predicted[:, 0]` drops the axis of length 1: now both are [B].",
    ],
)

# 3. On paper: one step of gradient descent on (w x - y)², x = 2, y = 6, w = 1, rate 0.1

one_step = Question(
    answer=2.6,
    mistakes=[
        (-0.6, "You went uphill: the step is minus the rate times the derivative."),
        (1.8, "By the chain rule there is one more factor, the derivative of w x."),
        (17.0, "The derivative is right, but the step is only 0.1 times as long."),
        (-16.0, "That is the derivative. Where does the step lead from w = 1?"),
    ],
    hints=[
        "The derivative of (w x - y)² with respect to w is 2 (w x - y) x.",
        "At w = 1 it is 2 · (2 - 6) · 2. Multiply by 0.1, and subtract from w.",
    ],
    why=(
        "By the chain rule the derivative is 2 (w x - y) x = 2 · (2 - 6) · 2 = -16. "
        "The step is minus the rate times that, -0.1 · (-16) = 1.6, so w goes from "
        "1 to 2.6, closer to 3, where the loss is 0."
    ),
)

# 4. Write it: standardise the columns of a table by its training rows


def _table(seed: int, rows: int, columns: int, train: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    table = torch.randn(rows, columns, generator=generator) * 3 + 10
    return table, torch.randperm(rows, generator=generator)[:train]


def _standardise(table: Tensor, train: Tensor) -> Tensor:
    mean = table[train].mean(dim=0)
    std = table[train].std(dim=0)
    return (table - mean) / std


def _all_rows(table: Tensor, train: Tensor) -> Tensor:
    return (table - table.mean(dim=0)) / table.std(dim=0)


def _one_mean(table: Tensor, train: Tensor) -> Tensor:
    return (table - table[train].mean()) / table[train].std()


def _only_train(table: Tensor, train: Tensor) -> Tensor:
    rows = table[train]
    return (rows - rows.mean(dim=0)) / rows.std(dim=0)


def _only_centred(table: Tensor, train: Tensor) -> Tensor:
    return table - table[train].mean(dim=0)


standardise = Exercise(
    solution=_standardise,
    cases=[_table(0, 9, 2, 6), _table(1, 6, 4, 4), _table(2, 20, 3, 12)],
    mistakes={
        _all_rows: "The mean and deviation should come from the training rows alone.",
        _one_mean: "That is one mean for the whole table: each column has its own.",
        _only_train: "Only the training rows came back: all rows are to be scaled.",
        _only_centred: "The columns are centred, but not yet divided by a deviation.",
    },
    hints=[
        "table[train] is the table of the training rows; its mean(dim=0) is [D].",
        "[N, D] minus [D] broadcasts: each row has the same D means subtracted.",
    ],
)
