"""An augmentation as a text that tells one from another."""

from __future__ import annotations

import functools
import hashlib
import os
import random
import sys
from collections.abc import Callable, Mapping
from enum import Enum
from types import CodeType, FunctionType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

# Code of these counts by its name: it is not the reader's, and there is much of it.
_LIBRARIES = sys.stdlib_module_names | {
    *("torch", "torchvision", "torchaudio", "numpy", "scipy", "PIL", "sklearn"),
}
_PLAIN = bool | int | float | complex | str | bytes | slice | range
_HOLDERS = tuple | list | dict | set | frozenset
_Told = dict[int, str]  # id of a function or class -> what was said of it


def describe(augment: Callable[..., Any] | None) -> str:
    """A number, as text, that tells augmentations apart: by their code and constants.

    A function counts by its bytecode, its defaults, what it encloses, and whatever it
    names in its module except lists and sets, which grow (so another version of Python
    may be another augmentation); an object by its class, with all methods and
    constants, and by what it holds; an `nn.Module` by its weights as well. Library code
    (torchvision's, say) counts by its name. Iterators and random number generators
    count by their type alone, since they change in use; anything else that changes,
    such as a counter, makes it another augmentation. A method of an object that has a
    method `told() -> str` counts by its name and by what that says.
    """
    if augment is None:
        return "none"
    return hashlib.sha256(_tell(augment, (), {}).encode()).hexdigest()[:16]


def _tell(thing: Any, path: tuple[int, ...], told: _Told) -> str:
    """What can be said of it without an address in memory.

    Args:
        path: what it is part of.
    """
    if thing is None or (isinstance(thing, _PLAIN) and not isinstance(thing, Enum)):
        return f"{type(thing).__name__} {thing!r}"
    if isinstance(thing, torch.dtype | torch.device | np.dtype):
        return str(thing)
    if isinstance(thing, Tensor):
        return _values(thing)
    if isinstance(thing, np.ndarray | np.generic) and not thing.dtype.hasobject:
        values = hashlib.sha256(np.ascontiguousarray(thing).tobytes()).hexdigest()
        return f"array {thing.dtype} {thing.shape} {values}"
    if id(thing) in told:
        return told[id(thing)]
    if id(thing) in path:
        return "itself"
    deeper = functools.partial(_tell, path=(*path, id(thing)), told=told)
    if isinstance(thing, type):
        told[id(thing)] = _short(_class(thing, deeper))
    elif isinstance(thing, FunctionType):
        told[id(thing)] = _short(_function(thing, deeper))
    else:
        return _part_by_part(thing, deeper)
    return told[id(thing)]


def _short(text: str) -> str:
    """A long text by its digest: told inside each other, they would have no end."""
    if len(text) <= 200:
        return text
    return hashlib.sha256(text.encode()).hexdigest()


def _part_by_part(thing: Any, deeper: Callable[[Any], str]) -> str:
    if isinstance(thing, np.ndarray | np.generic):
        return f"array {thing.shape} {deeper(thing.tolist())}"
    if isinstance(thing, tuple | list):
        return f"{type(thing).__name__} ({', '.join(map(deeper, thing))})"
    if isinstance(thing, set | frozenset):
        return f"{{{', '.join(sorted(map(deeper, thing)))}}}"
    if isinstance(thing, Mapping):
        pairs = (f"{deeper(k)}: {deeper(x)}" for k, x in thing.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(thing, CodeType):
        return f"code {thing.co_code.hex()} {thing.co_names} {deeper(thing.co_consts)}"
    if isinstance(thing, functools.partial):
        return f"partial {deeper((thing.func, thing.args, thing.keywords))}"
    if isinstance(thing, Enum):
        return f"{deeper(type(thing))} {thing.name} {deeper(thing.value)}"
    if isinstance(thing, os.PathLike):
        return repr(os.fspath(thing))
    if hasattr(thing, "__func__"):  # a method: its function, and what it is bound to
        if callable(told := getattr(thing.__self__, "told", None)):
            return f"{_name(thing.__func__)} {told()}"
        return f"{deeper(thing.__func__)} {deeper(thing.__self__)}"
    if isinstance(thing, ModuleType) or not hasattr(type(thing), "__dict__"):
        return _name(thing)
    return _object(thing, deeper)


def _object(thing: Any, deeper: Callable[[Any], str]) -> str:
    """Its class and what it holds; the class alone where that changes by being used."""
    held = dict(getattr(thing, "__dict__", {}))
    for cls in type(thing).__mro__:
        slots = vars(cls).get("__slots__", ())
        for name in [slots] if isinstance(slots, str) else slots:
            if hasattr(thing, name) and name not in ("__dict__", "__weakref__"):
                held[name] = getattr(thing, name)
    if isinstance(thing, nn.Module):
        # Beside the weights and the parts: what it was told; not torch's own books.
        weights = {name: _values(x) for name, x in thing.state_dict().items()}
        parts = dict(thing.named_children())
        held = {k: x for k, x in held.items() if not k.startswith("_")}
        return f"{deeper(type(thing))} {thing!r} {weights} {deeper((parts, held))}"
    if not held and hasattr(thing, "__name__"):  # built in: torch.relu
        return _name(thing)
    kind = type(thing)
    changes = hasattr(thing, "__next__") or isinstance(thing, random.Random)
    tool = kind.__module__.partition(".")[0] in sys.stdlib_module_names
    if changes or (tool and not callable(thing) and kind is not SimpleNamespace):
        return _name(kind)
    return f"{deeper(kind)} {deeper(held)}"


def _class(thing: type, deeper: Callable[[Any], str]) -> str:
    """Its name; of the reader's own classes all methods and constants as well."""
    said = [_name(thing)]
    for cls in thing.__mro__:
        if _is_library(cls):
            continue
        for name, member in sorted(vars(cls).items()):
            if isinstance(member, property):
                member = (member.fget, member.fset)
            member = getattr(member, "__func__", member)  # of a staticmethod
            constant = isinstance(member, _PLAIN | _HOLDERS | Tensor | np.ndarray)
            if (constant or isinstance(member, FunctionType)) and name not in _ABOUT:
                said.append(f"{name}: {deeper(member)}")
    return " ".join(said)


# What a class has beside its own methods and constants.
_ABOUT = {
    *("__doc__", "__module__", "__qualname__", "__firstlineno__", "__slots__"),
    *("__annotations__", "__static_attributes__", "__match_args__"),
    *("__dataclass_fields__", "__dataclass_params__"),
}


def _function(thing: Any, deeper: Callable[[Any], str]) -> str:
    if _is_library(thing):
        return _name(thing)
    cells = []
    for cell in thing.__closure__ or ():
        try:
            cells.append(deeper(cell.cell_contents))
        except ValueError:  # a name that has no value yet
            cells.append("empty")
    named = {
        name: deeper(thing.__globals__[name])
        for name in sorted(_names(thing.__code__))
        if name in thing.__globals__
        and not isinstance(thing.__globals__[name], list | set)
    }
    defaults = deeper((thing.__defaults__, thing.__kwdefaults__))
    return f"{deeper(thing.__code__)} {cells} {named} {defaults}"


def _names(code: CodeType) -> set[str]:
    """What a function names, and what the functions inside it name."""
    inner = [x for x in code.co_consts if isinstance(x, CodeType)]
    return set(code.co_names).union(*map(_names, inner))


def _values(x: Tensor) -> str:
    flat = x.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
    values = hashlib.sha256(flat.numpy().tobytes()).hexdigest()
    return f"tensor {x.dtype} {list(x.shape)} {values}"


def _is_library(thing: Any) -> bool:
    module = getattr(thing, "__module__", None) or ""
    return module.partition(".")[0] in _LIBRARIES


def _name(thing: Any) -> str:
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None)
    if name is None:
        return _name(type(thing))
    return f"{getattr(thing, '__module__', '')}.{name}"
