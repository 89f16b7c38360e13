"""What a head is: the one part of a model that knows its task.

`fit`, `evaluate`, checkpoints and `torchrun` work with whatever has these members, so a
new task is one file here, and nothing else changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from mmlearn.batch import Batch, Padded
from mmlearn.batch.check import KNOWN
from mmlearn.fusion.fused import Fused
from mmlearn.metrics import Measure


class Loss(NamedTuple):
    """A loss as a sum and what it is divided by, so that parts of a batch add up.

    The mean over two processes is not the mean of their means where they count
    different numbers of words: totals and weights are added up first.

    Args:
        total: a scalar, or [H], one for each of several losses that are added.
        weight: as total.
    """

    total: Tensor
    weight: Tensor

    @property
    def mean(self) -> Tensor:
        """The loss, a scalar: total / weight, and 0 where nothing counts."""
        nothing = self.weight == 0
        each = self.total / torch.where(nothing, 1, self.weight)
        return torch.where(nothing, self.total * 0, each).sum()


class Head(Protocol):
    """An `nn.Module` from a `Fused` to a task's output, with its loss and its metrics.

    Attributes:
        d_model: the width of the `Fused` that it reads.
        targets: the columns of a batch that its loss reads; a target may also be an
            input (a sentence whose next word is predicted).
        metrics: what `fit(keep=...)` may watch and `evaluate` reports; each knows which
            way is better, and all read the rows of `statistics`.
        width: K, the columns of `statistics`.
    """

    d_model: int
    targets: tuple[str, ...]
    metrics: Mapping[str, Measure]
    width: int

    def forward(self, fused: Fused, batch: Batch | None = None) -> Any:
        """The task's output: a tensor, or a dict of them. Looks at shapes only."""

    def loss(self, output: Any, batch: Batch) -> Loss:
        """What training minimises, over the samples whose target is known."""

    def predict(self, output: Any) -> Any:
        """What a person reads, one entry per sample: a tensor [B, ...] or a list."""

    def statistics(self, output: Any, batch: Batch) -> Tensor:
        """What the metrics are computed from: finite numbers, float64 [B, K].

        A last column, 1 or 0, says whether the sample's target is known.
        """

    def check(self, batch: Batch) -> None:
        """Inspect the targets' values once, on the way in.

        Raises:
            ValueError: naming the sample, what it holds and what was expected.
        """


def target_of(batch: Batch, name: str, head: object) -> Padded | Tensor:
    """The column that a head learns from.

    Raises:
        ValueError: naming head and column, when the batch does not have it.
    """
    if name not in batch:
        raise ValueError(
            f"{type(head).__name__} learns {name!r}; the batch has {sorted(batch)}"
        )
    return batch[name]


def known(batch: Batch, name: str, like: Tensor) -> Tensor:
    """Where the target is known: the flags `NAME_known`, or True; bool, as `like`.

    Args:
        like: the target [B] or [B, C]. Flags [B] hold for all C.

    Raises:
        ValueError: when the flags are not bool, or of another shape.
    """
    flags = batch.get(name + KNOWN)
    if flags is None:
        return torch.ones(like.shape, dtype=torch.bool, device=like.device)
    if not isinstance(flags, Tensor) or flags.dtype != torch.bool:
        raise ValueError(f"{name + KNOWN} is not a bool tensor; expected True or False")
    if flags.shape not in (like.shape, like.shape[:1]):
        raise ValueError(
            f"{name + KNOWN} is {list(flags.shape)}; expected {list(like.shape)} as "
            f"{name}, or {list(like.shape[:1])}"
        )
    return flags.reshape(*flags.shape, *[1] * (like.ndim - flags.ndim)).expand_as(like)


def check_weight(name: str, weight: Tensor | None, size: int) -> None:
    """Refuse weights of the loss that are not positive numbers [size].

    Raises:
        ValueError: when they have another shape, or one is not positive and finite.
    """
    if weight is not None and (
        weight.shape != (size,) or not bool(((weight > 0) & weight.isfinite()).all())
    ):
        raise ValueError(
            f"{name} is {list(weight.shape)}; expected [{size}], all above 0"
        )


def at_least_float32(x: Tensor) -> Tensor:
    """bfloat16 and float16 as float32: neither can count by ones beyond 256 or 2048."""
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x


def as_many(target: Tensor, output: Tensor, name: str) -> None:
    """Check that target and output have as many rows.

    Raises:
        ValueError: naming both shapes, where they do not.
    """
    if len(target) != len(output):
        raise ValueError(
            f"{name} is {list(target.shape)}, the output {list(output.shape)}; "
            "expected as many of each"
        )


def only_known(statistics: Tensor, there: Tensor) -> Tensor:
    """Statistics [B, K] and `there`, bool [B], as float64 [B, K + 1].

    A row is 0 where `there` is False.
    """
    rows = torch.where(there[:, None], statistics.detach().double(), 0)
    return torch.cat([rows, there[:, None].double()], dim=1)
