"""Trained weights from a local file."""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
from torch import Tensor, nn


def load_weights(
    model: nn.Module,
    path: str | Path,
    leave_out: tuple[str, ...] = (),
    own_frozen: bool = False,
) -> None:
    """Read weights into the model: safetensors, or else what `torch.save` wrote.

    The latter is read with weights_only=True, which runs no code from the file.

    Args:
        leave_out: prefixes of names that the file has and the model does not want.
        own_frozen: the model keeps its own frozen parameters; the file has none of
            them.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: naming file and tensor, when the file cannot be read, lacks a
            tensor, has one too many, or one of another shape.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; expected a model's weights")
    read = {k: x for k, x in _read(path).items() if not k.startswith(leave_out)}
    own = model.state_dict()
    if own_frozen:
        frozen = {n for n, p in model.named_parameters() if not p.requires_grad}
        own = {name: x for name, x in own.items() if name not in frozen}
    name = type(model).__name__
    for key in [*own, *read]:
        if key not in read:
            raise ValueError(f"{path}: has no {key}; {name} expects it")
        if key not in own:
            raise ValueError(f"{path}: has {key}, which {name} does not have")
        if read[key].shape != own[key].shape:
            raise ValueError(
                f"{path}: {key} is {list(read[key].shape)}; {name} expects "
                f"{list(own[key].shape)}"
            )
    model.load_state_dict(model.state_dict() | read)


def _is_safetensors(path: Path) -> bool:
    """Whether it begins with the length of a JSON header, and with that header."""
    with path.open("rb") as file:
        begin = file.read(9)
    return len(begin) == 9 and begin[8:] == b"{" and not begin.startswith(b"PK")


def _read(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors" or _is_safetensors(path):
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError) as error:
        found = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(
            f"{path}: cannot be read as weights ({found}); "
            "expected .safetensors, or tensors written by torch.save"
        ) from error
    tensors = isinstance(state, dict) and all(
        isinstance(x, Tensor) for x in state.values()
    )
    if not tensors:
        raise ValueError(
            f"{path}: holds {type(state).__name__}; expected a state_dict, a dict of "
            "tensors"
        )
    return dict(state)
