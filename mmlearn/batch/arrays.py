"""NumPy arrays, and whatever NumPy makes one of, as tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

# Asked by name: torch 2.3 cannot say of them whether they are signed.
_WIDE_UNSIGNED = {
    getattr(torch, name)
    for name in ("uint16", "uint32", "uint64")
    if hasattr(torch, name)
}


def tensor_of(item: Any, name: str) -> Tensor:
    """The item as a tensor of its own type; unsigned types beyond 8 bits become int64.

    torch 2.3 has no type for those, and later versions compute little with them. Arrays
    that are read-only, not contiguous, or of another byte order are copied; others
    share their memory. Tensors on a device stay there.

    Args:
        item: a tensor, an array, or whatever NumPy makes an array of.
        name: what errors call the item.

    Raises:
        ValueError: when it is not made of numbers, or holds one from 2**63 on.
    """
    if isinstance(item, Tensor):
        if item.dtype in _WIDE_UNSIGNED:
            whole = item.to(torch.int64)
            if bool((whole < 0).any()):
                most = item.cpu().numpy().max()
                raise ValueError(f"{name}: holds {most}; expected below 2**63")
            return whole
        return item
    try:
        array = np.asarray(item)
    except ValueError:  # rows of unequal length, says NumPy at greater length
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise ValueError(
            f"{name}: is {array.dtype}, {item!r:.40}; expected numbers (texts are "
            "numbered first, see mmlearn.preprocess.text)"
        )
    if array.dtype.kind == "u" and array.dtype.itemsize > 1:
        if array.size and int(array.max()) >= 2**63:
            raise ValueError(f"{name}: holds {array.max()}; expected below 2**63")
        array = array.astype(np.int64)
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    return torch.from_numpy(np.require(native, requirements=["C", "W"]))
