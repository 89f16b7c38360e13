"""The types through which data flows: padded sequences and tokens."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Padded:
    """Sequences of unequal length in one tensor.

    Args:
        values: [B, T, ...], zero where the mask is False.
        mask: bool [B, T], True where a step is real. A sample without any real step
            lacks the modality.

    Raises:
        ValueError: when the two do not agree on [B, T].
        TypeError: when the mask is not bool.
    """

    values: Tensor
    mask: Tensor

    def __post_init__(self) -> None:
        if self.mask.dtype != torch.bool:
            raise TypeError(f"mask is {self.mask.dtype}; expected torch.bool")
        if self.values.shape[:2] != self.mask.shape or self.mask.ndim != 2:
            raise ValueError(
                f"values {list(self.values.shape)} and mask {list(self.mask.shape)} "
                "disagree; expected [B, T, ...] and [B, T]"
            )

    def __len__(self) -> int:
        return len(self.mask)

    def __getitem__(self, index: Tensor | slice) -> Padded:
        return Padded(self.values[index], self.mask[index])

    def to(self, device: torch.device | str) -> Padded:
        """Both tensors on the device."""
        return Padded(self.values.to(device), self.mask.to(device))

    @property
    def present(self) -> Tensor:
        """Which samples have the modality at all, bool [B]."""
        return self.mask.any(dim=1)


@dataclass(frozen=True)
class Tokens:
    """What every encoder returns, so that every fusion accepts every encoder.

    Args:
        values: float [B, T, D], zero where the mask is False.
        mask: bool [B, T].
        grid: (H', W') or (T', H', W') where T is a flattened grid, else None.
    """

    values: Tensor
    mask: Tensor
    grid: tuple[int, ...] | None = None

    @property
    def present(self) -> Tensor:
        """Which samples have the modality at all, bool [B]."""
        return self.mask.any(dim=1)

    def pooled(self) -> Tensor:
        """The mean over the real steps, [B, D]; zero for a sample that has none."""
        return masked_mean(self.values, self.mask)

    def with_values(self, values: Tensor) -> Tokens:
        """Other values [B, T, D] for the same steps, in the same grid."""
        return Tokens(values, self.mask, self.grid)


Batch = dict[str, Padded | Tensor]


def zero_masked(values: Tensor, mask: Tensor) -> Tensor:
    """Values [B, T, ...] with zeros where mask [B, T] is False, whatever was there.

    Unlike a product with the mask, this also removes NaN and infinity.
    """
    ones = [1] * (values.ndim - 2)
    return torch.where(mask.reshape(*mask.shape, *ones), values, 0)


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of values [B, T, D] over the steps where mask [B, T] is True: [B, D]."""
    weights = mask.unsqueeze(-1).to(values.dtype)
    total = zero_masked(values, mask).sum(dim=1)
    return total / weights.sum(dim=1).clamp(min=1)


def as_padded(column: Padded | Tensor, item_ndim: int) -> Padded:
    """Spell out the short form: a plain tensor is present in every sample.

    Args:
        column: Padded, or a tensor [B, T, *item] or [B, *item]; the latter becomes
            T = 1.
        item_ndim: axes of one step (3 for a picture [C, H, W], 1 for a row of a
            spectrogram or a table, 0 for a token).

    Raises:
        ValueError: when the tensor has neither [B, *item] nor [B, T, *item] axes.
    """
    if isinstance(column, Padded):
        if column.values.ndim != item_ndim + 2:
            raise ValueError(
                f"values are {list(column.values.shape)}; expected {item_ndim + 2} "
                f"axes: [B, T] and {item_ndim} of a step"
            )
        return column
    if column.ndim == item_ndim + 1:
        column = column.unsqueeze(1)
    elif column.ndim != item_ndim + 2:
        raise ValueError(
            f"tensor is {list(column.shape)}; expected {item_ndim + 1} axes (one step "
            f"per sample) or {item_ndim + 2} (a sequence)"
        )
    return Padded(column, column.new_ones(column.shape[:2], dtype=torch.bool))
