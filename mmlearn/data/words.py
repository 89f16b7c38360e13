"""Spoken English words: synthetic speech, a voice for each word in turn.

To teach a recogniser how English is spelt, which names of emoji alone are too few for.
The words are the most frequent of GloVe's (Wikipedia of 2014 and newspapers), spoken by
espeak-ng: clear and even, and called synthetic wherever a number comes from it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from mmlearn.data import glove
from mmlearn.data.corpus import Corpus
from mmlearn.data.decode.clip import RATE
from mmlearn.data.speech import VOICES, check_several, check_voices
from mmlearn.data.store import packages
from mmlearn.data.store.cache import Built, Recipe, cached
from mmlearn.data.synth.clips import clips, padded

COUNT = 20_000
_WORD = re.compile("[a-z]{3,12}")


def load(voices: Sequence[str] = VOICES, count: int = COUNT) -> Corpus:
    """The spoken words, N = count; built at the first call, then cached.

    Word i, by falling frequency, is spoken by voice i modulo their number. Rows are in
    the order of the voices. A word has 3 to 12 letters of a to z.

    Columns:
        waveform: int16 [N, T], mono at 8 kHz, as in `speech.load`.
        length: int64 [N], samples.
        text: the word.
        voice: its voice.
        rank: int64 [N], the word's place by frequency, from 0.

    Groups, and the label, are the voices. N x T x 2 bytes are kept: 400 MB by default.

    Args:
        voices: as in `speech.load`.

    Raises:
        ModuleNotFoundError: when it must be built and espeakng-loader is missing.
        FileNotFoundError: when it must be built and the words are missing.
        ValueError: for voices as in `speech.load`; when count is not positive, or
            larger than the number of words.
    """
    made = recipe(voices, count)
    columns = dict(cached(made).columns)
    number = {voice: i for i, voice in enumerate(voices)}
    by_voice = np.array([number[voice] for voice in columns["voice"]], dtype=np.int64)
    return Corpus(
        name=made.name,
        columns=columns,
        label=by_voice,
        label_names=tuple(voices),
        groups=by_voice,
        licence=made.licence,
        source=made.source,
        rates={"waveform": RATE},
    )


def recipe(voices: Sequence[str] = VOICES, count: int = COUNT) -> Recipe:
    """How the corpus is built, and what its cache entry is keyed by.

    Raises:
        ValueError: as `load` does.
    """
    check_several("voices", voices)
    check_voices(voices)
    if count < len(voices):
        raise ValueError(
            f"count is {count}; expected a word or more for each of {len(voices)} "
            "voices"
        )
    return Recipe(
        name="words",
        key={
            "builder": 1,
            "voices": list(voices),
            "count": count,
            "rate": RATE,
            "packages": [
                packages.identity(packages.GLOVE),
                packages.identity(packages.ESPEAK),
            ],
        },
        build=lambda: _build(voices, count),
        licence="words from GloVe (PDDL 1.0); the speech is generated here",
        source=f"the {count:,} most frequent words of GloVe 6B; speech: synthetic, "
        "formant synthesis by espeak-ng",
        tools=("scipy", "espeakng-loader"),
    )


def most_frequent(count: int) -> list[str]:
    """The words that are spoken, by falling frequency.

    Raises:
        FileNotFoundError: when the package is not installed.
        ValueError: when there are fewer.
    """
    words = [word for word in glove.load().words if _WORD.fullmatch(word)]
    if len(words) < count:
        raise ValueError(f"count is {count}; there are {len(words)} words")
    return words[:count]


def _build(voices: Sequence[str], count: int) -> Built:
    words = most_frequent(count)
    rows = [
        (voice, i)
        for first, voice in enumerate(voices)
        for i in range(first, count, len(voices))
    ]
    texts = [words[i] for _, i in rows]
    waveform, length = padded(clips([f"en-us+{voice}" for voice, _ in rows], texts))
    packages.check(packages.ESPEAK)
    return Built(
        {
            "waveform": waveform,
            "length": length,
            "text": texts,
            "voice": [voice for voice, _ in rows],
            "rank": np.array([i for _, i in rows]),
        }
    )
