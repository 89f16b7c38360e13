"""A record's file, notebooks/results/NAME.csv: comment lines, then rows.

The comments say how the rows were made and what fingerprint each model has, and which
test samples each model got right, so that a model that is recorded later can be
compared with it sample by sample.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mmlearn.studies.fingerprint import Numbers

Row = Mapping[str, Any]
STUDY, MODEL, RIGHT = "# study: ", "# model: ", "# right: "


@dataclass
class Record:
    """What a file holds.

    Args:
        notes: lines of words.
        study: the fingerprint of what all models rest on.
        models: name -> {"made": when and with what, **its fingerprint}.
        right: (model, seed) -> bool [N], the test samples of all folds, in their order.
        rows: one per model and seed.
    """

    notes: list[str] = field(default_factory=list)
    study: Numbers = field(default_factory=dict)
    models: dict[str, Numbers] = field(default_factory=dict)
    right: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)
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
            except (ValueError, KeyError, TypeError) as fault:
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
    return [int(row["seed"]) for row in record.rows if row["model"] == model]


def has_answers(record: Record, model: str, seeds: Sequence[int]) -> bool:
    """Whether it is known for every sample and seed if the model got it right."""
    return all((model, seed) in record.right for seed in seeds)


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
    else:
        record.notes.append(line.removeprefix("# "))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
