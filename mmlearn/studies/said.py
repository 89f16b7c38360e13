"""Frequent words of English in one voice, as the synthesiser learns to say them.

To teach it how English is spelt, which names of emoji alone are too few for. All speech
is synthetic, by espeak-ng.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from mmlearn.batch import Padded
from mmlearn.data.decode.clip import RATE
from mmlearn.data.store import packages
from mmlearn.data.store.cache import Built, Recipe, cached
from mmlearn.data.synth.clips import clips, padded
from mmlearn.preprocess.audio import log_mel
from mmlearn.studies.heard import N_MELS, frequent

VOICE = "Andy"
WORDS = 12_000  # the most frequent of GloVe's
HOP = 128
_TOGETHER = 256  # clips whose spectra are in memory at once


@dataclass(frozen=True)
class Said:
    """N words.

    Args:
        text: N texts of a to z.
        frames: of each clip, int64 [N].
        mel: log-mel of all, one clip after another, float16 [sum of frames, 40].
    """

    text: np.ndarray
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
    """All words; built at the first call, in half a minute, then cached (40 MB).

    Raises:
        ModuleNotFoundError: when it must be built and espeakng-loader is missing.
        FileNotFoundError: when it must be built and the words are missing.
    """
    built = cached(recipe())
    rest = (np.asarray(built.columns[name]) for name in ("frames", "mel"))
    return Said(np.array(built.columns["text"]), *rest)


def frames_of(waveforms: np.ndarray, lengths: np.ndarray) -> Padded:
    """Clips int16 [N, T] at 8 kHz, and their samples, as log-mel frames."""
    sound = np.asarray(waveforms, dtype=np.float32) / 32_768
    return log_mel(sound, lengths, RATE, N_MELS, hop=HOP)


def recipe() -> Recipe:
    """How the clips are made, and what their cache entry is keyed by."""
    return Recipe(
        name="said",
        key={
            "builder": 1,
            "voice": VOICE,
            "words": WORDS,
            "hop": HOP,
            "packages": [
                packages.identity(packages.GLOVE),
                packages.identity(packages.ESPEAK),
            ],
        },
        build=_build,
        licence="words from GloVe (PDDL 1.0); the speech is generated here",
        source=f"{WORDS:,} frequent words of English; speech: synthetic, formant "
        "synthesis by espeak-ng",
        tools=("scipy", "espeakng-loader"),
    )


def _build() -> Built:
    words = frequent(WORDS)
    sounds = clips([f"en-us+{VOICE}"] * len(words), words)
    packages.check(packages.ESPEAK)
    parts, frames = [], []
    for start in range(0, len(sounds), _TOGETHER):
        mel = frames_of(*padded(sounds[start : start + _TOGETHER]))
        parts.append(mel.values[mel.mask].half().numpy())
        frames.append(mel.mask.sum(dim=1).numpy())
    columns = {"frames": np.concatenate(frames), "mel": np.concatenate(parts)}
    return Built({"text": words, **columns})
