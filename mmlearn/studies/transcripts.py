"""How the transcripts of the recogniser's study are read and judged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mmlearn.ctc_beam import LanguageModel, beam_search
from mmlearn.heads.transcribe import collapse
from mmlearn.metrics import Metric
from mmlearn.metrics.metric import of_columns, ratio
from mmlearn.metrics.sequence import ERROR_RATE, errors
from mmlearn.model import MultimodalModel
from mmlearn.ngrams import END, ByWord, Ngrams
from mmlearn.studies import heard
from mmlearn.studies.heard import LETTERS, WORD, Heard
from mmlearn.studies.study import Part, Splits

WIDTH = 8  # of the beam
# Of the two language models: letters looked at, weight, bonus for a letter. Chosen on
# the validation clips of seed 0.
NAMES, ENGLISH = (4, 0.2, 0.3), (12, 0.7, 1.6)
READ = 40_000  # frequent words that the second one has read, those of new names too
MOST = 2_000  # how often it has read the most frequent one


def languages(clips: Heard, train: np.ndarray) -> tuple[Ngrams, ByWord]:
    """Two language models: of the training names, and of their and English words.

    The second reads word by word. It has read more than was ever heard, the words of
    new names among it: text is cheap. GloVe gives the order of its words and no counts,
    so the word of rank r was read `MOST` / r times (Zipf, 1949), and once at least.
    """
    names = sorted(set(clips.text[train[clips.family[train] != WORD]]))
    words = [word for name in names for word in name.split()]
    ranked = enumerate(heard.frequent(READ), start=1)
    english = [word for rank, word in ranked for _ in range(max(1, MOST // rank))]
    of_names, of_words = (
        Ngrams([LETTERS(list(text)) for text in texts], len(LETTERS), order)
        for texts, order in ((names, NAMES[0]), (words + english, ENGLISH[0]))
    )
    more = 1 - len(names) / (len(words) + 1)  # how likely another word follows
    return of_names, ByWord(of_words, LETTERS[" "], more)


@torch.no_grad()
def judge(model: MultimodalModel, part: Part, splits: Splits) -> np.ndarray:
    """Of each clip: letters, words, and the errors of four ways to read the letters.

    Columns: wrong letters of the best path, letters, wrong words, words, wrong letters
    of the beam, and of the beam with each of the language models.
    """
    model.eval()
    table = []
    for rows in torch.arange(len(part.data)).split(128):
        output = model(part.data[rows])
        log_probs = output["logits"].log_softmax(dim=-1)
        for row, each, mask in zip(
            rows.tolist(), log_probs, output["mask"], strict=True
        ):
            text, steps = part.about[row], each[mask]
            best = heard.read(collapse(steps.argmax(dim=-1).tolist()))
            wrong = [errors(best, text)]
            for found in searched(steps, splits.more["languages"]):
                wrong.append(errors(heard.read(found), text))
            words = text.split()
            unheard = errors(best.split(), words)
            table.append([wrong[0], len(text), unheard, len(words), *wrong[1:]])
    return np.array(table, dtype=np.float64)


def searched(log_probs: Tensor, models: Sequence[LanguageModel]) -> list[list[int]]:
    """The texts that the beam finds: without a language model, and with each."""
    found = [beam_search(log_probs, WIDTH, least=1e-3)[0]]
    for language, (_, weight, bonus) in zip(models, (NAMES, ENGLISH), strict=True):
        settings = {"weight": weight, "bonus": bonus, "least": 1e-3}
        text, _ = beam_search(log_probs, WIDTH, language, end=END, **settings)
        found.append(text)
    return found


def _gain(column: int) -> Metric:
    """By how much the error rate is lower than the best path's: a paired difference."""
    return Metric(ratio, whole=lambda x: np.stack([x[:, 0] - x[:, column], x[:, 1]], 1))


METRICS = {
    "CER": of_columns(ERROR_RATE, 0, 2),
    "WER": of_columns(ERROR_RATE, 2, 4),
    "gain of the beam": _gain(4),
    "gain with names read": _gain(5),
    "gain with English read": _gain(6),
}
