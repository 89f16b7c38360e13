"""Many texts by several voices, as clips: spoken a voice at a time, two at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mmlearn.data.decode.clip import to_clip
from mmlearn.data.synth.espeak import RATE, speak


def clips(voices: Sequence[str], texts: Sequence[str]) -> list[np.ndarray]:
    """Each text by its voice: int16 [T] at 8 kHz each, see `to_clip`.

    A clip is the same whatever other voices there are, as long as its own voice says
    the same texts in the same order.

    Args:
        voices: one a text, as `speak` takes them; those of one follow one another.

    Raises:
        ModuleNotFoundError: as `speak` does.
        ValueError: as `speak` does, and when there are not as many voices as texts.
    """
    own: dict[str, list[str]] = {}
    for voice, text in zip(voices, texts, strict=True):
        own.setdefault(voice, []).append(text)

    def one(voice: str) -> list[np.ndarray]:
        # A call each: what espeak-ng said before can change a clip by some samples.
        sounds = speak([(voice, text) for text in own[voice]])
        return [to_clip(sound / 32_768, RATE) for sound in sounds]

    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        return [clip for part in pool.map(one, own) for clip in part]


def padded(parts: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Clips as one array int16 [N, T], zeros after each, and their lengths [N]."""
    length = np.array([len(clip) for clip in parts], dtype=np.int64)
    waveform = np.zeros((len(parts), length.max()), dtype=np.int16)
    for row, clip in enumerate(parts):
        waveform[row, : len(clip)] = clip
    return waveform, length
