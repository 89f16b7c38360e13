"""A study that trains in a second, for the tests of records and fingerprints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from mmlearn.batch import TensorData, pad
from mmlearn.encoders import ConvEncoder, SpectrogramEncoder
from mmlearn.fusion import ConcatFusion
from mmlearn.heads import Classify
from mmlearn.model import MultimodalModel
from mmlearn.studies.study import Splits, Study

D_MODEL, N_MELS, SIZE = 8, 6, 60


def prepare(fold: int = 0, scale: float = 1.0, shortest: int = 4) -> Splits:
    """60 pictures and sounds of two classes, in 30 groups; two folds."""
    draw = torch.Generator().manual_seed(0)
    label = torch.arange(SIZE) // 4 % 2
    picture = torch.randn(SIZE, 1, 8, 8, generator=draw) * scale
    picture[:, :, :4] += 1.5 * label.view(-1, 1, 1, 1)
    sounds = [torch.randn(9, N_MELS, generator=draw) for _ in range(SIZE)]
    sounds = [sound[: shortest + i % 5] for i, sound in enumerate(sounds)]
    data = TensorData({"image": picture, "audio": pad(sounds), "label": label})
    row = torch.arange(SIZE)
    test, valid = row[row // 2 % 2 == fold], row[row // 4 % 5 == fold]
    train = row[row // 2 % 2 != fold]
    train, valid, test = (TensorData(data[rows]) for rows in (train, valid, test))
    groups = (row // 2)[row // 2 % 2 == fold].numpy()
    return Splits(train, valid, test, np.asarray(groups), ("no", "yes"))


def build(
    *modalities: str, dropout: float = 0.2, width: int = 8
) -> Callable[[Splits], MultimodalModel]:
    """A function that builds the model of these modalities."""

    def built(splits: Splits) -> MultimodalModel:
        towers: dict[str, torch.nn.Module] = {}
        if "image" in modalities:
            towers["image"] = ConvEncoder(D_MODEL, channels=1, widths=(8, width))
        if "audio" in modalities:
            towers["audio"] = SpectrogramEncoder(N_MELS, D_MODEL, width=8, pieces=1)
        fusion = ConcatFusion(modalities, D_MODEL, dropout=dropout)
        return MultimodalModel(towers, fusion, Classify(D_MODEL, 2))

    return built


MODELS = {
    "image": build("image"),
    "audio": build("audio"),
    "both": build("image", "audio"),
}


def tiny_study(**changed: Any) -> Study:
    """The study, with some of its fields changed."""
    fields: dict[str, Any] = {
        "name": "99-tiny",
        "prepare": prepare,
        "models": MODELS,
        "single": ("image", "audio"),
        "training": {"epochs": 2, "learning_rate": 4e-3, "keep": "accuracy"},
        "folds": 2,
    }
    return Study(**(fields | changed))


class Interrupted(BaseException):
    """As when a person stops the program."""


class Log(list):
    """(model, seed) of each training; `stop` ends it before one more."""

    stop: int | None = None


def log_of_training(monkeypatch: Any, study: Study) -> Log:
    """What is trained with the settings of a study from now on.

    Without the few short steps of a fingerprint, whose settings are others.
    """
    log, plain = Log(), Study.train

    def train(self: Study, model: str, splits: Splits, seed: int) -> MultimodalModel:
        if self.training == study.training:
            if log.stop is not None and len(log) >= log.stop:
                raise Interrupted
            log.append((model, seed))
        return plain(self, model, splits, seed)

    monkeypatch.setattr(Study, "train", train)
    return log
