"""Recorded weights: notebooks/results/NAME.safetensors, with a card beside it.

They are those of seed 0, as they were when the record's rows were measured, in float32.
The record holds the checksum of the file and what the model says with it about a few
samples, so that neither goes without the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmlearn.course.paths import CourseError
from mmlearn.made_for import marks
from mmlearn.model import MultimodalModel
from mmlearn.studies import recorded
from mmlearn.studies.answers import Answers
from mmlearn.studies.digest import outputs
from mmlearn.studies.few import fewer
from mmlearn.studies.fingerprint import differences, isolated
from mmlearn.studies.recorded import RESULTS, Numbers, Record
from mmlearn.studies.study import Splits, Study
from mmlearn.studies.unfinished import FOLDER

LARGEST = 5_000_000  # bytes of numbers
SEED = 0


def load(name: str, model: MultimodalModel, folder: Path = RESULTS) -> MultimodalModel:
    """Read the weights of a study into a model that is built alike; ready to ask.

    Args:
        name: of the study, "NN-topic".
        model: what the weights are read into.

    Returns:
        The model, in evaluation mode.

    Raises:
        FileNotFoundError: with the command that makes it, when a file is not there.
        ValueError: when the file is not the one of the record, and when its weights
            were made for another model or another preparation than this one.
    """
    return _load(name, model, folder, recorded.load(folder / f"{name}.csv"))


def refuse(study: Study, splits: Splits) -> None:
    """Refuse, before anything is trained, weights that could not be kept.

    Raises:
        CourseError: when the study has several folds or no such model, when the model
            is too large, or does not say what it is made for.
    """
    if study.weights is None:
        return
    name = study.weights.model
    if name not in study.models or study.folds != 1:
        raise CourseError(
            f"{study.name} keeps the weights of {name!r}, with {study.folds} fold(s); "
            f"expected one of {', '.join(study.models)}, and one fold"
        )
    with isolated():
        model = study.models[name](splits)
    frozen = {n for n, p in model.named_parameters() if not p.requires_grad}
    kept = [x for n, x in model.state_dict().items() if n not in frozen]
    size = sum(x.numel() * x.element_size() for x in kept)
    if size > LARGEST:
        raise CourseError(
            f"{study.name}: the weights of {name} are {size:,} bytes; expected at most "
            f"{LARGEST:,}. Fix: a narrower model"
        )
    if not marks(model):
        raise CourseError(
            f"{study.name}: {name} does not say what it is made for, so that its "
            "weights could be read into another model. Fix: in its builder, "
            'mmlearn.made_for.mark(model.head, {"letters": letters})'
        )


def wanted(study: Study, name: str, seed: int) -> bool:
    """Whether the weights of this model and seed are kept."""
    return study.weights is not None and (name, seed) == (study.weights.model, SEED)


def waiting(study: Study, folder: Path) -> Path:
    """Where they are until the record is finished."""
    return folder / FOLDER / f"{study.name}.safetensors"


def finish(study: Study, splits: Splits, folder: Path, done: Answers) -> Numbers:
    """Put the weights in their place, write their card; return what the record holds.

    Args:
        done: the reports on that model and seed.
    """
    assert study.weights is not None
    path = folder / f"{study.name}.safetensors"
    waiting(study, folder).replace(path)
    with isolated():
        model = study.models[study.weights.model](splits)
        model.load(path)
        about = {
            "model": study.weights.model,
            "seed": SEED,
            "sha256": _sha256(path),
            "made_for": marks(model),
            "outputs": outputs(model, fewer(splits).valid),
        }
    recorded.write(path.with_suffix(".md"), _card(study, model, about, done))
    return about


def differ(
    study: Study, splits: Sequence[Splits], record: Record, folder: Path
) -> list[str]:
    """Why the weights do not belong to the record; [] when they do."""
    if study.weights is None:
        return (
            ["weights in the record, but none in the study"] if record.weights else []
        )
    if study.weights.model != record.weights.get("model"):
        return ["its weights are not recorded yet"]
    try:
        with isolated():
            model = study.models[study.weights.model](splits[0])
            _load(study.name, model, folder, record)
            found = outputs(model, fewer(splits[0]).valid)
    except (FileNotFoundError, ValueError) as fault:
        return [f"weights: {fault}"]
    return differences(record.weights["outputs"], found, "outputs of the weights")


def _load(
    name: str, model: MultimodalModel, folder: Path, record: Record
) -> MultimodalModel:
    path, again = folder / f"{name}.safetensors", f"python -m mmlearn results {name}"
    if not record.weights:
        raise ValueError(f"{name}.csv: the record of {name} keeps no weights")
    if not path.is_file():
        raise FileNotFoundError(f"{path}: not there; {again}")
    if _sha256(path) != record.weights["sha256"]:
        raise ValueError(
            f"{path}: not the weights of {name}.csv, or damaged. Fix: take both files "
            f"from one version of the course, or {again}"
        )
    model.load(path)
    own, expected = marks(model), record.weights["made_for"]
    if own != expected:
        raise ValueError(
            f"{path}: made for a model with the marks {expected}, this one has {own}. "
            f"Fix: build it as the study does, with mmlearn.made_for.mark"
        )
    return model.eval()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _card(study: Study, model: MultimodalModel, about: Numbers, done: Answers) -> str:
    assert study.weights is not None
    size = sum(p.numel() for p in model.parameters())
    lines: list[Any] = [
        f"# {study.name}: the weights of `{study.weights.model}`",
        study.weights.what,
        f"**Trained on.** {study.weights.data}",
        f"**Not for.** {study.weights.not_for}",
        f"**Figures.** Seed {SEED}, with 95 % intervals by group; the other seeds are "
        f"in `{study.name}.csv`.",
    ]
    table = ["| test set | metric | value | samples and groups |", "|---|---|---|---|"]
    for test, report in done.items():
        metrics = study.metrics or {"accuracy": report.metrics["accuracy"]}
        for metric, measure in metrics.items():
            less = "" if measure.higher else " (less is better)"
            count = str(report).splitlines()[-1]
            table.append(f"| {test} | {metric}{less} | {report[metric]} | {count} |")
    lines.append("\n".join(table))
    lines.append(
        f'`mmlearn.studies.weights.load("{study.name}", model)` reads them into a '
        f"model that is built as in the study: {size:,} parameters, float32, sha256 "
        f"{about['sha256']}. `python -m mmlearn results {study.name}` trains them anew."
    )
    return "\n\n".join(lines) + "\n"
