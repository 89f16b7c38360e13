"""What a model is to predict: a column of classes, of tags or of numbers."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.data import names
from mmlearn.data.corpus import Corpus
from mmlearn.heads import Classify, Regress, Tag
from mmlearn.heads.classify import balanced_weight


class Target(Protocol):
    """A target that knows its training rows."""

    @property
    def column(self) -> str:
        """The column it is made of."""
        ...

    def there(self, corpus: Corpus) -> bool:
        """Whether the corpus has it at all."""
        ...

    def __call__(self, corpus: Corpus) -> tuple[Tensor, Tensor | None]:
        """The values [N] or [N, C], and bool [N] where not all of them are known."""
        ...

    def head(self, d_model: int, dropout: float, weight: Tensor | None) -> nn.Module:
        """The head that predicts it, with these weights of its classes or tags."""
        ...

    def balanced(self, values: Tensor) -> Tensor | None:
        """Weights [C] with which rare classes or tags of these values count as much."""
        ...


@dataclass(frozen=True)
class Classes:
    """One of several classes: int64 [N], an index into `names`."""

    column: str
    names: tuple[str, ...]

    @classmethod
    def fit(cls, corpus: Corpus, column: str) -> Classes:
        """The names in the whole corpus, not in the training rows alone.

        Raises:
            ValueError: when there are fewer than two.
        """
        if column == "label" and corpus.label is not None:
            found = tuple(corpus.label_names)
        else:
            cells = [cell for cell in corpus[column] if not names.is_gap(cell)]
            known = names.shown(cells)
            shown = [known[names.key(cell)] for cell in cells]
            found = tuple(sorted(set(shown)))
            for one, other in names.alike(shown):
                raise ValueError(
                    f"corpus {corpus.name}: {column!r} holds {shown[one]!r} and "
                    f"{shown[other]!r}, which may be one class. Fix: write them alike"
                )
        if len(found) > 20 and all(map(names.NUMBER.fullmatch, found)):
            raise ValueError(
                f"corpus {corpus.name}: {column!r} would be {len(found)} classes, and "
                f"all are numbers. Fix: folder.load(..., numbers=[{column!r}]), to "
                "predict a number"
            )
        if len(found) < 2:
            raise ValueError(
                f"corpus {corpus.name}: {column!r} has {len(found)} classes, "
                f"{list(found)}; expected 2 or more: with one there is nothing to learn"
            )
        return cls(column, found)

    def there(self, corpus: Corpus) -> bool:
        """Whether the corpus has it at all."""
        labelled = self.column == "label" and corpus.label is not None
        return labelled or self.column in corpus.columns

    def __call__(self, corpus: Corpus) -> tuple[Tensor, Tensor | None]:
        """Classes int64 [N], and bool [N] where not all of them are known.

        Raises:
            ValueError: naming the row, for a class that is not in `names`.
        """
        number = {names.key(name): i for i, name in enumerate(self.names)}
        labelled = self.column == "label" and corpus.label is not None
        if labelled and all(names.key(n) in number for n in corpus.label_names):
            each = [number[names.key(name)] for name in corpus.label_names]
            return torch.tensor(each, dtype=torch.int64)[corpus.label], None
        if labelled:
            cells = [corpus.label_names[i] for i in corpus.label]
        else:
            cells = corpus[self.column]
        known = torch.ones(len(cells), dtype=torch.bool)
        label = torch.zeros(len(cells), dtype=torch.int64)
        for i, cell in enumerate(cells):
            if not labelled and names.is_gap(cell):
                known[i] = False
            elif names.key(cell) not in number:
                raise ValueError(
                    f"corpus {corpus.name}: row {i} has {self.column} {cell!r}; "
                    f"expected one of {', '.join(self.names)}"
                )
            else:
                label[i] = number[names.key(cell)]
        return label, None if bool(known.all()) else known

    def head(self, d_model: int, dropout: float, weight: Tensor | None) -> nn.Module:
        """`Classify`."""
        return Classify(d_model, len(self.names), dropout, self.column, weight)

    def balanced(self, values: Tensor) -> Tensor | None:
        """See `balanced_weight`."""
        return balanced_weight(values, len(self.names))

    def __str__(self) -> str:
        return f"{len(self.names)} classes"


@dataclass(frozen=True)
class Tags:
    """Any number of tags, written between commas or semicolons: bool [N, C].

    `names` are those of the training rows; another one counts for nothing. Small and
    capital letters are one.
    """

    column: str
    names: tuple[str, ...]

    @classmethod
    def fit(cls, corpus: Corpus, column: str) -> Tags:
        """The tags of the corpus.

        Raises:
            ValueError: when there is none.
        """
        found: dict[Hashable, str] = {}
        for tag in sorted(tag for cell in corpus[column] for tag in _separate(cell)):
            found[names.loose_key(tag)] = tag  # "red" after "Red"
        if not found:
            raise ValueError(f"corpus {corpus.name}: {column!r} holds no tag")
        return cls(column, tuple(sorted(found.values())))

    def there(self, corpus: Corpus) -> bool:
        """Whether the corpus has it at all."""
        return self.column in corpus.columns

    def __call__(self, corpus: Corpus) -> tuple[Tensor, Tensor | None]:
        """Tags bool [N, C], and the flags that all are known."""
        number = {names.loose_key(name): i for i, name in enumerate(self.names)}
        tags = torch.zeros(len(corpus), len(self.names), dtype=torch.bool)
        for i, cell in enumerate(corpus[self.column]):
            for tag in _separate(cell):
                if (place := number.get(names.loose_key(tag))) is not None:
                    tags[i, place] = True
        # A target of two axes is told from an input by its flags.
        return tags, torch.ones(len(corpus), dtype=torch.bool)

    def unknown(self, corpus: Corpus) -> set[Hashable]:
        """The tags of the corpus that are not among the names, by their keys."""
        cells = (tag for cell in corpus[self.column] for tag in _separate(cell))
        return {names.loose_key(tag) for tag in cells} - {
            names.loose_key(name) for name in self.names
        }

    def head(self, d_model: int, dropout: float, weight: Tensor | None) -> nn.Module:
        """`Tag`."""
        return Tag(d_model, len(self.names), dropout, self.column, weight)

    def balanced(self, values: Tensor) -> Tensor | None:
        """The number of noes for each yes, float [C]."""
        yes = values.sum(dim=0)  # 1 at least: the names are those of these rows
        return (len(values) - yes).clamp(min=1) / yes

    def __str__(self) -> str:
        return f"{len(self.names)} tags"


@dataclass(frozen=True)
class Number:
    """A number in the reader's own unit: float64 [N], NaN where it is not known."""

    column: str
    mean: float
    std: float

    @classmethod
    def fit(cls, corpus: Corpus, column: str) -> Number:
        """Mean and deviation of the numbers that are known.

        Raises:
            ValueError: when fewer than two different ones are.
        """
        found = np.asarray(corpus[column], dtype=np.float64)
        found = found[~np.isnan(found)]
        if len(np.unique(found)) < 2:
            raise ValueError(
                f"corpus {corpus.name}: {column!r} has fewer than two different "
                f"numbers in {len(corpus)} training rows: there is nothing to learn"
            )
        return cls(column, float(found.mean()), float(found.std()))

    def there(self, corpus: Corpus) -> bool:
        """Whether the corpus has it at all."""
        return self.column in corpus.columns

    def __call__(self, corpus: Corpus) -> tuple[Tensor, Tensor | None]:
        """Numbers float64 [N], and bool [N] where not all of them are known."""
        values = torch.from_numpy(np.array(corpus[self.column], dtype=np.float64))
        known = ~values.isnan()
        return values, None if bool(known.all()) else known

    def head(self, d_model: int, dropout: float, weight: Tensor | None) -> nn.Module:
        """`Regress`, in the column's own unit."""
        return Regress(d_model, self.column, self.mean, self.std, dropout)

    def balanced(self, values: Tensor) -> Tensor | None:
        """None: a number has no classes."""
        return None

    def __str__(self) -> str:
        return f"a number, {self.mean:.4g} ± {self.std:.2g}"


def fit_target(train: Corpus, corpus: Corpus, column: str, tags: bool) -> Target:
    """The target of a column: tags, the label or texts as classes, or numbers.

    Raises:
        KeyError: when there is no such column.
        TypeError: when tags are no texts, or a target is neither texts nor numbers [N].
    """
    if column == "label" and corpus.label is not None:
        return Classes.fit(corpus, column)
    values = corpus[column]
    if tags:
        if not isinstance(values, list):
            raise TypeError(
                f"tags {column!r} are {values.dtype}; expected texts (folder.load "
                f"reads them with text=[{column!r}])"
            )
        return Tags.fit(train, column)
    if isinstance(values, list):
        return Classes.fit(corpus, column)
    if values.ndim != 1 or values.dtype.kind not in "fiu":
        raise TypeError(
            f"target {column!r} is {values.dtype} {list(values.shape)}; expected "
            "numbers [N] or texts"
        )
    return Number.fit(train, column)


def _separate(cell: str) -> list[str]:
    if names.is_gap(cell):
        return []
    return [tag for tag in map(names.clean, re.split("[,;]", cell)) if tag]
