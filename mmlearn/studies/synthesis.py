"""Spoken names from their letters: is a new name spoken so that it is understood?

A synthesiser learns one voice, from names of emoji alone or from names and frequent
words of English. It is judged on names of families that neither it nor its judge was
trained on: by the distance of its mel frames, and by what the recogniser of notebook
11 hears in its waveforms. Words that occur only in such names are left out, and so is
what begins with one of them ("otters" with "otter").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn import seed_everything
from mmlearn.batch import Batch, Padded, TensorData, pad
from mmlearn.checkpoint import History
from mmlearn.data import speech
from mmlearn.data.decode.clip import RATE
from mmlearn.data.split import split
from mmlearn.encoders import LettersEncoder
from mmlearn.fusion import ConcatFusion
from mmlearn.heads import Speak
from mmlearn.heads.transcribe import collapse
from mmlearn.made_for import mark
from mmlearn.metrics import Metric, ratio
from mmlearn.metrics.sequence import ERROR_RATE, errors, lengths
from mmlearn.model import MultimodalModel
from mmlearn.preprocess.audio import band_statistics
from mmlearn.preprocess.text import encode
from mmlearn.preprocess.waveform import mel_to_waveform
from mmlearn.studies import heard, said, weights
from mmlearn.studies.heard import LETTERS, WORD, can_be_spelt
from mmlearn.studies.spoken_names import FRACTIONS, recogniser
from mmlearn.studies.study import Part, Splits, Study, Weights
from mmlearn.train import fit

D_MODEL, DEPTH, DROPOUT = 128, 3, 0.1
TOGETHER = 32  # clips of a training step
ROUNDS = 30  # of Griffin and Lim, for the judge


def synthesiser(mean: Tensor, std: Tensor) -> MultimodalModel:
    """The network; its modality is `text`, its target `mel`.

    Args:
        mean: [40], of each band; what was learned brings its own, so zeros will do.
        std: as mean; ones will do.
    """
    encoder = LettersEncoder(len(LETTERS), D_MODEL, DEPTH, dropout=DROPOUT)
    head = Speak(D_MODEL, mean, std, width=D_MODEL, depth=DEPTH)
    mark(head, {"letters": LETTERS.get_itos(), "rate": RATE, "hop": said.HOP})
    return MultimodalModel({"text": encoder}, ConcatFusion(["text"], D_MODEL), head)


def recorded() -> MultimodalModel:
    """The network as it was recorded, ready to speak."""
    plain = synthesiser(torch.zeros(heard.N_MELS), torch.ones(heard.N_MELS))
    return weights.load("12-synthesis", plain)


def names() -> tuple[np.ndarray, ...]:
    """Rows of `speech.load(voices=("Andy",))` for training, validation and test.

    Dealt by family, as the recogniser's names are; what cannot be spelt is left out.
    """
    corpus = speech.load(voices=(said.VOICE,), groups="family")
    fits = np.array([can_be_spelt(text) for text in corpus["text"]])
    return tuple(rows[fits[rows]] for rows in split(corpus.groups, FRACTIONS, seed=0))


def prepare(fold: int = 0, words: bool = True) -> Splits:
    """Names by family, and with them the words that give no test name away.

    Args:
        words: whether to train on words too.
    """
    clips = said.load()
    train, valid, test = names()
    own = np.append(train, spelling_words(clips, train)) if words else train
    # The names are the first rows of the clips, in the corpus' order.
    about = [[str(clips.text[row]), int(row)] for row in test]
    groups = clips.family[test]
    return Splits(
        _data(clips, own),
        _data(clips, valid),
        test_parts={"new names": Part(_data(clips, test), groups, about)},
        more={"scale": band_statistics(clips.clips(own))},
    )


def spelling_words(clips: said.Said, train: np.ndarray) -> np.ndarray:
    """The rows of words: none that only a new name has, nor longer ones."""
    of_names = np.flatnonzero(clips.family != WORD)
    known, new = (
        {part for text in clips.text[rows] for part in text.replace("'", " ").split()}
        for rows in (train, np.setdiff1d(of_names, train))
    )
    new -= known
    long = tuple(word for word in new if len(word) > 3)
    rows = np.flatnonzero(clips.family == WORD)
    told = [word in new or word.startswith(long) for word in clips.text[rows]]
    return rows[~np.array(told)]


def say(
    model: MultimodalModel, texts: Sequence[str], rounds: int = 60
) -> tuple[Tensor, Tensor]:
    """Texts as waveforms float [N, T], loudest sample 0.9, and lengths [N].

    Args:
        texts: in the letters of `LETTERS`; see `heard.spelling`.
    """
    return loud(
        *mel_to_waveform(frames(model, texts), RATE, hop=said.HOP, rounds=rounds)
    )


@torch.no_grad()
def frames(model: MultimodalModel, texts: Sequence[str]) -> Padded:
    """Log-mel frames of texts, as many as the model wants: float32 [N, T, 40]."""
    model.eval()
    output = model({"text": encode(texts, list, LETTERS)})
    return pad(model.head.predict(output))


def loud(waveforms: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """The same, each with a loudest sample of 0.9, as the corpus has it."""
    peaks = waveforms.abs().amax(dim=1, keepdim=True).clamp(min=1e-9)
    return 0.9 * waveforms / peaks, lengths


@lru_cache
def judge_network() -> MultimodalModel:
    """The recogniser of notebook 11, as it was recorded."""
    return weights.load("11-recogniser", recogniser())


@torch.no_grad()
def understood(
    waveforms: Tensor | np.ndarray, lengths: Tensor | np.ndarray
) -> list[str]:
    """What the recogniser hears in waveforms in -1..1, by the best path."""
    waves = np.asarray(waveforms, dtype=np.float32) * 32_768
    model, found = judge_network(), []
    for rows in np.array_split(np.arange(len(waves)), -(-len(waves) // 128)):
        audio = heard.heard(waves[rows], np.asarray(lengths)[rows])
        output = model({"audio": audio})
        best = output["logits"].argmax(dim=-1)
        found += [
            heard.read(collapse(path[mask].tolist()))
            for path, mask in zip(best, output["mask"], strict=True)
        ]
    return found


def wrong_letters(
    waveforms: Tensor | np.ndarray, lengths: Tensor | np.ndarray, texts: Sequence[str]
) -> np.ndarray:
    """How many letters the recogniser gets wrong in each waveform: int64 [N]."""
    found = understood(waveforms, lengths)
    return np.array([errors(a, b) for a, b in zip(found, texts, strict=True)])


@torch.no_grad()
def judge(model: MultimodalModel, part: Part, splits: Splits) -> np.ndarray:
    """Of each name: what is heard in ours, in the recording and in its copy; the mel.

    Columns: wrong letters in ours, letters, wrong letters in the recording and in its
    copy (its mel made a waveform again), error of the mel and frames, error of a mel
    that is the mean of each band throughout.
    """
    model.eval()
    texts, rows = [text for text, _ in part.about], [row for _, row in part.about]
    recorded, lengths = recordings(rows)
    mel = part.data.columns["mel"]
    assert isinstance(mel, Padded)
    copies = loud(*mel_to_waveform(mel, RATE, hop=said.HOP, rounds=ROUNDS))
    wrong = [
        wrong_letters(*waves, texts)
        for waves in (say(model, texts, ROUNDS), (recorded, lengths), copies)
    ]
    letters = np.array([len(text) for text in texts])
    whole = part.data[torch.arange(len(part.data))]
    own = model.head.statistics(model(whole), whole).numpy()
    zero = ((mel.values - model.head.mean) / model.head.std).abs().mean(dim=2)
    flat = (zero * mel.mask).sum(dim=1).double().numpy()
    columns = [wrong[0], letters, *wrong[1:], own[:, 0], own[:, 1], flat, own[:, 2]]
    return np.stack(columns, axis=1).astype(np.float64)


def recordings(rows: Sequence[int] | np.ndarray) -> tuple[Tensor, Tensor]:
    """Rows of the corpus as waveforms float [N, T] in -1..1, and lengths [N]."""
    corpus = speech.load(voices=(said.VOICE,), groups="family")
    lengths = np.asarray(corpus["length"])[rows]
    waves = np.asarray(corpus["waveform"])[rows, : lengths.max()]
    return torch.from_numpy(waves / np.float32(32_768)), torch.from_numpy(lengths)


class InBunches:
    """Training data whose items are bunches of texts of about as many frames.

    A batch drawn at random is padded to its longest clip, which wastes half the work.

    Args:
        size: clips in a bunch.
    """

    def __init__(self, data: TensorData, size: int) -> None:
        self.data = data
        order = _mel(data.columns).mask.sum(dim=1).argsort(stable=True)
        self.bunches = order.split(size)

    def __len__(self) -> int:
        return len(self.bunches)

    def __getitem__(self, index: Tensor) -> Batch:
        batch = self.data[torch.cat([self.bunches[i] for i in index.tolist()])]
        return {name: _cut(column) for name, column in batch.items()}


@dataclass(frozen=True)
class Synthesis(Study):
    """A study whose models are trained on bunches of clips of about one length."""

    def train(self, model: str, splits: Splits, seed: int) -> MultimodalModel:
        """Train one model; initial weights, dropout and order follow from the seed."""
        return self.trained(model, splits, seed)[0]

    def trained(
        self, model: str, splits: Splits, seed: int
    ) -> tuple[MultimodalModel, History]:
        """As `train`, and the history that `fit` gives."""
        seed_everything(seed)
        built = self.models[model](splits)
        bunches = InBunches(splits.train, self.training["batch_size"])
        options = dict(self.training) | {"batch_size": 1}
        return built, fit(built, bunches, splits.valid, seed=seed, **options)


def _data(clips: said.Said, rows: np.ndarray) -> TensorData:
    spelt = encode(clips.text[rows].tolist(), list, LETTERS)
    return TensorData({"text": spelt, "mel": clips.clips(rows)})


def _mel(batch: Any) -> Padded:
    mel = batch["mel"]
    assert isinstance(mel, Padded)
    return mel


def _cut(column: Padded | Tensor) -> Padded | Tensor:
    """Without the steps that no sample has."""
    if not isinstance(column, Padded):
        return column
    longest = int(column.mask.sum(dim=1).max())
    return Padded(column.values[:, :longest], column.mask[:, :longest])


def _rate(wrong: int) -> Metric:
    """The error rate of the letters in that column."""
    return replace(ERROR_RATE, whole=lambda x: lengths(x[:, [wrong, 1]]))


def _distance(column: int) -> Metric:
    return Metric(ratio, higher=False, whole=lambda x: x[:, [column, 5]])


METRICS = {
    "CER": _rate(0),
    "CER of the recordings": _rate(2),
    "CER of the copies": _rate(3),
    "mel distance": _distance(4),
    "mel distance of the mean": _distance(6),
    "length error": _distance(7),
}
TRAINING = {
    "batch_size": TOGETHER,
    "learning_rate": 2e-3,
    "keep": "mel distance",
}
WORDS = Synthesis(
    "12-synthesis",
    prepare,
    {"names and words": lambda splits: synthesiser(*splits.more["scale"])},
    (),
    TRAINING | {"epochs": 12},
    metrics=METRICS,
    judge=judge,
    weights=Weights(
        "names and words",
        what="Letters of English to log-mel frames of one synthetic voice, 8 kHz.",
        data="names of emoji (Unicode CLDR, BSD-3-Clause) and frequent words (GloVe, "
        "PDDL 1.0), spoken by espeak-ng (synthetic)",
        not_for="Speaking for a person, or anything where a word must be understood: "
        "one letter in several is not.",
    ),
)
NAMES = Synthesis(
    "12-names",
    partial(prepare, words=False),
    {"names": lambda splits: synthesiser(*splits.more["scale"])},
    (),
    TRAINING | {"epochs": 12},
    metrics=METRICS,
    judge=judge,
)
