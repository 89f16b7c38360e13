"""Watch: a smart watch's recordings of shoulder exercises, real measurements.

Ten people did seven exercises, each with either arm: 140 recordings of 19 to 52 s, with
an accelerometer and a gyroscope at 50 Hz (Burns et al., 2018, "Shoulder physiotherapy
exercise recognition").

The package seglearn carries them as an npy file of objects, and the objects in it are a
pickle, which can run any code when it is read. So the file's sha256 is compared first,
for a copy of your own too, and then a reader that knows four names takes it apart: it
makes dicts, lists, numbers, texts and plain arrays of numbers, and nothing else.
"""

from __future__ import annotations

import hashlib
import io
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

from mmlearn.data.corpus import Corpus
from mmlearn.data.store import packages
from mmlearn.data.store.cache import Built, Recipe, cached

RATE = 50  # Hz
CHANNELS = ("ax", "ay", "az", "wx", "wy", "wz")

# The file's own short names, in its order.
EXERCISES = {
    "PEN": "pendulum",
    "ABD": "abduction",
    "FEL": "forward elevation",
    "IR": "internal rotation",
    "ER": "external rotation",
    "TRAP": "trapezius extension",
    "ROW": "upright row",
}


def load() -> Corpus:
    """The watch corpus, N = 140; built at the first call, then from the cache.

    Columns:
        sensor: float32 [N, T, 6], acceleration along three axes in g (1 when at rest),
            rotation about them in radians per second; 50 steps per second (`RATE`),
            zeros after `length`. T is the longest recording's, 2618.
        length: int64 [N], steps.
        side: "left" or "right", the arm that wears the watch.

    The label is the exercise; groups are people, 0 to 9, with 14 recordings each.

    Raises:
        FileNotFoundError: when it must be built and seglearn is missing.
        ValueError: when the file is not the one of the tested version.
    """
    made = recipe()
    columns = dict(cached(made).columns)
    label, groups = columns.pop("exercise"), columns.pop("person")
    return Corpus(
        name=made.name,
        columns=columns,
        label=np.asarray(label),
        label_names=tuple(EXERCISES.values()),
        groups=np.asarray(groups),
        licence=made.licence,
        source=made.source,
        rates={"sensor": RATE},
        channels={"sensor": CHANNELS},
    )


def recipe() -> Recipe:
    """How the corpus is built, and what its cache entry is keyed by."""
    return Recipe(
        name="watch",
        key={"builder": 1, "packages": [packages.identity(packages.WATCH)]},
        build=_build,
        licence="BSD-3-Clause",
        source="smart watch recordings of Burns et al. (2018), shipped by seglearn",
    )


def _build() -> Built:
    file = packages.find(packages.WATCH)
    content = file.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != packages.WATCH.sha256:
        # Unlike other copies of your own: what is in a pickle has to be known.
        raise ValueError(
            f"{file} has sha256 {found[:16]}..., expected {packages.WATCH.sha256[:16]}"
            f"... (seglearn {packages.WATCH.version}): it is not read"
        )
    data = read_objects(content)
    if list(data["y_labels"]) != list(EXERCISES) or data["X_labels"] != list(CHANNELS):
        raise ValueError(
            f"{file.name} has {data['y_labels']} and {data['X_labels']}; expected "
            f"{list(EXERCISES)} and {list(CHANNELS)}"
        )
    length = np.array([len(one) for one in data["X"]], dtype=np.int64)
    sensor = np.zeros((len(length), length.max(), len(CHANNELS)), dtype=np.float32)
    for row, one in enumerate(data["X"]):
        sensor[row, : len(one)] = one
    return Built(
        {
            "sensor": sensor,
            "length": length,
            "side": ["right" if side else "left" for side in data["side"]],
            "exercise": data["y"].astype(np.int64),
            "person": data["subject"].astype(np.int64) - 1,
        }
    )


def read_objects(content: bytes) -> Any:
    """The one object in an npy file of objects, without running what it asks for.

    Raises:
        ValueError: when it is not such a file, is cut short, or holds anything but
            dicts, lists, tuples, numbers, texts and arrays of numbers.
    """
    stream = io.BytesIO(content)
    try:
        np.lib.format.read_magic(stream)
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    except ValueError as fault:
        raise ValueError(f"found no npy file ({fault})") from None
    if shape != () or dtype != np.dtype("O"):
        raise ValueError(f"found {dtype} {shape}; expected one object")
    try:
        whole = _arrays(_Plain(stream).load())
    except Exception as fault:  # a damaged pickle can raise anything
        raise ValueError(f"the objects cannot be read: {fault}") from None
    if not isinstance(whole, list) or len(whole) != 1:
        raise ValueError("the objects cannot be read: expected one of them")
    return whole[0]


class _Array:
    """Stands for a numpy array while a pickle is read: keeps its state, no more."""

    state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Type(_Array):
    """Stands for a numpy dtype."""

    def __init__(self, name: str, *_: Any) -> None:
        self.name = name


def _new_array(*_: Any) -> _Array:
    return _Array()


def _to_bytes(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"encoding {encoding!r}; expected 'latin1'")
    return text.encode("latin1")


class _Plain(pickle.Unpickler):
    """Knows four names, and has a harmless stand-in for each."""

    known: dict[tuple[str, str], Callable[..., Any]] = {  # noqa: RUF012
        ("numpy.core.multiarray", "_reconstruct"): _new_array,
        ("numpy", "ndarray"): _Array,
        ("numpy", "dtype"): _Type,
        ("_codecs", "encode"): _to_bytes,
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self.known:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return self.known[module, name]

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError(f"it asks for something kept elsewhere, {pid!r}")


def _arrays(value: Any) -> Any:
    """The same value with arrays in place of their stand-ins."""
    if isinstance(value, dict):
        return {key: _arrays(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_arrays(item) for item in value)
    if not isinstance(value, _Array):
        return value
    _, shape, kind, by_column, content = value.state
    if kind.name == "O8":
        return [_arrays(item) for item in content]
    if kind.name not in ("f8", "i8"):
        raise ValueError(f"an array of {kind.name}; expected f8, i8 or objects")
    _, order, *_ = kind.state
    if len(content) != 8 * math.prod(shape):
        raise ValueError(f"an array {shape} of {len(content)} bytes")
    flat = np.frombuffer(content, dtype=f"{order}{kind.name}")
    return flat.reshape(shape, order="F" if by_column else "C").copy()
