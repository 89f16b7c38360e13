"""A training run in one safetensors file, from which it resumes bit for bit.

Tensors: `model.*`, `best.*` (the weights to keep), `optimizer.<parameter>.<moment>`,
and for each process r `random.r.*` (uint8) and `total.r`. The metadata holds, as JSON,
the options of `fit`, the schedule, the epoch, the position in it, the history, and all
tensors' names, so that a missing one is noticed. There is no pickle. Parameters that do
not learn (a frozen tower) are not written; their checksum is, to refuse another tower.
"""

from __future__ import annotations

import json
import os
import random
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from mmlearn import distributed
from mmlearn.batch.data import checksum

History = list[dict[str, float]]
Stored = tuple[dict[str, Tensor], dict[str, Any]]


@dataclass
class Training:
    """All that changes while `fit` runs.

    Args:
        total: this process's sum of the losses in the epoch so far, a scalar.
        epoch: the one that is running, of which `position` batches are done.
        best: the weights of best_epoch, where the watched value is lowest (the
            validation loss, or a metric, negated where higher is better).
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    total: Tensor
    epoch: int = 0
    position: int = 0
    history: History = field(default_factory=list)
    best: dict[str, Tensor] | None = None
    best_epoch: int = -1
    lowest: float = float("inf")


NUMBERS = ("epoch", "position", "history", "best_epoch", "lowest")


def save(
    path: Path | str | None, training: Training, options: Mapping[str, Any]
) -> None:
    """Write a checkpoint; the one before it stays, as `path` + ".previous".

    Without a path nothing is written. Every process calls it; only the first writes. A
    reader never sees a half-written file: it has another name until it is on disk.
    """
    if path is None:
        return
    everyone = distributed.collect(_of_this_process(training))
    if distributed.rank() > 0:
        return
    frozen = _frozen(training.model)
    tensors = {f"model.{k}": x for k, x in training.model.state_dict().items()}
    tensors |= {f"best.{k}": x for k, x in (training.best or {}).items()}
    for name in frozen:
        tensors.pop(f"model.{name}")
        tensors.pop(f"best.{name}", None)
    state = training.optimizer.state_dict()
    for i, name in enumerate(_parameters(training)):
        for moment, x in state["state"].get(i, {}).items():
            tensors[f"optimizer.{name}.{moment}"] = x
    for process, mine in enumerate(everyone):
        for kind, x in mine.items():
            tensors[_numbered(kind, process)] = x
    # The format refuses shared memory (tied weights) and strides: a plain copy each.
    plain = torch.contiguous_format
    tensors = {
        k: x.detach().cpu().clone(memory_format=plain) for k, x in tensors.items()
    }
    facts = {name: getattr(training, name) for name in NUMBERS} | {
        "options": dict(options),
        "schedule": training.schedule.state_dict(),
        "groups": state["param_groups"],
        "tensors": sorted(tensors),
        "frozen": _checksum(frozen),
    }
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = _beside(path, ".unfinished")
    save_file(tensors, unfinished, metadata={"mmlearn": json.dumps(facts)})
    with unfinished.open("rb+") as file:
        os.fsync(file.fileno())
    if path.exists():
        path.replace(_beside(path, ".previous"))
    unfinished.replace(path)


def resume(
    path: Path | str | None, training: Training, options: Mapping[str, Any]
) -> bool:
    """Resume from a checkpoint if there is one; return whether there was.

    A damaged checkpoint is refused with a warning that names it and the fault, and
    renamed to `path` + ".refused"; then the one before it is used.

    Raises:
        ValueError: naming the file and what disagrees, when the checkpoint is of
            another model or other options, and when all there are were refused.
    """
    stored = None
    if path is not None and distributed.rank() == 0:  # others may not see this disk
        stored = _newest(Path(path))
        if stored is not None:
            _refuse_another_run(Path(path), *stored, training, options)
    stored = distributed.from_first(stored)
    if stored is None:
        return False
    tensors, facts = stored
    frozen = _frozen(training.model)
    training.model.load_state_dict(_under("model.", tensors) | frozen)
    best = _under("best.", tensors)
    training.best = best | frozen if best else None
    moments: dict[int, dict[str, Tensor]] = {}
    for i, name in enumerate(_parameters(training)):
        own = _under(f"optimizer.{name}.", tensors)
        moments |= {i: own} if own else {}
    # Whether a fused kernel is there depends on torch and device, not on the run.
    groups = [
        stored_group | {"fused": group.get("fused")}
        for stored_group, group in zip(
            facts["groups"], training.optimizer.param_groups, strict=True
        )
    ]
    training.optimizer.load_state_dict({"state": moments, "param_groups": groups})
    training.schedule.load_state_dict(facts["schedule"])
    for name in NUMBERS:
        setattr(training, name, facts[name])
    mine = {
        kind: tensors[_numbered(kind, distributed.rank())]
        for kind in _of_this_process(training)
    }
    training.total.copy_(mine["total"])
    _set_random_states(mine, training.total.device)
    return True


def read(path: Path) -> Stored:
    """The tensors of a checkpoint, and the facts from its metadata.

    Raises:
        ValueError: naming the file and the fault, when it is damaged or lacks a state.
    """
    try:
        with safe_open(path, framework="pt") as file:
            names = file.keys()
            tensors = {name: file.get_tensor(name).clone() for name in names}
            facts = json.loads((file.metadata() or {}).get("mmlearn", "{}"))
    except (SafetensorError, json.JSONDecodeError) as error:
        raise ValueError(f"{path.name}: cut off or damaged ({error})") from None
    expected = (*NUMBERS, "options", "schedule", "groups", "tensors", "frozen")
    missing = [name for name in expected if name not in facts]
    missing += [name for name in facts.get("tensors", ()) if name not in tensors]
    if missing:
        raise ValueError(
            f"{path.name}: has no {missing[0]!r}; expected every state (or another "
            "version of mmlearn wrote it)"
        )
    return tensors, facts


def _newest(path: Path) -> Stored | None:
    """The newest checkpoint that is whole; None when there is none at all."""
    there = [x for x in (path, _beside(path, ".previous")) if x.exists()]
    for candidate in there:
        try:
            return read(candidate)
        except ValueError as error:
            warnings.warn(f"checkpoint refused: {error}", stacklevel=4)
            candidate.replace(_beside(candidate, ".refused"))
    if there:
        raise ValueError(
            f"{path.name}: every checkpoint was refused, and is kept as *.refused in "
            f"{path.parent}; call fit again to begin anew"
        )
    return None


def _refuse_another_run(
    path: Path,
    tensors: Mapping[str, Tensor],
    facts: Mapping[str, Any],
    training: Training,
    options: Mapping[str, Any],
) -> None:
    """Refuse, with a ValueError, by the first option or weight that disagrees."""
    advice = "go on with the same, or name another checkpoint"
    found, wanted = facts["options"], json.loads(json.dumps(dict(options)))
    for name in sorted(found.keys() | wanted.keys()):
        if found.get(name) != wanted.get(name):
            raise ValueError(
                f"{path.name}: {name} is {found.get(name)} in the checkpoint, "
                f"{wanted.get(name)} here; {advice}"
            )
    frozen = _frozen(training.model)
    learned = {k: x for k, x in training.model.state_dict().items() if k not in frozen}
    in_file, here = (
        {name: f"{x.dtype} {list(x.shape)}" for name, x in weights.items()}
        for weights in (_under("model.", tensors), learned)
    )
    for name in sorted(in_file.keys() | here.keys()):
        if in_file.get(name) != here.get(name):
            raise ValueError(
                f"{path.name}: the weight {name} is {in_file.get(name)} in the "
                f"checkpoint, {here.get(name)} in this model; {advice}"
            )
    if facts["frozen"] != _checksum(frozen):
        raise ValueError(
            f"{path.name}: the frozen weights have the checksum {facts['frozen']} in "
            f"the checkpoint, {_checksum(frozen)} in this model; {advice}"
        )


def _of_this_process(training: Training) -> dict[str, Tensor]:
    """What each process has of its own: random states, uint8, and the running loss."""
    device = training.total.device
    texts = {
        "python": json.dumps(random.getstate()),
        "numpy": json.dumps(np.random.get_state(), default=np.ndarray.tolist),
    }
    states = {
        f"random.{name}": torch.tensor(list(text.encode()), dtype=torch.uint8)
        for name, text in texts.items()
    }
    states["random.torch"] = torch.get_rng_state()
    if device.type == "cuda":
        states["random.cuda"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        states["random.mps"] = torch.mps.get_rng_state()
    return states | {"total": training.total.detach().cpu()}


def _set_random_states(states: Mapping[str, Tensor], device: torch.device) -> None:
    version, numbers, gauss = _text(states["random.python"])
    random.setstate((version, tuple(numbers), gauss))
    np.random.set_state(tuple(_text(states["random.numpy"])))
    torch.set_rng_state(states["random.torch"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states["random.cuda"], device)
    elif device.type == "mps":
        torch.mps.set_rng_state(states["random.mps"])


def _text(state: Tensor) -> Any:
    return json.loads(bytes(state.tolist()))


def _parameters(training: Training) -> list[str]:
    """Their names in the order in which the optimiser counts them."""
    names = {id(p): name for name, p in training.model.named_parameters()}
    groups = training.optimizer.param_groups
    return [names[id(p)] for group in groups for p in group["params"]]


def _frozen(model: nn.Module) -> dict[str, Tensor]:
    """The parameters that do not learn, by name."""
    return {k: p.detach() for k, p in model.named_parameters() if not p.requires_grad}


def _checksum(tensors: Mapping[str, Tensor]) -> str:
    """Of names, types, shapes and all values; "0" of none."""
    total = 0
    for name, x in sorted(tensors.items()):
        total = checksum(x, name, total)
    return f"{total:x}"


def _numbered(kind: str, process: int) -> str:
    """Number a name by process: "random.torch" of process 1 -> "random.1.torch"."""
    head, *rest = kind.split(".")
    return ".".join([head, str(process), *rest])


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    size = len(prefix)
    return {name[size:]: x for name, x in tensors.items() if name.startswith(prefix)}


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
