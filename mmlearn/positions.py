"""A token's position as a vector: attention alone does not know it."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def sinusoid(length: int, width: int, like: Tensor) -> Tensor:
    """Sines and cosines of falling frequency (Vaswani et al., 2017): [length, width].

    Args:
        like: a tensor whose dtype and device the result has.

    Raises:
        ValueError: when the width is odd: sines and cosines come in pairs.
        TypeError: when `like` is not float: all would be rounded to -1, 0 and 1.
    """
    if not like.is_floating_point():
        raise TypeError(f"like is {like.dtype}; expected float")
    if width % 2:
        raise ValueError(f"width is {width}; expected an even number")
    half = torch.arange(width // 2, device=like.device, dtype=torch.float32)
    frequency = torch.exp(-math.log(10_000) * half / max(1, width // 2))
    step = torch.arange(length, device=like.device, dtype=torch.float32)
    angle = step.unsqueeze(1) * frequency  # [length, width / 2]
    return torch.cat([angle.sin(), angle.cos()], dim=1).to(like.dtype)


def sinusoid_of_words(mask: Tensor, width: int, like: Tensor) -> Tensor:
    """A sinusoid for each real step of mask bool [B, T], as [B, T, width].

    The real steps are numbered 0, 1, 2 ... as if the masked ones were not there, so
    padding on the left makes no difference.

    Raises:
        ValueError: when the width is odd.
    """
    return sinusoid(mask.shape[1], width, like)[real_step_numbers(mask)]


def real_step_numbers(mask: Tensor) -> Tensor:
    """The number of each real step among the real ones: int64 [B, T]."""
    return mask.cumsum(dim=1).sub(1).clamp(min=0)


def sinusoid_grid(rows: int, columns: int, width: int, like: Tensor) -> Tensor:
    """Sinusoids of a grid's places, half of the width each for row and column.

    Returns:
        [rows * columns, width].

    Raises:
        ValueError: when the width is not a multiple of 4.
    """
    if width % 4:
        raise ValueError(f"width is {width}; expected a multiple of 4")
    row = sinusoid(rows, width // 2, like).unsqueeze(1).expand(-1, columns, -1)
    column = sinusoid(columns, width // 2, like).unsqueeze(0).expand(rows, -1, -1)
    return torch.cat([row, column], dim=-1).flatten(0, 1)
