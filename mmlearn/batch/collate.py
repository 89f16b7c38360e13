"""Samples of unequal length, made into one batch."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from mmlearn.batch.arrays import tensor_of
from mmlearn.batch.check import KNOWN, check_batch
from mmlearn.batch.padded import Batch, Padded

Kind = Literal["picture", "row", "sequence", "number", "fixed"]

# What a column is where nobody says so; every other one is a sequence.
KINDS: Mapping[str, Kind] = {"image": "picture", "table": "row", "label": "number"}
_ONE_STEP = {"picture": 3, "row": 1}  # kind -> axes of an item, which is one step


def pad(items: Sequence[Tensor | None], names: Sequence[str] | None = None) -> Padded:
    """Stack sequences [T_i, ...] into one `Padded`; None is a missing one.

    Items of several types become the type that holds them all (int64 and float64:
    float64), and nothing is rounded on the way.

    Args:
        items: one sequence per sample.
        names: what errors call the samples.

    Raises:
        ValueError: naming the sample, when a sequence has no steps, when the steps of
            two items differ in shape, or when a number would be rounded by the common
            type; and when all items are missing.
    """
    names = names or [f"sample {i}" for i in range(len(items))]
    items = [
        None if x is None else tensor_of(x, name)
        for x, name in zip(items, names, strict=True)
    ]
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
    same = _one_type(items, names)
    longest = max(len(item) for item in same if item is not None)
    first = next(item for item in same if item is not None)
    values = first.new_zeros(len(items), longest, *known.shape[1:])
    mask = torch.zeros(len(items), longest, dtype=torch.bool, device=values.device)
    for i, item in enumerate(same):
        if item is not None:
            values[i, : len(item)] = item
            mask[i, : len(item)] = True
    return Padded(values, mask)


def _one_type(
    items: Sequence[Tensor | None], names: Sequence[str]
) -> list[Tensor | None]:
    """All items in the type that holds every one of them, exactly."""
    types = {item.dtype for item in items if item is not None}
    if len(types) == 1:
        return list(items)
    common = functools.reduce(torch.promote_types, sorted(types, key=str))
    same: list[Tensor | None] = []
    for name, item in zip(names, items, strict=True):
        if item is None:
            same.append(None)
            continue
        converted = item.to(common)
        if not _equal(item, converted):
            raise ValueError(
                f"{name}: is {item.dtype} among {sorted(map(str, types))}, and "
                f"{common} cannot hold its numbers exactly; expected one type"
            )
        same.append(converted)
    return same


def _equal(item: Tensor, converted: Tensor) -> bool:
    """Whether nothing was rounded; NaN stays NaN, which `check_batch` refuses."""
    back = converted.to(item.dtype)
    if item.is_floating_point():
        return bool(((back == item) | item.isnan()).all())
    # 2**63 - 1 becomes 2**63 as a float, and comes back as anything.
    beyond = converted.abs() >= 2.0**63 if converted.is_floating_point() else None
    return bool((back == item).all()) and (beyond is None or not bool(beyond.any()))


def collate(
    samples: Sequence[Mapping[str, Any]],
    names: Sequence[str] | None = None,
    kinds: Mapping[str, Kind] | None = None,
    optional: Sequence[str] = (),
) -> Batch:
    """Make one batch of samples, each a dict of a tensor (or array) per column.

    A modality that a sample lacks is None, or its key is left out; it is masked there.

    Args:
        samples: one dict per sample.
        names: what errors call the samples.
        kinds: what an item of a column is: "picture" [C, H, W] and "row" [D] are one
            step, "sequence" [T, ...] as many as it has, "number" one number per sample,
            "fixed" an array of the same shape in all samples (tags). By default "image"
            is a picture, "table" a row, "label" a number, and any other column a number
            where all items are single numbers, else a sequence.
        optional: numbers and fixed arrays that a sample may lack; the column
            `NAME_known`, bool [B], then says which samples have one. A number that no
            sample has is 0 throughout, and known nowhere.

    Raises:
        ValueError: naming the sample, for NaN, a missing number that is not optional,
            steps of unequal shape, numbers that no common type holds exactly, or a
            sample with no modality at all; and for a kind that does not exist.
    """
    if not samples:
        raise ValueError("collate got no samples")
    names = names or [f"sample {i}" for i in range(len(samples))]
    batch: Batch = {}
    there = [key for sample in samples for key in sample]
    for key in dict.fromkeys([*there, *optional]):
        found = [sample.get(key) for sample in samples]
        called = [f"{name}, {key}" for name in names]
        items = [
            None if x is None else tensor_of(x, name)
            for x, name in zip(found, called, strict=True)
        ]
        kind = (kinds or {}).get(key) or KINDS.get(key)
        if all(x is None for x in items):
            if key in optional and kind in ("number", None):  # nobody's is known
                batch[key] = torch.zeros(len(samples))
                batch[key + KNOWN] = torch.zeros(len(samples), dtype=torch.bool)
            continue
        numbers = all(x is None or x.ndim == 0 for x in items)
        kind = kind or ("number" if numbers else "sequence")
        if kind in ("number", "fixed"):
            column = _stack(items, names, key, kind, key in optional)
            batch[key] = column
            if key in optional:
                flags = [x is not None for x in items]
                batch[key + KNOWN] = torch.tensor(flags, device=column.device)
            continue
        if kind in _ONE_STEP:
            for name, item in zip(called, items, strict=True):
                if item is not None and item.ndim != _ONE_STEP[kind]:
                    raise ValueError(
                        f"{name}: is {list(item.shape)}; expected a {kind}, "
                        f"{_ONE_STEP[kind]} axes"
                    )
            items = [None if x is None else x.unsqueeze(0) for x in items]
        elif kind != "sequence":
            raise ValueError(f"{key}: no kind {kind!r}; expected one of {Kind}")
        batch[key] = pad(items, called)
    check_batch(batch, names=names)
    return batch


def _stack(
    items: Sequence[Tensor | None],
    names: Sequence[str],
    key: str,
    kind: str,
    optional: bool,
) -> Tensor:
    """One number, or one array of a fixed shape, per sample: [B, ...]; 0 where missing.

    Raises:
        ValueError: naming the sample, when one is missing, or of another shape.
    """
    first = next(x for x in items if x is not None)
    shape = () if kind == "number" else first.shape
    for name, item in zip(names, items, strict=True):
        if item is None and not optional:
            raise ValueError(f"{name}: has no {key}, but others have one")
        if item is not None and item.shape != shape:
            raise ValueError(
                f"{name}: {key} is {list(item.shape)}; expected {list(shape)}"
                + (", one number" if kind == "number" else " as in the first sample")
            )
    same = _one_type(items, [f"{name}, {key}" for name in names])
    known = next(x for x in same if x is not None)
    return torch.stack([torch.zeros_like(known) if x is None else x for x in same])
