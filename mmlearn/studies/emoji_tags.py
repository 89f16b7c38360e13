"""Emoji to keywords, unseen families: eyes of its own, or those of photographs?

One network learns to see from the emoji alone, by its tags. The other has seen
photographs only, and stays as it is; a layer on its features is all that learns. The
number of epochs, the learning rate and the sizes were chosen on the validation split.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mmlearn.batch import Batch, TensorData
from mmlearn.data import emoji
from mmlearn.data.corpus import Corpus
from mmlearn.data.split import split
from mmlearn.encoders import ConvEncoder, EfficientNetEncoder, FeatureEncoder
from mmlearn.features import features
from mmlearn.fusion import Separate
from mmlearn.heads import Tag
from mmlearn.metrics import MAP, MICRO_MAP
from mmlearn.model import MultimodalModel
from mmlearn.preprocess import image
from mmlearn.studies.study import Part, Splits, Study

D_MODEL, SIDE, SEEN_AT = 128, 32, 96
PICTURES, FAMILIES = 15, 10  # that a tag needs among the training rows


def common(corpus: Corpus, rows: Sequence[int] | np.ndarray) -> list[str]:
    """The keywords of at least PICTURES of these rows, in FAMILIES of them."""
    families: dict[str, list[int]] = {}
    for row in rows:
        for word in set(corpus["keywords"][row]):
            families.setdefault(word, []).append(int(corpus.groups[row]))
    return sorted(
        word
        for word, found in families.items()
        if len(found) >= PICTURES and len(set(found)) >= FAMILIES
    )


def prepare(fold: int = 0) -> Splits:
    """The corpus split by family; tags are chosen by the training rows alone."""
    corpus = emoji.load()
    parts = split(corpus.groups, (0.6, 0.2, 0.2), seed=fold, label=corpus.label)
    tags = common(corpus, parts[0])
    small = image.resize(corpus["image"], SIDE)
    seen = features(EfficientNetEncoder(), corpus["image"], size=SEEN_AT)
    columns: Batch = {
        "pixels": image.normalise(small, *image.channel_statistics(small[parts[0]])),
        "image": torch.from_numpy(seen.copy()),
        "tags": torch.tensor(
            [[t in words for t in tags] for words in keywords(corpus)]
        ),
        "tags_known": torch.ones(len(corpus), dtype=torch.bool),
    }
    data = TensorData(columns)
    train, valid, test = (TensorData(data[torch.as_tensor(rows)]) for rows in parts)
    part = Part(test, corpus.groups[parts[2]])
    return Splits(train, valid, test_parts={"new": part}, label_names=tuple(tags))


def keywords(corpus: Corpus) -> list[set[str]]:
    """The keywords of each row."""
    return [set(words) for words in corpus["keywords"]]


def from_scratch(splits: Splits) -> MultimodalModel:
    """A small convolutional network, all of whose weights the emoji's tags teach."""
    encoders = {"pixels": ConvEncoder(D_MODEL, widths=(32, 64, 128))}
    head = Tag(D_MODEL, len(splits.label_names), dropout=0.2)
    return MultimodalModel(encoders, Separate(["pixels"], D_MODEL), head)


def photographs(splits: Splits) -> MultimodalModel:
    """A layer on what a network sees that was trained on photographs, frozen."""
    encoders = {"image": FeatureEncoder(1280, D_MODEL, dropout=0.5)}
    head = Tag(D_MODEL, len(splits.label_names), dropout=0.2)
    return MultimodalModel(encoders, Separate(["image"], D_MODEL), head)


def vary(batch: Batch) -> Batch:
    """Rotate and shift the pixels a little, for training."""
    pixels = batch["pixels"]
    assert isinstance(pixels, Tensor)
    return batch | {"pixels": image.augment(pixels, together=32)}


EYES = Study(
    "08-emoji-tags",
    prepare,
    {"from scratch": from_scratch, "photographs' network": photographs},
    ("from scratch",),
    {"epochs": 30, "learning_rate": 2e-3, "augment": vary},
    metrics={"mAP": MAP, "micro mAP": MICRO_MAP},
)
