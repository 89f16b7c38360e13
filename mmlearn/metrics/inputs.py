"""What metrics are handed, checked once: class numbers, groups, statistics."""

from __future__ import annotations

import operator
import unicodedata
from typing import Any

import numpy as np
import torch


def as_array(values: Any) -> np.ndarray:
    """A NumPy array of a tensor on any device, an array, or a (nested) list.

    Raises:
        ValueError: when rows are of unequal length, or values are masked out.
    """
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu()
        # NumPy has no bfloat16; float64 holds each of its values.
        values = values.double() if values.dtype == torch.bfloat16 else values
        return values.numpy()
    if np.ma.is_masked(values):
        raise ValueError("the array has masked values; expected a value in every row")
    return np.asarray(values)


def whole_numbers(name: str, values: Any) -> np.ndarray:
    """Integers 0, 1, 2 ... of any kind as int64 [N]; whole floats and bools too.

    Args:
        name: what errors call them.
        values: [N], integers of any width, signed or not, in an array, tensor or list.

    Raises:
        ValueError: naming the row and the value, for what is negative, NaN, not a whole
            number, or too large for int64; and for another shape than [N].
    """
    array = as_array(values)
    if array.ndim == 2 and array.shape[1] > 1:
        raise ValueError(
            f"{name} has shape {list(array.shape)}; expected class numbers [N]. "
            "Of probabilities or logits [N, C], take argmax(axis=1)"
        )
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {list(array.shape)}; expected [N]")
    if array.dtype.kind == "O":
        array = _unboxed(name, array)
    if array.dtype.kind not in "iubf":
        raise ValueError(
            f"{name} is {array.dtype}; expected whole numbers 0, 1, 2 ... "
            "(np.unique(names, return_inverse=True) numbers names)"
        )
    if array.dtype.kind == "f":
        array = array.astype(np.float64)  # float16 has no 2**63 to compare with
        good = (array >= 0) & (array < 2.0**63) & (array == np.floor(array))
    else:
        good = (array >= 0) & (array <= np.iinfo(np.int64).max)
    if not good.all():
        row = int(np.argmin(good))
        raise ValueError(
            f"row {row}: {name} is {array[row]}; expected a whole number, 0 or more"
        )
    return array.astype(np.int64)


def _unboxed(name: str, array: np.ndarray) -> np.ndarray:
    """Python's numbers as float64 or int64."""
    for row, value in enumerate(array):
        if not isinstance(value, int | float | np.number | np.bool_):
            raise ValueError(f"row {row}: {name} is {value!r}; expected a whole number")
    return np.array(array.tolist()) if len(array) else array.astype(np.int64)


def as_groups(groups: Any, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The groups as an array [N], and as numbers 0 ... G - 1, int64 [N].

    Names that differ only in Unicode form or in white space are one group.

    Args:
        groups: [N], numbers or texts; None makes each sample its own group.
        n: the number of samples.

    Raises:
        ValueError: for another shape than [n], NaN, None, or values of mixed types.
    """
    if groups is None:
        return np.arange(n), np.arange(n)
    array = as_array(groups)
    if array.shape != (n,):
        raise ValueError(f"groups have shape {list(array.shape)}; expected [{n}]")
    if array.dtype.kind == "O":
        kinds = {type(value).__name__ for value in array}
        if len(kinds) > 1 or not isinstance(array[0], str | int):
            raise ValueError(
                f"groups hold {', '.join(sorted(kinds))}; expected all to be integers, "
                "or all texts"
            )
        array = np.array(array.tolist())
    if array.dtype.kind not in "iubfUSMm":
        raise ValueError(f"groups are {array.dtype}; expected integers or texts")
    gone = np.isnan(array) if array.dtype.kind == "f" else np.zeros(n, dtype=bool)
    gone = np.isnat(array) if array.dtype.kind in "Mm" else gone
    if gone.any():
        row = int(np.argmax(gone))
        raise ValueError(f"row {row}: the group is {array[row]}; expected a group")
    if array.dtype.kind == "U":
        array = np.array([_one_spelling(name) for name in array.tolist()])
    return array, np.unique(array, return_inverse=True)[1].reshape(n)


def _one_spelling(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())


def as_statistics(values: Any) -> np.ndarray:
    """Per-sample statistics as float64 [N, K].

    Raises:
        ValueError: for another shape, no samples, or values that are not numbers;
            naming the sample, for NaN or infinity.
    """
    array = as_array(values)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(
            f"statistics have shape {list(array.shape)}; expected [N, K], N and K at "
            "least 1"
        )
    if array.dtype.kind not in "iubf":
        raise ValueError(f"statistics are {array.dtype}; expected numbers")
    array = array.astype(np.float64)
    good = np.isfinite(array).all(axis=1)
    if not good.all():
        row = int(np.argmin(good))
        raise ValueError(
            f"sample {row}: its statistics are {array[row].tolist()}; expected finite "
            "numbers"
        )
    return array


def columns(name: str, statistics: np.ndarray, *allowed: int) -> np.ndarray:
    """The statistics, if they have one of the allowed numbers of columns.

    Raises:
        ValueError: if they do not.
    """
    if statistics.shape[1] not in allowed:
        expected = " or ".join(map(str, allowed))
        raise ValueError(
            f"{name}: found {statistics.shape[1]} columns of statistics; expected "
            f"{expected}"
        )
    return statistics


def positive(name: str, value: Any) -> int:
    """A whole number of at least 1.

    Raises:
        ValueError: for anything else, floats and bools included.
    """
    try:
        number = 0 if isinstance(value, bool | np.bool_) else operator.index(value)
    except TypeError:
        number = 0
    if number < 1:
        raise ValueError(f"{name} is {value!r}; expected a whole number, 1 or more")
    return number
