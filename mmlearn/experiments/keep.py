"""What a notebook keeps of itself while `python -m mmlearn run` executes it.

Opened by hand, the same notebook keeps nothing: `keep` then only passes on what it is
given.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from safetensors.numpy import save_file

if TYPE_CHECKING:
    from mmlearn.metrics import Measure
    from mmlearn.metrics.report import Report

FOLDER = "MMLEARN_RUN"  # the environment variable that names a run's folder
METRICS = "metrics.jsonl"
EPOCH, TEST = "epoch", "test"

Kept = TypeVar("Kept")


def place(name: str) -> Path | None:
    """A file of this run, such as a checkpoint of `fit`; None outside a run.

    What lies there survives an interruption, so that the run goes on from it.
    """
    folder = os.environ.get(FOLDER)
    return Path(folder) / name if folder else None


def keep(result: Kept, name: str = "") -> Kept:
    """Write a result down in the run's folder, and return it as it is.

    Args:
        result: the history of a `fit`; a report, whose statistics are kept too, so that
            runs can be compared sample by sample; an interval; or a dict of numbers.
        name: of the result, where a notebook has several of a kind.

    Raises:
        TypeError: for anything else.
    """
    rows, samples = _rows(result)
    folder = os.environ.get(FOLDER)
    if not folder:
        return result
    file = Path(folder) / METRICS
    number = len(file.read_text("utf-8").splitlines()) if file.is_file() else 0
    if samples is not None:
        about = _save(Path(folder) / f"samples-{number}.safetensors", samples)
        rows = [row | about for row in rows]
    with file.open("a", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps({"name": name, **row}) + "\n")
    return result


def _rows(result: Any) -> tuple[list[dict[str, Any]], Report | None]:
    """The lines of a result, and the report whose samples go with them."""
    if isinstance(result, Mapping):
        found = [
            {"kind": TEST, "metric": str(metric), "value": float(value)}
            for metric, value in result.items()
        ]
        return found, None
    if isinstance(result, Sequence) and all(isinstance(x, Mapping) for x in result):
        epochs = [
            {"kind": EPOCH, "epoch": number, **_scalars(row)}
            for number, row in enumerate(result, start=1)
        ]
        return epochs, None
    # Imported where needed: a notebook that keeps a dict need not wait for torch.
    from mmlearn.metrics import Interval
    from mmlearn.metrics.report import Report

    if isinstance(result, Report):
        found = [
            {"kind": TEST, "metric": metric, **_numbers(interval)}
            for metric, interval in result.intervals.items()
        ]
        return found, result
    if isinstance(result, Interval):
        return [{"kind": TEST, "metric": "value", **_numbers(result)}], None
    raise TypeError(
        f"cannot keep a {type(result).__name__}; expected a report, the history of a "
        "fit, an interval or a dict of numbers"
    )


def _numbers(interval: Any) -> dict[str, float]:
    return {"value": interval.value, "low": interval.low, "high": interval.high}


def _scalars(row: Mapping[str, Any]) -> dict[str, float]:
    return {k: float(x) for k, x in row.items() if isinstance(x, int | float)}


def _save(path: Path, report: Report) -> dict[str, str]:
    """Save the statistics and groups; the keys by which `compare` finds them again."""
    groups = np.unique(report.groups.astype(str), return_inverse=True)
    truth = report.answers.get("label")
    tensors = {
        "statistics": np.ascontiguousarray(report.statistics, dtype=np.float64),
        "groups": np.ascontiguousarray(groups[1], dtype=np.int64),
    }
    save_file(tensors, path)
    same = zlib.crc32("\n".join(report.groups.astype(str)).encode())
    if truth is not None:
        same = zlib.crc32(np.ascontiguousarray(truth).tobytes(), same)
    return {
        "samples": path.name,
        "same": f"{len(report.statistics)}-{same:08x}",
        "head": head_of(report.metrics) or "",
    }


def head_of(metrics: Mapping[str, Measure]) -> str | None:
    """The name of a head with just these metrics, by which they are found again."""
    from mmlearn import heads

    for name in heads.__all__:
        if getattr(getattr(heads, name), "metrics", None) == metrics:
            return name
    return None
