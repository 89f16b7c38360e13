"""Spoken names from their letters: is a new name spoken so that it is understood?

A synthesiser learns one voice, from names of emoji alone or from names and frequent
words of English. It is judged on names of families that neither it nor its judge was
trained on: by the distance of its mel frames, and by what the recogniser of notebook
11 hears in its waveforms. Words that occur only in such names are left out, and so is
what begins with one of them ("otters" with "otter").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from mmlearn import seed_everything
from mmlearn.batch import Batch, Padded, TensorData
from mmlearn.checkpoint import History
from mmlearn.data import speech
from mmlearn.data.corpus import Corpus
from mmlearn.data.decode.clip import RATE
from mmlearn.data.split import split
from mmlearn.encoders import LettersEncoder
from mmlearn.fusion import ConcatFusion
from mmlearn.heads import Speak
from mmlearn.made_for import mark
from mmlearn.model import MultimodalModel
from mmlearn.preprocess.audio import band_statistics
from mmlearn.preprocess.text import encode
from mmlearn.studies import heard, said, weights
from mmlearn.studies.heard import LETTERS, can_be_spelt, spelling
from mmlearn.studies.intelligible import METRICS, judge
from mmlearn.studies.spoken_names import FRACTIONS
from mmlearn.studies.study import Part, Splits, Study, Weights
from mmlearn.train import fit

D_MODEL, DEPTH, DROPOUT = 128, 3, 0.1
SHORT, LONGER, WITH_WORDS = "names, 16 epochs", "names", "names and words"
NEW, OF_KNOWN_WORDS = "new names", "new names of known words"  # test sets
MORE_EPOCHS = 40  # of `LONGER`
TOGETHER = 32  # clips of a training step


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
    """Rows of `speech.load()`, by Andy, for training, validation and test.

    Dealt by family, as the recogniser's names are; what cannot be spelt is left out.
    """
    corpus = _corpus()
    fits = np.array([can_be_spelt(text) for text in corpus["text"]])
    return tuple(rows[fits[rows]] for rows in split(corpus.groups, FRACTIONS, seed=0))


def prepare(fold: int = 0, words: bool = True) -> Splits:
    """Names by family, and with them the words that give no test name away.

    Args:
        words: whether there are words to train on, after the names.
    """
    corpus = _corpus()
    texts = np.array([spelling(text) for text in corpus["text"]])
    train, valid, test = names()
    learned = texts[train].tolist(), _frames(corpus, train)
    scale = band_statistics(learned[1])
    if words:
        clips = said.load()
        more = spelling_words(clips.text, texts, train)
        learned = (
            learned[0] + clips.text[more].tolist(),
            _joined(learned[1], clips.clips(more)),
        )
    known = words_of(texts[train])
    plain = np.array([words_of([texts[row]]) <= known for row in test])
    return Splits(
        _data(*learned),
        _data(texts[valid].tolist(), _frames(corpus, valid)),
        test_parts={
            NEW: _part(corpus, texts, test),
            OF_KNOWN_WORDS: _part(corpus, texts, test[plain]),
        },
        more={"names": len(train), "scale": scale},
    )


def spelling_words(
    words: np.ndarray, texts: np.ndarray, train: np.ndarray
) -> np.ndarray:
    """The rows of words: none that only a new name has, nor longer ones.

    Args:
        texts: all names; `train` are the rows of those to learn from.
    """
    new = words_of(texts) - words_of(texts[train])
    long = tuple(word for word in new if len(word) > 3)
    told = [word in new or word.startswith(long) for word in words]
    return np.flatnonzero(~np.array(told))


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
    """A study whose models are trained on bunches of clips of about one length.

    All but `WITH_WORDS` learn from the names alone; `LONGER` does so for more epochs,
    as a fair rival of the one that has more to read.
    """

    def train(self, model: str, splits: Splits, seed: int) -> MultimodalModel:
        """Train one model; initial weights, dropout and order follow from the seed."""
        return self.trained(model, splits, seed)[0]

    def trained(
        self, model: str, splits: Splits, seed: int
    ) -> tuple[MultimodalModel, History]:
        """As `train`, and the history that `fit` gives."""
        seed_everything(seed)
        built, data = self.models[model](splits), splits.train
        options = dict(self.training) | {"batch_size": 1}
        if model != WITH_WORDS:
            data = TensorData(data[slice(0, splits.more["names"])])
        if model == LONGER:
            options["epochs"] = MORE_EPOCHS
        bunches = InBunches(data, self.training["batch_size"])
        return built, fit(built, bunches, splits.valid, seed=seed, **options)


def words_of(texts: Iterable[str]) -> set[str]:
    """The words of several names."""
    return {word for text in texts for word in text.replace("'", " ").split()}


def _part(corpus: Corpus, texts: np.ndarray, rows: np.ndarray) -> Part:
    about = [[str(texts[row]), int(row)] for row in rows]
    tested = _data(texts[rows].tolist(), _frames(corpus, rows))
    return Part(tested, corpus.groups[rows], about)


def _corpus() -> Corpus:
    corpus = speech.load(groups="family")
    return corpus[: corpus["voice"].count(said.VOICE)]  # the first of its voices


def _frames(corpus: Corpus, rows: np.ndarray) -> Padded:
    lengths = np.asarray(corpus["length"])[rows]
    waves = np.asarray(corpus["waveform"])[rows, : lengths.max()]
    return said.frames_of(waves, lengths)


def _data(texts: list[str], mel: Padded) -> TensorData:
    return TensorData({"text": encode(texts, list, LETTERS), "mel": mel})


def _joined(one: Padded, other: Padded) -> Padded:
    """The rows of both, as long as the longest."""
    steps = max(one.mask.shape[1], other.mask.shape[1])
    wide = [
        (F.pad(x.values, (0, 0, 0, steps - x.mask.shape[1])),
         F.pad(x.mask, (0, steps - x.mask.shape[1])))
        for x in (one, other)
    ]  # fmt: skip
    values, masks = zip(*wide, strict=True)
    return Padded(torch.cat(values), torch.cat(masks))


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


def _built(splits: Splits) -> MultimodalModel:
    return synthesiser(*splits.more["scale"])


SYNTHESIS = Synthesis(
    "12-synthesis",
    prepare,
    dict.fromkeys((SHORT, LONGER, WITH_WORDS), _built),
    (LONGER,),
    {
        "epochs": 16,
        "batch_size": TOGETHER,
        "learning_rate": 2e-3,
        "keep": "mel distance",
    },
    metrics=METRICS,
    judge=judge,
    weights=Weights(
        WITH_WORDS,
        what="Letters of English to log-mel frames of one synthetic voice, 8 kHz.",
        data="names of emoji (Unicode CLDR, BSD-3-Clause) and frequent words (GloVe, "
        "PDDL 1.0), spoken by espeak-ng (synthetic)",
        not_for="Anything where each word must be understood: of new names some "
        "letters are not.",
    ),
)
