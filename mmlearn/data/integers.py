"""Labels and groups as they come: integers of any kind, one for each row."""

from __future__ import annotations

from typing import Any

import numpy as np


def checked(name: str, values: Any, kind: str = "integers [N]") -> np.ndarray:
    """Values as an array of integers [N], of the kind they are.

    Any integers are accepted: of NumPy, of torch (on the CPU), or a list of them.
    Floats are refused, whole or not, since a gap (NaN) made them floats more often than
    not; and so are booleans and texts.

    Args:
        kind: what an error says that it expected.

    Raises:
        ValueError: when they are not integers [N], or some are masked; says how to make
            them so.
    """
    if np.ma.is_masked(values):
        raise ValueError(
            f"{name} has {np.ma.count_masked(values)} masked rows; expected a value in "
            "each. Fix: leave these rows out"
        )
    array = np.asarray(values)
    if array.shape == (0,):
        return array.astype(np.int64)  # np.asarray([]) is float
    if array.ndim == 1 and array.dtype.kind in "iu":
        return array
    raise ValueError(
        f"{name} is {array.dtype} {array.shape}; expected {kind}{_fix(array)}"
    )


def as_int64(name: str, values: Any) -> np.ndarray:
    """The integers that `checked` gives, as int64 [N].

    Raises:
        ValueError: as `checked` does, and when one is too large for int64; names the
            row.
    """
    array = checked(name, values, "int64 [N], or other integers")
    large = np.flatnonzero(array > np.iinfo(np.int64).max)
    if len(large):
        raise ValueError(
            f"{name} is {array[large[0]]} in row {large[0]}, too large for int64. "
            f"Fix: number them, np.unique({name}, return_inverse=True)[1]"
        )
    return array.astype(np.int64, copy=False)


def _fix(array: np.ndarray) -> str:
    if array.ndim != 1:
        return (
            ". Fix: .reshape(-1)" if array.size == max(array.shape, default=0) else ""
        )
    if array.dtype.kind in "OSUT":
        return ". Fix: number them, np.unique(names, return_inverse=True)[1]"
    if array.dtype.kind == "f":
        gaps = int(np.isnan(array).sum())
        if gaps:
            return f". Fix: leave out the rows that are NaN ({gaps}), then .astype(int)"
    return ". Fix: .astype(int)" if array.dtype.kind in "fb" else ""
