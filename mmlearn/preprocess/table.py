"""Columns of a table to one row of numbers a sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


def table_rows(
    numbers: np.ndarray | Tensor,
    categories: np.ndarray | Tensor,
    levels: Sequence[int],
) -> Tensor:
    """Numbers and categories as one float32 row a sample, as `TableEncoder` reads it.

    numbers: float [N, D1], NaN where one is missing; bring each column to mean 0 and
    deviation 1 by the training split first. categories: int [N, D2], category k from 0
    to levels[k] - 1, and -1 where it is missing or was not in the training split.
    Either may have no column ([N, 0]).

    Returns [N, D1 + D1 + D2]: the numbers, 0 where missing; their flags, 1 where
    missing; the categories plus 1, so that 0 stands for a missing one. float32 holds
    whole numbers exactly up to 2**24.

    Raises ValueError, naming row and column, for infinity or a category that is not
    -1..levels[k] - 1, and when the shapes disagree; TypeError when the numbers are not
    float or the categories are not whole numbers.
    """
    numbers, codes = torch.as_tensor(numbers), torch.as_tensor(categories)
    if not numbers.is_floating_point():
        raise TypeError(f"numbers are {numbers.dtype}; expected float")
    if codes.is_floating_point() or codes.dtype == torch.bool:
        raise TypeError(f"categories are {codes.dtype}; expected whole numbers")
    if numbers.ndim != 2 or codes.ndim != 2 or len(numbers) != len(codes):
        raise ValueError(
            f"numbers are {list(numbers.shape)}, categories {list(codes.shape)}; "
            "expected [N, D1] and [N, D2] of the same rows"
        )
    if codes.shape[1] != len(levels):
        raise ValueError(
            f"categories have {codes.shape[1]} columns, levels {len(levels)}; "
            "expected one number of levels a column"
        )
    infinite = numbers.isinf().nonzero()
    if len(infinite):
        row, column = infinite[0].tolist()
        raise ValueError(
            f"row {row}, number {column}: found {numbers[row, column]}; expected a "
            "finite number, or NaN for a missing one"
        )
    most = torch.tensor(list(levels), dtype=torch.int64)
    beyond = ((codes < -1) | (codes >= most)).nonzero()
    if len(beyond):
        row, column = beyond[0].tolist()
        raise ValueError(
            f"row {row}, category {column}: found {int(codes[row, column])}; expected "
            f"0..{levels[column] - 1}, or -1 for a missing one"
        )
    missing = numbers.isnan()
    known = numbers.masked_fill(missing, 0)
    return torch.cat([x.to(torch.float32) for x in (known, missing, codes + 1)], dim=1)
