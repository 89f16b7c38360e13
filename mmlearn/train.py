"""`fit`: one readable training loop of plain torch."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from mmlearn import distributed
from mmlearn.batch import Batch, Padded, TensorData
from mmlearn.checkpoint import History, Training, resume, save
from mmlearn.model import MultimodalModel
from mmlearn.versions import adamw_is_fused


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
    patience: int | None = None,
    augment: Callable[[Batch], Batch] | None = None,
    precision: torch.dtype | None = None,
    keep: Literal["loss", "accuracy"] = "loss",
    device: torch.device | str | None = None,
    seed: int = 0,
    checkpoint: Path | str | None = None,
    every: int = 100,
) -> History:
    """Train a model with AdamW (Loshchilov and Hutter, 2019); return its history.

    With `valid`, the weights of the best epoch there are kept: the one of the lowest
    loss, or with keep="accuracy" of the highest accuracy (a network that has begun to
    be too sure of itself still gets more samples right, at a higher loss).
    clip: largest norm of the gradient. patience: stop after so many epochs without a
    better one. augment: changes a training batch, already on the device.
    precision: torch.bfloat16 for mixed precision. device: by default a GPU when there
    is one; the model stays there. seed: of the order of the samples (initial weights
    and dropout follow `mmlearn.seed_everything`).
    checkpoint: a file, written after each epoch and each `every` batches; where it is
    there already, training goes on from it as if it had never stopped. `augment` then
    has to draw its numbers from torch, NumPy or random, not from a generator of its
    own. See mmlearn/checkpoint.py.

    Under `torchrun`, every process calls `fit` with the same data. Each takes its rows
    of every batch, and the result is that of one process with the same batch_size (as
    far as the model, as ours, keeps no statistics across samples).

    Returns one dict an epoch: train_loss, and with `valid` what `validate` gives.

    Raises ValueError as `check_batch` and `resume` do, when epochs, batch_size, every
    or patience is not positive, when there is patience but no `valid`, when
    keep="accuracy" and the head has none, or when the loss is no longer finite.
    """
    positive = {"epochs": epochs, "batch_size": batch_size, "every": every}
    for name, number in (positive | {"patience": patience}).items():
        if number is not None and number < 1:
            raise ValueError(f"{name} is {number}; expected 1 or more")
    if patience is not None and valid is None:
        raise ValueError("patience needs `valid`: which loss is not to rise?")
    if keep == "accuracy" and getattr(model.head, "compares_samples", False):
        raise ValueError(f"{type(model.head).__name__} has no accuracy; keep the loss")
    for data in (train, valid):
        if data is not None:
            model.check(data.columns)
    device = distributed.start(torch.device(device or default_device()))
    model.to(device)
    train = train.to(device)
    valid = None if valid is None else valid.to(device)
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=learning_rate,
        weight_decay=weight_decay,
        fused=adamw_is_fused(device),
    )
    steps = epochs * math.ceil(len(train) / batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: warm_up_cosine(step, steps, warm_up=steps // 10)
    )
    state = Training(model, optimizer, schedule, torch.zeros((), device=device))
    options = {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "weight_decay": weight_decay,
        "clip": clip,
        "patience": patience,
        "keep": keep,
        "precision": str(precision),
        "device": device.type,
        "seed": seed,
        "processes": distributed.world(),
        "train": _shapes(train),
        "valid": _shapes(valid),
    }
    resume(checkpoint, state, options)
    share = distributed.wrap(ShareOfLoss(model))
    for epoch in range(state.epoch, epochs):
        if patience is not None and epoch - 1 - state.best_epoch >= patience:
            break
        model.train()
        batches = shuffled(len(train), seed, epoch).to(device).split(batch_size)
        for whole in batches[state.position :]:
            mine, counts = distributed.part(whole)
            batch = train[mine]
            if augment is not None:
                batch = augment(batch)
            with _autocast(device, precision):
                loss = share(batch, counts)
            optimizer.zero_grad()
            # The gradients will be averaged over the processes; we want their sum.
            (loss * len(counts)).backward()
            nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
            schedule.step()
            state.total += loss.detach() * len(whole)
            state.position += 1
            if state.position % every == 0:
                save(checkpoint, state, options)
        row = {"train_loss": float(distributed.add_up(state.total)) / len(train)}
        if not math.isfinite(row["train_loss"]):
            raise ValueError(
                f"the loss is {row['train_loss']} in epoch {epoch}; expected a finite "
                f"number: is the learning rate, {learning_rate}, too high?"
            )
        if valid is not None:
            row |= validate(model, valid, precision)
            lower = row["valid_loss"] if keep == "loss" else -row["accuracy"]
            if lower < state.lowest:
                state.lowest, state.best_epoch = lower, epoch
                state.best = copy.deepcopy(model.state_dict())
        state.history.append(row)
        state.epoch, state.position = epoch + 1, 0
        state.total.zero_()
        save(checkpoint, state, options)
    if state.best is not None:
        model.load_state_dict(state.best)
    return state.history


class ShareOfLoss(nn.Module):
    """The model and its loss in one: what this process adds to the loss of a batch."""

    def __init__(self, model: MultimodalModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: Batch, counts: Sequence[int]) -> Tensor:
        return share_of_loss(self.model.head, self.model(batch), batch, counts)


def share_of_loss(
    head: Any, output: Any, batch: Batch, counts: Sequence[int]
) -> Tensor:
    """What this process adds to the loss of a batch, of which process r has counts[r].

    A head's loss is a mean over samples, so each process weighs its own by its count.
    Where the loss compares samples with one another (`head.compares_samples`), each
    computes the loss of all of them, and has an equal share in it; such a head reads
    its output only, a dict with one row a sample, or scalars.
    """
    if not getattr(head, "compares_samples", False):
        return head.loss(output, batch) * (counts[distributed.rank()] / sum(counts))
    everyone = {
        name: distributed.gather(x, counts) if x.ndim else x
        for name, x in output.items()
    }
    return head.loss(everyone, batch) / len(counts)


@torch.no_grad()
def validate(
    model: MultimodalModel, data: TensorData, precision: torch.dtype | None = None
) -> dict[str, float]:
    """Mean loss over the data, which is on the model's device; accuracy with labels.

    Under `torchrun` every process calls it, and gets the same. For a head that
    compares samples, it is the mean loss of batches of 512, and there is no accuracy:
    how hard its task is depends on the batch.
    """
    model.eval()
    device = next(model.parameters()).device
    labelled = "label" in data.columns
    labelled &= not getattr(model.head, "compares_samples", False)
    loss = correct = torch.zeros((), device=device)
    for whole in torch.arange(len(data), device=device).split(512):
        mine, counts = distributed.part(whole)
        batch = data[mine]
        with _autocast(device, precision):
            output = model(batch)
        loss = loss + share_of_loss(model.head, output, batch, counts) * len(whole)
        if labelled:
            right = model.head.predict(output) == batch["label"]
            correct = correct + right[: counts[distributed.rank()]].sum()
    row = {"valid_loss": float(distributed.add_up(loss)) / len(data)}
    if labelled:
        row["accuracy"] = float(distributed.add_up(correct)) / len(data)
    return row


def _shapes(data: TensorData | None) -> dict[str, list[int]]:
    """Modality -> the shape of its column, by which a checkpoint knows its data."""
    columns = {} if data is None else data.columns
    return {
        name: list((x.values if isinstance(x, Padded) else x).shape)
        for name, x in sorted(columns.items())
    }


def _autocast(device: torch.device, precision: torch.dtype | None) -> torch.autocast:
    return torch.autocast(device.type, dtype=precision, enabled=precision is not None)
