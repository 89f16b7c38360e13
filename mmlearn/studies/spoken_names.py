"""Spoken names to letters: who is new, the voice or the word?

A recogniser is judged in four corners: voices that it has heard or not, names that it
has heard or not. A new name is of a family that nothing was trained on; the words that
teach it to spell leave out what occurs only in new names, and what begins with it
("otters" with "otter"). In the corner where both are known, the clip is new: that name
by that voice, as after a split of shuffled clips.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn import seed_everything
from mmlearn.batch import Batch, Padded, TensorData
from mmlearn.data.split import split
from mmlearn.encoders import SpeechEncoder
from mmlearn.fusion import Separate
from mmlearn.heads import Transcribe
from mmlearn.heads.transcribe import steps_needed
from mmlearn.made_for import mark
from mmlearn.model import MultimodalModel
from mmlearn.preprocess.spectrogram import (
    add_noise,
    mask_bands,
    stretch_bands,
    stretch_time,
)
from mmlearn.preprocess.text import encode
from mmlearn.studies import heard
from mmlearn.studies.heard import KNOWN, LETTERS, N_MELS, NEW, VALIDATION, Heard
from mmlearn.studies.study import Part, Splits, Study, Weights
from mmlearn.studies.transcripts import METRICS, judge, languages
from mmlearn.train import fit

FRACTIONS = (0.7, 0.1, 0.2)  # of the names, by family: training, validation, test
D_MODEL, DEPTH, STRIDE = 384, 2, 2
FASTEST, SLOWEST = 0.9, 1.4  # how long a clip becomes in training
TOGETHER = 64  # clips of a training step
TRAINED_BY = 8  # of the twelve voices, that speak a training name in training


def recogniser(width: int = 128, dropout: float = 0.1) -> MultimodalModel:
    """The network; its modality is `audio`, its target `transcript`."""
    encoder = SpeechEncoder(N_MELS, D_MODEL, width, DEPTH, STRIDE, dropout=dropout)
    head = Transcribe(D_MODEL, len(LETTERS), stride=STRIDE)
    mark(head, {"letters": LETTERS.get_itos(), "scale": heard.SCALE})
    return MultimodalModel({"audio": encoder}, Separate(["audio"], D_MODEL), head)


def vary(batch: Batch) -> Batch:
    """Each clip slower or faster, from another throat, in noise, with bands missing."""
    audio = stretch_time(batch["audio"], FASTEST, SLOWEST)
    audio = add_noise(mask_bands(stretch_bands(audio, 0.12), 8), 0.3)
    return batch | {"audio": audio}


class InBunches:
    """Training data whose items are bunches of clips of about one length.

    A batch of clips drawn at random is padded to the longest, which wastes half of the
    work. Here `data[index]` gives the bunches of these numbers, cut where the longest
    clip ends.

    Args:
        size: clips in a bunch.
    """

    def __init__(self, data: TensorData, size: int) -> None:
        self.data = data
        order = _audio(data.columns).mask.sum(dim=1).argsort(stable=True)
        self.bunches = order.split(size)

    def __len__(self) -> int:
        return len(self.bunches)

    def __getitem__(self, index: Tensor) -> Batch:
        batch = self.data[torch.cat([self.bunches[i] for i in index.tolist()])]
        audio = _audio(batch)
        longest = int(audio.mask.sum(dim=1).max())
        cut = Padded(audio.values[:, :longest], audio.mask[:, :longest])
        return batch | {"audio": cut}


@dataclass(frozen=True)
class Recognition(Study):
    """A study whose models are trained on bunches of clips of about one length."""

    def train(self, model: str, splits: Splits, seed: int) -> MultimodalModel:
        """Train one model; initial weights, dropout and order follow from the seed."""
        seed_everything(seed)
        built = self.models[model](splits)
        bunches = InBunches(splits.train, self.training["batch_size"])
        options = dict(self.training) | {"batch_size": 1}
        fit(built, bunches, splits.valid, seed=seed, **options)
        return built


def families(clips: Heard) -> tuple[np.ndarray, ...]:
    """The families of names for training, validation and test.

    As `split(speech.load(groups="family", voices=("Andy",)).groups, FRACTIONS, seed=0)`
    deals them.
    """
    own = clips.family[(clips.voice == "Andy") & (clips.family != heard.WORD)]
    return tuple(np.unique(own[rows]) for rows in split(own, FRACTIONS, seed=0))


def rows_of(clips: Heard) -> dict[str, np.ndarray]:
    """The rows of each set of clips, by name; "train" and "valid" among them."""
    names = {text: i for i, text in enumerate(dict.fromkeys(clips.text[_names(clips)]))}
    name = np.array([names.get(text, 0) for text in clips.text])
    place = {voice: i for voices in (KNOWN, VALIDATION, NEW)
             for i, voice in enumerate(voices)}  # fmt: skip
    turn = name + np.array([place.get(voice, 0) for voice in clips.voice])
    trained, valid, new = (np.isin(clips.family, own) for own in families(clips))
    by = {who: np.isin(clips.voice, who) for who in (KNOWN, VALIDATION, NEW)}
    fits = _room(clips) & np.array([heard.can_be_spelt(text) for text in clips.text])
    sets = {
        "train": trained & by[KNOWN] & (turn % 12 < TRAINED_BY) | _spelling(clips),
        "valid": valid & (by[KNOWN] & (turn % 4 == 0) | by[VALIDATION]),
        "known voice, known name": trained & by[KNOWN] & (turn % 12 == TRAINED_BY),
        "known voice, new name": new & by[KNOWN] & (turn % 4 == 0),
        "new voice, known name": trained & by[NEW] & (turn % 6 == 0),
        "new voice, new name": new & by[NEW] & (turn % 2 == 0),
    }
    told, _ = _vocabulary(clips)
    plain = np.array([set(_words(text)) <= told for text in clips.text])
    for who, voices in (("known", KNOWN), ("new", NEW)):
        sets[f"{who} voice, new name of known words"] = new & plain & by[voices]
    return {key: np.flatnonzero(rows & fits) for key, rows in sets.items()}


def prepare(fold: int = 0) -> Splits:
    """The clips for training and validation, and the corners.

    Each corner comes twice: with intervals by family (of the emoji), and by voice.
    """
    clips, parts = heard.load(), {}
    rows = rows_of(clips)
    for corner in list(rows)[2:]:
        for by, groups in (("family", clips.family), ("voice", clips.voice)):
            own = rows[corner]
            about = clips.text[own].tolist()
            parts[f"{corner}, by {by}"] = Part(_data(clips, own), groups[own], about)
    return Splits(
        _data(clips, rows["train"]),
        _data(clips, rows["valid"]),
        test_parts=parts,
        more={"languages": languages(clips, rows["train"])},
    )


def _names(clips: Heard) -> np.ndarray:
    return clips.family != heard.WORD


def _room(clips: Heard) -> np.ndarray:
    """Whether a clip has enough frames for its letters, also when it is made faster."""
    spelt = encode(clips.text.tolist(), _any_letter, LETTERS)
    tokens = np.floor(clips.frames * FASTEST - 1) / STRIDE
    return tokens >= steps_needed(spelt).numpy()


def _any_letter(text: str) -> list[str]:
    return [letter if letter in LETTERS else " " for letter in text]


def _spelling(clips: Heard) -> np.ndarray:
    """The words that teach to spell: none that only a new name has, nor longer ones."""
    _, new = _vocabulary(clips)
    long = tuple(word for word in new if len(word) > 3)
    told = [text in new or text.startswith(long) for text in clips.text]
    return ~_names(clips) & ~np.array(told)


def _vocabulary(clips: Heard) -> tuple[set[str], set[str]]:
    """The words of training names, and those that only other names have."""
    trained = np.isin(clips.family, families(clips)[0])
    known, all_of_them = (
        {word for text in set(clips.text[rows]) for word in _words(text)}
        for rows in (trained, _names(clips))
    )
    return known, all_of_them - known


def _words(text: str) -> list[str]:
    return text.replace("'", " ").split()


def _data(clips: Heard, rows: np.ndarray) -> TensorData:
    spelt = encode(clips.text[rows].tolist(), list, LETTERS)
    return TensorData({"audio": clips.clips(rows), "transcript": spelt})


def _audio(batch: Any) -> Padded:
    audio = batch["audio"]
    assert isinstance(audio, Padded)
    return audio


TRAINING = {
    "epochs": 15,
    "batch_size": TOGETHER,
    "learning_rate": 2e-3,
    "augment": vary,
    "keep": "character error rate",
}
RECOGNISER = Recognition(
    "11-recogniser",
    prepare,
    {"recogniser": lambda splits: recogniser()},
    (),
    TRAINING,
    metrics=METRICS,
    judge=judge,
    weights=Weights(
        "recogniser",
        what="A clip of a spoken English name or word, at 8 kHz, to its letters (a to "
        "z, space, apostrophe), by CTC: convolutions, and GRUs in both directions.",
        data="About 47,000 clips of *synthetic* speech (espeak-ng, 24 voices): names "
        "of emoji (Unicode CLDR, BSD-3-Clause) and frequent words of GloVe (PDDL 1.0). "
        "The speech was generated by this course.",
        not_for="speech of people, of whom it has heard none; whole sentences; other "
        "languages. It is a judge in notebook 12, and an example.",
    ),
)
