"""A study of letters, in two test sets, that trains in seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from mmlearn.batch import TensorData, pad
from mmlearn.encoders import SpectrogramEncoder
from mmlearn.fusion import Separate
from mmlearn.heads import Transcribe
from mmlearn.made_for import mark
from mmlearn.metrics.sequence import ERROR_RATE
from mmlearn.model import MultimodalModel
from mmlearn.studies.study import Part, Splits, Study

D_MODEL, N_MELS, LETTERS = 8, 6, "-abc"


def prepare(fold: int = 0, loud: float = 2.0, later: str = "abc") -> Splits:
    """48 sounds, each of one, two or three letters; a letter is a loud band."""
    draw = torch.Generator().manual_seed(0)
    sounds, wanted, texts = [], [], []
    for row in range(48):
        word = torch.randint(1, len(LETTERS), (1 + row % 3,), generator=draw)
        sound = torch.randn(8 * len(word) + 4, N_MELS, generator=draw)
        for place, letter in enumerate(word.tolist()):
            sound[8 * place : 8 * place + 5, letter] += loud
        sounds.append(sound)
        wanted.append(word)
        texts.append("".join(LETTERS[letter] for letter in word))
    data = TensorData({"audio": pad(sounds), "transcript": pad(wanted)})
    rows = torch.arange(48).split([24, 8, 8, 8])
    train, valid, near, far = (TensorData(data[part]) for part in rows)
    voices = np.array(["Ann", "Bob", "Cy", "Di"]).repeat(2)
    parts = {
        "known voices": Part(near, voices, texts[32:40]),
        "new voices": Part(far, np.arange(8) // 2, texts[40:]),
    }
    return Splits(train, valid, test_parts=parts, more={"letters": LETTERS})


def build(width: int = 8, marked: bool = True) -> Callable[[Splits], MultimodalModel]:
    """A function that builds a recogniser."""

    def built(splits: Splits) -> MultimodalModel:
        letters = splits.more["letters"]
        tower = SpectrogramEncoder(N_MELS, D_MODEL, width=width, pool=False)
        head = Transcribe(D_MODEL, len(letters), stride=4)
        if marked:
            mark(head, {"letters": letters})
        return MultimodalModel({"audio": tower}, Separate(["audio"], D_MODEL), head)

    return built


def tiny_study(**changed: Any) -> Study:
    fields: dict[str, Any] = {
        "name": "99-letters",
        "prepare": prepare,
        "models": {"small": build(), "large": build(16)},
        "single": ("small",),
        "training": {
            "epochs": 3,
            "learning_rate": 1e-2,
            "keep": "character error rate",
        },
        "metrics": {"CER": ERROR_RATE},
    }
    return Study(**(fields | changed))
