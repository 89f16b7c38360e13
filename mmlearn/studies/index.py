"""An index against the exact search, as the number of vectors grows to a million.

`python -m mmlearn.studies.index` writes notebooks/results/10-index.csv. The vectors are
made up, 64 numbers of length 1: "scattered" evenly in all directions, or in "clumps"
around as many centres as the index has lists. A query lies beside a stored vector
(cosine about .8), as a text lies beside the picture that it means. Times depend on the
machine, so the record holds ratios beside them: both searches ran on the same one.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mmlearn.neighbours import search
from mmlearn.studies.record import RESULTS

NAME = "10-index"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
PROBES = (1, 4, 16, 64)
WIDTH, QUERIES, K = 64, 200, 10


def unit(vectors: np.ndarray) -> np.ndarray:
    """Scale to length 1, float32 [N, D]."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / lengths).astype(np.float32)


def made_up(n: int, kind: str, lists: int, seed: int = 0) -> np.ndarray:
    """Vectors of length 1, float32 [n, 64]; kind is "scattered" or "clumps"."""
    generator = np.random.default_rng(seed)
    vectors = generator.standard_normal((n, WIDTH), dtype=np.float32)
    if kind == "clumps":
        centres = generator.standard_normal((lists, WIDTH), dtype=np.float32)
        vectors = vectors * 0.7 + centres[generator.integers(lists, size=n)]
    return unit(vectors)


def beside(vectors: np.ndarray, queries: int, seed: int = 1) -> np.ndarray:
    """Queries float32 [queries, D], each near one of the vectors (cosine about .8)."""
    generator = np.random.default_rng(seed)
    rows = generator.integers(len(vectors), size=queries)
    noise = generator.standard_normal((queries, vectors.shape[1]))
    return unit(vectors[rows] + 0.75 * unit(noise))


def measured(n: int, kind: str) -> Iterable[Mapping[str, Any]]:
    """Rows of the record for n vectors."""
    lists = round(n**0.5)
    vectors = made_up(n, kind, lists)
    probes = [p for p in PROBES if p <= lists]
    found = search(vectors, beside(vectors, QUERIES), K, lists, probes)
    exact = found.seconds["exact"]
    for p in (0, *probes):
        took = found.seconds[p] if p else exact
        yield {
            "vectors": n,
            "kind": kind,
            "lists": lists,
            "probes": p or "exact",
            "recall@10": round(found.recall(p) if p else 1.0, 4),
            "milliseconds": round(1000 * took, 4),
            "times faster": round(exact / took, 2),
            "build seconds": round(found.seconds["built"], 1) if p else 0,
        }


def main(folder: Path = RESULTS, sizes: Iterable[int] = SIZES) -> Path:
    """Measure all, and write the record; return its path."""
    rows = []
    for n in sizes:
        for kind in ("scattered", "clumps"):
            for row in measured(n, kind):
                print(*row.values(), sep="  ", flush=True)
                rows.append(row)
    path = folder / f"{NAME}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        file.write("# made by: python -m mmlearn.studies.index\n")
        file.write(f"# made-up vectors of {WIDTH} numbers; {QUERIES} queries, ")
        file.write("one at a time, on one core; median times\n")
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    return path


def read(folder: Path = RESULTS) -> list[dict[str, str]]:
    """The rows of the record, values as text."""
    text = (folder / f"{NAME}.csv").read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in text if not line.startswith("#")))


if __name__ == "__main__":
    print(f"written to {main()}", file=sys.stderr)
