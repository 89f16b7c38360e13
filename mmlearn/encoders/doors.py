"""What an encoder is handed, in one form: checks shapes and dtypes, never values.

Reading values would make a GPU wait at every step, and could not be compiled.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mmlearn.batch import Padded, as_padded
from mmlearn.versions import autocast_is_on


def float_steps(
    column: Padded | Tensor,
    item_ndim: int,
    name: str,
    like: Tensor,
    remedy: str = ".float()",
    short: bool = False,
    noun: str = "",
) -> Padded:
    """A column of float steps [B, T, ...] as `Padded`, of the model's own dtype.

    Under autocast half precision is accepted as well, for autocast casts it.

    Args:
        item_ndim: axes of one step.
        name: what errors call the column.
        like: a parameter of the model.
        remedy: what turns whole numbers into float here.
        short: whether a tensor without the axis T is T = 1; otherwise it is refused,
            for it might lack the axis B.
        noun: what `remedy` makes of them, such as "log-mel".

    Raises:
        TypeError: for another dtype.
        ValueError: for other axes, no sample or no step.
    """
    padded = _steps(column, item_ndim, name, short)
    found, expected = padded.values.dtype, like.dtype
    if not found.is_floating_point:
        wanted = f"a {_short(expected)} {noun}" if noun else _short(expected)
        raise TypeError(
            f"{name} is {_short(found)}; expected {wanted}, as the model is: {remedy}"
        )
    if found != expected:
        half = found in (torch.float16, torch.bfloat16)
        if not (half and autocast_is_on(padded.values.device.type)):
            raise TypeError(
                f"{name} is {_short(found)}; expected {_short(expected)}, as the model "
                f"is: {_conversion(expected)}"
            )
    return padded


def whole_steps(column: Padded | Tensor, name: str) -> Padded:
    """A column of whole numbers [B, T], of any integer type, as `Padded` of int64.

    Raises:
        TypeError: for another dtype.
        ValueError: for other axes, no sample or no step.
    """
    padded = _steps(column, 0, name, short=False)
    found = padded.values.dtype
    if found.is_floating_point or found.is_complex or found == torch.bool:
        raise TypeError(
            f"{name} is {_short(found)}; expected token numbers, int64 [B, T]"
        )
    return Padded(padded.values.to(torch.int64), padded.mask)


def _steps(column: Padded | Tensor, item_ndim: int, name: str, short: bool) -> Padded:
    if not isinstance(column, Padded | Tensor):
        raise TypeError(
            f"{name} is a {type(column).__name__}; expected a tensor or Padded"
        )
    padded = as_padded(column, item_ndim)
    if isinstance(column, Tensor) and column.ndim == item_ndim + 1 and not short:
        raise ValueError(
            f"{name} is {list(column.shape)}; expected {item_ndim + 2} axes, [B, T] "
            f"and {item_ndim} of a step: for one sample {name}[None], for one step "
            f"per sample {name}[:, None]"
        )
    if 0 in padded.mask.shape:
        raise ValueError(
            f"{name} is {list(padded.values.shape)}; expected at least one "
            "sample and one step"
        )
    return padded


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _conversion(dtype: torch.dtype) -> str:
    return ".float()" if dtype == torch.float32 else f".to({dtype})"
