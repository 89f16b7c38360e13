"""What a study is made of, and how one of its models is trained and judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mmlearn import seed_everything
from mmlearn.batch import TensorData
from mmlearn.evaluate import Report, evaluate, report_of
from mmlearn.metrics import Measure
from mmlearn.model import MultimodalModel
from mmlearn.train import fit


@dataclass(frozen=True)
class Part:
    """One of several test sets.

    Args:
        data: what a model reads, with its targets.
        groups: [N], by which intervals are drawn.
        about: [N], what else a judge needs to know of each sample, a text or a scene:
            what JSON can hold, arrays, and dataclasses of these.
    """

    data: TensorData
    groups: np.ndarray
    about: Sequence[Any] = ()


@dataclass(frozen=True)
class Splits:
    """Data of one task, split by group.

    Args:
        test: the one test split; or `test_parts` instead, of a study with `metrics`.
        test_groups: int [N_test].
        test_parts: name -> test set, where there are several, or a judge needs more.
        more: what models are built from, and judges look up: a vocabulary, a model.
    """

    train: TensorData
    valid: TensorData
    test: TensorData | None = None
    test_groups: np.ndarray | None = None
    label_names: tuple[str, ...] = ()
    vocabulary_size: int = 0
    test_parts: Mapping[str, Part] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)


def parts_of(splits: Splits) -> Mapping[str, Part]:
    """The test sets by name; of one that has no name, it is "test".

    Raises:
        ValueError: when there is none, or both of `test` and `test_parts`.
    """
    if (splits.test is None) == (not splits.test_parts):
        raise ValueError(
            "splits have no test data, or both test and test_parts; expected one of "
            "the two"
        )
    if splits.test is None:
        return splits.test_parts
    if splits.test_groups is None:
        raise ValueError("splits have no test_groups; expected a group per test row")
    return {"test": Part(splits.test, splits.test_groups)}


Judge = Callable[[MultimodalModel, Part, Splits], np.ndarray]


def by_head(model: MultimodalModel, part: Part, splits: Splits) -> np.ndarray:
    """What the model's own head says of each sample: its `statistics`, [N, K]."""
    return evaluate(model, part.data, part.groups, resamples=1).statistics


@dataclass(frozen=True)
class Weights:
    """Which model's weights are kept, and what a reader has to know of them.

    Args:
        model: its name in the study; the one of seed 0 is kept.
        what: what it does, in a sentence or two.
        data: on what it was trained, and the licence of that.
        not_for: what it must not be used for.
    """

    model: str
    what: str
    data: str
    not_for: str


@dataclass(frozen=True)
class Study:
    """A comparison of models on one task.

    Args:
        name: "NN-topic", NN the notebook that reads it.
        prepare: makes the splits of one fold, 0 to folds - 1; over all folds, each
            sample is tested once.
        models: name -> function that builds the model for those splits.
        single: the names of the baselines among them, that all are compared with: for
            classes, each modality alone.
        training: options of `fit`.
        metrics: what is recorded of each test set, name -> metric; None for classes,
            of which accuracy is. All read the statistics of `judge`.
        judge: (model, test set, splits) -> statistics float [N, K], such as the wrong
            letters and the letters of each sample; by default those of the head.
        weights: of a model that other notebooks need.
    """

    name: str
    prepare: Callable[[int], Splits]
    models: Mapping[str, Callable[[Splits], MultimodalModel]]
    single: tuple[str, ...]
    training: Mapping[str, Any]
    folds: int = 1
    metrics: Mapping[str, Measure] | None = None
    judge: Judge = by_head
    weights: Weights | None = None

    def train(self, model: str, splits: Splits, seed: int) -> MultimodalModel:
        """Train one model; initial weights, dropout and order follow from the seed."""
        seed_everything(seed)
        built = self.models[model](splits)
        fit(built, splits.train, splits.valid, seed=seed, **self.training)
        return built

    def test(self, model: MultimodalModel, splits: Splits) -> Report:
        """Evaluate on the one test split, by group.

        Raises:
            ValueError: when there are several.
        """
        if splits.test is None:
            raise ValueError(f"{self.name} has several test sets; see test_parts()")
        return evaluate(model, splits.test, splits.test_groups)

    def test_parts(self, model: MultimodalModel, splits: Splits) -> dict[str, Report]:
        """Judge on each test set, by group: its name -> a report of `metrics`."""
        if self.metrics is None:
            return {"test": self.test(model, splits)}
        return {
            name: report_of(self.metrics, self.judge(model, part, splits), part.groups)
            for name, part in parts_of(splits).items()
        }
