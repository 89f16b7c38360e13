"""Several processes that train one model, started by `torchrun`: what `fit` needs.

Without torchrun there is one process, and every function here does nothing.
Each process has the whole data and takes its rows of each batch; what they compute is
added up so that the result is that of one process.
"""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch import distributed as dist

_TORCHRUN = {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"}


def start(device: torch.device) -> torch.device:
    """Join the other processes, with nccl on GPUs, else gloo; return the device to use.

    A "cuda" without a number becomes the GPU that torchrun assigns to this process.
    Each process but the first is reseeded, so that no two drop out the same units.
    """
    if not dist.is_initialized() and os.environ.keys() >= _TORCHRUN:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        atexit.register(_leave)
    if rank() > 0:
        torch.manual_seed(torch.initial_seed() + rank())
    if device.type == "cuda" and device.index is None:
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)  # nccl talks through the current device
    return device


def world() -> int:
    """How many processes there are."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """The number of this process, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


# Who has how many samples of the batch that is being computed: set by `part`.
_counts: list[int] = []


def part(batch: Tensor) -> tuple[Tensor, int]:
    """This process's part of a batch's index int64 [B], and how many of it count.

    A process for which no sample is left borrows the first, so that it takes the same
    steps as the others; its count is 0, and what it computes must not count.
    """
    global _counts
    _counts = [len(batch[process :: world()]) for process in range(world())]
    mine = batch[rank() :: world()]
    return (mine if len(mine) else batch[:1]), _counts[rank()]


def whole(parts: Sequence[Tensor]) -> Tensor:
    """The inverse of `part`: the rows [B, ...] of a batch from each process's rows."""
    rows = parts[0].new_empty(sum(map(len, parts)), *parts[0].shape[1:])
    for process, own in enumerate(parts):
        rows[process :: len(parts)] = own
    return rows


def gather(output: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], float]:
    """What all processes have computed of the batch, and this one's share of it.

    For losses that compare samples with one another. Every process then computes the
    same loss of them; times its share, these add up to that loss.

    Args:
        output: name -> rows [B, ...], which are gathered with their gradients, or a
            scalar, which stays.
    """
    if world() == 1:
        return dict(output), 1.0
    share = _counts[rank()] / sum(_counts)
    return {k: x if x.ndim == 0 else _rows(x) for k, x in output.items()}, share


def _rows(mine: Tensor) -> Tensor:
    """The rows of all processes in order; of a borrowed one nothing is kept."""
    return _Gather.apply(mine[: _counts[rank()]], tuple(_counts))


class _Gather(torch.autograd.Function):
    """All processes have the same loss, so each already has the gradient of all rows.

    Hence the backward needs no communication: it keeps its own rows, divided by its own
    share of the loss, since the other processes' shares do not reach them.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor, counts: tuple[int, ...]) -> Tensor:
        ctx.counts = counts
        # all_gather wants equal shapes: fill up to the longest, and cut afterwards.
        filled = rows.new_zeros(max(counts), *rows.shape[1:])
        filled[: len(rows)] = rows
        parts = [torch.empty_like(filled) for _ in counts]
        dist.all_gather(parts, filled)
        return torch.cat([x[:n] for x, n in zip(parts, counts, strict=True)])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        own = ctx.counts[rank()]
        factor = sum(ctx.counts) / own if own else 0.0
        return gradients[0].split(ctx.counts)[rank()] * factor, None


def add_up(number: Tensor) -> Tensor:
    """The sum of a tensor over all processes; the tensor itself is left as it was."""
    if world() == 1:
        return number
    total = number.clone()
    dist.all_reduce(total)
    return total


def collect(mine: Any) -> list[Any]:
    """What every process has, in the order of their ranks."""
    everyone: list[Any] = [mine] * world()
    if world() > 1:
        dist.all_gather_object(everyone, mine)
    return everyone


def from_first(thing: Any) -> Any:
    """What the first process has, in every process."""
    box = [thing]
    if world() > 1:
        dist.broadcast_object_list(box)
    return box[0]


def wrap(module: nn.Module) -> nn.Module:
    """The module, with its gradients averaged over the processes in each backward.

    Parameters that a loss does not reach (a fusion under a late head) are detected.
    """
    if world() == 1:
        return module
    return nn.parallel.DistributedDataParallel(module, find_unused_parameters=True)


def _leave() -> None:
    if dist.is_initialized():
        # torch 2.3 waits here for gloo's threads with Python's lock in its hand, and
        # one of them may still want it, to let go of its last message: let it first.
        time.sleep(0.2)
        dist.destroy_process_group()
