"""A record's file, notebooks/results/NAME.csv: comment lines, then rows.

The comments say how the rows were made and what fingerprint each model has, and which
test samples each model got right (or the statistics of each sample, where they are
short), so that a model that is recorded later can be compared with it sample by sample.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mmlearn.studies.fingerprint import Numbers

RESULTS = Path(__file__).resolve().parents[2] / "notebooks" / "results"

Row = Mapping[str, Any]
STUDY, MODEL, RIGHT = "# study: ", "# model: ", "# right: "
STATISTICS, WEIGHTS = "# statistics: ", "# weights: "


@dataclass
class Record:
    """What a file holds.

    Args:
        notes: lines of words.
        study: the fingerprint of what all models rest on.
        models: name -> {"made": when and with what, **its fingerprint}.
        right: (model, seed) -> bool [N], the test samples of all folds, in their order.
        statistics: (model, seed) -> test set -> float64 [N, K], of what is no class.
        weights: what tells that a file of weights belongs to the record.
        rows: one per model and seed; where it is no class, per test set and metric too.
    """

    notes: list[str] = field(default_factory=list)
    study: Numbers = field(default_factory=dict)
    models: dict[str, Numbers] = field(default_factory=dict)
    right: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)
    statistics: dict[tuple[str, int], dict[str, np.ndarray]] = field(
        default_factory=dict
    )
    weights: Numbers = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)


def load(path: Path) -> Record:
    """Read a record; one without fingerprints has an empty `study` and `models`.

    Raises:
        FileNotFoundError: with the command that makes it, when it is not there.
        ValueError: naming file and line, when a fingerprint cannot be read.
    """
    if not path.is_file():
        name = path.stem
        raise FileNotFoundError(f"{path}: not there; python -m mmlearn results {name}")
    lines = path.read_text(encoding="utf-8").splitlines()
    record = Record()
    for number, line in enumerate(lines, start=1):
        if line.startswith("#"):
            try:
                _read_comment(record, line)
            except (ValueError, KeyError, TypeError, zlib.error) as fault:
                found = f"{type(fault).__name__}: {fault}"
                raise ValueError(f"{path}, line {number}: {found}") from None
    record.rows += csv.DictReader(line for line in lines if not line.startswith("#"))
    return record


def save(path: Path, record: Record) -> None:
    """Write a record, whole or not at all.

    Raises:
        ValueError: when there is no row.
    """
    if not record.rows:
        raise ValueError(f"{path}: a record without rows; expected at least one")
    table = io.StringIO()
    writer = csv.DictWriter(table, list(record.rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(record.rows)
    lines = [f"# {note}" for note in record.notes]
    lines.append(STUDY + _json(record.study))
    for name, about in record.models.items():
        lines.append(MODEL + _json({"name": name, **about}))
    for (name, seed), right in record.right.items():
        bits = base64.b64encode(np.packbits(right).tobytes()).decode()
        about = {"name": name, "seed": seed, "n": len(right), "bits": bits}
        lines.append(RIGHT + _json(about))
    for (name, seed), by_test in record.statistics.items():
        for test, statistics in by_test.items():
            key = {"name": name, "seed": seed, "test": test}
            lines.append(STATISTICS + _json(key | packed(statistics)))
    if record.weights:
        lines.append(WEIGHTS + _json(record.weights))
    write(path, "".join(f"{line}\n" for line in lines) + table.getvalue())


def write(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)


def seeds_of(record: Record, model: str) -> list[int]:
    """The seeds for which the record has a row of this model."""
    seeds = (int(row["seed"]) for row in record.rows if row["model"] == model)
    return list(dict.fromkeys(seeds))


def has_answers(record: Record, model: str, seeds: Sequence[int]) -> bool:
    """Whether it is known for every sample and seed what the model said."""
    known = record.right.keys() | record.statistics.keys()
    return all((model, seed) in known for seed in seeds)


def packed(statistics: np.ndarray) -> dict[str, Any]:
    """Numbers [N, K] as JSON, exactly: column by column, compressed, in base64."""
    column_by_column = np.asfortranarray(statistics, dtype="<f8").tobytes(order="F")
    bits = base64.b64encode(zlib.compress(column_by_column, 9)).decode()
    return {"shape": list(statistics.shape), "bits": bits}


def unpacked(kept: Mapping[str, Any]) -> np.ndarray:
    """What `packed` was given, float64 [N, K].

    Raises:
        ValueError: when there are more or fewer numbers than its shape says.
    """
    numbers = np.frombuffer(zlib.decompress(base64.b64decode(kept["bits"])), "<f8")
    return numbers.reshape(kept["shape"], order="F").astype(np.float64)


def _read_comment(record: Record, line: str) -> None:
    if line.startswith(STUDY):
        record.study = json.loads(line.removeprefix(STUDY))
    elif line.startswith(MODEL):
        about = json.loads(line.removeprefix(MODEL))
        record.models[about.pop("name")] = about
    elif line.startswith(RIGHT):
        about = json.loads(line.removeprefix(RIGHT))
        bytes_ = np.frombuffer(base64.b64decode(about["bits"]), dtype=np.uint8)
        bits = np.unpackbits(bytes_)
        if not 0 <= len(bits) - about["n"] < 8:
            raise ValueError(f"{len(bits)} bits for {about['n']} samples")
        right = bits[: about["n"]].astype(bool)
        record.right[about["name"], about["seed"]] = right
    elif line.startswith(STATISTICS):
        about = json.loads(line.removeprefix(STATISTICS))
        by_test = record.statistics.setdefault((about["name"], about["seed"]), {})
        by_test[about["test"]] = unpacked(about)
    elif line.startswith(WEIGHTS):
        record.weights = json.loads(line.removeprefix(WEIGHTS))
    else:
        record.notes.append(line.removeprefix("# "))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
