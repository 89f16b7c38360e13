"""What a study computes, in a few numbers: the fingerprint that a record carries.

A record is fresh as long as the code computes the same, whatever the code looks like.
So nothing here reads code: models are built, trained for three short epochs and asked,
by the same public functions that make a record, and numbers agree within a tolerance.

What one model does is kept apart from what all models of a study rest on: the data and
how they are cut, the training's options, the choice of the best epoch, and how
predictions become intervals. `report` and `paired_difference` are asked about only a
few fixed predictions; tests/test_evaluate.py covers the rest.
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F
from torchvision.transforms import v2

from mmlearn import seed_everything
from mmlearn.batch import Padded
from mmlearn.evaluate import paired_difference, report
from mmlearn.metrics.bootstrap import value as value_of
from mmlearn.model import MultimodalModel
from mmlearn.studies.digest import (
    checksum,
    outputs,
    projected,
    rounded,
    told,
    whole_numbers,
)
from mmlearn.studies.few import TESTED, fewer
from mmlearn.studies.study import Splits, Study, parts_of
from mmlearn.train import fit

# Relative; absolute for numbers below 1. Between threads and instruction sets, data and
# first outputs were seen to differ by at most 1e-6. Training multiplies that (the first
# steps of Adam follow the sign of a gradient, however small): data that differ by 1e-6
# moved the losses by up to 1e-6, 1e-4 and 1e-3, and what was trained by 1e-2.
TOLERANCE = 1e-4
OTHER_TOLERANCES = {
    "loss of epoch 1": 3e-4,
    "loss of epoch 2": 1e-3,
    "loss of epoch 3": 5e-3,
    "outputs after training": 5e-2,
    "choice of the best epoch": 5e-2,
    # Data that differ by 1e-6 tip an answer that is nearly as likely as another: one of
    # the few that are judged.
    "judged": 8e-2,
    "options": 0.0,
}

EPOCHS = 3  # of two batches; rounding grows tenfold with each further one
# Options of `fit` that say where and how safely it trains, not what comes out.
INERT = ("device", "seed", "checkpoint", "every")

Numbers = dict[str, Any]  # lists of numbers, texts, or Numbers: what JSON can hold


def machine() -> Numbers:
    """What torch draws and resizes here, which no code of the course decides.

    Dropout draws other numbers on some processors, and uint8 pictures are rounded
    differently without AVX2: where this differs, fingerprints cannot be compared.
    """
    with isolated():
        seed_everything(0)
        drawn = [
            torch.rand(50),
            torch.randn(50),
            F.dropout(torch.ones(500), 0.3),
            torch.randperm(50).float(),
            torch.from_numpy(np.random.default_rng(0).random(50)),
        ]
        picture = torch.randint(0, 256, (1, 3, 64, 64), dtype=torch.uint8)
        small = v2.functional.resize(picture, [24, 24], antialias=True)
        numbers = rounded([projected(x.unsqueeze(0))[0, 0] for x in drawn])
    return {"drawn": numbers, "resized": checksum([small.numpy()])}


def of_study(study: Study, splits: Sequence[Splits]) -> Numbers:
    """What all models of a study rest on, from the `splits` of every fold."""
    with isolated():
        found: Numbers = {"machine": machine(), "options": _options(study)}
        for fold, cut in enumerate(splits):
            found[f"data of fold {fold}"] = _data(cut)
        if study.metrics is None:
            found["choice of the best epoch"] = _chosen(study, splits[0])
        first = next(iter(parts_of(splits[0]).values()))
        found["intervals"] = _intervals(np.asarray(first.groups))
    return found


def of_model(study: Study, splits: Splits, name: str) -> Numbers:
    """What one model does on fold 0 (whose `splits` these are), with seed 0.

    Its size; the losses of three epochs of two batches, trained as the study trains,
    but without a choice of the best epoch, which hinges on single predictions; and its
    outputs on a few samples, before and after. In a study with `metrics`, how it is
    judged, too.
    """
    few = fewer(splits)
    options = dict(study.training) | {"epochs": EPOCHS, "device": "cpu"}
    for choice in ("keep", "patience"):
        options.pop(choice, None)
    with isolated():
        seed_everything(0)
        model = study.models[name](few)
        with torch.random.fork_rng(devices=[]):  # asking must not change the training
            before = outputs(model, few.valid)
        history = fit(model, few.train, seed=0, **options)
        after = outputs(model, few.valid)
        judged = {} if study.metrics is None else _judged(study, few, name)
    found: Numbers = {"parameters": sum(p.numel() for p in model.parameters())}
    for epoch, row in enumerate(history, start=1):
        found[f"loss of epoch {epoch}"] = round(row["train_loss"], 6)
    found |= {"outputs before training": before, "outputs after training": after}
    return found | judged


def differences(
    stored: Any, found: Any, name: str = "", tolerance: float = TOLERANCE
) -> list[str]:
    """Where two fingerprints disagree, one line each, naming both values; [] if not.

    Only those options of `fit` are compared that both know, so that one may be renamed
    or added; what it does shows in the losses.
    """
    if isinstance(stored, Mapping) and isinstance(found, Mapping):
        lines = []
        for key in dict.fromkeys([*stored, *found]):
            where = f"{name}, {key}" if name else str(key)
            if key in stored and key in found:
                near = OTHER_TOLERANCES.get(key, tolerance)
                lines += differences(stored[key], found[key], where, near)
            elif not name.endswith("options"):
                lines.append(f"{where}: {'gone' if key in stored else 'not recorded'}")
        return lines
    if isinstance(stored, list) and isinstance(found, list):
        if len(stored) != len(found):
            return [f"{name}: {len(stored)} values recorded, {len(found)} found"]
        for number, (a, b) in enumerate(zip(stored, found, strict=True), start=1):
            if lines := differences(a, b, f"{name}, number {number}", tolerance):
                return lines  # the first tells enough
        return []
    if _agree(stored, found, tolerance):
        return []
    return [f"{name}: {stored} recorded, {found} found"]


@contextmanager
def isolated() -> Iterator[None]:
    """One thread and gradients; random states and threads are left as they were."""
    python, numpy = random.getstate(), np.random.get_state()
    threads = torch.get_num_threads()
    there = torch.cuda.device_count() if torch.cuda.is_initialized() else 0
    try:
        torch.set_num_threads(1)
        with torch.random.fork_rng(devices=list(range(there))), torch.enable_grad():
            yield
    finally:
        torch.set_num_threads(threads)
        random.setstate(python)
        np.random.set_state(numpy)


def _agree(stored: Any, found: Any, tolerance: float) -> bool:
    """Numbers with a fraction nearly, all else (counts, texts, None) exactly."""
    if not isinstance(stored, float) and not isinstance(found, float):
        return bool(stored == found)
    if not isinstance(stored, int | float) or not isinstance(found, int | float):
        return False
    return abs(stored - found) <= tolerance * max(1.0, abs(stored))


def _options(study: Study) -> Numbers:
    """The options of `fit` as the study trains, its defaults included."""
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(fit).parameters.items()
        if parameter.default is not parameter.empty
    }
    found: Numbers = {}
    for name, value in (defaults | dict(study.training)).items():
        if isinstance(value, torch.dtype):
            value = str(value)
        if name not in INERT and isinstance(value, int | float | str | None):
            found[name] = value
    return found


def _data(splits: Splits) -> Numbers:
    """Whole numbers exactly (labels, groups, masks); of others, mean, spread, order."""
    tests = list(parts_of(splits).values())
    whole = [whole_numbers(part.groups) for part in tests]
    found: Numbers = {}
    for data in (splits.train, splits.valid, *(part.data for part in tests)):
        columns = data[slice(0, len(data))]
        for name, column in sorted(columns.items()):
            values = column.values if isinstance(column, Padded) else column
            if isinstance(column, Padded):
                whole.append(column.mask.cpu().numpy())
            if not values.is_floating_point():
                whole.append(values.cpu().numpy())
                continue
            flat = values.detach().cpu().reshape(len(values), -1).double()
            whole.append(flat.isnan().numpy())
            flat = flat.nan_to_num()
            order = projected(flat.mean(dim=1).unsqueeze(0))[0, 0]
            numbers = rounded([flat.mean(), flat.std(), order])
            found.setdefault(name, []).extend(numbers)
    about = {
        f"about {name}": told(part.about)
        for name, part in parts_of(splits).items()
        if len(part.about)
    }
    return {"labels, groups, masks": checksum(whole)} | about | found


def _chosen(study: Study, splits: Splits) -> list[float]:
    """The first single model, trained briefly with a choice of the best epoch.

    Its outputs, and the share of predictions on which `evaluate` and it agree.
    """
    few = fewer(splits)
    model = _briefly(study, few, study.single[0])
    found = outputs(model, few.valid)
    tested = study.test(model, few)
    data = parts_of(few)["test"].data
    with torch.no_grad():
        said = model.head.predict(model(data[slice(0, TESTED)]))
    return [*found, float((tested.predicted == said.numpy()).mean())]


def _judged(study: Study, few: Splits, name: str) -> Numbers:
    """Outputs after a choice of the best epoch; and the values, without any training.

    Trained weights differ a little between machines, and so may a word that is nearly
    as likely as another; first weights do not.
    """
    chosen = outputs(_briefly(study, few, name), few.valid)
    seed_everything(0)
    model = study.models[name](few).eval()
    judged: Numbers = {}
    for test, part in parts_of(few).items():
        numbers = torch.as_tensor(study.judge(model, part, few)).double()
        judged[test] = rounded(projected(numbers.mean(dim=0, keepdim=True))[0].tolist())
        for metric, measure in (study.metrics or {}).items():
            value = value_of(measure, numbers)
            judged[f"{metric} of {test}"] = None if np.isnan(value) else round(value, 6)
    return {"choice of the best epoch": chosen, "judged": judged}


def _briefly(study: Study, few: Splits, name: str) -> MultimodalModel:
    short = dict(study.training) | {"epochs": 5, "device": "cpu"}
    return replace(study, training=short).train(name, few, seed=0)


def _intervals(groups: np.ndarray) -> Numbers:
    """Accuracy and gain of made-up predictions, where every third, or fifth, is wrong.

    Intervals are drawn by `groups`, int [N].
    """
    row = np.arange(len(groups))
    label = row % 5
    fair, good = (
        report(label, np.where(row % wrong == 0, (label + 1) % 5, label), groups)
        for wrong in (3, 5)
    )
    both = {"accuracy": fair.accuracy, "gain": paired_difference(good, fair)}
    return {name: rounded([x.value, x.low, x.high]) for name, x in both.items()}
