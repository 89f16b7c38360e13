"""Columns of numbers and of categories, as one row of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from mmlearn.data import names
from mmlearn.data.corpus import Corpus
from mmlearn.encoders import TableEncoder
from mmlearn.preprocess.table import table_rows


@dataclass(frozen=True)
class Table:
    """Numbers float [N] and categories (texts) to the rows that `TableEncoder` reads.

    Numbers are brought to mean 0 and deviation 1 by the training rows. What is NaN or
    empty is missing, and so is a category that no training row has.
    """

    numbers: tuple[str, ...]
    mean: np.ndarray
    std: np.ndarray
    levels: dict[str, list[str]]  # of each category, sorted

    @classmethod
    def fit(
        cls, corpus: Corpus, numbers: Sequence[str], categories: Sequence[str]
    ) -> Table:
        """Means, deviations and levels of the corpus.

        Raises:
            ValueError: when a column has one value, or none, in all rows.
        """
        mean, std = np.zeros(len(numbers)), np.zeros(len(numbers))
        for i, name in enumerate(numbers):
            found = _numbers(corpus, name)
            found = found[~np.isnan(found)]
            if len(np.unique(found)) < 2:
                raise ValueError(
                    f"corpus {corpus.name}: {name!r} is the same in all {len(corpus)} "
                    "training rows, or missing. Fix: leave it out (read=[...])"
                )
            mean[i], std[i] = found.mean(), found.std()
        levels = {name: sorted(set(_cells(corpus, name)) - {""}) for name in categories}
        for name, each in levels.items():
            if len(each) < 2:
                raise ValueError(
                    f"corpus {corpus.name}: {name!r} is {each or 'missing'} in all "
                    f"{len(corpus)} training rows. Fix: leave it out (read=[...])"
                )
        return cls(tuple(numbers), mean, std, levels)

    def __call__(self, corpus: Corpus) -> Tensor:
        """Rows float32 [N, numbers + numbers + categories]."""
        n = len(corpus)
        numbers = np.zeros((n, len(self.numbers)))
        for i, name in enumerate(self.numbers):
            numbers[:, i] = (_numbers(corpus, name) - self.mean[i]) / self.std[i]
        codes = np.full((n, len(self.levels)), -1, dtype=np.int64)
        for k, (name, levels) in enumerate(self.levels.items()):
            number = {level: code for code, level in enumerate(levels)}
            codes[:, k] = [number.get(cell, -1) for cell in _cells(corpus, name)]
        return table_rows(numbers, codes, [len(x) for x in self.levels.values()])

    def unknown(self, corpus: Corpus) -> dict[str, int]:
        """For each category, how many rows have one that no training row has."""
        found = {}
        for name, levels in self.levels.items():
            cells = _cells(corpus, name)
            found[name] = sum(cell not in levels for cell in cells if cell)
        return found

    def encoder(self, d_model: int, pool: bool, dropout: float) -> nn.Module:
        """A token for each column, and attention among them."""
        levels = [len(found) for found in self.levels.values()]
        return TableEncoder(
            len(self.numbers), levels, d_model, pool=pool, dropout=dropout
        )

    def __str__(self) -> str:
        return f"table of {', '.join((*self.numbers, *self.levels))}"


def _numbers(corpus: Corpus, name: str) -> np.ndarray:
    if isinstance(corpus[name], list):
        raise TypeError(
            f"corpus {corpus.name}: {name!r} holds texts; expected numbers. Fix: "
            f"folder.load(..., numbers=[{name!r}])"
        )
    return np.asarray(corpus[name], dtype=np.float64)


def _cells(corpus: Corpus, name: str) -> list[str]:
    """The cells as names: "" where one is a gap."""
    cells = corpus[name]
    if not isinstance(cells, list):
        raise TypeError(
            f"corpus {corpus.name}: {name!r} is {cells.dtype}; expected texts, one of "
            "a few in each row"
        )
    return ["" if names.is_gap(cell) else names.clean(cell) for cell in cells]
