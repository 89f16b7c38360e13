"""`fit`: one readable training loop of plain torch."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from mmlearn.batch import Batch, TensorData
from mmlearn.model import MultimodalModel

History = list[dict[str, float]]


def default_device() -> torch.device:
    """A CUDA device when there is one, else the CPU (MPS only when asked for)."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def warm_up_cosine(step: int, steps: int, warm_up: int) -> float:
    """The factor on the learning rate: a line up to 1, then half a cosine down to 0.

    (Loshchilov and Hutter, 2017, without restarts.)
    """
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1, steps - warm_up)))


def shuffled(size: int, seed: int, epoch: int) -> Tensor:
    """The order of one epoch, int64 [size], from (seed, epoch) and nothing else."""
    generator = torch.Generator().manual_seed(1_000_003 * seed + epoch)
    return torch.randperm(size, generator=generator)


def fit(
    model: MultimodalModel,
    train: TensorData,
    valid: TensorData | None = None,
    *,
    epochs: int,
    batch_size: int = 64,
    learning_rate: float = 2e-3,
    weight_decay: float = 0.01,
    clip: float = 1.0,
    augment: Callable[[Batch], Batch] | None = None,
    precision: torch.dtype | None = None,
    keep: Literal["loss", "accuracy"] = "loss",
    device: torch.device | str | None = None,
    seed: int = 0,
) -> History:
    """Train a model with AdamW (Loshchilov and Hutter, 2019); return its history.

    With `valid`, the weights of the best epoch there are kept: the one of the lowest
    loss, or with keep="accuracy" of the highest accuracy (a network that has begun to
    be too sure of itself still gets more samples right, at a higher loss).
    augment: changes a training batch, already on the device. clip: largest norm of
    the gradient. precision: torch.bfloat16 for mixed precision. device: by default a
    GPU when there is one; the model stays there. seed: of the order of the samples
    (initial weights and dropout follow `mmlearn.seed_everything`).

    Returns one dict an epoch: train_loss, and with `valid` loss and accuracy.

    Raises ValueError as `check_batch` does, when epochs or batch_size is not positive,
    or when the loss is no longer finite.
    """
    if epochs < 1 or batch_size < 1:
        raise ValueError(
            f"epochs is {epochs}, batch_size {batch_size}; expected 1 or more"
        )
    for data in (train, valid):
        if data is not None:
            model.check(data.columns)
    device = torch.device(device or default_device())
    model.to(device)
    train = train.to(device)
    valid = None if valid is None else valid.to(device)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=learning_rate, weight_decay=weight_decay, fused=True
    )
    steps = epochs * math.ceil(len(train) / batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: warm_up_cosine(step, steps, warm_up=steps // 10)
    )
    history: History = []
    best, best_score = None, -math.inf
    for epoch in range(epochs):
        model.train()
        total = torch.zeros((), device=device)
        for index in shuffled(len(train), seed, epoch).to(device).split(batch_size):
            batch = train[index]
            if augment is not None:
                batch = augment(batch)
            with _autocast(device, precision):
                loss = model.head.loss(model(batch), batch)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
            schedule.step()
            total += loss.detach() * len(index)
        row = {"train_loss": float(total) / len(train)}
        if not math.isfinite(row["train_loss"]):
            raise ValueError(
                f"the loss is {row['train_loss']} in epoch {epoch}; expected a finite "
                f"number: is the learning rate, {learning_rate}, too high?"
            )
        if valid is not None:
            row |= validate(model, valid, precision)
            score = row["accuracy"] if keep == "accuracy" else -row["loss"]
            if score > best_score:
                best, best_score = copy.deepcopy(model.state_dict()), score
        history.append(row)
    if best is not None:
        model.load_state_dict(best)
    return history


@torch.no_grad()
def validate(
    model: MultimodalModel, data: TensorData, precision: torch.dtype | None = None
) -> dict[str, float]:
    """Mean loss and accuracy over the data, which is on the model's device."""
    model.eval()
    loss = correct = torch.zeros((), device=data.label.device)
    for index in torch.arange(len(data), device=data.label.device).split(512):
        batch = data[index]
        with _autocast(data.label.device, precision):
            output = model(batch)
        loss = loss + model.head.loss(output, batch) * len(index)
        correct = correct + (model.head.predict(output) == batch["label"]).sum()
    return {
        "loss": float(loss) / len(data),
        "accuracy": float(correct) / len(data),
    }


def _autocast(device: torch.device, precision: torch.dtype | None) -> torch.autocast:
    return torch.autocast(device.type, dtype=precision, enabled=precision is not None)
