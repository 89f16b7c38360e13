"""Emoji to one of 79 subgroups, unseen families: fusions, and joint training's trap.

The name is read by a frozen sentence encoder and says much; the picture is learned
from scratch and says less. Only subgroups of five families or more are asked for, so
that each is in every fold. All emoji are tested: five folds by family, each the test
split once. The learning rate and the number of epochs were chosen on validation splits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import torch
from torch import nn

from mmlearn.batch import Batch, Padded, TensorData
from mmlearn.data import emoji
from mmlearn.data.corpus import Corpus
from mmlearn.data.split import split
from mmlearn.encoders import ConvEncoder, FeatureEncoder, MiniLMEncoder
from mmlearn.fusion import (
    BottleneckFusion,
    ConcatFusion,
    CrossAttentionFusion,
    GatedFusion,
    LowRankFusion,
    ModalityDropout,
    SelfAttentionFusion,
    Separate,
    TensorFusion,
)
from mmlearn.heads import Classify, LateClassify
from mmlearn.model import MultimodalModel
from mmlearn.preprocess import image
from mmlearn.studies.study import Splits, Study

D_MODEL, SIDE, FOLDS, FEWEST, DROPOUT = 128, 24, 5, 5, 0.3
BOTH = ("image", "text")


def corpus() -> tuple[Corpus, np.ndarray, tuple[str, ...]]:
    """The emoji whose subgroup has FEWEST families or more; labels, numbered anew."""
    everything = emoji.load("subgroup")
    families = [
        len(np.unique(everything.groups[everything.label == number]))
        for number in range(len(everything.label_names))
    ]
    common = np.array(families) >= FEWEST
    kept = everything[common[everything.label]]
    numbers, label = np.unique(kept.label, return_inverse=True)
    return kept, label, tuple(kept.label_names[number] for number in numbers)


@cache
def features(names: tuple[str, ...], at_once: int = 128) -> Padded:
    """The frozen encoder's states [N, T, 384], one per word piece."""
    encoder = MiniLMEncoder(pool=False).eval()
    pieces = encoder.tokenize(names)
    with torch.no_grad():
        starts = range(0, len(names), at_once)
        states = [encoder(pieces[slice(i, i + at_once)]).values for i in starts]
    return Padded(torch.cat(states), pieces.mask)


def prepare(fold: int = 0) -> Splits:
    """The corpus split by family; pictures normalised by the training split."""
    kept, label, label_names = corpus()
    fifths = split(kept.groups, (1 / FOLDS,) * FOLDS, seed=0, label=label)
    fifths = fifths[fold:] + fifths[:fold]
    parts = [np.sort(np.concatenate(fifths[2:])), fifths[1], fifths[0]]
    small = image.resize(kept["image"], SIDE)
    pictures = image.normalise(small, *image.channel_statistics(small[parts[0]]))
    words = features(tuple(kept["name_en"]))
    data = TensorData(
        {"image": pictures, "text": words, "label": torch.as_tensor(label)}
    )
    train, valid, test = (TensorData(data[torch.as_tensor(rows)]) for rows in parts)
    return Splits(train, valid, test, kept.groups[parts[2]], label_names)


def encoders(*modalities: str, pool: bool = True) -> dict[str, nn.Module]:
    """A fresh encoder for each modality named."""
    made: dict[str, Callable[..., nn.Module]] = {
        "image": partial(ConvEncoder, D_MODEL, widths=(16, 32, 64)),
        "text": partial(FeatureEncoder, 384, D_MODEL, dropout=DROPOUT),
    }
    return {name: made[name](pool=pool) for name in modalities}


def by_opinion(
    splits: Splits,
    modalities: tuple[str, ...],
    own: float = 1.0,
    joint: float = 0.0,
    p: float = 0.0,
) -> MultimodalModel:
    """One linear layer per modality, opinions averaged; see `LateClassify` on the loss.

    Args:
        p: the share of the training samples that lose a modality.
    """
    head = LateClassify(
        modalities,
        D_MODEL,
        len(splits.label_names),
        dropout=DROPOUT,
        own=own,
        joint=joint,
    )
    fusion = ModalityDropout(Separate(modalities, D_MODEL), p)
    return MultimodalModel(encoders(*modalities), fusion, head)


def fused(
    splits: Splits, fusion: Callable[..., nn.Module], p: float = 0.0, pool: bool = True
) -> MultimodalModel:
    """One of the fusions that mix, trained with one loss on what comes out."""
    mixed = ModalityDropout(fusion(BOTH, D_MODEL), p)
    head = Classify(D_MODEL, len(splits.label_names), dropout=DROPOUT)
    return MultimodalModel(encoders(*BOTH, pool=pool), mixed, head)


def vary(batch: Batch) -> Batch:
    """Rotate and shift the pictures a little, for training."""
    pictures = batch["image"]
    assert isinstance(pictures, torch.Tensor)
    return batch | {"image": image.augment(pictures, together=32)}


CONCAT = partial(ConcatFusion, dropout=DROPOUT)
ATTENTION = partial(SelfAttentionFusion, depth=1, dropout=DROPOUT)
CROSS = partial(CrossAttentionFusion, dropout=DROPOUT)
BOTTLENECK = partial(BottleneckFusion, depth=1, dropout=DROPOUT)

SINGLE = {
    "image": lambda splits: by_opinion(splits, ("image",)),
    "text": lambda splits: by_opinion(splits, ("text",)),
}
FUSIONS = {
    "late": lambda splits: by_opinion(splits, BOTH),
    "concatenation": lambda splits: fused(splits, CONCAT),
    "gated": lambda splits: fused(splits, GatedFusion),
    "tensor": lambda splits: fused(splits, TensorFusion),
    "low-rank": lambda splits: fused(splits, LowRankFusion),
    "self-attention": lambda splits: fused(splits, ATTENTION, pool=False),
    "cross-attention": lambda splits: fused(splits, CROSS, pool=False),
    "bottleneck": lambda splits: fused(splits, BOTTLENECK, pool=False),
}
# Joint training is one loss on the answer of both: every fusion above but late has it.
REMEDIES = {
    "joint": lambda splits: by_opinion(splits, BOTH, own=0, joint=1),
    "joint, modality dropout": lambda splits: by_opinion(splits, BOTH, 0, 1, p=0.5),
    "joint and own losses": lambda splits: by_opinion(splits, BOTH, 1, 1),
    "concatenation, modality dropout": lambda splits: fused(splits, CONCAT, p=0.5),
}
TRAINING = {"epochs": 15, "learning_rate": 4e-3, "keep": "accuracy", "augment": vary}

SUBGROUPS = Study(
    "05-emoji-subgroups",
    prepare,
    SINGLE | FUSIONS | REMEDIES,
    ("image", "text"),
    TRAINING,
    FOLDS,
)
