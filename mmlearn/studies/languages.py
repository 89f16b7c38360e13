"""Emoji by their names in 14 languages: one text tower for all scripts, from scratch.

No trained network that reads 14 languages comes with pip's packages, so a name is the
mean of its pieces' vectors (`kinds.Characters`), learned from the training families'
names in all languages at once. Families of validation and test are in no language
among the training names.
"""

from __future__ import annotations

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
from mmlearn.studies.retrieval import BOTH, columns, rows_of
from mmlearn.studies.study import Part, Splits, Study

AXES = 256  # of the pictures' features, the widest of the training rows
WIDTH, D_MODEL, DROPOUT = 128, 128, 0.5
TRAINING: dict[str, Any] = {
    "epochs": 8,
    "batch_size": 256,
    "learning_rate": 3e-3,
    "weight_decay": 0.1,
}
METRICS = {
    name.removeprefix("text to image "): metric
    for name, metric in ranking_between("image", "text").items()
    if name.startswith("text to image")
}


def narrowed(pictures: Tensor, train: np.ndarray) -> Tensor:
    """Features [N, F] on the principal axes of the training rows, float32 [N, 256].

    All share one scale, so that a typical number is 1.
    """
    middle = pictures[train].mean(dim=0)
    centred = pictures - middle
    _, _, axes = torch.linalg.svd(centred[train], full_matrices=False)
    found = centred @ axes[:AXES].mT
    return found / found[train].std()


def names(rows: np.ndarray, language: str) -> Padded:
    """The pieces of these rows' names, int64 [n, T]."""
    corpus = columns()[0]
    texts = corpus[f"name_{language}"]
    return numbers_of([texts[i] for i in rows])


def prepare(fold: int = 0) -> Splits:
    """Training and validation rows are all languages', one after the other."""
    corpus, pictures, _ = columns()
    train, valid, test = rows_of(corpus)
    axes, family = narrowed(pictures, train), torch.from_numpy(corpus.groups)

    def part(rows: np.ndarray, languages: tuple[str, ...]) -> TensorData:
        again = np.tile(rows, len(languages))
        every = [names(rows, language) for language in languages]
        longest = max(text.values.shape[1] for text in every)
        text = Padded(
            torch.cat([_as_long(x.values, longest) for x in every]),
            torch.cat([_as_long(x.mask, longest) for x in every]),
        )
        return TensorData({"image": axes[again], "text": text, "family": family[again]})

    parts = {
        f"{name}, {language}": Part(part(rows, (language,)), corpus.groups[rows])
        for name, rows in (("validation", valid), ("new families", test))
        for language in LANGUAGES
    }
    return Splits(
        part(train, LANGUAGES),
        parts["validation, en"].data,  # watched, not chosen by: no `keep`
        test_parts=parts,
    )


def _as_long(values: Tensor, steps: int) -> Tensor:
    return torch.nn.functional.pad(values, (0, steps - values.shape[1]))


def model(splits: Splits | None = None) -> MultimodalModel:
    """A tower for the pictures' axes, one for the pieces, and softmax."""
    encoders = {
        "image": FeatureEncoder(AXES, D_MODEL, dropout=DROPOUT, hidden=256),
        "text": PiecesEncoder(BUCKETS, D_MODEL, WIDTH, dropout=DROPOUT),
    }
    head = Contrast(*BOTH, D_MODEL, same="family")
    return MultimodalModel(encoders, Separate(BOTH, D_MODEL), head)


PIECES = Study("10-languages", prepare, {"pieces": model}, (), TRAINING, 1, METRICS)
