"""`python -m mmlearn results NN`: run the studies of a notebook and record their rows.

A record is notebooks/results/NAME.csv: comment lines (versions, date, and a digest of
the code that made it; a test fails when the digest is old), then a row for each model
and seed.
"""

from __future__ import annotations

import ast
import csv
import datetime
import hashlib
import importlib
import inspect
import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from mmlearn.course.stack import only_current
from mmlearn.evaluate import Interval, Report, paired_difference, report
from mmlearn.studies.digits_in_noise import CLEAN, NOISY
from mmlearn.studies.emoji_subgroups import SUBGROUPS
from mmlearn.studies.emoji_text import TEXT
from mmlearn.studies.study import Splits, Study

STUDIES = (CLEAN, NOISY, SUBGROUPS, TEXT)
SEEDS = (0, 1, 2)
PACKAGE = Path(__file__).parent.parent
RESULTS = PACKAGE.parent / "notebooks" / "results"
# Imported by studies, but without a say in their numbers.
WITHOUT_SAY = (
    "checkpoint.py",
    "data/cache.py",
    "data/files.py",
    "data/packages.py",
    "distributed.py",  # a record is made by one process, for which it does nothing
)


def main(arguments: Sequence[str]) -> int:
    """Record the studies whose names begin with one of the arguments.

    Raises CourseError on another stack than the current one.
    """
    only_current("Recorded results")
    chosen = [s for s in STUDIES if s.name.startswith(tuple(arguments))]
    if not chosen:
        names = ", ".join(study.name for study in STUDIES)
        wanted = " or ".join(arguments) or "(nothing)"
        print(f"no study begins with {wanted}; there are: {names}")
        print("each is trained anew, for minutes, and its record is replaced")
        return 2
    for study in chosen:
        print(f"{study.name}: written to {record(study)}")
    return 0


def record(study: Study, folder: Path = RESULTS) -> Path:
    """Train every model with every seed, and write the record; return its path."""
    splits = [study.prepare(fold) for fold in range(study.folds)]
    rows = []
    for seed in SEEDS:
        reports = {name: _run(study, splits, name, seed) for name in study.models}
        best = max(study.single, key=lambda name: reports[name].accuracy.value)
        for name, done in reports.items():
            size = sum(p.numel() for p in study.models[name](splits[0]).parameters())
            rows.append(
                {"model": name, "seed": seed, "parameters": size}
                | _numbers("accuracy", done.accuracy)
                | _numbers("gain", paired_difference(done, reports[best]))
                | {"over": best}
            )
    _write(folder / f"{study.name}.csv", _header(study, reports[best]), rows)
    return folder / f"{study.name}.csv"


def _run(study: Study, splits: Sequence[Splits], name: str, seed: int) -> Report:
    """One model and seed on all folds, as one report on all that was tested."""
    parts = []
    for fold in splits:
        parts.append(study.test(study.train(name, fold, seed), fold))
    done = report(
        np.concatenate([part.label for part in parts]),
        np.concatenate([part.predicted for part in parts]),
        np.concatenate([part.groups for part in parts]),
    )
    print(f"{study.name}  seed {seed}  {name:15} {done.accuracy}", flush=True)
    return done


def _write(path: Path, header: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"# {line}\n" for line in header)
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(unfinished, path)


def read(name: str, folder: Path = RESULTS) -> list[dict[str, str]]:
    """The rows of a record, values as text.

    Raises FileNotFoundError, with the command that makes it, when it is not there.
    """
    path = folder / f"{name}.csv"
    if not path.is_file():
        raise FileNotFoundError(f"{path}: not there; python -m mmlearn results {name}")
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def accuracies(name: str, folder: Path = RESULTS) -> dict[str, list[float]]:
    """Model -> its accuracy on the test split, one a seed."""
    by_model: dict[str, list[float]] = {}
    for row in read(name, folder):
        by_model.setdefault(row["model"], []).append(float(row["accuracy"]))
    return by_model


def digest(study: Study) -> str:
    """Of the code that the study runs; comments, docstrings and layout do not count."""
    total = hashlib.sha256()
    for file in code_of(Path(study.source)):
        total.update(_without_docstrings(file.read_text(encoding="utf-8")).encode())
    return total.hexdigest()[:16]


def code_of(source: Path) -> list[Path]:
    """The file itself and the package's files that it imports, by whatever road."""
    found, waiting = set(), [source.resolve()]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += _imports(file)
    left_out = {PACKAGE / name for name in WITHOUT_SAY}
    return sorted(found - left_out)


def _imports(file: Path) -> list[Path]:
    """The files in which the names that a file imports from the package are defined."""
    files = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or node.level or not node.module:
            continue
        if node.module.split(".")[0] != PACKAGE.name:
            continue
        module = importlib.import_module(node.module)
        for alias in node.names:
            thing = getattr(module, alias.name)
            # A class or a function knows its home; a constant is at home in the module.
            home = thing if inspect.ismodule(thing) else inspect.getmodule(thing)
            if home is None or not home.__name__.startswith(PACKAGE.name):
                home = module
            files.append(Path(str(home.__file__)))
    return files


def _without_docstrings(source: str) -> str:
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return _outline(tree)


def _outline(node: Any) -> str:
    """A syntax tree as text, the same under every Python.

    `ast.unparse` and `ast.dump` are not: f-strings get other quotes in 3.12, and each
    version adds fields, which are empty in code that the versions before it can read.
    """
    if isinstance(node, list):
        return f"[{', '.join(map(_outline, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = [(name, value) for name, value in ast.iter_fields(node)]
    told = [f"{n}={_outline(v)}" for n, v in fields if v not in (None, [])]
    return f"{type(node).__name__}({', '.join(told)})"


def _numbers(name: str, interval: Interval) -> dict[str, float]:
    return {
        name: round(interval.value, 4),
        f"{name}_low": round(interval.low, 4),
        f"{name}_high": round(interval.high, 4),
    }


def _header(study: Study, tested: Report) -> list[str]:
    groups = len(np.unique(tested.groups))
    return [
        f"made by: python -m mmlearn results {study.name}",
        f"digest: {digest(study)}",
        f"date: {datetime.date.today()}",
        f"python {platform.python_version()}, torch {version('torch')}, {sys.platform}",
        f"tested: n = {len(tested.label)} in {groups} groups, {study.folds} fold(s), "
        "read once a model and seed; intervals of 95 % by group",
        "gain: accuracy minus that of the better single modality (over), paired",
    ]
