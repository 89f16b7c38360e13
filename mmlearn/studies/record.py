"""`python -m mmlearn results NN`: run the studies of a notebook and record their rows.

A record is notebooks/results/NAME.csv: a row for each model and seed, below comment
lines with the fingerprint of each model. A test fails, and `results --check` says so,
when a model computes something else than when it was recorded.
"""

from __future__ import annotations

import argparse
import datetime
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mmlearn.course.paths import CourseError
from mmlearn.course.stack import only_current
from mmlearn.studies import weights
from mmlearn.studies.answers import Answers, answers, judged
from mmlearn.studies.captions import CAPTIONS, SHORT
from mmlearn.studies.digits_in_noise import CLEAN, NOISY
from mmlearn.studies.emoji_subgroups import SUBGROUPS
from mmlearn.studies.emoji_tags import EYES
from mmlearn.studies.emoji_text import TEXT
from mmlearn.studies.fingerprint import differences, of_model, of_study
from mmlearn.studies.languages import PIECES
from mmlearn.studies.mixture import MIXTURE
from mmlearn.studies.recorded import (
    RESULTS,
    Record,
    has_answers,
    load,
    packed,
    save,
    seeds_of,
)
from mmlearn.studies.retrieval import ONE_BATCH, RETRIEVAL, SMALL_BATCH
from mmlearn.studies.rows import Found, notes, rows
from mmlearn.studies.scene_eyes import EYES as SCENE_EYES
from mmlearn.studies.spoken_names import RECOGNISER
from mmlearn.studies.stale import model_differs, verdict
from mmlearn.studies.study import Splits, Study
from mmlearn.studies.synthesis import SYNTHESIS
from mmlearn.studies.unfinished import Unfinished

STUDIES: tuple[Study, ...] = (
    *(CLEAN, NOISY, SUBGROUPS, TEXT, EYES, SCENE_EYES, CAPTIONS, SHORT),
    *(RETRIEVAL, SMALL_BATCH, ONE_BATCH, MIXTURE, PIECES),
    *(RECOGNISER, SYNTHESIS),
)
SEEDS = (0, 1, 2)
KEPT = 8_000  # characters of a model's statistics, of one seed, that a record holds


def main(arguments: Sequence[str]) -> int:
    """Record, or check, the studies whose names begin with one of the arguments.

    Returns:
        0; 1 when a record is stale or cannot be checked; 2 when no study is meant.

    Raises:
        CourseError: when recording on another stack than the current one, and as
            `record` does.
    """
    parser = argparse.ArgumentParser(prog="python -m mmlearn results")
    parser.add_argument("studies", nargs="*", metavar="NN", help="05, or 05-emoji, ...")
    parser.add_argument(
        "--only", action="append", metavar="MODEL", help="record this model; repeatable"
    )
    parser.add_argument("--check", action="store_true", help="say what is stale")
    asked = parser.parse_args(arguments)
    if not asked.check:
        only_current("Recorded results")
    elif asked.only:
        parser.error("--check looks at all models; leave --only out")
    names = asked.studies or ([""] if asked.check else [])
    chosen = [s for s in STUDIES if s.name.startswith(tuple(names))]
    if not chosen:
        known = ", ".join(study.name for study in STUDIES)
        wanted = " or ".join(names) or "(nothing)"
        print(f"no study begins with {wanted}; there are: {known}")
        print("each is trained anew, for minutes, and its record is replaced")
        return 2
    if asked.check:
        return check(chosen)
    for study in _with_models(chosen, asked.only):
        print(f"{study.name}: written to {record(study, only=asked.only)}")
    return 0


def check(studies: Iterable[Study], folder: Path = RESULTS) -> int:
    """Print for each model whether its record is fresh; return 0 if all are, else 1."""
    all_fresh = True
    for study in studies:
        found = verdict(study, folder, SEEDS)
        print("\n".join(found.lines(study.name)), flush=True)
        all_fresh &= found.fresh
    return 0 if all_fresh else 1


def record(
    study: Study, folder: Path = RESULTS, only: Sequence[str] | None = None
) -> Path:
    """Train models with every seed, and write the record; return its path.

    An interrupted recording goes on where it stopped; see `unfinished.py`.

    Args:
        only: train these models; the rows of the others stay. What these are compared
            with is trained too where the record does not hold its answers, or holds
            stale ones: the single-modality baselines, and when one of them is recorded
            anew, all others.

    Raises:
        CourseError: when there is no such model, when there is no record to add to, or
            when what all its models rest on has changed since it was made; and for
            weights that could not be kept.
    """
    splits = [study.prepare(fold) for fold in range(study.folds)]
    shared = of_study(study, splits)
    weights.refuse(study, splits[0])
    path = folder / f"{study.name}.csv"
    made = Record(study=shared)
    chosen = list(study.models)
    if only:
        made = _to_add_to(path, study, shared)
        chosen = _chosen(study, splits, made, only)
    prints = {name: of_model(study, splits[0], name) for name in chosen}
    here = (
        f"python {platform.python_version()}, torch {version('torch')}, {sys.platform}"
    )
    under = {n: {"study": shared, "model": x, "here": here} for n, x in prints.items()}
    work = Unfinished(folder, study.name, under)
    for name, why in work.dropped.items():
        print(f"{study.name}  {name}: begins anew, it has changed: {why}")
    new: dict[tuple[str, int], Answers] = {}
    for seed in SEEDS:
        for name in chosen:
            new[name, seed] = _run(study, splits, name, seed, work, folder)
    made.rows = rows(study, splits, made, new, SEEDS)
    today = f"{datetime.date.today()}, {here}"
    made.models |= {name: {"made": today, **each} for name, each in prints.items()}
    _keep_answers(study, made, new)
    order = list(study.models)
    made.models = {name: made.models[name] for name in order if name in made.models}
    made.notes = notes(study, splits)
    if study.weights is None:
        made.weights = {}
    elif study.weights.model in chosen:
        done = new[study.weights.model, weights.SEED]
        made.weights = weights.finish(study, splits[0], folder, done)
    save(path, made)
    work.remove(chosen)
    return path


def read(name: str, folder: Path = RESULTS) -> list[dict[str, str]]:
    """The rows of a record, values as text.

    Raises:
        FileNotFoundError: with the command that makes it, when it is not there.
    """
    return [dict(row) for row in load(folder / f"{name}.csv").rows]


def accuracies(name: str, folder: Path = RESULTS) -> dict[str, list[float]]:
    """Model -> its accuracy on the test split, one per seed."""
    by_model: dict[str, list[float]] = {}
    for row in read(name, folder):
        by_model.setdefault(row["model"], []).append(float(row["accuracy"]))
    return by_model


def values(
    name: str, metric: str, test: str | None = None, folder: Path = RESULTS
) -> dict[str, list[float]]:
    """Model -> the values of a metric on a test set, one per seed.

    Args:
        test: the name of the test set; None where the study has one.

    Raises:
        KeyError: when the record has no such metric or test set, or several test sets
            and none is named.
    """
    table = read(name, folder)
    there = list(dict.fromkeys((row["test"], row["metric"]) for row in table))
    tests = [which for which, what in there if what == metric]
    if (len(tests) != 1 and test is None) or (test is not None and test not in tests):
        asked = metric if test is None else f"{metric} of {test}"
        known = "; ".join(f"{what} of {which}" for which, what in there)
        raise KeyError(f"{name} has no one {asked}; it has {known}")
    chosen = (test or tests[0], metric)
    by_model: dict[str, list[float]] = {}
    for row in table:
        if (row["test"], row["metric"]) == chosen:
            by_model.setdefault(row["model"], []).append(float(row["value"]))
    return by_model


def _with_models(studies: Sequence[Study], only: Sequence[str] | None) -> list[Study]:
    """The studies that have all of these models."""
    able = [study for study in studies if set(only or ()) <= set(study.models)]
    if not able:
        known = "; ".join(f"{s.name}: {', '.join(s.models)}" for s in studies)
        raise CourseError(f"No study has {' and '.join(only or ())}. There are {known}")
    return able


def _to_add_to(path: Path, study: Study, shared: Mapping[str, Any]) -> Record:
    """The record as it stands, without what the study no longer has."""
    whole = f"Fix: record all models, `python -m mmlearn results {study.name}`."
    if not path.is_file():
        raise CourseError(f"There is no {path.name} to add a model to. {whole}")
    made = load(path)
    changes = differences(made.study, shared)
    if changes:
        raise CourseError(
            f"{path.name}: what all its models rest on has changed since it was "
            f"made, so that old and new rows cannot be compared: {changes[0]}. {whole}"
        )
    gone = {row["model"] for row in made.rows} - set(study.models)
    for name in sorted(gone):
        print(f"{study.name}  {name}: no longer in the study; its rows are left out")
    made.rows = [row for row in made.rows if row["model"] not in gone]
    made.models = {n: x for n, x in made.models.items() if n not in gone}
    return made


def _chosen(
    study: Study, splits: Sequence[Splits], made: Record, only: Sequence[str]
) -> list[str]:
    """The models to train, in the study's order: these, and what gains rest upon."""
    unknown = [name for name in only if name not in study.models]
    if unknown:
        raise CourseError(
            f"{study.name} has no model {unknown[0]!r}; it has "
            f"{', '.join(study.models)}"
        )
    chosen = set(only)
    for name in study.single:
        known = name in made.models and has_answers(made, name, SEEDS)
        known = known and sorted(seeds_of(made, name)) == sorted(SEEDS)
        if not known or model_differs(made, name, of_model(study, splits[0], name)):
            chosen.add(name)
    if chosen & set(study.single):
        recorded = {row["model"] for row in made.rows}
        chosen |= {n for n in recorded if not has_answers(made, n, SEEDS)}
    besides = [name for name in study.models if name in chosen - set(only)]
    if besides:
        print(
            f"{study.name}: trains {', '.join(besides)} too: the gains rest on their "
            "answers, which the record does not hold, or which are stale"
        )
    return [name for name in study.models if name in chosen]


def _run(
    study: Study,
    splits: Sequence[Splits],
    name: str,
    seed: int,
    work: Unfinished,
    folder: Path,
) -> Answers:
    """One model and seed on all folds, as one report for each test set."""
    for number, fold in enumerate(splits):
        keep = weights.wanted(study, name, seed)
        path = weights.waiting(study, folder)
        if work.get(name, seed, number) is None or (keep and not path.is_file()):
            model = study.train(name, fold, seed)
            if keep:
                model.save(path)
            work.add(name, seed, number, judged(study, model, fold))
    folds = [work.get(name, seed, number) for number in range(len(splits))]
    done = answers(study, splits, folds)
    for test, each in done.items():
        shown = {"": each.accuracy} if study.metrics is None else each.intervals
        for metric, interval in shown.items():
            of = f"{test}, {metric} " if metric else ""
            print(f"{study.name}  seed {seed}  {name:15} {of}{interval}", flush=True)
    return done


def _keep_answers(study: Study, made: Record, new: Found) -> None:
    """Note in the record what the new models said, sample by sample, where short."""
    keys = [(name, seed) for seed in SEEDS for name in study.models]
    if study.metrics is None:
        made.right |= {key: done["test"].correct for key, done in new.items()}
        made.right = {key: made.right[key] for key in keys if key in made.right}
        return
    for key, done in new.items():
        said = {test: each.statistics for test, each in done.items()}
        size = sum(len(packed(numbers)["bits"]) for numbers in said.values())
        made.statistics.pop(key, None)
        if size <= KEPT:
            made.statistics[key] = said
    kept = made.statistics
    made.statistics = {key: kept[key] for key in keys if key in kept}
