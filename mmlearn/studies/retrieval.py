"""Emoji: from a description to the picture, and back, among families never seen.

Pictures are features of a frozen network at three sizes, descriptions (name and
keywords) are vectors of MiniLM: computed once, so a training takes seconds. What is
compared is the loss, the size of a batch, and what counts as a negative.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.batch import Batch, TensorData
from mmlearn.data import emoji
from mmlearn.data.corpus import Corpus
from mmlearn.data.split import split
from mmlearn.encoders import EfficientNetEncoder, FeatureEncoder
from mmlearn.features import features
from mmlearn.fusion import Separate
from mmlearn.heads import Contrast
from mmlearn.heads.head import Loss
from mmlearn.kinds import Sentences
from mmlearn.metrics import ranking_between
from mmlearn.model import MultimodalModel
from mmlearn.studies.study import Part, Splits, Study

SIZES = (64, 96, 128)  # pixels, at which the frozen network looks
HIDDEN, D_MODEL, DROPOUT = 256, 128, 0.3
BOTH = ("image", "text")
TRAINING: dict[str, Any] = {
    "epochs": 30,
    "batch_size": 256,
    "learning_rate": 2e-3,
    "weight_decay": 0.1,
    "keep": "recall@10",
}
METRICS = {
    name: metric
    for name, metric in ranking_between("image", "text").items()
    if not name.startswith("recall")
}


def described(corpus: Corpus) -> list[str]:
    """Each emoji's name and keywords, as one text."""
    rows = zip(corpus["name_en"], corpus["keywords"], strict=True)
    return [
        ", ".join([name, *(word.replace("_", " ") for word in words)])
        for name, words in rows
    ]


def looked_at(pictures: np.ndarray) -> Tensor:
    """Features of pictures uint8 [N, 3, H, W] at three sizes, float32 [N, 3840]."""
    network = EfficientNetEncoder()
    seen = [features(network, pictures, size=side, batch_size=32) for side in SIZES]
    return torch.from_numpy(np.concatenate(seen, axis=1))


def read(texts: list[str]) -> Tensor:
    """MiniLM's vectors of English texts, float32 [N, 384]."""
    rows = np.arange(len(texts))
    corpus = Corpus("texts", {"text": texts}, None, (), rows, "", "")
    return Sentences.fit(corpus, "text")(corpus).values[:, 0]


@cache
def columns() -> tuple[Corpus, Tensor, Tensor]:
    """The corpus, its pictures' features [N, 3840] and its descriptions' [N, 384]."""
    corpus = emoji.load()
    return corpus, looked_at(corpus["image"]), read(described(corpus))


def rows_of(corpus: Corpus) -> tuple[np.ndarray, ...]:
    """Training, validation and test rows: no family is on two sides."""
    return split(corpus.groups, (0.6, 0.2, 0.2), label=corpus.label)


def prepare(fold: int = 0) -> Splits:
    """The one split; families are in the data, for models that look at them."""
    corpus, pictures, texts = columns()
    family = torch.from_numpy(corpus.groups)

    def part(rows: np.ndarray) -> TensorData:
        found = {"image": pictures[rows], "text": texts[rows], "family": family[rows]}
        return TensorData(found)

    train, valid, test = rows_of(corpus)
    parts = {
        "validation": Part(part(valid), corpus.groups[valid]),
        "new families": Part(part(test), corpus.groups[test]),
    }
    return Splits(part(train), parts["validation"].data, test_parts=parts)


def model(
    splits: Splits | None = None, head: Contrast | None = None
) -> MultimodalModel:
    """Two towers with a hidden layer each, and a head that compares."""
    encoders = {
        name: FeatureEncoder(width, D_MODEL, dropout=DROPOUT, hidden=HIDDEN)
        for name, width in (("image", 1280 * len(SIZES)), ("text", 384))
    }
    head = Contrast(*BOTH, D_MODEL) if head is None else head
    return MultimodalModel(encoders, Separate(BOTH, D_MODEL), head)


class Hardest(Contrast):
    """Of all wrong candidates of a batch the nearest alone counts (Faghri et al., 2018).

    Args:
        margin: by how much the right one should be nearer, as a cosine.
    """

    def __init__(self, a: str, b: str, d_model: int, margin: float = 0.2) -> None:
        super().__init__(a, b, d_model)
        self.margin = margin

    def loss(self, output: dict[str, Tensor], batch: Batch) -> Loss:
        """The hinge in both directions, of a batch whose pairs are all complete."""
        near = output["a"] @ output["b"].mT  # [B, B]
        own = near.diagonal()
        wrong = near - 2 * torch.eye(len(near), device=near.device)
        total = sum(
            nn.functional.relu(self.margin - own + wrong.max(dim=way).values).sum()
            for way in (0, 1)
        )
        return Loss(torch.as_tensor(total), own.new_tensor(float(len(own))))


def with_head(make: Callable[[], Contrast]) -> Callable[[Splits], MultimodalModel]:
    """What builds a model with this head."""
    return lambda splits: model(splits, make())


def contrast(
    loss: Literal["softmax", "sigmoid"], same: str | None = None
) -> Callable[[], Contrast]:
    """What makes a head with this loss."""
    return lambda: Contrast(*BOTH, D_MODEL, loss=loss, same=same)


LOSSES = {
    "softmax": with_head(contrast("softmax")),
    "sigmoid": with_head(contrast("sigmoid")),
}
NEGATIVES = {
    "relatives spared": with_head(contrast("softmax", "family")),
    "hardest only": with_head(lambda: Hardest(*BOTH, D_MODEL)),
}


def study(name: str, batch_size: int, models: Any) -> Study:
    """The same study with another size of batch."""
    training = TRAINING | {"batch_size": batch_size}
    return Study(name, prepare, models, (), training, metrics=METRICS)


RETRIEVAL = study("10-retrieval", 256, LOSSES | NEGATIVES)
SMALL_BATCH = study("10-retrieval-batch-32", 32, LOSSES)
ONE_BATCH = study("10-retrieval-batch-all", 2_000, LOSSES)
