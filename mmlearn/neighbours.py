"""Search among many vectors with faiss: exactly, and through the lists of an index.

faiss and torch both bring a copy of OpenMP. On macOS two copies in one process abort it
("OMP: Error #15"), and the variable that lets them pass may give wrong results, as its
own message says. So faiss runs in a process of its own, which never imports torch.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmlearn import faiss_process


@dataclass(frozen=True)
class Neighbours:
    """What a search found.

    Args:
        exact: the k nearest rows of each query, int64 [Q, k].
        by_probes: number of lists that were searched -> int64 [Q, k]; -1 where the
            lists held fewer than k.
        centres: of the lists, float32 [lists, D]; a vector lies in the list whose
            centre has the largest dot product with it.
        seconds: "exact", "built" or a number of probes -> the median time of a query,
            on one core, one query at a time ("built": of making the index).
    """

    exact: np.ndarray
    by_probes: Mapping[int, np.ndarray]
    centres: np.ndarray
    seconds: Mapping[str | int, float]

    def recall(self, probes: int) -> float:
        """The share of the exact k nearest that the lists hold."""
        pairs = zip(self.exact, self.by_probes[probes], strict=True)
        return float(np.mean([np.isin(true, found).mean() for true, found in pairs]))


def installed() -> bool:
    """Whether faiss is there, without importing it."""
    return importlib.util.find_spec("faiss") is not None


def search(
    vectors: np.ndarray,
    queries: np.ndarray,
    k: int = 10,
    lists: int = 0,
    probes: Sequence[int] = (1,),
    seed: int = 0,
) -> Neighbours:
    """The k vectors with the largest dot products, exactly and through an index.

    The index (an inverted file) puts each vector into the list of its nearest centre,
    the centres by k-means, and looks through the lists of the `probes` nearest centres.

    Args:
        vectors: float [N, D].
        queries: float [Q, D].
        lists: of the index; 0 for the exact search alone.
        probes: numbers of lists to look through, each from 1 to `lists`.
        seed: of the centres.

    Raises:
        ImportError: when faiss is not installed.
        ValueError: when the sizes do not fit each other, or a number is not finite.
        RuntimeError: when the process of faiss fails, with its last line.
    """
    vectors, queries = _checked(vectors, queries)
    if not 1 <= k <= len(vectors):
        raise ValueError(f"k is {k}; expected 1 to {len(vectors)}, the vectors")
    if not 0 <= lists <= len(vectors):
        raise ValueError(f"lists is {lists}; expected 0 to {len(vectors)}")
    outside = [p for p in probes if not 1 <= p <= lists]
    if lists and outside:
        raise ValueError(f"probes has {outside[0]}; expected 1 to {lists}, the lists")
    if not installed():
        raise ImportError("faiss is not installed here: pip install faiss-cpu")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "vectors.npy", vectors)
        np.save(folder / "queries.npy", queries)
        asked = {"k": k, "lists": lists, "probes": list(probes), "seed": seed}
        (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
        command = [sys.executable, faiss_process.__file__, name]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise RuntimeError(f"faiss ended with code {done.returncode}: {last}")
        with np.load(folder / "found.npz") as kept:
            found = {name: kept[name] for name in kept.files}
        times = json.loads((folder / "seconds.json").read_text("utf-8"))
    exact, centres = found.pop("exact"), found.pop("centres", vectors[:0])
    medians = {
        int(name) if name.isdigit() else name: float(np.median(each))
        for name, each in times.items()
    }
    return Neighbours(exact, {int(p): x for p, x in found.items()}, centres, medians)


def _checked(vectors: np.ndarray, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    made = []
    for name, values in (("vectors", vectors), ("queries", queries)):
        array = np.ascontiguousarray(values, dtype=np.float32)
        if array.ndim != 2 or 0 in array.shape:
            raise ValueError(f"{name} is {list(array.shape)}; expected [N, D]")
        finite = np.isfinite(array).all(axis=1)
        if not finite.all():
            raise ValueError(f"{name}: row {finite.argmin()} holds a number not finite")
        made.append(array)
    if made[0].shape[1] != made[1].shape[1]:
        widths = [x.shape[1] for x in made]
        raise ValueError(f"vectors have {widths[0]} numbers, queries {widths[1]}")
    return made[0], made[1]
