"""Emoji to one of nine groups, unseen families: picture and name against each alone."""

from __future__ import annotations

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

D_MODEL, SIDE = 128, 32
BOTH = ("image", "text")


def prepare() -> Splits:
    """The corpus split by family; words seen once stand for the unknown word."""
    corpus = emoji.load()
    parts = split(
        corpus.groups, fractions=(0.5, 0.15, 0.35), seed=0, label=corpus.label
    )
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
        "image": ConvEncoder(D_MODEL, widths=(32, 64, 128)),
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
TRAINING = {"epochs": 20, "batch_size": 64, "learning_rate": 2e-3, "augment": vary}

GROUPS = Study("05-emoji-groups", __file__, prepare, MODELS, BOTH, TRAINING)
