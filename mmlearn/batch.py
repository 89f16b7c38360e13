"""The types through which data flows, and the one place where values are checked.

A batch is a plain `dict[str, Padded | Tensor]`, keyed by modality ("image", "text",
"audio", "video", "sensor", "table") plus "label". A plain tensor is short for
"present in every sample".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

# One item of these is one step (T = 1); of every other modality, a sequence of steps.
STATIC = ("image", "table")


@dataclass(frozen=True)
class Padded:
    """Sequences of unequal length in one tensor.

    values: [B, T, ...], zero where the mask is False.
    mask: bool [B, T], True where a step is real. A sample without any real step
        lacks the modality.

    Raises ValueError when the two do not agree on [B, T], TypeError when the mask is
    not bool.
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
        return Padded(self.values.to(device), self.mask.to(device))

    @property
    def present(self) -> Tensor:
        """bool [B]: which samples have the modality at all."""
        return self.mask.any(dim=1)


@dataclass(frozen=True)
class Tokens:
    """What every encoder returns, so that every fusion accepts every encoder.

    values: float [B, T, D], zero where the mask is False. mask: bool [B, T].
    grid: (H', W') or (T', H', W') where T is a flattened grid, else None.
    """

    values: Tensor
    mask: Tensor
    grid: tuple[int, ...] | None = None

    @property
    def present(self) -> Tensor:
        """bool [B]: which samples have the modality at all."""
        return self.mask.any(dim=1)

    def pooled(self) -> Tensor:
        """The mean over the real steps, [B, D]; zero for a sample that has none."""
        return masked_mean(self.values, self.mask)


Batch = dict[str, Padded | Tensor]


def zero_masked(values: Tensor, mask: Tensor) -> Tensor:
    """Values [B, T, ...] with zeros where mask [B, T] is False, whatever stood there.

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

    item_ndim: axes of one step (3 for a picture [C, H, W], 1 for a row of a
    spectrogram or a table, 0 for a token). A tensor [B, *item] becomes T = 1.

    Raises ValueError when the tensor has neither [B, *item] nor [B, T, *item] axes.
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
            f"a sample) or {item_ndim + 2} (a sequence)"
        )
    return Padded(column, column.new_ones(column.shape[:2], dtype=torch.bool))


def pad(items: Sequence[Tensor | None], names: Sequence[str] | None = None) -> Padded:
    """Stack sequences [T_i, ...] into one `Padded`; None is a missing one.

    Raises ValueError, naming the sample, when a sequence has no step, when items
    disagree in the shape of a step, or when all of them are missing.
    """
    names = names or [f"sample {i}" for i in range(len(items))]
    known = next((item for item in items if item is not None), None)
    if known is None:
        raise ValueError("all items are missing; leave the modality out of the batch")
    for name, item in zip(names, items, strict=True):
        if item is None:
            continue
        if item.ndim == 0 or len(item) == 0:
            raise ValueError(
                f"{name}: found no step, {list(item.shape)}; expected at least one, "
                "or None for a missing modality"
            )
        if item.shape[1:] != known.shape[1:]:
            raise ValueError(
                f"{name}: a step is {list(item.shape[1:])}; "
                f"expected {list(known.shape[1:])} as in the first sample"
            )
    longest = max(len(item) for item in items if item is not None)
    values = known.new_zeros(len(items), longest, *known.shape[1:])
    mask = torch.zeros(len(items), longest, dtype=torch.bool)
    for i, item in enumerate(items):
        if item is not None:
            values[i, : len(item)] = item
            mask[i, : len(item)] = True
    return Padded(values, mask)


def collate(
    samples: Sequence[Mapping[str, Any]], names: Sequence[str] | None = None
) -> Batch:
    """Make one batch of samples, each a dict of a tensor (or array) a modality.

    A picture is [C, H, W] and a table row [D]; every other modality is a sequence
    [T, ...]. A modality that a sample lacks is None, or its key is left out; it is
    masked there. "label" is a number. names: what errors call the samples.

    Raises ValueError, naming the sample, for NaN, a missing label, steps of unequal
    shape, or a sample with no modality at all.
    """
    if not samples:
        raise ValueError("collate got no samples")
    names = names or [f"sample {i}" for i in range(len(samples))]
    batch: Batch = {}
    for key in dict.fromkeys(key for sample in samples for key in sample):
        column = [sample.get(key) for sample in samples]
        if key == "label":
            absent = [n for n, x in zip(names, column, strict=True) if x is None]
            if absent:
                raise ValueError(f"{absent[0]}: has no label, but others have one")
            batch[key] = torch.as_tensor(np.asarray(column))
            continue
        items = [None if x is None else torch.as_tensor(x) for x in column]
        if key in STATIC:
            items = [None if x is None else x.unsqueeze(0) for x in items]
        if any(x is not None for x in items):
            batch[key] = pad(items, [f"{name}, {key}" for name in names])
    check_batch(batch, names=names)
    return batch


def check_batch(
    batch: Batch,
    classes: int | None = None,
    vocabulary_sizes: Mapping[str, int] | None = None,
    names: Sequence[str] | None = None,
) -> None:
    """Look at the values once, on the way in; a forward looks at shapes only.

    Raises ValueError, naming the sample, what was found and what was expected, for:
    NaN or infinite values; values under a False mask that are not zero; columns of
    unequal length; a sample with no modality; a label outside 0..classes - 1; a token
    outside 0..vocabulary_sizes[modality] - 1.
    """
    modalities = {key: x for key, x in batch.items() if key != "label"}
    if not modalities:
        raise ValueError(f"the batch has no modality, only {sorted(batch)}")
    lengths = {key: len(x) for key, x in batch.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns have unequal lengths: {lengths}")
    size = next(iter(lengths.values()))
    names = names or [f"sample {i}" for i in range(size)]

    def refuse(bad: Tensor, found: str) -> None:
        """bad: bool [B]; the first True sample is named."""
        if bool(bad.any()):
            raise ValueError(f"{names[int(bad.int().argmax())]}: {found}")

    anything = torch.zeros(size, dtype=torch.bool)
    for key, column in modalities.items():
        values = column.values if isinstance(column, Padded) else column
        if values.is_floating_point():
            bad = ~values.isfinite().flatten(1).all(dim=1)
            refuse(bad, f"{key} holds NaN or infinity; expected finite numbers")
        if isinstance(column, Padded):
            hidden = values.flatten(2) if values.ndim > 2 else values.unsqueeze(-1)
            bad = ((hidden != 0).any(dim=-1) & ~column.mask).any(dim=1)
            refuse(bad, f"{key} has values under a False mask; expected zeros there")
            anything |= column.present.cpu()
        else:
            anything |= True
        limit = (vocabulary_sizes or {}).get(key)
        if limit is not None:
            bad = ((values < 0) | (values >= limit)).flatten(1).any(dim=1)
            refuse(bad, f"{key} has a token outside 0..{limit - 1} (the vocabulary)")
    refuse(~anything, f"has none of the modalities {sorted(modalities)}")
    label = batch.get("label")
    if isinstance(label, Tensor) and classes is not None and label.ndim == 1:
        bad = (label < 0) | (label >= classes)
        if bool(bad.any()):
            found = int(label[bad][0])
            refuse(bad, f"label is {found}; expected 0..{classes - 1}")


class TensorData:
    """A data set that lives on one device as tensors, for data that fits there.

    columns: modality -> Padded or Tensor, and "label" -> int64 [N].
    `data[index]` with an int64 tensor gives a Batch; `len(data)` is N.

    Raises ValueError as `check_batch` does; the whole set is checked once, here.
    """

    def __init__(self, columns: Batch) -> None:
        check_batch(columns)
        self.columns = dict(columns)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, index: Tensor | slice) -> Batch:
        return {key: column[index] for key, column in self.columns.items()}

    @property
    def label(self) -> Tensor:
        """int64 [N]. Raises KeyError when the data has no labels."""
        label = self.columns.get("label")
        if not isinstance(label, Tensor):
            raise KeyError(f"the data has no label, only {sorted(self.columns)}")
        return label

    def to(self, device: torch.device | str) -> TensorData:
        moved = TensorData.__new__(TensorData)  # it has been checked already
        moved.columns = {key: x.to(device) for key, x in self.columns.items()}
        return moved

    def without(self, *modalities: str) -> TensorData:
        """The same samples without some modalities, as if never recorded.

        Raises KeyError for a modality that is not there, ValueError when none is left.
        """
        for name in modalities:
            if name not in self.columns:
                raise KeyError(f"no {name!r} to leave out of {sorted(self.columns)}")
        return TensorData(
            {k: x for k, x in self.columns.items() if k not in modalities}
        )
