"""python -m mmlearn compare RUNS: runs side by side, paired where they can be.

    from mmlearn.experiments.compare import compare

    print(compare("runs/mine"))

Runs that differ in nothing but the seed are one configuration. Two configurations are
compared sample by sample, seed by seed, where both were tested on the same samples.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from mmlearn import heads
from mmlearn.course.paths import CourseError
from mmlearn.course.screen import table
from mmlearn.experiments import folder
from mmlearn.experiments.keep import METRICS, TEST
from mmlearn.experiments.parameters import SEED
from mmlearn.metrics import Interval, Measure
from mmlearn.metrics.metric import paired


@dataclass(frozen=True)
class Tested:
    """What one run kept of one metric, and where its samples lie."""

    seed: int
    value: float
    same: str
    head: str
    samples: Path | None


@dataclass(frozen=True)
class Comparison:
    """Configurations by one metric; `str` is the table.

    Args:
        metric: its name.
        higher: whether more is better.
        runs: configuration, as text -> its runs, by seed.
        gains: configuration -> best configuration minus it, paired, seed by seed; none
            for the best one, or where the samples are not the same.
        best: the configuration with the best mean.
        names: of the results that were kept.
    """

    metric: str
    higher: bool
    runs: Mapping[str, Sequence[Tested]]
    gains: Mapping[str, Sequence[Interval]]
    best: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        rows = []
        for name, tested in self.runs.items():
            values = np.array([run.value for run in tested])
            spread = f" ± {values.std(ddof=1):.3f}" if len(values) > 1 else ""
            gains = "  ".join(str(gain) for gain in self.gains.get(name, ()))
            if name == self.best:
                gains = "(the best)"
            rows.append(
                (name, str(len(values)), f"{values.mean():.3f}{spread}", gains or "-")
            )
        head = ("configuration", "seeds", self.metric, "best minus this, paired")
        return table(head, rows)


def main(arguments: Sequence[str]) -> int:
    """Print the comparison, and draw it where a file is named.

    Raises:
        CourseError: as `compare` does.
    """
    made = argparse.ArgumentParser(
        "python -m mmlearn compare", description=__doc__.split("\n\n")[0]
    )
    made.add_argument("runs", nargs="+", type=Path)
    made.add_argument("--metric", help="another than the first one kept")
    made.add_argument("--name", help="of the result, where runs keep several")
    made.add_argument(
        "--only", action="append", default=[], help="epochs=20: runs of that value"
    )
    made.add_argument("--figure", type=Path, help="draw it into this file (png, svg)")
    made.add_argument(
        "--tensorboard", type=Path, help="write its files into this folder"
    )
    asked = made.parse_args(arguments)
    found = compare(*asked.runs, metric=asked.metric, name=asked.name, only=asked.only)
    print(found)
    print(f"Kept: {', '.join(found.names)}; another one: --name.")
    if asked.figure:
        from mmlearn.experiments.figures import drawn

        drawn(found).savefig(asked.figure, bbox_inches="tight")
        print(f"Drawn in {asked.figure}.")
    if asked.tensorboard:
        from mmlearn.experiments.board import write

        write(
            [run for each in asked.runs for run in _finished(each, asked.only)],
            asked.tensorboard,
        )
        print(f"Written: tensorboard --logdir {asked.tensorboard}")
    return 0


def compare(
    *runs: Path | str,
    metric: str | None = None,
    name: str | None = None,
    only: Sequence[str] = (),
) -> Comparison:
    """Compare the finished runs in these folders.

    Args:
        metric: by which; by default the first that was kept last.
        name: of the kept result, where runs keep several; by default the last.
        only: "parameter=value" each: other runs are left out.

    Raises:
        CourseError: when there is no finished run, or no such metric in one of them.
    """
    places = [run for each in runs for run in _finished(Path(each), only)]
    told = {place: _kept(place) for place in dict.fromkeys(places)}
    parameters = {x: folder.read_json(x / folder.PARAMETERS) for x in told}
    metric = metric or _first(told, name)
    varied = _varied(list(parameters.values()))
    by_name: dict[str, list[Tested]] = {}
    for place, rows in told.items():
        here = parameters[place]
        called = ", ".join(f"{k}={here.get(k)}" for k in varied) or "all"
        tested = _tested(place, rows, metric, name, int(here.get(SEED, 0)))
        by_name.setdefault(called, []).append(tested)
    for tested_runs in by_name.values():
        tested_runs.sort(key=lambda run: run.seed)
    measure = _measure(next(iter(by_name.values()))[0].head, metric)
    higher = measure.higher if measure else True
    means = {k: float(np.mean([run.value for run in x])) for k, x in by_name.items()}
    best = max(means, key=lambda k: means[k] if higher else -means[k])
    gains = {}
    if measure is not None:
        for called, tested_runs in by_name.items():
            if called != best:
                gains[called] = _gains(measure, by_name[best], tested_runs)
    kept = (row["name"] or "(no name)" for rows in told.values() for row in rows)
    names = tuple(dict.fromkeys(kept))
    return Comparison(metric, higher, by_name, gains, best, names)


def _finished(place: Path, only: Sequence[str] = ()) -> list[Path]:
    found = folder.finished(place) if place.is_dir() else []
    for text in only:
        name, _, value = text.partition("=")
        found = [
            run
            for run in found
            if str(folder.read_json(run / folder.PARAMETERS).get(name)) == value
        ]
    if not found:
        such = f" with {' and '.join(only)}" if only else ""
        raise CourseError(f"There is no finished run in {place}{such}.")
    return found


def _kept(place: Path) -> list[dict[str, Any]]:
    file = place / METRICS
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    rows = [json.loads(line) for line in lines]
    tests = [row for row in rows if row["kind"] == TEST]
    if not tests:
        raise CourseError(
            f"{place.name} kept no result. Fix: `keep(evaluate(...))` in the notebook, "
            "with `from mmlearn.experiments import keep`."
        )
    return tests


def _first(told: Mapping[Path, list[dict[str, Any]]], name: str | None) -> str:
    """The first metric of the result that was kept last, or of the one named."""
    rows = next(iter(told.values()))
    last = name if name is not None else rows[-1]["name"]
    same = [row for row in rows if row["name"] == last]
    if not same:
        names = ", ".join(dict.fromkeys(row["name"] or "(no name)" for row in rows))
        raise CourseError(f"No result is named {last!r}; there are {names}.")
    where = same[-1].get("samples")
    return str(next(row["metric"] for row in same if row.get("samples") == where))


def _varied(parameters: Sequence[Mapping[str, Any]]) -> list[str]:
    """The parameters, but for the seed, that are not the same in all runs."""
    names = dict.fromkeys(name for each in parameters for name in each)
    return [
        name
        for name in names
        if name != SEED and len({repr(each.get(name)) for each in parameters}) > 1
    ]


def _tested(
    place: Path,
    rows: Sequence[Mapping[str, Any]],
    metric: str,
    name: str | None,
    seed: int,
) -> Tested:
    fitting = [
        row
        for row in rows
        if row["metric"] == metric and (name is None or row["name"] == name)
    ]
    if not fitting:
        known = ", ".join(dict.fromkeys(row["metric"] for row in rows))
        raise CourseError(f"{place.name} kept no {metric!r}; it kept {known}.")
    row = fitting[-1]
    samples = place / row["samples"] if row.get("samples") else None
    return Tested(seed, row["value"], row.get("same", ""), row.get("head", ""), samples)


def _measure(head: str, metric: str) -> Measure | None:
    metrics = getattr(getattr(heads, head, None), "metrics", {}) if head else {}
    return metrics.get(metric)


def _gains(
    measure: Measure, best: Sequence[Tested], others: Sequence[Tested]
) -> list[Interval]:
    """Best minus other for each seed that both have, on the same samples."""
    by_seed = {run.seed: run for run in best}
    found = []
    for other in others:
        run = by_seed.get(other.seed)
        if run is None or run.same != other.same or not run.same:
            continue
        assert run.samples is not None and other.samples is not None
        a, b = load_file(run.samples), load_file(other.samples)
        found.append(paired(measure, a["statistics"], b["statistics"], a["groups"]))
    return found
