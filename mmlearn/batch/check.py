"""The one place where values are inspected, on the way in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mmlearn.batch.padded import Batch, Padded, zero_masked

KNOWN = "_known"  # "label_known" says for which samples "label" is known


def whole_numbers(values: Padded | Tensor, name: str) -> Tensor:
    """One whole number per sample as int64 [N]: the one rule for labels and codes.

    Integers of any kind and bool pass, and so do floats that are whole numbers (values
    are inspected only for floats). Nothing is rounded, wrapped or broadcast.

    Raises:
        TypeError: when it is not a tensor of real numbers.
        ValueError: for another shape than [N], for no samples, and for numbers beyond
            int64; naming the sample, for a float that is not whole (NaN included).
    """
    if not isinstance(values, Tensor):
        raise TypeError(
            f"{name} is {type(values).__name__}; expected a tensor [N] of whole numbers"
        )
    if values.ndim != 1 or len(values) == 0:
        raise ValueError(
            f"{name} is {values.dtype} {list(values.shape)}; expected [N], one whole "
            "number per sample and at least one sample"
        )
    if values.is_complex():
        raise TypeError(f"{name} is {values.dtype}; expected whole numbers")
    if values.is_floating_point():
        # 2**63 itself is beyond int64; NaN fails the comparison.
        bad = ~((values == values.round()) & (values.abs() < 2.0**63))
        if bool(bad.any()):
            sample = int(bad.int().argmax())
            raise ValueError(
                f"sample {sample}: {name} is {float(values[sample]):g}; expected a "
                "whole number"
            )
    whole = values.to(torch.int64)
    if values.dtype == getattr(torch, "uint64", None) and bool((whole < 0).any()):
        raise ValueError(f"{name} holds numbers beyond int64; expected 0 to 2**63 - 1")
    return whole


def modalities_of(batch: Batch) -> list[str]:
    """The columns that a model can read.

    That leaves out "label", flags, columns of one number per sample, and tags that have
    flags.
    """
    return [
        name
        for name, column in batch.items()
        if name != "label"
        and not name.endswith(KNOWN)
        and (
            isinstance(column, Padded)
            or (column.ndim > 1 and name + KNOWN not in batch)
        )
    ]


def check_batch(
    batch: Batch,
    classes: int | None = None,
    vocabulary_sizes: Mapping[str, int] | None = None,
    names: Sequence[str] | None = None,
    modalities: Sequence[str] | None = None,
) -> None:
    """Inspect the values once, on the way in; `forward` looks at shapes only.

    Args:
        batch: the columns to check.
        classes: number of classes in the column "label", where there is one.
        vocabulary_sizes: modality -> number of tokens.
        names: what errors call the samples.
        modalities: the columns of which each sample needs at least one; by default all
            but "label", the flags `NAME_known`, plain tensors that have such flags, and
            columns of one number per sample.

    Raises:
        ValueError: naming the sample, what was found and what was expected, for: NaN or
            infinite values, except in a target that is not known there; nonzero values
            under a False mask; a sample with no modality; a label that is not one whole
            number per sample from 0 to classes - 1; a token outside
            0..vocabulary_sizes[modality] - 1. Also for no sample, no modality, or
            columns of unequal length.
        TypeError: for a Padded label.
    """
    lengths = {key: len(x) if _has_rows(x) else 0 for key, x in batch.items()}
    if modalities is None:
        modalities = modalities_of(batch)
    if not modalities:
        raise ValueError(f"the batch has no modality, only {sorted(batch)}")
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns have unequal lengths: {lengths}")
    size = next(iter(lengths.values()))
    if size == 0:
        raise ValueError(f"the batch has no sample in {sorted(batch)}; expected some")
    names = names or [f"sample {i}" for i in range(size)]

    anything = torch.zeros(size, dtype=torch.bool)
    for key, column in batch.items():
        values = column.values if isinstance(column, Padded) else column
        if values.is_floating_point():
            bad = ~values.isfinite()
            bad = (bad & _known(batch, key, values)).reshape(size, -1).any(dim=1)
            _refuse(names, bad, f"{key} holds NaN or infinity; expected finite numbers")
        if isinstance(column, Padded):
            hidden = zero_masked(values, ~column.mask) != 0
            bad = hidden.reshape(size, -1).any(dim=1)
            _refuse(
                names, bad, f"{key} has values under a False mask; expected zeros there"
            )
        if key in modalities:
            anything |= column.present.cpu() if isinstance(column, Padded) else True
        limit = (vocabulary_sizes or {}).get(key)
        if limit is not None:
            bad = ((values < 0) | (values >= limit)).reshape(size, -1).any(dim=1)
            _refuse(
                names, bad, f"{key} has a token outside 0..{limit - 1} (the vocabulary)"
            )
    _refuse(names, ~anything, f"has none of the modalities {sorted(modalities)}")
    label = batch.get("label")
    if label is not None and classes is not None:
        flags = batch.get("label" + KNOWN)
        known = flags if isinstance(flags, Tensor) else None
        check_classes(label, classes, "label", names, known)


def check_classes(
    values: Padded | Tensor,
    classes: int,
    name: str,
    names: Sequence[str] | None = None,
    known: Tensor | None = None,
) -> None:
    """Refuse, by name, a sample whose class is not one of 0..classes - 1.

    Args:
        values: whole numbers [N] of any type.
        classes: number of classes.
        name: what errors call the column.
        names: what errors call the samples.
        known: bool [N]; where it is False, `values` may hold anything.

    Raises:
        TypeError: as `whole_numbers` does.
        ValueError: as `whole_numbers` does; naming the sample and what it holds, for a
            class out of range.
    """
    if known is not None and isinstance(values, Tensor) and known.shape == values.shape:
        values = torch.where(known, values, 0)
    whole = whole_numbers(values, name)
    bad = (whole < 0) | (whole >= classes)
    if known is not None:
        bad &= known
    if bool(bad.any()):
        names = names or [f"sample {i}" for i in range(len(whole))]
        found = int(whole[bad][0])
        _refuse(names, bad, f"{name} is {found}; expected 0..{classes - 1}")


def _known(batch: Batch, key: str, values: Tensor) -> Tensor | bool:
    """Where a target of this name is known, to be combined with the values."""
    flags = batch.get(key + KNOWN)
    if not isinstance(flags, Tensor) or flags.shape != values.shape[: flags.ndim]:
        return True
    return flags.reshape(*flags.shape, *[1] * (values.ndim - flags.ndim))


def _has_rows(column: Padded | Tensor) -> bool:
    return isinstance(column, Padded) or column.ndim > 0


def _refuse(names: Sequence[str], bad: Tensor, found: str) -> None:
    """Refuse the first sample for which `bad`, bool [B], is True.

    Raises:
        ValueError: naming the sample and what was found.
    """
    if bool(bad.any()):
        raise ValueError(f"{names[int(bad.int().argmax())]}: {found}")
