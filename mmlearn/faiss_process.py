"""The process in which faiss runs, by itself: `python faiss_process.py FOLDER`.

It imports NumPy and faiss and nothing of mmlearn, hence no torch: see `neighbours`.
FOLDER holds vectors.npy, queries.npy and asked.json; the answers are written beside.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def main(folder: Path) -> None:
    """Search exactly, then through lists, one query at a time on one core."""
    import faiss

    faiss.omp_set_num_threads(1)
    vectors, queries = (np.load(folder / f"{n}.npy") for n in ("vectors", "queries"))
    asked = json.loads((folder / "asked.json").read_text("utf-8"))
    width, k = vectors.shape[1], asked["k"]
    found: dict[str, Any] = {}
    seconds: dict[str, list[float]] = {}

    def search(name: str, index: Any) -> None:
        rows, times = [], []
        index.search(queries[:1], k)  # warm, as a server is
        for query in queries:
            start = time.perf_counter()
            rows.append(index.search(query[None], k)[1][0])
            times.append(time.perf_counter() - start)
        found[name], seconds[name] = np.stack(rows).astype(np.int64), times

    exact = faiss.IndexFlatIP(width)
    exact.add(vectors)
    search("exact", exact)
    del exact
    if asked["lists"]:
        middle = faiss.IndexFlatIP(width)
        kind = faiss.METRIC_INNER_PRODUCT
        index = faiss.IndexIVFFlat(middle, width, asked["lists"], kind)
        index.cp.seed, index.cp.niter = asked["seed"], 10
        index.cp.min_points_per_centroid = 1  # else it warns of few vectors
        index.cp.max_points_per_centroid = 64
        start = time.perf_counter()
        index.train(vectors)
        index.add(vectors)
        seconds["built"] = [time.perf_counter() - start]
        found["centres"] = middle.reconstruct_n(0, asked["lists"])
        for probes in asked["probes"]:
            index.nprobe = probes
            search(str(probes), index)
    np.savez(folder / "found.npz", **found)
    (folder / "seconds.json").write_text(json.dumps(seconds), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
