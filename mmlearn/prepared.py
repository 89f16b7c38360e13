"""From a corpus to what `fit` takes, in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from mmlearn.batch import Batch, Padded, TensorData
from mmlearn.batch.check import KNOWN
from mmlearn.data.corpus import Corpus
from mmlearn.data.own.listing import some
from mmlearn.data.parts import parts_of
from mmlearn.kinds import Kind, Table, Texts, kind_of
from mmlearn.kinds.kind import Fit
from mmlearn.lazily import LazyData
from mmlearn.preparation import Preparation, made, unknown
from mmlearn.targets import Classes, Target, fit_target

_SEEN = 2_000  # training rows of which a lazy preparation learns
TABLE = "table"  # the modality of all number and category columns


@dataclass(frozen=True)
class Prepared:
    """Three data sets, and what was learned from the training rows to make them.

    Args:
        train: what `fit` takes, and so are the others.
        valid: of it the best epoch is chosen.
        test: what `evaluate` takes.
        rows: "train", "valid", "test" -> the corpus' rows in it, int64 [n].
        groups: "train", "valid", "test" -> the groups of its rows, int64 [n].
        how: what makes other rows in the same way.
    """

    train: TensorData | LazyData
    valid: TensorData | LazyData
    test: TensorData | LazyData
    rows: Mapping[str, np.ndarray]
    groups: Mapping[str, np.ndarray]
    how: Preparation

    @property
    def inputs(self) -> Mapping[str, Kind]:
        """Modality -> how it is made."""
        return self.how.inputs

    @property
    def targets(self) -> Mapping[str, Target]:
        """Name -> how it is made; `targets["label"].names` are the classes."""
        return self.how.targets

    @property
    def modalities(self) -> list[str]:
        """Those that a model reads, as encoders and fusions are called."""
        return self.how.modalities

    def encoders(
        self, d_model: int, pool: bool = True, dropout: float = 0.1
    ) -> dict[str, nn.Module]:
        """See `Preparation.encoders`."""
        return self.how.encoders(d_model, pool, dropout)

    def head(
        self, d_model: int, dropout: float = 0.1, balanced: bool = False
    ) -> nn.Module:
        """The head for the target; `Several` for several of them.

        Args:
            d_model: the width of what it reads.
            dropout: before its linear layer.
            balanced: whether rare classes and tags weigh more in the loss, by their
                number in the training rows.

        Raises:
            ValueError: when balanced, and a class has no training row.
        """
        weights: dict[str, Tensor | None] = {}
        for name, target in self.targets.items() if balanced else ():
            values = self.train.columns[name]
            known = self.train.columns.get(name + KNOWN)
            assert isinstance(values, Tensor)  # as targets make them
            weights[name] = target.balanced(
                values[known] if isinstance(known, Tensor) else values
            )
        return self.how.head(d_model, dropout, weights)

    @property
    def vary(self) -> Callable[[Batch], Batch]:
        """For `fit(augment=data.vary)`; see `Preparation.vary`."""
        return self.how.vary

    def apply(self, corpus: Corpus) -> TensorData:
        """Other rows, made as the training rows were; see `Preparation.apply`."""
        return self.how.apply(corpus)

    def save(self, path: str | Path) -> None:
        """Keep how it was made, not the rows; see `Preparation.save`."""
        self.how.save(path)


def prepare(
    corpus: Corpus,
    read: Sequence[str] | Mapping[str, Fit] | None = None,
    *,
    targets: Sequence[str] | None = None,
    tags: Sequence[str] = (),
    categories: Sequence[str] = (),
    rows: Sequence[np.ndarray] | None = None,
    language: str = "en",
    seed: int = 0,
    lazy: bool = False,
) -> Prepared:
    """A corpus to training, validation and test data; prints one line of what was done.

    Statistics, vocabularies and levels come from the training rows alone. No group is
    in two of the three. Numbers and categories become one modality, "table"; every
    other column one of its own name.

    Args:
        read: the columns that the model reads. By default pictures, sounds, films,
            recordings, vectors, numbers and `categories`, but no text: a text may hold
            the answer, or a person's name. A mapping says how to fit each column, where
            that is not by its kind: `{"caption": partial(Texts.fit, language="zh")}`.
        targets: what to predict, the corpus' "label" by default: numbers (NaN: not
            known), or texts, each of which is a class ("": not known).
        tags: columns to predict as well, of texts that hold several tags each, between
            commas or semicolons.
        categories: text columns that name one of a few things each.
        rows: the training, validation and test rows. By default the corpus' own split,
            where it has a column `split`; else 60, 20 and 20 % of its groups.
        language: of the texts, for `preprocess.text.tokenizer`.
        seed: of the split.
        lazy: make the inputs batch by batch, for a corpus that memory does not hold,
            with columns such as `np.load(file, mmap_mode="r")`; then the statistics are
            those of 2,000 training rows. Slower: each epoch makes them again.

    Raises:
        KeyError: when there is no such column.
        ValueError: when there is nothing to read or nothing to learn, a column is read
            and predicted, or `rows` share a row or a group; and as the kinds do.
        TypeError: when a column is of no kind that a model reads.
    """
    answers = _answers(corpus, targets, tags)
    parts = parts_of(corpus, rows, seed)
    seen = parts["train"]
    if lazy and len(seen) > _SEEN:
        seen = np.sort(np.random.default_rng(seed).permutation(seen)[:_SEEN])
    train = corpus[seen]
    inputs = _inputs(train, read, categories, answers, language)
    targeted = {name: fit_target(train, corpus, name, name in tags) for name in answers}
    how = Preparation(inputs, targeted)
    sets: dict[str, Any] = {
        name: LazyData(corpus, how, found) if lazy else made(corpus[found], how)
        for name, found in parts.items()
    }
    _say(corpus, sets, how)
    groups = {name: corpus.groups[found] for name, found in parts.items()}
    return Prepared(**sets, rows=parts, groups=groups, how=how)


def _answers(
    corpus: Corpus, targets: Sequence[str] | None, tags: Sequence[str]
) -> list[str]:
    for what, found in (("targets", targets), ("tags", tags)):
        if isinstance(found, str):
            raise ValueError(f"{what} is {found!r}; expected a list: [{found!r}]")
    if targets is None:
        targets = [] if corpus.label is None else ["label"]
    answers = list(dict.fromkeys((*targets, *tags)))
    if not answers:
        raise ValueError(
            f"corpus {corpus.name} has no label: name what to predict, targets=[...] "
            "or tags=[...]"
        )
    return answers


def _inputs(
    train: Corpus,
    read: Sequence[str] | Mapping[str, Fit] | None,
    categories: Sequence[str],
    answers: Sequence[str],
    language: str,
) -> dict[str, Kind]:
    """Each modality, fitted to the training rows."""
    for what, found in (("read", read), ("categories", categories)):
        if isinstance(found, str):
            raise ValueError(f"{what} is {found!r}; expected a list: [{found!r}]")
    chosen = _readable(train, answers, categories) if read is None else list(read)
    both = sorted(set(chosen) & set(answers))
    if both:
        raise ValueError(f"{both[0]!r} is to be read and predicted; choose one")
    own = read if isinstance(read, Mapping) else {}
    inputs: dict[str, Kind] = {}
    numbers = []
    for name in chosen:
        fit = own.get(name) or (None if name in categories else kind_of(train, name))
        if fit == Texts.fit:  # a bound method: each look makes another one
            inputs[name] = Texts.fit(train, name, language)
        elif fit is not None:
            inputs[name] = fit(train, name)
        elif name not in categories:
            numbers.append(name)
    left = [name for name in categories if name not in chosen]
    if read is not None and left:
        raise ValueError(
            f"category {left[0]!r} is not among the columns to read, {list(read)}; "
            "name it there too"
        )
    named = list(categories)
    if numbers or named:
        if TABLE in inputs:
            raise ValueError(
                f"column {TABLE!r} is what numbers and categories become; rename it"
            )
        inputs[TABLE] = Table.fit(train, numbers, named)
    if not inputs:
        raise ValueError(
            f"corpus {train.name}: nothing to read; name columns of "
            f"{', '.join(train.columns)}: read=[...]"
        )
    return inputs


def _readable(
    corpus: Corpus, answers: Sequence[str], categories: Sequence[str]
) -> list[str]:
    """All but texts, lengths, a window's place, and what is to be predicted."""
    lengths = {"length", *(f"{name}_length" for name in corpus.columns)}
    lengths |= {"start", "row"}  # see `data.windows`: they tell recordings apart
    return [
        name
        for name, column in corpus.columns.items()
        if name not in (*answers, *lengths, *categories)
        and not isinstance(column, list)
    ]


def _say(corpus: Corpus, sets: Mapping[str, Any], how: Preparation) -> None:
    sizes = ", ".join(f"{len(data)} {name}" for name, data in sets.items())
    rest = len(corpus) - sum(map(len, sets.values()))
    if rest:
        sizes += f" ({rest} left out: not asked for, or of a group in a later part)"
    read = ", ".join(f"{name} ({kind})" for name, kind in how.inputs.items())
    learn = ", ".join(f"{name} ({target})" for name, target in how.targets.items())
    said = [f"{corpus.name}: rows {sizes}", f"reads {read}", f"predicts {learn}"]
    for name, target in how.targets.items():
        if isinstance(target, Classes):
            said += _absent(name, target.names, sets)
    for name, kind in how.inputs.items():
        if isinstance(kind, Texts) and isinstance(sets["train"], TensorData):
            said += _strange(name, kind, sets["train"])
    print("; ".join((*said, *unknown(corpus, how))))


def _absent(name: str, classes: Sequence[str], sets: Mapping[str, Any]) -> list[str]:
    """Which classes a part has no row of."""
    said = []
    for part, data in sets.items():
        label, known = data.columns[name], data.columns.get(name + KNOWN)
        assert isinstance(label, Tensor)  # as targets make them
        seen = label[known] if isinstance(known, Tensor) else label
        none = [c for i, c in enumerate(classes) if not bool((seen == i).any())]
        if none:
            said.append(f"no row of {name} {some(none)} in {part}")
    return said


def _strange(name: str, kind: Texts, train: TensorData) -> list[str]:
    """Where most words are unknown: another language, or too few texts."""
    texts = train.columns[name]
    assert isinstance(texts, Padded)  # as its kind makes it
    words = texts.values[texts.mask]
    strange = words == int(kind.vocabulary.get_default_index() or 0)
    share = int(strange.sum()) / len(words)
    if share < 0.5:
        return []
    return [
        f"{share:.0%} of the words of {name} occur once: is its language "
        f"{kind.language!r} (language=...)?"
    ]
