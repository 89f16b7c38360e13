"""Word vectors that others have trained: GloVe, from a package or a text file.

GloVe 6B (Pennington, Socher and Manning, 2014): 400,000 words of lower-case English,
the most frequent first, learned from Wikipedia of 2014 and newspapers (Gigaword 5).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pyarrow import parquet  # type: ignore[import-untyped]
from torch import Tensor

from mmlearn.data.store.packages import GLOVE, find

_VALUES, _INDEX = "glove_6B_50d_emb.npy", "glove_6B_index.parquet"


@dataclass(frozen=True, eq=False)
class WordVectors:
    """N words, each with a vector of D numbers.

    Args:
        words: N texts, each once.
        values: float32 [N, D], row i belongs to words[i].

    Raises:
        ValueError: when values is not [N, D] with N the number of words, or a word
            occurs twice.
        TypeError: when values is not float32.
    """

    words: list[str]
    values: np.ndarray

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or len(self.values) != len(self.words):
            raise ValueError(
                f"values is {list(self.values.shape)} for {len(self.words)} words; "
                "expected a row of numbers for each"
            )
        if self.values.dtype != np.float32:
            raise TypeError(f"values is {self.values.dtype}; expected float32")
        if len(self._row) < len(self.words):
            twice = next(w for i, w in enumerate(self.words) if self._row[w] != i)
            raise ValueError(f"{twice!r} occurs twice; expected each word once")

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self._row

    def vector(self, word: str) -> np.ndarray:
        """The vector of a word, float32 [D], a copy.

        Raises:
            KeyError: when the word is not there; with what to try.
        """
        if word not in self._row:
            hint = "; try it in lower case" if word != word.lower() else ""
            raise KeyError(f"{word!r} is none of the {len(self):,} words{hint}")
        return np.array(self.values[self._row[word]])

    def get_vecs_by_tokens(
        self, tokens: str | Sequence[str], lower_case_backup: bool = False
    ) -> Tensor:
        """The vectors of words, float32 [N, D]: a copy, zeros for an unknown word.

        Works like the method of torchtext's `Vectors`: one word as a str gives [D].

        Args:
            lower_case_backup: take the vector of the word in lower case where the word
                itself has none.

        Raises:
            TypeError: for what is not a text.
        """
        if isinstance(tokens, str):
            return self.get_vecs_by_tokens([tokens], lower_case_backup)[0]
        found = np.zeros((len(tokens), self.values.shape[1]), np.float32)
        for i, word in enumerate(tokens):
            if not isinstance(word, str):
                raise TypeError(f"token {i} is {word!r}; expected a word")
            if lower_case_backup and word not in self:
                word = word.lower()
            if word in self:
                found[i] = self.values[self._row[word]]
        return torch.from_numpy(found)

    @classmethod
    def from_torchtext(cls, vectors: Any) -> WordVectors:
        """A `torchtext.vocab.Vectors` (or `GloVe`) as ours: the numbers are shared.

        Its setting for unknown words (`unk_init`) is dropped: here they are zeros.

        Raises:
            ValueError: when a word occurs twice: torchtext keeps both rows.
        """
        words = list(vectors.itos)
        # A word that is not UTF-8 is left out there; a row of zeros is kept at the end.
        return cls(words, vectors.vectors.detach()[: len(words)].numpy())

    def nearest(
        self, vector: np.ndarray, count: int, without: Collection[str] = ()
    ) -> list[tuple[str, float]]:
        """The `count` words of largest cosine with a vector [D], and the cosines.

        Args:
            without: words that are left out, such as the one that was asked about.

        Raises:
            ValueError: when the vector is not [D] or has no direction, or when count is
                not from 1 to the number of words that are left.
        """
        vector = np.asarray(vector, dtype=np.float32)
        length = np.linalg.norm(vector)
        if vector.shape != self.values.shape[1:] or not 0 < length < np.inf:
            raise ValueError(
                f"vector is {list(vector.shape)} of length {length:g}; expected "
                f"{list(self.values.shape[1:])} with a length above 0"
            )
        hidden = [self._row[word] for word in set(without) if word in self._row]
        if not 1 <= count <= len(self) - len(hidden):
            raise ValueError(
                f"count is {count}; expected 1 to {len(self) - len(hidden)}"
            )
        cosines = self.values @ (vector / length) / self._length
        cosines[hidden] = -np.inf
        rows = np.argsort(-cosines, kind="stable")[:count]
        return [(self.words[row], float(cosines[row])) for row in rows]

    @cached_property
    def _row(self) -> dict[str, int]:
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def _length(self) -> np.ndarray:
        """The length of each row, float32 [N]; 1 for a row of zeros."""
        lengths = np.sqrt(np.einsum("nd,nd->n", self.values, self.values))
        return np.where(lengths > 0, lengths, np.float32(1))


def load() -> WordVectors:
    """GloVe 6B with 50 numbers per word, from the installed package.

    The values are mapped copy-on-write: quick, and never changed on disk.

    Raises:
        FileNotFoundError: when the package is not installed, or its files are not
            there; with what to do.
        ValueError: when its files are not a table of words and a table of numbers.
    """
    folder = find(GLOVE)
    for name in (_VALUES, _INDEX):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"{GLOVE.purpose}: no file {folder / name}")
    table = parquet.read_table(folder / _INDEX)
    if table.num_columns != 1:
        raise ValueError(
            f"{_INDEX} has columns {table.column_names}; expected one, of words"
        )
    values = np.load(folder / _VALUES, mmap_mode="c", allow_pickle=False)
    return WordVectors(table.column(0).to_pylist(), values)


def read(path: str | Path, limit: int | None = None) -> WordVectors:
    """Vectors from a text file, one word and its numbers per line.

    A line is such as `the 0.418 0.24968 ...`. GloVe's own files have this form, and so
    do those of fastText and word2vec as text, whose first line holds two whole numbers
    and is skipped. The first word's line tells how many numbers belong to a word; what
    comes before that many is the word, spaces included.

    Args:
        limit: only so many words, the first ones.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: for a file that is packed (gzip, zip); naming the line, for one
            that is not UTF-8, has no word, another count of numbers than the first,
            something that is not a finite number, or a word that was there before; when
            no line is left, or limit is not positive.
    """
    path = Path(path)
    if limit is not None and limit < 1:
        raise ValueError(f"limit is {limit}; expected 1 or more")
    lines: dict[str, int] = {}  # word -> its line
    rows: list[np.ndarray] = []
    width = 0
    with path.open("rb") as file:
        if file.read(4).startswith((b"\x1f\x8b", b"PK\x03\x04")):  # gzip, zip
            raise ValueError(f"{path.name}: it is packed; unpack it first")
        file.seek(0)
        for number, raw in enumerate(file, start=1):
            where = f"{path.name}, line {number}"
            try:
                line = raw.decode("utf-8").rstrip("\r\n ")
            except UnicodeDecodeError:
                raise ValueError(
                    f"{where}: not UTF-8; save the file as UTF-8"
                ) from None
            fields = line.split(" ")
            if number == 1 and len(fields) == 2 and all(f.isdecimal() for f in fields):
                continue  # "400000 50": a count and a width
            width = width or len(fields) - 1
            if width < 1 or len(fields) - 1 < width or not fields[0]:
                raise ValueError(
                    f"{where}: found {line[:40]!r}; expected a word and "
                    f"{width or 'its'} numbers, with single spaces between them"
                )
            word = " ".join(fields[:-width])
            if word in lines:
                raise ValueError(
                    f"{where}: {word!r} is in line {lines[word]} too; expected "
                    "each word once"
                )
            lines[word] = number
            rows.append(_numbers(fields[-width:], where, word))
            if len(rows) == limit:
                break
    if not rows:
        raise ValueError(f"{path.name}: no line with a word and its numbers")
    return WordVectors(list(lines), np.stack(rows))


def _numbers(fields: list[str], where: str, word: str) -> np.ndarray:
    """The numbers of one line, float32 [D]."""
    try:
        values = np.array(fields, dtype=np.float32)
        bad = None if np.isfinite(values).all() else "NaN or infinity"
    except ValueError as error:
        values, bad = np.empty(0, np.float32), str(error)
    if bad is not None:
        raise ValueError(
            f"{where}: {word!r}: {bad}; expected {len(fields)} finite numbers"
        )
    return values
