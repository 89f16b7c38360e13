"""What differs between the versions of torch that the course runs on: here, only."""

from __future__ import annotations

import torch

TORCH = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])


def adamw_is_fused(device: torch.device) -> bool:
    """Whether AdamW has a kernel that updates all parameters at once on this device.

    On a CUDA device torch 2.3 has it too; on the CPU it came with 2.4.
    """
    return device.type == "cuda" or TORCH >= (2, 4)
