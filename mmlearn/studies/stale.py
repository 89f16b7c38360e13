"""Which recorded results are stale: the code now computes something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mmlearn.metrics.bootstrap import value
from mmlearn.studies import weights
from mmlearn.studies.fingerprint import Numbers, differences, of_model, of_study
from mmlearn.studies.recorded import Record, Row, load, seeds_of
from mmlearn.studies.study import Study, parts_of


@dataclass
class Verdict:
    """Which of a study's recorded models are stale.

    Fingerprints of a machine that draws other random numbers cannot be compared.

    Args:
        stale: model -> why; an empty list when it is fresh.
        unknown: why nobody can say.
    """

    stale: dict[str, list[str]] = field(default_factory=dict)
    unknown: str = ""

    @property
    def fresh(self) -> bool:
        """Whether every model is known to be fresh."""
        return not self.unknown and not any(self.stale.values())

    def lines(self, study: str) -> list[str]:
        """One line per model, more where it is stale for several reasons."""
        if self.unknown:
            return [f"{study}: cannot be compared here: {self.unknown}"]
        lines = []
        for model, reasons in self.stale.items():
            lines += [f"{study}: {model}: stale: {reason}" for reason in reasons]
            if not reasons:
                lines.append(f"{study}: {model}: fresh")
        return lines


def verdict(study: Study, folder: Path, seeds: Sequence[int]) -> Verdict:
    """Compute the fingerprints of a study anew and compare them with its record's."""
    try:
        record = load(folder / f"{study.name}.csv")
    except FileNotFoundError:
        return Verdict({name: ["not recorded yet"] for name in study.models})
    splits = [study.prepare(fold) for fold in range(study.folds)]
    shared = of_study(study, splits)
    if other := machine_differs(record, shared):
        return Verdict(unknown=other)
    for_all = differences(record.study, shared) if record.study else []
    found, tests = Verdict(), list(parts_of(splits[0]))
    recorded = dict.fromkeys([*record.models, *(row["model"] for row in record.rows)])
    kept = {study.weights.model} if study.weights else {record.weights.get("model")}
    for name in dict.fromkeys([*study.models, *recorded]):
        if name not in study.models:
            reasons = ["in the record, but no longer in the study"]
        elif not seeds_of(record, name):
            reasons = ["in the study, but not recorded yet"]
        elif name not in record.models:
            reasons = ["recorded without a fingerprint"]
        else:
            reasons = [*for_all, *_incomplete(study, tests, record, name, seeds)]
            reasons += model_differs(record, name, of_model(study, splits[0], name))
            if name in kept:
                reasons += weights.differ(study, splits, record, folder)
        found.stale[name] = reasons
    return found


def machine_differs(record: Record, shared: Numbers) -> str:
    """Why this machine's fingerprints cannot be compared with the record's, or ""."""
    there = record.study.get("machine")
    lines = differences(there, shared["machine"], "machine") if there else []
    if not lines:
        return ""
    return (
        "torch draws other random numbers, or resizes otherwise, than where the "
        f"record was made ({'; '.join(lines)})"
    )


def model_differs(record: Record, name: str, found: Numbers) -> list[str]:
    """Where a model's fingerprint differs from the recorded one."""
    stored = {k: x for k, x in record.models[name].items() if k != "made"}
    return differences(stored, found)


def _incomplete(
    study: Study, tests: Sequence[str], record: Record, name: str, seeds: Sequence[int]
) -> list[str]:
    """What is missing in a model's rows, or is not what its answers say."""
    if sorted(found := seeds_of(record, name)) != sorted(seeds):
        return [f"rows of seeds {sorted(found)}; expected {sorted(seeds)}"]
    rows = [row for row in record.rows if row["model"] == name]
    if study.metrics is None:
        return [why for row in rows for why in _wrong_accuracy(record, row)]
    expected = [(t, m) for _ in seeds for t in tests for m in study.metrics]
    if [(row["test"], row["metric"]) for row in rows] != expected:
        return [
            f"its rows are not of {', '.join(tests)}, each with the metrics "
            f"{', '.join(study.metrics)}"
        ]
    return [why for row in rows for why in _wrong_value(study, record, row)]


def _wrong_accuracy(record: Record, row: Row) -> list[str]:
    right = record.right.get((row["model"], int(row["seed"])))
    share = None if right is None else round(float(np.mean(right)), 4)
    if share is None or share == float(row["accuracy"]):
        return []
    return [
        f"seed {row['seed']}: accuracy {row['accuracy']} in the row, {share} by the "
        "samples that it got right"
    ]


def _wrong_value(study: Study, record: Record, row: Row) -> list[str]:
    seed, metric, test = int(row["seed"]), row["metric"], row["test"]
    kept = record.statistics.get((row["model"], seed))
    if kept is None or study.metrics is None:
        return []
    said = round(value(study.metrics[metric], kept[test]), 4)
    if said == float(row["value"]) or (said != said and row["value"] == "nan"):
        return []
    return [
        f"seed {seed}: {metric} of {test} is {row['value']} in the row, {said} by its "
        "statistics"
    ]
