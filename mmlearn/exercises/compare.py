"""How a learner's value differs from the right one, in words."""

from __future__ import annotations

import inspect
import math
import numbers
from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np
import torch
from torch import Tensor


def difference(found: Any, expected: Any) -> str | None:
    """How a value differs from the expected one: a line or two, or None.

    Floats and tensors are compared with the tolerance of `torch.testing.assert_close`,
    everything else exactly, containers item by item; a list and a tuple are alike. A
    0-d tensor may stand for a number.
    """
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
        both_nan = found != found and expected != expected
        same = both_nan or math.isclose(found, expected, rel_tol=1.3e-6, abs_tol=1e-5)
        if isinstance(expected, int):
            same = type(found) is type(expected) and found == expected
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
    return isinstance(found, numbers.Real) and isinstance(expected, numbers.Real)
