"""What was found of a model and a seed: a report for each test set, and as JSON.

Of classes the predictions are kept; of anything else the statistics, number by number,
from which its metrics are computed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmlearn.evaluate import Report, report, report_of
from mmlearn.model import MultimodalModel
from mmlearn.studies.recorded import packed, unpacked
from mmlearn.studies.study import Splits, Study, parts_of

Answers = Mapping[str, Report]  # test set -> report


def judged(study: Study, model: MultimodalModel, splits: Splits) -> Any:
    """What one model says on one fold, as JSON: what `answers` puts together again."""
    if study.metrics is None:
        return study.test(model, splits).predicted.tolist()
    return {
        name: packed(np.asarray(study.judge(model, part, splits), dtype=np.float64))
        for name, part in parts_of(splits).items()
    }


def answers(study: Study, splits: Sequence[Splits], folds: Sequence[Any]) -> Answers:
    """The reports on all folds together, from what `judged` gave for each."""
    if study.metrics is None:
        predicted = np.concatenate([np.array(x, dtype=np.int64) for x in folds])
        return {"test": _of_classes(splits, predicted)}
    statistics = {
        name: np.concatenate([unpacked(fold[name]) for fold in folds])
        for name in parts_of(splits[0])
    }
    return of_statistics(study, splits, statistics)


def of_statistics(
    study: Study, splits: Sequence[Splits], statistics: Mapping[str, np.ndarray]
) -> Answers:
    """Reports on all folds from statistics [N, K] by test set."""
    groups = {
        name: np.concatenate([parts_of(fold)[name].groups for fold in splits])
        for name in parts_of(splits[0])
    }
    assert study.metrics is not None
    return {
        name: report_of(study.metrics, statistics[name], groups[name])
        for name in groups
    }


def right_and_wrong(splits: Sequence[Splits], right: np.ndarray) -> Answers:
    """A report on classes that is right and wrong where the recorded model was."""
    label, classes = _labels(splits), len(splits[0].label_names)
    return {"test": _of_classes(splits, np.where(right, label, (label + 1) % classes))}


def _of_classes(splits: Sequence[Splits], predicted: np.ndarray) -> Report:
    """Predictions of all folds, one after the other, as one report."""
    groups = [parts_of(fold)["test"].groups for fold in splits]
    return report(_labels(splits), predicted, np.concatenate(groups))


def _labels(splits: Sequence[Splits]) -> np.ndarray:
    tested = [parts_of(fold)["test"].data for fold in splits]
    return np.concatenate([data.label.cpu().numpy() for data in tested])
