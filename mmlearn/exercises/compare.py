"""How a learner's value differs from the right one, in words."""

from __future__ import annotations

import cmath
import inspect
import math
import numbers
from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np
import torch
from torch import Tensor


def difference(found: Any, expected: Any) -> str | None:
    """How a value differs from the expected one: a few lines, or None.

    Floats and tensors are compared with the tolerance of `torch.testing.assert_close`,
    everything else exactly, containers item by item; a list and a tuple are alike. A
    0-d tensor counts as a number. Where the numbers are right and their type, dtype or
    shape is not, a last line says so.
    """
    text = _difference(found, expected)
    note = slip(found, expected) if text else None
    return f"{text}\n{note}" if note else text


def slip(found: Any, expected: Any) -> str | None:
    """What is wrong with a value whose numbers are right; None where others are wrong.

    It tells the right type, dtype or shape, and never a right number.
    """
    if isinstance(expected, Tensor | np.ndarray):
        return _array_slip(found, expected)
    if not _is_plain_number(expected) or isinstance(found, str | bytes | bool):
        return None
    numbers_found = _as_array(found)
    if isinstance(expected, bool) or numbers_found is None or numbers_found.size != 1:
        return None
    number, kind = numbers_found.item(), type(expected).__name__
    if isinstance(number, bool) or not _close(number, expected):
        return None
    if _is_plain_number(found) or (_is_scalar(found)):
        of = type(number).__name__
        wrong = f"its type {of} is not" if of != kind else ""
    else:
        wrong = f"the {_kind(found)} around it is not"
    return f"The number is right, {wrong}: expected {kind}." if wrong else None


def _array_slip(found: Any, expected: Tensor | np.ndarray) -> str | None:
    one, other = _as_array(found), _as_array(expected)
    if one is None or other is None or one.size != other.size:
        return None
    if (one.dtype == bool) != (other.dtype == bool):
        return None  # True is not 1 here
    if not all(map(_close, one.flatten().tolist(), other.flatten().tolist())):
        return None
    wrong = []
    if _kind(found) != _kind(expected):
        wrong.append(f"a {_kind(found)} in place of a {_kind(expected)}")
    elif found.dtype != expected.dtype:
        wrong.append(f"{found.dtype} in place of {expected.dtype}")
    if one.shape != other.shape:
        wrong.append(f"{list(one.shape)} in place of {list(other.shape)}")
    return f"The numbers are right, but this is {', '.join(wrong)}." if wrong else None


def _as_array(value: Any) -> np.ndarray | None:
    """Numbers as an array, bfloat16 as float64; None for what is not numbers."""
    try:
        if isinstance(value, Tensor):
            value = value.detach().cpu()
            value = value.double() if value.dtype == torch.bfloat16 else value
            return value.numpy()
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError):
        return None
    return array if array.dtype.kind in "biufc" else None


def _kind(value: Any) -> str:
    if isinstance(value, Tensor):
        return "tensor"
    return "numpy array" if isinstance(value, np.ndarray) else type(value).__name__


def _close(found: Any, expected: Any) -> bool:
    """Equal as numbers, floats with the tolerance of `torch.testing.assert_close`."""
    if found != found or expected != expected:
        return bool(found != found and expected != expected)
    if isinstance(found, complex) or isinstance(expected, complex):
        return cmath.isclose(found, expected, rel_tol=1.3e-6, abs_tol=1e-5)
    try:
        return math.isclose(found, expected, rel_tol=1.3e-6, abs_tol=1e-5)
    except OverflowError:  # a whole number beyond all floats
        return bool(found == expected)


def _difference(found: Any, expected: Any) -> str | None:
    """`difference` without its last line."""
    if _is_plain_number(expected) and _is_scalar(found):
        found = found.item()
    if isinstance(expected, Tensor | np.ndarray):
        return _array_difference(found, expected)
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return _mapping_difference(found, expected)
    if isinstance(expected, Set) and isinstance(found, Set):
        same = found == expected
        return None if same else _found_expected(describe(found), describe(expected))
    if isinstance(expected, list | tuple) and isinstance(found, list | tuple):
        return _sequence_difference(found, expected)
    if both_real(found, expected):
        if isinstance(expected, int):
            same = type(found) is type(expected) and found == expected
        else:
            same = _close(found, expected)
    else:
        same = type(found) is type(expected) and bool(found == expected)
    return None if same else _found_expected(describe(found), describe(expected))


def describe(value: Any) -> str:
    """A value in a few words: its kind, and itself when it is short."""
    if isinstance(value, Tensor | np.ndarray):
        kind = "tensor" if isinstance(value, Tensor) else "numpy array"
        head = f"{kind} {list(value.shape)} {str(value.dtype).removeprefix('torch.')}"
        size = math.prod(value.shape)
        return f"{head}: {rounded(value.tolist())}" if 0 < size <= 8 else head
    text = literal(rounded(value))
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"{text} ({type(value).__name__})"


def _array_difference(found: Any, expected: Tensor | np.ndarray) -> str | None:
    if isinstance(found, Tensor) != isinstance(expected, Tensor) or not isinstance(
        found, Tensor | np.ndarray
    ):
        return _found_expected(describe(found), describe(expected))
    if found.dtype != expected.dtype or found.shape != expected.shape:
        return _found_expected(describe(found), describe(expected))
    if isinstance(expected, np.ndarray) and expected.dtype.kind not in "biufc":
        same = np.array_equal(found, expected)
        return None if same else _found_expected(describe(found), describe(expected))
    one, other = (torch.as_tensor(x).detach().cpu() for x in (found, expected))
    try:
        torch.testing.assert_close(one, other, equal_nan=True)
    except AssertionError:
        if one.numel() <= 8:
            return _found_expected(describe(found), describe(expected))
        gap = (one.to(torch.complex128) - other.to(torch.complex128)).abs()
        worst = int(gap.nan_to_num(nan=math.inf).argmax())
        place = [int(i) for i in np.unravel_index(worst, tuple(one.shape))]
        parts = (f"{rounded(x.flatten()[worst].item())}" for x in (one, other))
        return f"{describe(found)} is right in shape and dtype, but at {place}\n" + (
            _found_expected(*parts)
        )
    return None


def _mapping_difference(
    found: Mapping[Any, Any], expected: Mapping[Any, Any]
) -> str | None:
    if set(found) != set(expected):
        return _found_expected(f"keys {list(found)}", f"keys {list(expected)}")
    for key, value in expected.items():
        if text := difference(found[key], value):
            return f"key {key!r}:\n{text}"
    return None


def _sequence_difference(found: Sequence[Any], expected: Sequence[Any]) -> str | None:
    if len(found) != len(expected):
        return _found_expected(
            f"{len(found)} items: {describe(found)}",
            f"{len(expected)} items: {describe(expected)}",
        )
    for i, value in enumerate(expected):
        if text := difference(found[i], value):
            return f"item {i}:\n{text}"
    return None


def _found_expected(found: str, expected: str) -> str:
    return f"found    {found}\nexpected {expected}"


def literal(value: Any) -> str:
    """repr, but with a set in order, so that it is the same in every process."""
    if isinstance(value, Set) and value:
        return "{" + ", ".join(sorted(map(repr, value))) + "}"
    if inspect.isroutine(value) or isinstance(value, type):
        return str(getattr(value, "__name__", "a function"))
    if type(value).__repr__ is object.__repr__:
        return f"<{type(value).__name__}>"  # its repr would hold an address
    return repr(value)


def rounded(value: Any) -> Any:
    """Floats to 4 significant digits, in lists and tuples too."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if type(value) in (list, tuple):
        return type(value)(rounded(item) for item in value)
    return value


def _is_plain_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, np.generic)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, np.generic) or (
        isinstance(value, Tensor | np.ndarray) and value.ndim == 0
    )


def both_real(found: Any, expected: Any) -> bool:
    """Whether both are real numbers, Python's or NumPy's; a bool counts as one."""
    return isinstance(found, numbers.Real) and isinstance(expected, numbers.Real)
