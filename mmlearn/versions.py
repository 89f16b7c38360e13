"""What differs between the versions of torch that the course runs on: here only."""

from __future__ import annotations

import torch

TORCH = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])


def adamw_is_fused(device: torch.device) -> bool:
    """Whether AdamW has a kernel that updates all parameters at once on this device.

    On a CUDA device torch 2.3 has it too; on the CPU it came with 2.4.
    """
    return device.type == "cuda" or TORCH >= (2, 4)


def autocast_is_on(device_type: str) -> bool:
    """Whether torch.autocast is on for this kind of device, "cpu" or "cuda"."""
    if TORCH >= (2, 4):
        return torch.is_autocast_enabled(device_type)
    # Without an argument torch 2.3 means cuda.
    on_cpu: bool = torch.is_autocast_cpu_enabled()
    return on_cpu if device_type == "cpu" else torch.is_autocast_enabled()
