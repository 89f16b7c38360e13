"""Which preparation a network was made for, so that weights meet the right one.

A vocabulary of the same size gives tensors of the same shape: without a mark, weights
that were trained on one would load into a model of another, and answer nonsense.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import nn

_KEY = "made_for"  # in the metadata of a safetensors file


def mark(module: nn.Module, kept: Mapping[str, Any]) -> None:
    """Note on a module what it was made for: how a column becomes what it reads.

    Args:
        kept: what tells it, as JSON can hold it.
    """
    text = json.dumps(kept, sort_keys=True)
    setattr(module, _KEY, hashlib.sha256(text.encode()).hexdigest()[:16])


def marks(model: nn.Module) -> dict[str, str]:
    """The marks of a model's parts, by their names in it."""
    found = {name: getattr(part, _KEY, None) for name, part in model.named_modules()}
    return {name: text for name, text in found.items() if isinstance(text, str)}


def metadata(model: nn.Module) -> dict[str, str]:
    """What to write beside the weights."""
    return {_KEY: json.dumps(marks(model), sort_keys=True)}


def compare(model: nn.Module, path: Path) -> None:
    """Whether the weights in a file were made for what the model was made for.

    A file without marks, or a model without, is taken as it is.

    Raises:
        ValueError: naming the file and the part, when they differ.
    """
    own = marks(model)
    for name, text in _stored(path).items():
        if name in own and own[name] != text:
            raise ValueError(
                f"{path}: its {name} was trained on another preparation (another "
                "vocabulary, other statistics or classes); expected that of this "
                "model. Fix: keep both together, data.save(...) beside "
                "model.save(...), and build the model from load_preparation(...)"
            )


def _stored(path: Path) -> dict[str, str]:
    try:
        with safe_open(path, "pt") as file:
            text = (file.metadata() or {}).get(_KEY, "{}")
    except (SafetensorError, OSError):
        return {}  # loading says what is wrong with it
    found = json.loads(text)
    return found if isinstance(found, dict) else {}
