"""A few numbers for many: they tell values and their order, and are short in a file."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn.batch import TensorData
from mmlearn.model import MultimodalModel

ASKED = 4  # samples whose outputs are kept


def outputs(model: MultimodalModel, data: TensorData) -> list[float]:
    """Two numbers per sample, from all the model says about it, in whatever form."""
    model.eval()
    with torch.no_grad():
        output = model(data[slice(0, ASKED)])
    size = min(ASKED, len(data))
    each = [x for x in floats(output) if x.ndim and len(x) == size]
    total = sum((projected(x.reshape(len(x), -1)) for x in each), torch.zeros(1))
    return rounded(total.flatten().tolist())


def floats(output: Any) -> list[Tensor]:
    """The floating tensors in tensors, dicts, sequences and dataclasses."""
    if isinstance(output, Tensor):
        return [output.detach().cpu()] if output.is_floating_point() else []
    inner: Iterable[Any] = ()
    if isinstance(output, Mapping):
        inner = output.values()
    elif isinstance(output, tuple | list):
        inner = output
    elif dataclasses.is_dataclass(output):
        inner = (getattr(output, each.name) for each in dataclasses.fields(output))
    return [x for each in inner for x in floats(each)]


def projected(rows: Tensor) -> Tensor:
    """Rows [N, K] on two fixed directions, float64 [N, 2]: sees values and order."""
    step = torch.arange(rows.shape[1], dtype=torch.float64)
    directions = torch.stack([(step + 1).cos(), (1.7 * step).cos()], dim=1)
    return rows.double() @ directions / max(1, rows.shape[1]) ** 0.5


def rounded(numbers: Sequence[float | Tensor]) -> list[float]:
    """To 6 digits after the point: far finer than the tolerance, short in a file."""
    return [round(float(x), 6) + 0.0 for x in numbers]  # no -0.0


def checksum(arrays: Sequence[np.ndarray]) -> str:
    """The crc32 of shapes and whole numbers, as text."""
    crc = 0
    for x in arrays:
        crc = zlib.crc32(repr(x.shape).encode(), crc)
        crc = zlib.crc32(np.ascontiguousarray(x, dtype="<i8").tobytes(), crc)
    return f"{crc:08x}"


def whole_numbers(groups: np.ndarray) -> np.ndarray:
    """Groups [N] as whole numbers: those that are, as they are; names, numbered."""
    groups = np.asarray(groups)
    if groups.dtype.kind in "iub":
        return groups
    return np.unique(groups, return_inverse=True)[1].reshape(len(groups))


def told(about: Sequence[Any]) -> str:
    """The checksum of what is known of each sample, in whatever form JSON can hold.

    Raises:
        TypeError: naming a type of which the same value may not look the same again.
    """
    text = json.dumps(list(about), default=_plain, sort_keys=True)
    return f"{zlib.crc32(text.encode()):08x}"


def _plain(value: Any) -> Any:
    if isinstance(value, Tensor | np.ndarray | np.generic):
        return value.tolist()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {x.name: getattr(value, x.name) for x in dataclasses.fields(value)}
    raise TypeError(
        f"about holds a {type(value).__name__}; expected texts, numbers, lists, dicts, "
        "arrays, or dataclasses of these"
    )
