"""Mean and deviation of columns of numbers, and what must not be divided by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn.preprocess.arrays import as_tensor

Numbers = Tensor | np.ndarray | Sequence[float]


def statistics(rows: Tensor, row: str, column: str) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation [C] of the columns of float rows [n, C].

    The deviation of a column whose rows are all equal is 0, not what rounding leaves.

    Args:
        row: what errors call a row, such as "frame".
        column: what errors call a column, such as "band".

    Raises:
        ValueError: for fewer than two rows; naming the column, for NaN or infinity.
    """
    if len(rows) < 2:
        raise ValueError(
            f"found {len(rows)} {row}{'' if len(rows) == 1 else 's'}; expected two or "
            "more: one has no deviation"
        )
    wrong = ~rows.isfinite().all(dim=0)
    if bool(wrong.any()):
        raise ValueError(
            f"{column} {int(wrong.int().argmax())} holds NaN or infinity; expected "
            "finite numbers"
        )
    constant = rows.amax(dim=0) == rows.amin(dim=0)
    return rows.mean(dim=0), rows.std(dim=0).masked_fill(constant, 0)


def check_scale(
    mean: Numbers, std: Numbers, columns: int, column: str, like: Tensor
) -> tuple[Tensor, Tensor]:
    """Mean and deviation [columns], on the device and of the dtype of `like`.

    Raises:
        TypeError: when either is not made of real numbers.
        ValueError: when either is not one number for each column (nothing is
            broadcast); naming the column, when a mean is not finite or a deviation is
            not a positive number: such a column never moves. A deviation below the
            rounding of its mean counts as 0.
    """
    means, deviations = _numbers(mean, like), _numbers(std, like)
    for name, found in (("mean", means), ("std", deviations)):
        if found.shape != (columns,):
            raise ValueError(
                f"{name} is {list(found.shape)}; expected [{columns}], one number per "
                f"{column}"
            )
    wrong = ~means.isfinite()
    if bool(wrong.any()):
        place = int(wrong.int().argmax())
        raise ValueError(
            f"{column} {place} has mean {float(means[place])}; expected a finite one"
        )
    eps = min(torch.finfo(dtype).eps for dtype in (like.dtype, torch.float32))
    rounding = eps * means.abs()
    wrong = ~((deviations > rounding) & deviations.isfinite())
    if bool(wrong.any()):
        place = int(wrong.int().argmax())
        raise ValueError(
            f"{column} {place} has deviation {float(deviations[place])}; expected a "
            f"positive one, beyond the rounding of the mean {float(means[place]):g}: "
            f"leave the {column} out"
        )
    return means, deviations


def _numbers(values: Any, like: Tensor) -> Tensor:
    if isinstance(values, list | tuple):  # of numbers, or of tensors without axes
        values = [float(x) for x in values]
    numbers = as_tensor(values)
    if numbers.dtype == torch.bool or numbers.is_complex():
        raise TypeError(f"mean or std is {numbers.dtype}; expected real numbers")
    return numbers.to(like)


def as_float(values: Tensor, name: str) -> Tensor:
    """Float as it is, integers as float32.

    Raises:
        TypeError: for bool and complex.
    """
    if values.dtype == torch.bool or values.is_complex():
        raise TypeError(f"{name} is {values.dtype}; expected float")
    return values if values.is_floating_point() else values.to(torch.float32)
