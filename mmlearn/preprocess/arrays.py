"""Arrays, tensors and lists of numbers as torch tensors: nothing wrapped or rounded."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor


def as_tensor(values: Any) -> Tensor:
    """A tensor as it is; an array, or a list of numbers, as a tensor.

    Arrays that torch does not take are copied first: read-only ones, reversed ones,
    those of another byte order, and unsigned integers of 16 to 64 bits, which become
    int64 (uint64 beyond int64 stays uint64, for `whole_numbers` to refuse).

    Raises:
        TypeError: for what is not an array of numbers (texts, objects, ragged lists).
        ValueError: naming the place, for a number that int64 does not hold.
    """
    if isinstance(values, Tensor):
        return values
    try:
        array = np.asarray(values)
    except ValueError as error:  # lists of unequal length
        raise TypeError(f"found a ragged {type(values).__name__} of numbers") from error
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise TypeError(f"found {array.dtype} {list(array.shape)}; expected numbers")
    if array.dtype.kind == "u" and array.dtype.itemsize > 1:
        beyond = array > np.iinfo(np.int64).max
        if bool(np.any(beyond)):
            place = [int(i) for i in np.argwhere(beyond)[0]]
            raise ValueError(
                f"found {int(array[tuple(place)])} at {place}; expected numbers that "
                "int64 holds"
            )
        array = array.astype(np.int64)
    if not array.flags.writeable or any(step < 0 for step in array.strides):
        array = array.copy()
    return torch.from_numpy(array.astype(array.dtype.newbyteorder("="), copy=False))


def whole_numbers(values: Any, name: str) -> Tensor:
    """Whole numbers of any integer type as int64; floats that are whole as well.

    Raises:
        TypeError: for bool, complex and what is not a number.
        ValueError: naming the place, for a float that is not whole, and for what int64
            does not hold.
    """
    try:
        numbers = as_tensor(values)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {error}") from error
    if numbers.dtype == torch.bool or numbers.is_complex():
        raise TypeError(f"{name} are {numbers.dtype}; expected whole numbers")
    whole = numbers.to(torch.int64)
    if numbers.is_floating_point():
        # Beyond 2**63 the conversion is not defined; NaN equals nothing.
        wrong = (numbers != numbers.round()) | (numbers.abs() >= 2.0**63)
    elif numbers.dtype in _UNSIGNED:
        wrong = whole < 0  # wrapped: it was 2**63 or more
    else:
        return whole
    places = wrong.nonzero()
    if len(places):
        place = places[0].tolist()
        raise ValueError(
            f"{name} hold {numbers[tuple(place)].item()} at {place}; expected whole "
            "numbers"
        )
    return whole


_UNSIGNED = tuple(
    getattr(torch, name) for name in ("uint16", "uint32", "uint64")
    if hasattr(torch, name)
)  # fmt: skip
