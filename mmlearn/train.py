"""`fit`: one readable training loop of plain torch."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from mmlearn import distributed
from mmlearn.batch import Batch, Data
from mmlearn.batch.data import on_device, to_device
from mmlearn.checkpoint import History, Training, resume, save
from mmlearn.describe import describe
from mmlearn.heads.head import Loss
from mmlearn.metrics.bootstrap import value
from mmlearn.model import MultimodalModel
from mmlearn.training import (
    check_settings,
    facts_of,
    finite_loss,
    finite_weights,
    groups_of,
    headlines,
)
from mmlearn.versions import adamw_is_fused


def default_device() -> torch.device:
    """A CUDA device when there is one, else the CPU (MPS only when asked for)."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def warm_up_cosine(step: int, steps: int, warm_up: int) -> float:
    """The factor on the learning rate: linear up to 1, then half a cosine down to 0.

    From Loshchilov and Hutter (2017), without restarts.
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
    train: Data,
    valid: Data | None = None,
    *,
    epochs: int,
    batch_size: int = 64,
    learning_rate: float = 2e-3,
    weight_decay: float = 0.01,
    decay: Literal["all", "matrices"] = "all",
    schedule: Literal["cosine", "none"] = "cosine",
    clip: float = 1.0,
    patience: int | None = None,
    augment: Callable[[Batch], Batch] | None = None,
    precision: torch.dtype | None = None,
    keep: str = "loss",
    device: torch.device | str | None = None,
    seed: int = 0,
    checkpoint: Path | str | None = None,
    every: int = 100,
    progress: bool = False,
) -> History:
    """Train a model with AdamW (Loshchilov and Hutter, 2019); return its history.

    Under `torchrun`, every process calls `fit` with the same data. Each takes its rows
    of every batch, and the result is that of one process with the same batch_size (as
    long as the model, like ours, keeps no statistics across samples).

    Args:
        model: stays on the device afterwards.
        train: anything that has a length and gives `data[index] -> Batch`, with index
            int64 [B]: `TensorData` lives on the device, `MappedData` on disk.
        valid: as `train`; the weights of the best epoch on it are kept.
        decay: "matrices" exempts parameters with at most one axis (biases, norms,
            temperatures) from the weight decay.
        schedule: of the learning rate: "cosine" warms up over a tenth of the steps and
            then falls to 0; "none" keeps it.
        clip: largest norm of the gradient.
        patience: stop after so many epochs without a better one.
        augment: changes a training batch, already on the device. It has to draw its
            numbers from torch, NumPy or random, not from a generator of its own.
        precision: torch.bfloat16 for mixed precision.
        keep: by what the best epoch is chosen: the lowest loss, or the best value of a
            metric of the head, such as "accuracy" (an overconfident network still gets
            more samples right, at a higher loss).
        device: by default a GPU when there is one.
        seed: of the order of the samples (initial weights and dropout follow
            `mmlearn.seed_everything`).
        checkpoint: a file, written after each epoch and every `every` batches; if it
            exists, training resumes from it as if it had never stopped. It is refused
            when its data, `augment` or options differ. See mmlearn/checkpoint.py.
        progress: print one line per epoch.

    Returns:
        One dict per epoch: train_loss, and with `valid` what `validate` gives.

    Raises:
        ValueError: as `check_data`, `resume` and `check_settings` do; when the head has
            no metric `keep`, when no target is known, or when a loss or the weights are
            no longer finite.
    """
    counts = {"epochs": epochs, "batch_size": batch_size, "every": every}
    check_settings(counts, patience, valid is not None, clip, precision, schedule)
    if keep != "loss" and keep not in model.head.metrics:
        raise ValueError(
            f"{type(model.head).__name__} has no {keep} to keep; it has "
            f"{', '.join(['loss', *model.head.metrics])}"
        )
    sign = 1 if keep == "loss" or not model.head.metrics[keep].higher else -1
    watched = "valid_loss" if keep == "loss" else keep
    shown = dict.fromkeys([*headlines(model.head.metrics), keep])
    shown.pop("loss", None)
    for data in (train, valid):
        if data is not None:
            model.check_data(data)
    device = distributed.start(torch.device(device or default_device()))
    model.to(device)
    options: dict[str, object] = {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "weight_decay": weight_decay,
        "decay": decay,
        "schedule": schedule,
        "clip": clip,
        "patience": patience,
        "keep": keep,
        "precision": str(precision),
        "device": device.type,
        "seed": seed,
        "processes": distributed.world(),
    }
    if checkpoint is not None:  # the data is read once more for it
        options |= {"train": facts_of(train), "valid": facts_of(valid)}
        options |= {"augment": describe(augment)}
    train = on_device(train, device)
    valid = None if valid is None else on_device(valid, device)
    optimizer = torch.optim.AdamW(
        groups_of(model, weight_decay, decay),
        lr=learning_rate,
        weight_decay=weight_decay,
        fused=adamw_is_fused(device),
    )
    steps = epochs * math.ceil(len(train) / batch_size)
    rates = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: (
            1.0
            if schedule == "none"
            else warm_up_cosine(step, steps, warm_up=steps // 10)
        ),
    )
    state = Training(model, optimizer, rates, torch.zeros((), device=device))
    resume(checkpoint, state, options)
    lossy = distributed.wrap(WithLoss(model))
    parameters = list(model.parameters())  # a walk through all modules: once
    for epoch in range(state.epoch, epochs):
        if patience is not None and epoch - 1 - state.best_epoch >= patience:
            break
        model.train()
        batches = shuffled(len(train), seed, epoch).to(device).split(batch_size)
        for whole in batches[state.position :]:
            mine, count = distributed.part(whole)
            batch = to_device(train[mine], device)
            if augment is not None:
                batch = augment(batch)
            with _autocast(device, precision):
                share = share_of_loss(Loss(*lossy(batch)), count)
            optimizer.zero_grad()
            # The gradients will be averaged over the processes; we want their sum.
            (share * distributed.world()).backward()
            nn.utils.clip_grad_norm_(parameters, clip)
            optimizer.step()
            rates.step()
            state.total += share.detach() * len(whole)
            state.position += 1
            if state.position % every == 0:
                save(checkpoint, state, options)
        row = {"train_loss": float(distributed.add_up(state.total)) / len(train)}
        finite_loss(row["train_loss"], "loss", epoch, learning_rate)
        finite_weights(model, epoch, learning_rate)  # the last step's are in no loss
        if valid is not None:
            row |= validate(model, valid, precision, shown)
            finite_loss(row["valid_loss"], "validation loss", epoch, learning_rate)
            if math.isnan(row[watched]):
                raise ValueError(
                    f"{keep} is not defined on `valid`; expected targets it can judge"
                )
            if sign * row[watched] < state.lowest:
                state.lowest, state.best_epoch = sign * row[watched], epoch
                state.best = copy.deepcopy(model.state_dict())
        state.history.append(row)
        state.epoch, state.position = epoch + 1, 0
        state.total.zero_()
        save(checkpoint, state, options)
        if progress and distributed.rank() == 0:
            said = "  ".join(f"{name} {value:.4f}" for name, value in row.items())
            print(f"epoch {epoch + 1}/{epochs}  {said}", flush=True)
    if state.best is not None:
        model.load_state_dict(state.best)
    return state.history


class WithLoss(nn.Module):
    """The model and its loss in one: what `DistributedDataParallel` has to wrap."""

    def __init__(self, model: MultimodalModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Total and weight of the batch's loss; see `Loss`."""
        return tuple(self.model.head.loss(self.model(batch), batch))


def share_of_loss(loss: Loss, count: int) -> Tensor:
    """What this process adds to the loss of a batch, of which it has `count` samples.

    The weights of all processes are added up, so that a loss that is a mean over words
    equals that of one process, however the words are distributed. A borrowed sample
    (count 0) adds nothing.
    """
    if distributed.world() == 1:
        return loss.mean
    ours = float(count > 0)
    weight = distributed.add_up(loss.weight.detach() * ours)
    return ours * Loss(loss.total, weight).mean


@torch.no_grad()
def validate(
    model: MultimodalModel,
    data: Data,
    precision: torch.dtype | None = None,
    names: Collection[str] | None = None,
) -> dict[str, float]:
    """Mean loss over the data, "valid_loss", and some of the head's metrics.

    Under `torchrun` every process calls it, and gets the same. The loss is the mean
    over what the head counts (samples, known tags, words). For a head that compares
    samples, it is the mean loss of batches of 512, and depends on how they are cut.

    Args:
        names: of the metrics; by default the first that the head (each head of
            `Several`) has: accuracy for classes, mean average precision for tags.

    Raises:
        ValueError: where the loss counts nothing (no target is known, no pair is
            complete; with several tasks, in one of them), and as the metrics do.
    """
    model.eval()
    device = next(model.parameters()).device
    total = weight = torch.zeros((), device=device)
    rows = []
    for whole in torch.arange(len(data), device=device).split(512):
        mine, count = distributed.part(whole)
        batch = to_device(data[mine], device)
        with _autocast(device, precision):
            output = model(batch)
            loss = model.head.loss(output, batch)
        ours = float(count > 0)
        total = total + ours * loss.total
        weight = weight + ours * loss.weight
        statistics = model.head.statistics(output, batch)[:count].cpu()
        rows.append(distributed.whole(distributed.collect(statistics)))
    everything = Loss(distributed.add_up(total), distributed.add_up(weight))
    if not bool((everything.weight > 0).all()):
        raise ValueError(
            f"there is nothing to validate: {type(model.head).__name__} counts "
            f"{everything.weight.tolist()} targets or pairs; expected some of each task"
        )
    table = torch.cat(rows).numpy()
    row = {"valid_loss": float(everything.mean)}
    metrics = model.head.metrics
    return row | {n: value(metrics[n], table) for n in names or headlines(metrics)}


def _autocast(device: torch.device, precision: torch.dtype | None) -> torch.autocast:
    return torch.autocast(device.type, dtype=precision, enabled=precision is not None)
