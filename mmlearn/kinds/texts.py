"""A column of texts, as the numbers of their words."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from mmlearn.batch import Padded
from mmlearn.data.corpus import Corpus
from mmlearn.encoders import RecurrentEncoder
from mmlearn.preprocess.text import Vocabulary, encode, tokenizer


@dataclass(frozen=True)
class Texts:
    """Texts to int64 [N, words] by a vocabulary of the training rows.

    An empty text is a text that is missing.
    """

    column: str
    language: str
    vocabulary: Vocabulary

    @classmethod
    def fit(
        cls, corpus: Corpus, column: str, language: str = "en", min_freq: int = 2
    ) -> Texts:
        """The vocabulary of the corpus.

        Args:
            language: for `preprocess.text.tokenizer`: "en", "zh" ...
            min_freq: how often a word occurs, at least, to have a number of its own.
        """
        tokenize = tokenizer(language)
        words = (tokenize(text) for text in texts_of(corpus, column) if text.strip())
        return cls(column, language, Vocabulary.build(words, min_freq=min_freq))

    def __call__(self, corpus: Corpus) -> Padded:
        """Token numbers int64 [N, words].

        Raises:
            ValueError: when the texts of all rows are empty.
        """
        texts = texts_of(corpus, self.column)
        there = [i for i, text in enumerate(texts) if text.strip()]
        if not there:
            raise ValueError(
                f"corpus {corpus.name}: {self.column!r} is empty in all "
                f"{len(corpus)} rows; expected some texts"
            )
        cut = tokenizer(self.language)
        found = encode([texts[i] for i in there], cut, self.vocabulary)
        values = torch.zeros(len(texts), found.values.shape[1], dtype=torch.int64)
        mask = torch.zeros(values.shape, dtype=torch.bool)
        values[there], mask[there] = found.values, found.mask
        return Padded(values, mask)

    def encoder(self, d_model: int, pool: bool, dropout: float) -> nn.Module:
        """A recurrent network, trained from scratch."""
        size = len(self.vocabulary)
        return RecurrentEncoder(size, d_model, pool=pool, dropout=dropout)

    def __str__(self) -> str:
        return f"texts, {len(self.vocabulary):,} words"


def texts_of(corpus: Corpus, column: str) -> list[str]:
    """A column of texts.

    Raises:
        TypeError: when the column is not a list of texts.
    """
    texts = corpus[column]
    if not isinstance(texts, list):
        raise TypeError(
            f"corpus {corpus.name}: {column!r} is {texts.dtype}; expected texts, a list"
        )
    return texts
