"""What the recogniser of notebook 11 understands of a synthesiser's waveforms.

It is a judge, so it must not have learned what is to be judged: neither it nor the
synthesiser was trained on names of the test families.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from mmlearn.batch import Padded, pad
from mmlearn.data import speech
from mmlearn.data.decode.clip import RATE
from mmlearn.heads.transcribe import collapse
from mmlearn.metrics import Metric, ratio
from mmlearn.metrics.sequence import ERROR_RATE, errors, lengths
from mmlearn.model import MultimodalModel
from mmlearn.preprocess.text import encode
from mmlearn.preprocess.waveform import mel_to_waveform
from mmlearn.studies import heard, said, weights
from mmlearn.studies.heard import LETTERS
from mmlearn.studies.spoken_names import recogniser
from mmlearn.studies.study import Part, Splits

ROUNDS = 30  # of Griffin and Lim


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
    columns = [
        wrong[0],
        letters,
        *wrong[1:],
        own[:, 0],
        own[:, 1],
        own[:, 4],
        own[:, 2],
    ]
    return np.stack(columns, axis=1).astype(np.float64)


def recordings(rows: Sequence[int] | np.ndarray) -> tuple[Tensor, Tensor]:
    """Rows of `speech.load()` as waveforms float [N, T] in -1..1, and lengths [N]."""
    corpus = speech.load()
    lengths = np.asarray(corpus["length"])[rows]
    waves = np.asarray(corpus["waveform"])[rows, : lengths.max()]
    return torch.from_numpy(waves / np.float32(32_768)), torch.from_numpy(lengths)


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
