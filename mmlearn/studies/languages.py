"""Emoji by their names in 14 languages: one text tower for all scripts, from scratch.

No trained network that reads 14 languages comes with pip's packages, so a name is the
mean of its pieces' vectors (`kinds.Characters`), learned from the training families'
names in all languages at once. Families of validation and test are in no language
among the training names.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn.batch import Padded, TensorData
from mmlearn.data.emoji import LANGUAGES
from mmlearn.encoders import FeatureEncoder
from mmlearn.encoders.ngrams import PiecesEncoder
from mmlearn.fusion import Separate
from mmlearn.heads import Contrast
from mmlearn.kinds.characters import BUCKETS, numbers_of
from mmlearn.metrics import ranking_between
from mmlearn.model import MultimodalModel
from mmlearn.studies.retrieval import AXES, BOTH, narrowed, rows_of, seen
from mmlearn.studies.study import Part, Splits, Study

WIDTH, D_MODEL, DROPOUT = 128, 128, 0.4
TRAINING: dict[str, Any] = {
    "epochs": 12,
    "batch_size": 256,
    "learning_rate": 6e-3,
    "weight_decay": 0.1,
    "keep": "recall@10",
}
METRICS = {
    name.removeprefix("text to image "): metric
    for name, metric in ranking_between("image", "text").items()
    if name.startswith("text to image")
}


def names(rows: np.ndarray, language: str) -> Padded:
    """The pieces of these rows' names, int64 [n, T]."""
    corpus = seen()[0]
    texts = corpus[f"name_{language}"]
    return numbers_of([texts[i] for i in rows])


@cache
def looks() -> Tensor:
    """The pictures' features on the training rows' axes, float32 [N, 512]."""
    corpus, pictures = seen()
    return narrowed(pictures, rows_of(corpus)[0])


def pairs(rows: np.ndarray, languages: Sequence[str]) -> TensorData:
    """Pictures and names of these rows, all languages' one after the other."""
    again = np.tile(rows, len(languages))
    every = [names(rows, language) for language in languages]
    longest = max(text.values.shape[1] for text in every)
    text = Padded(
        torch.cat([_as_long(x.values, longest) for x in every]),
        torch.cat([_as_long(x.mask, longest) for x in every]),
    )
    family = torch.from_numpy(seen()[0].groups)
    return TensorData({"image": looks()[again], "text": text, "family": family[again]})


def prepare(fold: int = 0) -> Splits:
    """Training rows in all languages; validation and test in each by itself."""
    corpus = seen()[0]
    train, valid, test = rows_of(corpus)
    parts = {
        f"{name}, {language}": Part(pairs(rows, [language]), corpus.groups[rows])
        for name, rows in (("validation", valid), ("new families", test))
        for language in LANGUAGES
    }
    return Splits(
        pairs(train, LANGUAGES),
        parts["validation, en"].data,  # the epoch is chosen by English
        test_parts=parts,
    )


def _as_long(values: Tensor, steps: int) -> Tensor:
    return torch.nn.functional.pad(values, (0, steps - values.shape[1]))


def model(splits: Splits | None = None) -> MultimodalModel:
    """A tower for the pictures' features, one for the pieces, and softmax."""
    encoders = {
        "image": FeatureEncoder(AXES, D_MODEL, dropout=DROPOUT, hidden=256),
        "text": PiecesEncoder(BUCKETS, D_MODEL, WIDTH, dropout=DROPOUT),
    }
    head = Contrast(*BOTH, D_MODEL, same="family")
    return MultimodalModel(encoders, Separate(BOTH, D_MODEL), head)


PIECES = Study("10-languages", prepare, {"pieces": model}, (), TRAINING, 1, METRICS)
