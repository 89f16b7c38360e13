"""Emoji to one of nine groups, unseen families: picture and name against each alone.

There are few emoji, so all are tested: five folds by family, each the test split once.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from mmlearn.batch import Batch, TensorData
from mmlearn.data import emoji
from mmlearn.data.split import split
from mmlearn.encoders import ConvEncoder, RecurrentEncoder
from mmlearn.fusion import ConcatFusion, Separate
from mmlearn.heads import Classify, LateClassify
from mmlearn.model import MultimodalModel
from mmlearn.preprocess import image, text
from mmlearn.studies.study import Splits, Study

D_MODEL, SIDE, FOLDS = 128, 24, 5
BOTH = ("image", "text")


def prepare(fold: int = 0) -> Splits:
    """The corpus split by family; words seen once stand for the unknown word."""
    corpus = emoji.load()
    fifths = split(corpus.groups, (0.2,) * FOLDS, seed=0, label=corpus.label)
    fifths = fifths[fold:] + fifths[:fold]
    parts = [np.sort(np.concatenate(fifths[2:])), fifths[1], fifths[0]]
    seen = parts[0]
    small = image.resize(corpus["image"], SIDE)
    pictures = image.normalise(small, *image.channel_statistics(small[seen]))
    tokenize = text.tokenizer("en")
    names = corpus["name_en"]
    vocabulary = text.Vocabulary.build(
        (tokenize(names[i]) for i in seen), min_frequency=2
    )
    words = text.encode(names, tokenize, vocabulary)
    data = TensorData(
        {"image": pictures, "text": words, "label": torch.as_tensor(corpus.label)}
    )
    train, valid, test = (TensorData(data[torch.as_tensor(rows)]) for rows in parts)
    return Splits(
        train,
        valid,
        test,
        corpus.groups[parts[2]],
        corpus.label_names,
        len(vocabulary),
    )


def encoders(splits: Splits, *modalities: str) -> dict[str, nn.Module]:
    made = {
        "image": ConvEncoder(D_MODEL, widths=(16, 32, 64)),
        "text": RecurrentEncoder(splits.vocabulary_size, D_MODEL, dropout=0.3),
    }
    return {name: made[name] for name in modalities}


def single(splits: Splits, modality: str) -> MultimodalModel:
    fusion = ConcatFusion([modality], D_MODEL, dropout=0.3)
    head = Classify(D_MODEL, len(splits.label_names))
    return MultimodalModel(encoders(splits, modality), fusion, head)


def late(splits: Splits) -> MultimodalModel:
    head = LateClassify(BOTH, D_MODEL, len(splits.label_names), dropout=0.3)
    return MultimodalModel(encoders(splits, *BOTH), Separate(BOTH, D_MODEL), head)


def concat(splits: Splits) -> MultimodalModel:
    fusion = ConcatFusion(BOTH, D_MODEL, dropout=0.3)
    head = Classify(D_MODEL, len(splits.label_names))
    return MultimodalModel(encoders(splits, *BOTH), fusion, head)


def vary(batch: Batch) -> Batch:
    """Turn and shift the pictures a little, for training."""
    pictures = batch["image"]
    assert isinstance(pictures, torch.Tensor)
    return batch | {"image": image.augment(pictures)}


MODELS = {
    "image": lambda splits: single(splits, "image"),
    "text": lambda splits: single(splits, "text"),
    "late": late,
    "concatenation": concat,
}
TRAINING = {"epochs": 20, "keep": "accuracy", "augment": vary}

GROUPS = Study("05-emoji-groups", __file__, prepare, MODELS, BOTH, TRAINING, FOLDS)
