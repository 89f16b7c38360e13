"""Handwritten and spoken digits, unseen voices: does fusion win, in noise and without?

The noise levels were chosen on the validation split, so that each modality alone lands
between .70 and .80. The SNR is measured over the spoken part of each clip; sigma is in
units of the picture's range, 0 to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from mmlearn.batch import TensorData
from mmlearn.data import digits
from mmlearn.data.split import split
from mmlearn.encoders import ConvEncoder, SpectrogramEncoder
from mmlearn.fusion import (
    BottleneckFusion,
    ConcatFusion,
    CrossAttentionFusion,
    GatedFusion,
    LowRankFusion,
    SelfAttentionFusion,
    Separate,
    TensorFusion,
)
from mmlearn.heads import Classify, LateClassify
from mmlearn.model import MultimodalModel
from mmlearn.preprocess import audio, image
from mmlearn.studies.study import Splits, Study

SNR_DB, SIGMA = -7.5, 0.8
D_MODEL, N_MELS = 64, 40
BOTH = ("image", "audio")


def prepare(
    fold: int = 0, snr_db: float | None = SNR_DB, sigma: float = SIGMA
) -> Splits:
    """The corpus split by voice, with noise drawn once.

    Args:
        snr_db: signal-to-noise ratio in decibels; None for clean sound.
        sigma: deviation of the pictures' noise, in units of their range, 0 to 1.
    """
    corpus = digits.load()
    parts = split(corpus.groups, fractions=(0.6, 0.2, 0.2), seed=fold)
    seen = torch.as_tensor(parts[0])
    generator = torch.Generator().manual_seed(0)
    lengths = torch.as_tensor(corpus["length"])
    waves = torch.as_tensor(corpus["waveform"]).float() / 2**15
    if snr_db is not None:
        waves = audio.add_noise(waves, lengths, snr_db, generator)
    sounds = audio.log_mel(waves, lengths, digits.RATE, n_mels=N_MELS)
    sounds = audio.normalise(sounds, *audio.band_statistics(sounds[seen]))
    pictures = torch.as_tensor(corpus["image"]).float() / 255
    pictures = image.add_noise(pictures, sigma, generator)
    pictures = (pictures - pictures[seen].mean()) / pictures[seen].std()
    data = TensorData(
        {"image": pictures, "audio": sounds, "label": torch.as_tensor(corpus.label)}
    )
    train, valid, test = (TensorData(data[torch.as_tensor(rows)]) for rows in parts)
    return Splits(train, valid, test, corpus.groups[parts[2]], corpus.label_names)


def encoders(*modalities: str, pool: bool = True) -> dict[str, nn.Module]:
    """A fresh encoder for each modality named."""
    made: dict[str, Callable[..., nn.Module]] = {
        "image": partial(ConvEncoder, D_MODEL, channels=1, widths=(8, 16, 32)),
        "audio": partial(SpectrogramEncoder, N_MELS, D_MODEL, width=64, dropout=0.1),
    }
    return {name: made[name](pool=pool) for name in modalities}


def single(modality: str) -> MultimodalModel:
    """The baseline: one modality alone."""
    fusion = ConcatFusion([modality], D_MODEL, dropout=0.1)
    return MultimodalModel(encoders(modality), fusion, Classify(D_MODEL, 10))


def late() -> MultimodalModel:
    """Both modalities, each deciding alone; see `LateClassify`."""
    head = LateClassify(BOTH, D_MODEL, 10)
    return MultimodalModel(encoders(*BOTH), Separate(BOTH, D_MODEL), head)


def fused(fusion: Callable[..., nn.Module], pool: bool = True) -> MultimodalModel:
    """Both modalities, mixed by a fusion.

    Args:
        pool: whether to give one token per modality, or the whole grid and all steps in
            time.
    """
    towers = encoders(*BOTH, pool=pool)
    return MultimodalModel(towers, fusion(BOTH, D_MODEL), Classify(D_MODEL, 10))


CONCAT = partial(ConcatFusion, dropout=0.1)
ATTENTION = partial(SelfAttentionFusion, depth=1, dropout=0.1)
CROSS = partial(CrossAttentionFusion, dropout=0.1)
BOTTLENECK = partial(BottleneckFusion, depth=1, dropout=0.1)

SINGLE = {
    "image": lambda splits: single("image"),
    "audio": lambda splits: single("audio"),
}
FUSIONS = {
    "late": lambda splits: late(),
    "concatenation": lambda splits: fused(CONCAT),
    "gated": lambda splits: fused(GatedFusion),
    "tensor": lambda splits: fused(TensorFusion),
    "low-rank": lambda splits: fused(LowRankFusion),
    "self-attention": lambda splits: fused(ATTENTION, pool=False),
    "cross-attention": lambda splits: fused(CROSS, pool=False),
    "bottleneck": lambda splits: fused(BOTTLENECK, pool=False),
}
TRAINING = {"epochs": 10, "learning_rate": 4e-3, "keep": "accuracy"}

NOISY = Study("05-digits-in-noise", prepare, SINGLE | FUSIONS, BOTH, TRAINING)
CLEAN = Study(
    "05-digits-clean",
    partial(prepare, snr_db=None, sigma=0.0),
    SINGLE | {"late": FUSIONS["late"]},
    BOTH,
    TRAINING,
)
