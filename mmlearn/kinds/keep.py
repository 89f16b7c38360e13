"""What a kind or a target learned, as JSON and back: numbers and texts, no code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.kinds.characters import Characters
from mmlearn.kinds.films import Films
from mmlearn.kinds.photographs import Photographs
from mmlearn.kinds.pictures import Pictures
from mmlearn.kinds.recordings import Recordings
from mmlearn.kinds.sentences import Sentences
from mmlearn.kinds.sounds import Sounds
from mmlearn.kinds.table import Table
from mmlearn.kinds.texts import Texts
from mmlearn.kinds.vectors import Vectors
from mmlearn.preprocess.vocabulary import Vocabulary
from mmlearn.targets import Classes, Number, Tags

_KEPT: dict[str, Any] = {
    each.__name__: each
    for each in (
        *(Characters, Films, Photographs, Pictures, Recordings, Sentences, Sounds),
        *(Table, Texts, Vectors),
        *(Classes, Number, Tags),
    )
}


def as_json(made: Any) -> dict[str, Any]:
    """A kind or a target as what JSON can hold.

    Raises:
        TypeError: when it is one of the reader's own, which only its own code can save.
    """
    name = type(made).__name__
    if _KEPT.get(name) is not type(made):
        raise TypeError(
            f"{name} is none of {', '.join(_KEPT)}; expected one of these: save what "
            "yours has learned yourself"
        )
    found = {each.name: getattr(made, each.name) for each in fields(_KEPT[name])}
    # A frozen network comes from its package, not from this file.
    kept = {k: _plain(x) for k, x in found.items() if not isinstance(x, nn.Module)}
    return {"is": name, **kept}


def from_json(kept: Mapping[str, Any]) -> Any:
    """The kind or the target that `as_json` was given.

    Raises:
        ValueError: when it was not written by `as_json`.
    """
    made = _KEPT.get(kept.get("is", ""))
    if made is None:
        raise ValueError(
            f"found {kept.get('is')!r}; expected one of {', '.join(_KEPT)}"
        )
    values = {name: _back(x) for name, x in kept.items() if name != "is"}
    try:
        return made(**values)
    except TypeError as error:
        raise ValueError(f"{made.__name__} cannot be read ({error})") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Tensor):
        return {"tensor": value.tolist()}
    if isinstance(value, np.ndarray):
        return {"array": value.tolist()}
    if isinstance(value, Vocabulary):
        return {"vocabulary": value.get_itos(), "default": value.get_default_index()}
    if isinstance(value, tuple):
        return {"tuple": list(value)}
    return value


def _back(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "tensor" in value:
        return torch.tensor(value["tensor"], dtype=torch.float32)
    if "array" in value:
        return np.array(value["array"], dtype=np.float64)
    if "vocabulary" in value:
        vocabulary = Vocabulary(value["vocabulary"])
        vocabulary.set_default_index(value["default"])
        return vocabulary
    return tuple(value["tuple"]) if "tuple" in value else value
