"""Emoji: from a description to the picture, and back, among families never seen.

Pictures are features of a frozen network at three sizes, descriptions (name and
keywords) are vectors of MiniLM: computed once, so a training takes seconds. What is
compared is the loss, the size of a batch, and what counts as a negative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.batch import Batch, TensorData, Tokens
from mmlearn.data import emoji
from mmlearn.data.captions import of_texts
from mmlearn.data.corpus import Corpus
from mmlearn.data.split import split
from mmlearn.encoders import EfficientNetEncoder, FeatureEncoder, MiniLMEncoder
from mmlearn.features import features
from mmlearn.fusion import Separate
from mmlearn.heads import Contrast
from mmlearn.heads.head import Loss
from mmlearn.kinds import Sentences
from mmlearn.metrics import ranking_between
from mmlearn.model import MultimodalModel
from mmlearn.studies.study import Part, Splits, Study

SIZES = (64, 96, 128)  # pixels, at which the frozen network looks
AXES = 512  # of the pictures' features, the widest of the training rows
MEMBERS = 4  # pairs of towers in a committee
HIDDEN, D_MODEL, DROPOUT = 256, 256, 0.3
WIDTH = 256  # of the space in which they meet
BOTH = ("image", "text")
TRAINING: dict[str, Any] = {
    "epochs": 30,
    "batch_size": 256,
    "learning_rate": 2e-3,
    "weight_decay": 0.1,
    "decay": "matrices",
    "clip": 100.0,
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
    each = [features(network, pictures, size=side, batch_size=32) for side in SIZES]
    return torch.from_numpy(np.concatenate(each, axis=1))


@cache
def _reader() -> MiniLMEncoder:
    return MiniLMEncoder()


def read(texts: list[str]) -> Tensor:
    """MiniLM's vectors of English texts, float32 [N, 384]."""
    return Sentences("text", _reader())(of_texts(texts)).values[:, 0]


@cache
def seen() -> tuple[Corpus, Tensor]:
    """The corpus, and its pictures' features [N, 3840]."""
    corpus = emoji.load()
    return corpus, looked_at(corpus["image"])


@cache
def told() -> Tensor:
    """The descriptions' vectors, float32 [N, 384]."""
    return read(described(seen()[0]))


def narrowed(pictures: Tensor, train: np.ndarray) -> Tensor:
    """Features [N, F] on the principal axes of the training rows, float32 [N, 512].

    Each feature is scaled by its spread in the training rows, and the axes all alike.
    """
    spread = pictures[train].std(dim=0) + 1e-3
    scaled = (pictures - pictures[train].mean(dim=0)) / spread
    known = scaled[train]
    # The axes of 1,140 rows, through their products: far quicker than of 3,840 columns.
    lengths, turned = torch.linalg.eigh(known @ known.mT)
    axes = known.mT @ turned[:, -AXES:] / lengths[-AXES:].sqrt()  # [F, 512]
    # A sign is a matter of the machine; make the largest entry positive.
    largest = axes.gather(0, axes.abs().argmax(dim=0, keepdim=True))
    found = scaled @ (axes * largest.sign())
    return found / found[train].std()


def rows_of(corpus: Corpus) -> tuple[np.ndarray, ...]:
    """Training, validation and test rows: no family is on two sides."""
    return split(corpus.groups, (0.6, 0.2, 0.2), label=corpus.label)


def prepare(fold: int = 0) -> Splits:
    """The one split; families are in the data, for models that look at them."""
    (corpus, pictures), texts = seen(), told()
    train, valid, test = rows_of(corpus)
    family = torch.from_numpy(corpus.groups)
    pictures = narrowed(pictures, train)

    def part(rows: np.ndarray) -> TensorData:
        return TensorData(
            {"image": pictures[rows], "text": texts[rows], "family": family[rows]}
        )

    parts = {
        "validation": Part(part(valid), corpus.groups[valid]),
        "new families": Part(part(test), corpus.groups[test]),
    }
    return Splits(part(train), parts["validation"].data, test_parts=parts)


def pair(head: Contrast | None = None) -> MultimodalModel:
    """Two towers with a hidden layer each, and a head that compares."""
    head = Contrast(*BOTH, D_MODEL, WIDTH) if head is None else head
    return MultimodalModel(_encoders(1), Separate(BOTH, D_MODEL), head)


def committee(splits: Splits | None = None) -> MultimodalModel:
    """Four pairs of towers, trained side by side; their cosines are averaged."""
    fusion = Separate(BOTH, MEMBERS * D_MODEL)
    return MultimodalModel(_encoders(MEMBERS), fusion, Committee())


def _encoders(members: int) -> dict[str, nn.Module]:
    return {
        name: Abreast(
            FeatureEncoder(width, D_MODEL, dropout=DROPOUT, hidden=HIDDEN)
            for _ in range(members)
        )
        for name, width in (("image", AXES), ("text", 384))
    }


class Abreast(nn.Module):
    """Encoders that read the same and know nothing of each other.

    Their tokens stand side by side: [B, 1, K D] of K encoders of width D.
    """

    def __init__(self, members: Iterable[FeatureEncoder]) -> None:
        super().__init__()
        made = list(members)
        self.members = nn.ModuleList(made)
        self.d_model = sum(member.d_model for member in made)

    def forward(self, vectors: Tensor) -> Tokens:
        """Float [B, F] to Tokens [B, 1, K D]."""
        each = [member(vectors) for member in self.members]
        values = torch.cat([tokens.values for tokens in each], dim=-1)
        return Tokens(values, each[0].mask)


class Apart(nn.Module):
    """A linear layer for each member, and length 1 for what each gives.

    Of length 1 as a whole, the dot product of two such vectors is the mean of the
    members' cosines.
    """

    def __init__(self) -> None:
        super().__init__()
        layers = (nn.Linear(D_MODEL, WIDTH) for _ in range(MEMBERS))
        self.members = nn.ModuleList(layers)

    def forward(self, pooled: Tensor) -> Tensor:
        """Float [B, K D] to [B, K P]."""
        parts = zip(self.members, pooled.chunk(MEMBERS, dim=-1), strict=True)
        each = [nn.functional.normalize(layer(x), dim=-1) for layer, x in parts]
        return torch.cat(each, dim=-1)


class Committee(Contrast):
    """The softmax loss of each member by itself, with one temperature for all."""

    def __init__(self) -> None:
        super().__init__(*BOTH, MEMBERS * D_MODEL, MEMBERS * WIDTH)
        self.project = nn.ModuleDict({side: Apart() for side in BOTH})

    def loss(self, output: dict[str, Tensor], batch: Batch) -> Loss:
        """The mean of the members' losses."""
        sides = [output[side].chunk(MEMBERS, dim=1) for side in ("a", "b")]
        each = []
        for a, b in zip(*sides, strict=True):
            one = {"a": a * MEMBERS**0.5, "b": b * MEMBERS**0.5}
            each.append(super().loss(output | one, batch))
        total = torch.stack([loss.total for loss in each]).mean()
        return Loss(total, each[0].weight)


class Hardest(Contrast):
    """Of a batch's wrong candidates the nearest alone counts (Faghri et al., 2018).

    Args:
        margin: by how much the right one should be nearer, as a cosine.
    """

    def __init__(self, a: str, b: str, d_model: int, margin: float = 0.2) -> None:
        super().__init__(a, b, d_model, WIDTH)
        self.margin = margin

    def loss(self, output: dict[str, Tensor], batch: Batch) -> Loss:
        """The hinge in both directions, of a batch whose pairs are all complete."""
        near = output["a"] @ output["b"].mT  # [B, B]
        own = near.diagonal()
        wrong = near - 2 * torch.eye(len(near), device=near.device)
        each = [
            nn.functional.relu(self.margin - own + wrong.max(dim=way).values)
            for way in (0, 1)
        ]
        return Loss(torch.stack(each).sum(), own.new_tensor(float(len(own))))


def with_head(make: Callable[[], Contrast]) -> Callable[[Splits], MultimodalModel]:
    """What builds a model with this head."""
    return lambda splits: pair(make())


def contrast(
    loss: Literal["softmax", "sigmoid"], same: str | None = None
) -> Callable[[], Contrast]:
    """What makes a head with this loss."""
    return lambda: Contrast(*BOTH, D_MODEL, WIDTH, loss, same)


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


FOUR = {"four pairs": committee}
RETRIEVAL = study("10-retrieval", 256, LOSSES | NEGATIVES | FOUR)
SMALL_BATCH = study("10-retrieval-batch-32", 32, LOSSES)
ONE_BATCH = study("10-retrieval-batch-all", 2_000, LOSSES)
