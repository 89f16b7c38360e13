"""A cuda device that is not there: what is left on the CPU inside a forward raises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from mmlearn.versions import TORCH

needs_fake_gpu = pytest.mark.skipif(
    TORCH < (2, 4), reason="torch 2.3 asks the driver even for a fake cuda tensor"
)


@contextmanager
def fake_gpu() -> Iterator[None]:
    """Tensors have a shape, a type and a device here, and no values."""
    # Without a driver there is no cuDNN to be asked whether it would take part.
    mode = FakeTensorMode(allow_non_fake_inputs=False)
    with mode, torch.backends.cudnn.flags(enabled=False):
        yield


def fake(tensor: Tensor) -> Tensor:
    """As this one, on the cuda device that is not there."""
    return torch.empty(tensor.shape, dtype=tensor.dtype, device="cuda")
