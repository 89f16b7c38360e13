"""What `fit` needs beside its loop: parameter groups, checks, and what augments."""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Callable, Mapping
from types import CodeType, ModuleType
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.batch import Data, Padded
from mmlearn.batch.data import digest
from mmlearn.metrics import Measure


def groups_of(
    model: nn.Module, weight_decay: float, decay: Literal["all", "matrices"]
) -> list[dict[str, Any]]:
    """The parameters as AdamW takes them: those that decay, and those that do not.

    decay "matrices": what has one axis or none (biases, norms, temperatures) does not
    decay. Frozen parameters are in no group.

    Raises ValueError when decay is neither, or when nothing is left to train.
    """
    if decay not in ("all", "matrices"):
        raise ValueError(f"decay is {decay!r}; expected 'all' or 'matrices'")
    trained = [p for p in model.parameters() if p.requires_grad]
    if not trained:
        raise ValueError("every parameter is frozen; expected one to train at least")
    if decay == "all":
        return [{"params": trained}]
    parts = ([p for p in trained if p.ndim > 1], [p for p in trained if p.ndim <= 1])
    each = zip(parts, (weight_decay, 0.0), strict=True)
    return [{"params": p, "weight_decay": rate} for p, rate in each if p]


def finite_weights(model: nn.Module, epoch: int, learning_rate: float) -> None:
    """Raise ValueError, naming the parameter, when a weight is no longer finite."""
    trained = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    finite = torch.stack([p.isfinite().all() for _, p in trained])  # one look, not many
    if not bool(finite.all()):
        name = trained[int((~finite).int().argmax())][0]
        raise ValueError(
            f"the weights {name} are not finite after epoch {epoch}; expected finite "
            f"numbers: is the learning rate, {learning_rate}, too high?"
        )


def finite_loss(loss: float, what: str, epoch: int, learning_rate: float) -> None:
    """Raise ValueError, naming which loss and the epoch, when it is not finite."""
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
    """By what a checkpoint knows its data: shapes, and a digest of all values."""
    if data is None:
        return {}
    columns = data[torch.arange(1)]
    shapes = {
        name: list((x.values if isinstance(x, Padded) else x).shape[1:])
        for name, x in sorted(columns.items())
    }
    return {"samples": len(data), "columns": shapes, "digest": digest(data)}


def describe(augment: Callable[..., Any] | None) -> str:
    """A number, as text, that tells apart what augments: its code and its constants.

    A function counts by its bytecode, its defaults, what it encloses, and the numbers,
    texts and functions of its module that it names (so another version of Python may be
    another augmentation); a module (torchvision's v2) by its `repr`; any other object
    by its class and what of this kind it holds. Iterators and generators count by their
    type alone, since they change while they are used.
    """
    if augment is None:
        return "none"
    return hashlib.sha256(_told(augment, 0).encode()).hexdigest()[:16]


def _told(thing: Any, depth: int) -> str:
    """What can be said of it without an address in memory."""
    if depth > 8:
        return type(thing).__name__
    deeper = functools.partial(_told, depth=depth + 1)
    if thing is None or isinstance(thing, bool | int | float | complex | str | bytes):
        return repr(thing)
    if isinstance(thing, torch.dtype | torch.device | np.dtype):
        return str(thing)
    if isinstance(thing, Tensor):
        thing = thing.detach().cpu().double().numpy()
    if isinstance(thing, np.ndarray):
        values = hashlib.sha256(np.ascontiguousarray(thing).tobytes()).hexdigest()
        return f"array {thing.dtype} {thing.shape} {values}"
    if isinstance(thing, tuple | list):
        return f"({', '.join(map(deeper, thing))})"
    if isinstance(thing, set | frozenset):
        return f"{{{', '.join(sorted(map(deeper, thing)))}}}"
    if isinstance(thing, dict):
        return f"{{{', '.join(f'{k!r}: {deeper(x)}' for k, x in thing.items())}}}"
    if isinstance(thing, CodeType):
        consts = deeper(thing.co_consts)
        return f"code {thing.co_code.hex()} {thing.co_names} {consts}"
    if isinstance(thing, functools.partial):
        return f"partial {deeper(thing.func)} {deeper(thing.args)} " + deeper(
            thing.keywords
        )
    if isinstance(thing, nn.Module):
        return repr(thing)
    if hasattr(thing, "__func__"):  # a method: its function, and what it is bound to
        return f"{deeper(thing.__func__)} {deeper(thing.__self__)}"
    if hasattr(thing, "__code__"):
        return _function(thing, deeper)
    name = f"{type(thing).__module__}.{type(thing).__qualname__}"
    if isinstance(thing, type | ModuleType) or not hasattr(thing, "__dict__"):
        return getattr(thing, "__name__", name)
    if not callable(thing):
        return name
    return f"{name} {deeper(type(thing).__call__)} {deeper(vars(thing))}"


def _function(thing: Any, deeper: Callable[[Any], str]) -> str:
    cells = []
    for cell in thing.__closure__ or ():
        try:
            cells.append(deeper(cell.cell_contents))
        except ValueError:  # a name that has no value yet
            cells.append("empty")
    named = {
        name: deeper(thing.__globals__[name])
        for name in thing.__code__.co_names
        if isinstance(thing.__globals__.get(name), bool | int | float | str | tuple)
        or hasattr(thing.__globals__.get(name), "__code__")
    }
    defaults = deeper(thing.__defaults__), deeper(thing.__kwdefaults__)
    return f"{deeper(thing.__code__)} {cells} {named} {defaults}"
