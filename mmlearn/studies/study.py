"""What a study is made of, and how one of its models is trained and judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmlearn import seed_everything
from mmlearn.batch import TensorData
from mmlearn.evaluate import Report, evaluate
from mmlearn.model import MultimodalModel
from mmlearn.train import fit


@dataclass(frozen=True)
class Splits:
    """Data of one task, split by group.

    Args:
        test_groups: int [N_test].
    """

    train: TensorData
    valid: TensorData
    test: TensorData
    test_groups: np.ndarray
    label_names: tuple[str, ...]
    vocabulary_size: int = 0


@dataclass(frozen=True)
class Study:
    """A comparison of models on one task.

    Args:
        name: "NN-topic", NN the notebook that reads it.
        prepare: makes the splits of one fold, 0 to folds - 1; over all folds, each
            sample is tested once.
        models: name -> function that builds the model for those splits.
        single: the names of the single-modality baselines among them.
        training: options of `fit`.
    """

    name: str
    prepare: Callable[[int], Splits]
    models: Mapping[str, Callable[[Splits], MultimodalModel]]
    single: tuple[str, ...]
    training: Mapping[str, Any]
    folds: int = 1

    def train(self, model: str, splits: Splits, seed: int) -> MultimodalModel:
        """Train one model; initial weights, dropout and order follow from the seed."""
        seed_everything(seed)
        built = self.models[model](splits)
        fit(built, splits.train, splits.valid, seed=seed, **self.training)
        return built

    def test(self, model: MultimodalModel, splits: Splits) -> Report:
        """Evaluate on the test split, by group."""
        return evaluate(model, splits.test, splits.test_groups)
