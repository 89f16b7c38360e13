"""The clips of the recogniser's study, as it hears them: spoken names and words.

Twelve voices speak the names of the emoji corpus; these and twelve more speak frequent
words of English, a voice for each in turn. All speech is synthetic, by espeak-ng.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch

from mmlearn.batch import Padded, masked_mean, zero_masked
from mmlearn.data import emoji, glove
from mmlearn.data.decode.clip import RATE
from mmlearn.data.speech import LONGEST
from mmlearn.data.store import packages
from mmlearn.data.store.cache import Built, Recipe, cached
from mmlearn.data.synth.clips import clips, padded
from mmlearn.preprocess.audio import log_mel
from mmlearn.preprocess.vocabulary import Vocabulary

# The voices that are no twins (`digits.TWINS`), shuffled by
# numpy.random.default_rng(0).permutation; Andy, who speaks in other notebooks, first.
KNOWN = (
    *("Andy", "UniRobot", "zac", "antonio", "Jacky", "mike2"),
    *("m2", "paul", "AnxiousAndy", "kaukovalta", "norbert", "edward"),
)
VALIDATION = ("Marco", "RicishayMax3")
NEW = ("klatt", "ian", "adam", "robosoft5", "Mario", "shelby")
WORDS_ONLY = (
    *("klatt3", "gustave", "Tweaky", "grandpa", "Annie", "Andrea"),
    *("david", "iven", "aunty", "Storm", "caleb", "steph"),
)
WORDS = 40_000  # the most frequent of GloVe's
WORD = -1  # in place of the family of a name

LETTERS = Vocabulary(["<blank>", " ", "'", *"abcdefghijklmnopqrstuvwxyz"])
N_MELS = 40
SCALE = 2.1  # the deviation of a band, in the unit of `log_mel`


def spelling(text: str) -> str:
    """A text in the letters of `LETTERS`: lower case, no accents, hyphens as spaces."""
    plain = unicodedata.normalize("NFKD", text).replace("\u2019", "'").lower()
    kept = [letter for letter in plain if not unicodedata.combining(letter)]
    return "".join(kept).replace("-", " ")


def can_be_spelt(text: str) -> bool:
    """Whether it has no digits and no other signs."""
    return all(letter in LETTERS for letter in spelling(text))


def read(letters: Sequence[int]) -> str:
    """The numbers of letters as a text, without spaces at its ends."""
    return "".join(LETTERS.lookup_tokens(letters)).strip()


def heard(waveforms: np.ndarray, lengths: np.ndarray) -> Padded:
    """Clips at 8 kHz as what the recogniser reads: float32 [N, frames, 40].

    Log-mel, each clip's own mean taken out of each band, over `SCALE`: no statistics of
    a training set are needed.

    Args:
        waveforms: int16 [N, T].
        lengths: whole numbers [N], samples.
    """
    sound = np.asarray(waveforms, dtype=np.float32) / 32_768
    mel = log_mel(sound, lengths, RATE, N_MELS)
    mean = masked_mean(mel.values, mel.mask).unsqueeze(1)
    return Padded(zero_masked((mel.values - mean) / SCALE, mel.mask), mel.mask)


@dataclass(frozen=True)
class Heard:
    """N clips.

    Args:
        text: what is said, in the letters of `LETTERS`.
        voice: N names.
        family: of the emoji, int64 [N]; `WORD` for a word.
        frames: of each clip, int64 [N].
        audio: the frames of all, one clip after another, float16 [sum of frames, 40].
    """

    text: np.ndarray
    voice: np.ndarray
    family: np.ndarray
    frames: np.ndarray
    audio: np.ndarray

    def clips(self, rows: np.ndarray) -> Padded:
        """What the recogniser reads of some rows: float32 [n, the longest's, 40]."""
        ends = np.cumsum(self.frames)
        values = torch.zeros(len(rows), int(self.frames[rows].max()), N_MELS)
        for place, row in enumerate(rows):
            n = self.frames[row]
            own = self.audio[ends[row] - n : ends[row]]
            values[place, :n] = torch.from_numpy(own.astype(np.float32))
        steps = torch.arange(values.shape[1])
        return Padded(values, steps < torch.as_tensor(self.frames[rows])[:, None])


def load() -> Heard:
    """All clips; built at the first call, in three minutes, then cached (190 MB).

    Raises:
        ModuleNotFoundError: when it must be built and espeakng-loader is missing.
        FileNotFoundError: when it must be built and the words are missing.
    """
    built = cached(recipe())
    texts, voices = (np.array(built.columns[name]) for name in ("text", "voice"))
    rest = (np.asarray(built.columns[name]) for name in ("family", "frames", "audio"))
    return Heard(texts, voices, *rest)


def recipe() -> Recipe:
    """How the clips are made, and what their cache entry is keyed by."""
    return Recipe(
        name="heard",
        key={
            "builder": 1,
            "names": [*KNOWN, *VALIDATION, *NEW],
            "words": [WORDS, *KNOWN, *WORDS_ONLY],
            "longest": LONGEST,
            "scale": SCALE,
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


def frequent(count: int) -> list[str]:
    """The most frequent of GloVe's words of 3 to 12 letters.

    Raises:
        FileNotFoundError: when the package is not installed.
    """
    words = (word for word in glove.load().words if re.fullmatch("[a-z]{3,12}", word))
    return list(islice(words, count))


def _build() -> Built:
    corpus = emoji.load()
    of_english = [*KNOWN, *WORDS_ONLY]
    spoken = frequent(WORDS)
    text: list[str] = []
    voice: list[str] = []
    family: list[int] = []
    parts, frames = [], []
    for name in [*KNOWN, *VALIDATION, *NEW, *WORDS_ONLY]:
        said = []
        if name not in WORDS_ONLY:
            for title, number in zip(corpus["name_en"], corpus.groups, strict=True):
                if len(title) <= LONGEST:
                    said.append((title, int(number)))
        if name in of_english:
            own = spoken[of_english.index(name) :: len(of_english)]
            said += [(word, WORD) for word in own]
        sounds = clips([f"en-us+{name}"] * len(said), [title for title, _ in said])
        for start in range(0, len(said), 256):
            audio = heard(*padded(sounds[start : start + 256]))
            parts.append(audio.values[audio.mask].half().numpy())
            frames.append(audio.mask.sum(dim=1).numpy())
        text += [spelling(title) for title, _ in said]
        family += [number for _, number in said]
        voice += [name] * len(said)
    packages.check(packages.ESPEAK)
    return Built(
        {
            "text": text,
            "voice": voice,
            "family": np.array(family, dtype=np.int64),
            "frames": np.concatenate(frames),
            "audio": np.concatenate(parts),
        }
    )
