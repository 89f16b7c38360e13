"""The clips of the synthesiser's study, as it learns to say them: names and words.

One voice, Andy, speaks the names of the emoji corpus and frequent words of English. All
speech is synthetic, by espeak-ng.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import torch

from mmlearn.batch import Padded
from mmlearn.data import emoji, glove
from mmlearn.data.decode.clip import RATE
from mmlearn.data.speech import LONGEST
from mmlearn.data.store import packages
from mmlearn.data.store.cache import Built, Recipe, cached
from mmlearn.data.synth.clips import clips, padded
from mmlearn.preprocess.audio import log_mel
from mmlearn.studies.heard import N_MELS, WORD, spelling

VOICE = "Andy"
WORDS = 12_000  # the most frequent of GloVe's
HOP = 128
_TOGETHER = 256  # clips whose spectra are in memory at once


@dataclass(frozen=True)
class Said:
    """N clips.

    Args:
        text: what is said, in the letters of `heard.LETTERS` where it can be.
        family: of the emoji, int64 [N]; `heard.WORD` for a word.
        frames: of each clip, int64 [N].
        mel: log-mel of all, one clip after another, float16 [sum of frames, 40].
    """

    text: np.ndarray
    family: np.ndarray
    frames: np.ndarray
    mel: np.ndarray

    def clips(self, rows: np.ndarray) -> Padded:
        """The frames of some rows, as `log_mel` gives them: float32 [n, T, 40]."""
        ends = np.cumsum(self.frames)
        values = torch.zeros(len(rows), int(self.frames[rows].max()), N_MELS)
        for place, row in enumerate(rows):
            n = self.frames[row]
            own = self.mel[ends[row] - n : ends[row]]
            values[place, :n] = torch.from_numpy(own.astype(np.float32))
        steps = torch.arange(values.shape[1])
        return Padded(values, steps < torch.as_tensor(self.frames[rows])[:, None])


def load() -> Said:
    """All clips; built at the first call, in half a minute, then cached (50 MB).

    Raises:
        ModuleNotFoundError: when it must be built and espeakng-loader is missing.
        FileNotFoundError: when it must be built and the words are missing.
    """
    built = cached(recipe())
    rest = (np.asarray(built.columns[name]) for name in ("family", "frames", "mel"))
    return Said(np.array(built.columns["text"]), *rest)


def recipe() -> Recipe:
    """How the clips are made, and what their cache entry is keyed by."""
    return Recipe(
        name="said",
        key={
            "builder": 1,
            "voice": VOICE,
            "words": WORDS,
            "longest": LONGEST,
            "hop": HOP,
            "emoji": emoji.recipe().key,
            "packages": [
                packages.identity(packages.GLOVE),
                packages.identity(packages.ESPEAK),
            ],
        },
        build=_build,
        licence="names from Unicode CLDR (BSD-3-Clause), words from GloVe (PDDL 1.0); "
        "the speech is generated here",
        source=f"names of emoji and {WORDS:,} frequent words; speech: synthetic, "
        "formant synthesis by espeak-ng",
        tools=("scipy", "espeakng-loader"),
    )


def _build() -> Built:
    corpus = emoji.load()
    names = [name for name in corpus["name_en"] if len(name) <= LONGEST]
    short = [len(name) <= LONGEST for name in corpus["name_en"]]
    frequent = (w for w in glove.load().words if re.fullmatch("[a-z]{3,12}", w))
    words = [word for word, _ in zip(frequent, range(WORDS), strict=False)]
    # Two calls: a name sounds the same whatever words are spoken as well.
    sounds = [
        clip
        for texts in (names, words)
        for clip in clips([f"en-us+{VOICE}"] * len(texts), texts)
    ]
    packages.check(packages.ESPEAK)
    parts, frames = [], []
    for start in range(0, len(sounds), _TOGETHER):
        waves, lengths = padded(sounds[start : start + _TOGETHER])
        mel = log_mel(waves.astype(np.float32) / 32_768, lengths, RATE, N_MELS, hop=HOP)
        parts.append(mel.values[mel.mask].half().numpy())
        frames.append(mel.mask.sum(dim=1).numpy())
    family = [*corpus.groups[np.array(short)], *[WORD] * len(words)]
    return Built(
        {
            "text": [spelling(text) for text in (*names, *words)],
            "family": np.array(family, dtype=np.int64),
            "frames": np.concatenate(frames),
            "mel": np.concatenate(parts),
        }
    )
