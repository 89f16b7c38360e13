"""Columns of a table to one row of numbers per sample."""

from __future__ import annotations

import operator
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mmlearn.preprocess.arrays import as_tensor, whole_numbers

MOST_LEVELS = 2**24  # so far, float32 holds every whole number


def table_rows(
    numbers: np.ndarray | Tensor,
    categories: np.ndarray | Tensor,
    levels: Sequence[int],
) -> Tensor:
    """Numbers and categories as one float32 row per sample, as `TableEncoder` reads it.

    Either may have no columns ([N, 0], of any type). float32 holds whole numbers
    exactly up to 2**24.

    Args:
        numbers: float [N, D1] of any precision, NaN where one is missing; bring each
            column to mean 0 and deviation 1 by the training split first.
        categories: whole numbers [N, D2] of any integer type, category k from 0 to
            levels[k] - 1, and -1 where it is missing or was not in the training split
            (an unsigned type has no -1).
        levels: how many categories each of the D2 columns has.

    Returns:
        [N, D1 + D1 + D2]: the numbers, 0 where missing; their flags, 1 where missing;
        the categories plus 1, so that 0 is a missing one.

    Raises:
        ValueError: naming row and column, for infinity, a number beyond float32
            (3.4e38) or a category that is not -1..levels[k] - 1; when the shapes
            disagree, and when levels are not 1..2**24.
        TypeError: when the numbers are not float or the categories or levels are not
            whole numbers.
    """
    numbers, codes = as_tensor(numbers), as_tensor(categories)
    if not numbers.is_floating_point() and numbers.numel():
        raise TypeError(f"numbers are {numbers.dtype}; expected float")
    if codes.is_floating_point() and codes.numel():
        raise TypeError(f"categories are {codes.dtype}; expected whole numbers")
    codes = whole_numbers(codes, "categories")
    most = _levels(levels)
    if numbers.ndim != 2 or codes.ndim != 2 or len(numbers) != len(codes):
        raise ValueError(
            f"numbers are {list(numbers.shape)}, categories {list(codes.shape)}; "
            "expected [N, D1] and [N, D2] of the same rows"
        )
    if codes.shape[1] != len(most):
        raise ValueError(
            f"categories have {codes.shape[1]} columns, levels {len(most)}; "
            "expected one number of levels per column"
        )
    # What is finite here and infinite in float32 would be a wrong number in silence.
    infinite = numbers.to(torch.float32).isinf().nonzero()
    if len(infinite):
        row, column = infinite[0].tolist()
        raise ValueError(
            f"row {row}, number {column}: found {numbers[row, column].item()}; "
            "expected a finite number that float32 holds, or NaN for a missing one"
        )
    beyond = ((codes < -1) | (codes >= codes.new_tensor(most))).nonzero()
    if len(beyond):
        row, column = beyond[0].tolist()
        raise ValueError(
            f"row {row}, category {column}: found {int(codes[row, column])}; expected "
            f"0..{most[column] - 1}, or -1 for a missing one"
        )
    missing = numbers.isnan()
    known = numbers.masked_fill(missing, 0)
    return torch.cat([x.to(torch.float32) for x in (known, missing, codes + 1)], dim=1)


def _levels(levels: Sequence[int]) -> list[int]:
    """Plain whole numbers from 1 to `MOST_LEVELS`.

    Raises:
        TypeError: for what is not a whole number.
        ValueError: for one out of this range.
    """
    if isinstance(levels, Tensor):
        levels = levels.tolist()
    found = []
    for k, level in enumerate(levels):
        if isinstance(level, bool | np.bool_):
            raise TypeError(f"levels[{k}] is {level!r}; expected a whole number")
        try:
            found.append(operator.index(level))
        except TypeError:
            raise TypeError(
                f"levels[{k}] is {level!r}; expected a whole number"
            ) from None
        if not 1 <= found[k] <= MOST_LEVELS:
            raise ValueError(
                f"levels[{k}] is {level}; expected 1 to {MOST_LEVELS}: a category "
                "number beyond that would be rounded"
            )
    return found
