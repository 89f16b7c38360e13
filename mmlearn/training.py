"""What `fit` needs besides its loop: parameter groups, checks, facts about the data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import torch
from torch import nn

from mmlearn.batch import Data, Padded
from mmlearn.batch.data import digest
from mmlearn.metrics import Measure


def check_settings(
    counts: Mapping[str, int],
    patience: int | None,
    validated: bool,
    clip: float,
    precision: torch.dtype | None,
    schedule: str,
) -> None:
    """Refuse settings of `fit` that would train another way than they say.

    Args:
        counts: name -> a number of epochs, samples or batches.
        validated: whether there is a validation set.

    Raises:
        ValueError: when a count, patience or clip is not positive, when there is
            patience but no validation, and for another precision or schedule.
    """
    for name, number in (dict(counts) | {"patience": patience}).items():
        if number is not None and number < 1:
            raise ValueError(f"{name} is {number}; expected 1 or more")
    if not clip > 0:  # 0 would stop the learning, less than 0 turn it round
        raise ValueError(f"clip is {clip}; expected a norm above 0")
    if patience is not None and not validated:
        raise ValueError("patience needs `valid`: which loss is not to rise?")
    if precision not in (None, torch.bfloat16):
        raise ValueError(
            f"precision is {precision}; expected torch.bfloat16 or None (small "
            "gradients vanish in float16, unless the loss is scaled)"
        )
    if schedule not in ("cosine", "none"):
        raise ValueError(f"schedule is {schedule!r}; expected 'cosine' or 'none'")


def groups_of(
    model: nn.Module, weight_decay: float, decay: Literal["all", "matrices"]
) -> list[dict[str, Any]]:
    """The parameters as AdamW takes them: those that decay, and those that do not.

    Frozen parameters are in no group.

    Args:
        decay: "matrices" exempts parameters with at most one axis (biases, norms,
            temperatures).

    Raises:
        ValueError: when decay is neither, or when nothing is left to train.
    """
    if decay not in ("all", "matrices"):
        raise ValueError(f"decay is {decay!r}; expected 'all' or 'matrices'")
    trained = [p for p in model.parameters() if p.requires_grad]
    if not trained:
        raise ValueError("every parameter is frozen; expected at least one to train")
    if decay == "all":
        return [{"params": trained}]
    parts = ([p for p in trained if p.ndim > 1], [p for p in trained if p.ndim <= 1])
    each = zip(parts, (weight_decay, 0.0), strict=True)
    return [{"params": p, "weight_decay": rate} for p, rate in each if p]


def finite_weights(model: nn.Module, epoch: int, learning_rate: float) -> None:
    """Check the weights after an epoch.

    Raises:
        ValueError: naming the parameter, when a weight is no longer finite.
    """
    trained = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    finite = torch.stack([p.isfinite().all() for _, p in trained])  # one look, not many
    if not bool(finite.all()):
        name = trained[int((~finite).int().argmax())][0]
        raise ValueError(
            f"the weights {name} are not finite after epoch {epoch}; expected finite "
            f"numbers: is the learning rate, {learning_rate}, too high?"
        )


def finite_loss(loss: float, what: str, epoch: int, learning_rate: float) -> None:
    """Check the loss of an epoch.

    Raises:
        ValueError: naming which loss and the epoch, when it is not finite.
    """
    if not math.isfinite(loss):
        raise ValueError(
            f"the {what} is {loss} in epoch {epoch}; expected a finite number: is the "
            f"learning rate, {learning_rate}, too high?"
        )


def headlines(metrics: Mapping[str, Measure]) -> list[str]:
    """The first metric of each task: of "a.x", "a.y" and "b.x" the first and third."""
    first: dict[str, str] = {}
    for name in metrics:
        first.setdefault(name.rpartition(".")[0], name)
    return list(first.values())


def facts_of(data: Data | None) -> dict[str, object]:
    """How a checkpoint recognises its data: shapes, and a digest of all values."""
    if data is None:
        return {}
    columns = data[torch.arange(1)]
    shapes = {
        name: list((x.values if isinstance(x, Padded) else x).shape[1:])
        for name, x in sorted(columns.items())
    }
    return {"samples": len(data), "columns": shapes, "digest": digest(data)}
