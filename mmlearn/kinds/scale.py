"""Deviations to divide by."""

from __future__ import annotations

import torch
from torch import Tensor


def floor(mean: Tensor, std: Tensor, least: float = 0.0) -> Tensor:
    """Deviations, 1 where there is none: what never changes becomes 0, not an error.

    A band above what a telephone carried, or a sensor that was switched off, tells a
    model nothing and does no harm.

    Args:
        least: below this a deviation is noise; in the unit of the values. What is below
            the rounding of the mean counts as none in any unit.
    """
    rounding = 4 * torch.finfo(torch.float32).eps * mean.abs()
    return std.masked_fill((std <= rounding) | (std < least), 1.0)
