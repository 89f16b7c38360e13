"""The rows of a record: values with intervals, and gains over the best baseline.

Of classes there is one row per model and seed, with its accuracy. Of anything else
there is one per model, seed, test set and metric.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmlearn.evaluate import Interval, Report, paired_difference
from mmlearn.studies.answers import Answers, of_statistics, right_and_wrong
from mmlearn.studies.recorded import Record, Row
from mmlearn.studies.study import Splits, Study, parts_of

Found = Mapping[tuple[str, int], Answers]  # (model, seed) -> reports


def rows(
    study: Study,
    splits: Sequence[Splits],
    made: Record,
    new: Found,
    seeds: Sequence[int],
) -> list[Row]:
    """New rows of what was trained; the others stay, but for gains that move."""
    old: dict[tuple[str, int], list[Row]] = {}
    for row in made.rows:
        old.setdefault((row["model"], int(row["seed"])), []).append(row)
    moved = any((name, seed) in new for name in study.single for seed in seeds)
    found: list[Row] = []
    for seed in seeds:
        singles = {n: _known(study, splits, made, new, (n, seed)) for n in study.single}
        for name in study.models:
            key = (name, seed)
            if key not in new and (not moved or key not in old):
                found += old.get(key, [])
                continue
            done = _known(study, splits, made, new, key)
            made_anew = [
                values | _gain(each, metric, test, singles)
                for test, each in done.items()
                for metric, values in _values(study, test, each)
            ]
            if key in new:
                size = study.models[name](splits[0]).parameters()
                about = {"model": name, "seed": seed}
                about["parameters"] = sum(p.numel() for p in size)
                found += [about | row for row in made_anew]
            else:
                stay = zip(old[key], made_anew, strict=True)
                found += [{**row, **_gains_only(more)} for row, more in stay]
    return found


def notes(study: Study, splits: Sequence[Splits]) -> list[str]:
    """What a reader of the record has to know, line by line."""
    sizes = {
        test: np.concatenate([parts_of(fold)[test].groups for fold in splits])
        for test in parts_of(splits[0])
    }
    count = {
        test: f"n = {len(groups)} in {len(np.unique(groups))} groups"
        for test, groups in sizes.items()
    }
    read = "read once a model and seed; intervals of 95 % by group"
    made = f"made by: python -m mmlearn results {study.name}"
    prints = "lines of study and model: fingerprints (mmlearn/studies/fingerprint.py)"
    if study.metrics is None:
        return [
            made,
            f"tested: {count['test']}, {study.folds} fold(s), {read}",
            "gain: accuracy minus that of the better single modality (over), paired",
            prints,
            "lines of right: the test samples that a model got right, as bits in "
            "base64",
        ]
    lower = [name for name, metric in study.metrics.items() if not metric.higher]
    lines = [
        made,
        *(f"tested, {test}: {size}" for test, size in count.items()),
        f"tested in {study.folds} fold(s), {read}",
    ]
    if lower:
        lines.append(f"less is better: {', '.join(lower)}")
    if study.single:
        better = "value minus that of the best baseline (over), paired"
        turned = "; where less is better, turned round: above 0 is better throughout"
        lines.append(f"gain: {better}{turned if lower else ''}")
    what = "lines of statistics: what the values are computed from, sample by sample"
    return [*lines, prints, what]


def _known(
    study: Study,
    splits: Sequence[Splits],
    made: Record,
    new: Found,
    key: tuple[str, int],
) -> Answers:
    if key in new:
        return new[key]
    if study.metrics is None:
        return right_and_wrong(splits, made.right[key])
    return of_statistics(study, splits, made.statistics[key])


def _values(study: Study, test: str, done: Report) -> list[tuple[str, dict[str, Any]]]:
    if study.metrics is None:
        return [("accuracy", _numbers("accuracy", done.accuracy))]
    return [
        (metric, {"test": test, "metric": metric, **_numbers("value", done[metric])})
        for metric in study.metrics
    ]


def _gain(
    done: Report, metric: str, test: str, singles: Mapping[str, Answers]
) -> dict[str, Any]:
    """By how much it is better than the best baseline; nothing without baselines."""
    if not singles:
        return {}
    higher = done.metrics[metric].higher
    most = max if higher else min
    best = most(singles, key=lambda name: singles[name][test][metric].value)
    better, worse = (done, singles[best][test])[:: 1 if higher else -1]
    gain = paired_difference(better, worse, metric=metric)
    return _numbers("gain", gain) | {"over": best}


def _gains_only(row: Row) -> Row:
    return {k: x for k, x in row.items() if k == "over" or k.startswith("gain")}


def _numbers(name: str, interval: Interval) -> dict[str, float]:
    return {
        name: round(interval.value, 4),
        f"{name}_low": round(interval.low, 4),
        f"{name}_high": round(interval.high, 4),
    }
