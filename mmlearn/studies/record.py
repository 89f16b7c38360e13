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

import numpy as np

from mmlearn.evaluate import Interval, Report, paired_difference
from mmlearn.studies.digits_in_noise import CLEAN, NOISY
from mmlearn.studies.emoji_groups import GROUPS
from mmlearn.studies.study import Splits, Study

STUDIES = (CLEAN, NOISY, GROUPS)
SEEDS = (0, 1, 2)
PACKAGE = Path(__file__).parent.parent
RESULTS = PACKAGE.parent / "notebooks" / "results"
# Imported by studies, but without a say in their numbers.
WITHOUT_SAY = ("data/cache.py", "data/packages.py")


def main(arguments: Sequence[str]) -> int:
    """Record the studies whose names begin with one of the arguments, or all."""
    chosen = [s for s in STUDIES if s.name.startswith(tuple(arguments) or "")]
    if not chosen:
        names = ", ".join(study.name for study in STUDIES)
        print(f"no study begins with {' or '.join(arguments)}; there are: {names}")
        return 2
    for study in chosen:
        print(f"{study.name}: written to {record(study)}")
    return 0


def record(study: Study, folder: Path = RESULTS) -> Path:
    """Train every model with every seed, and write the record; return its path."""
    splits = study.prepare()
    rows = []
    for seed in SEEDS:
        reports: dict[str, Report] = {}
        for name in study.models:
            model = study.train(name, splits, seed)
            reports[name] = study.test(model, splits)
            size = sum(parameter.numel() for parameter in model.parameters())
            rows.append({"model": name, "seed": seed, "parameters": size})
            print(f"{study.name}  seed {seed}  {name:15} {reports[name].accuracy}")
        best = max(study.single, key=lambda name: reports[name].accuracy.value)
        for row, done in zip(rows[-len(reports) :], reports.values(), strict=True):
            row |= _numbers("accuracy", done.accuracy)
            row |= _numbers("gain", paired_difference(done, reports[best]))
            row["over"] = best
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{study.name}.csv"
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"# {line}\n" for line in _header(study, splits))
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(unfinished, path)
    return path


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
    return ast.unparse(tree)


def _numbers(name: str, interval: Interval) -> dict[str, float]:
    return {
        name: round(interval.value, 4),
        f"{name}_low": round(interval.low, 4),
        f"{name}_high": round(interval.high, 4),
    }


def _header(study: Study, splits: Splits) -> list[str]:
    groups = len(np.unique(splits.test_groups))
    return [
        f"made by: python -m mmlearn results {study.name}",
        f"digest: {digest(study)}",
        f"date: {datetime.date.today()}",
        f"python {platform.python_version()}, torch {version('torch')}, {sys.platform}",
        f"test split, read once a model and seed: n = {len(splits.test)} in {groups} "
        "groups; intervals of 95 % by group",
        "gain: accuracy minus that of the better single modality (over), paired",
    ]
