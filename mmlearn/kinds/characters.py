"""A column of texts in any language, as the pieces of their words."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn

from mmlearn.batch import Padded, pad
from mmlearn.data.corpus import Corpus
from mmlearn.encoders.ngrams import PiecesEncoder
from mmlearn.kinds.texts import texts_of
from mmlearn.preprocess.strings import composed

BUCKETS = 8_192
SHORTEST, LONGEST = 1, 4  # characters of a piece


def pieces(text: str) -> Iterator[str]:
    """All runs of 1 to 4 characters of a text in lower case, with a space around it.

    "Cat" gives " ", "c", "a", "t", " ", " c", "ca", "at", "t ", " ca", "cat", "at ",
    " cat", "cat ".
    """
    whole = f" {' '.join(composed(text).lower().split())} "
    for size in range(SHORTEST, LONGEST + 1):
        for start in range(len(whole) - size + 1):
            yield whole[start : start + size]


def numbered(text: str, buckets: int = BUCKETS) -> list[int]:
    """The number of each piece, from 0 to buckets - 1, the same on every machine.

    A piece that no training text has gets a number all the same, and pieces may share
    one.
    """
    return [zlib.crc32(piece.encode()) % buckets for piece in pieces(text)]


@dataclass(frozen=True)
class Characters:
    """Texts of any language to the numbers of their pieces, int64 [N, T].

    Needs no list of words and no trained network: languages and scripts may mix. An
    empty text is a text that is missing.
    """

    column: str
    buckets: int = BUCKETS

    @classmethod
    def fit(cls, corpus: Corpus, column: str) -> Characters:
        """Nothing is learned from the corpus: a piece's number is computed from it."""
        return cls(column)

    def __call__(self, corpus: Corpus) -> Padded:
        """Numbers int64 [N, T].

        Raises:
            TypeError: when the column is not a list of texts.
        """
        return numbers_of(texts_of(corpus, self.column), self.buckets)

    def encoder(self, d_model: int, pool: bool, dropout: float) -> nn.Module:
        """The mean of the pieces' vectors, and two layers; one token a text."""
        return PiecesEncoder(self.buckets, d_model, dropout=dropout)

    def __str__(self) -> str:
        return f"texts of any language, pieces of up to {LONGEST} characters"


def numbers_of(texts: list[str], buckets: int = BUCKETS) -> Padded:
    """Texts to the numbers of their pieces, int64 [N, T]; an empty one is masked."""
    rows = [
        torch.tensor(numbered(text, buckets)) if text.strip() else None
        for text in texts
    ]
    if all(row is None for row in rows):
        nothing = torch.zeros(len(rows), 1, dtype=torch.int64)
        return Padded(nothing, nothing > 0)
    return pad(rows)
