"""From a corpus to what `fit` takes, in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from mmlearn.batch import Batch, TensorData
from mmlearn.batch.check import KNOWN
from mmlearn.data.corpus import Corpus
from mmlearn.data.parts import parts_of
from mmlearn.heads import Several
from mmlearn.kinds import Kind, Table, Texts, kind_of
from mmlearn.kinds.kind import Fit
from mmlearn.targets import Tags, Target, fit_target

TABLE = "table"  # the modality of all number and category columns


@dataclass(frozen=True)
class Prepared:
    """Three data sets, and what was learned from the training rows to make them.

    train, valid, test: what `fit` and `evaluate` take. rows, groups: the corpus' rows
    in each of them, and their groups, by "train", "valid" and "test". inputs: modality
    -> how it is made. targets: name -> how it is made; `targets["label"].names` are the
    classes.
    """

    train: TensorData
    valid: TensorData
    test: TensorData
    rows: Mapping[str, np.ndarray]
    groups: Mapping[str, np.ndarray]
    inputs: Mapping[str, Kind]
    targets: Mapping[str, Target]

    @property
    def modalities(self) -> list[str]:
        """Those that a model reads, as encoders and fusions are called."""
        return list(self.inputs)

    def encoders(
        self, d_model: int, pool: bool = True, dropout: float = 0.1
    ) -> dict[str, nn.Module]:
        """An encoder for each modality, the default of its kind, not trained yet.

        Args:
            pool: one token a modality; False for all of them, for fusions that attend.
            dropout: in the encoders that have one.
        """
        return {
            name: kind.encoder(d_model, pool, dropout)
            for name, kind in self.inputs.items()
        }

    def head(
        self, d_model: int, dropout: float = 0.1, balanced: bool = False
    ) -> nn.Module:
        """The head for the target; `Several` for several of them.

        Args:
            balanced: whether rare classes and tags weigh more in the loss, by their
                number in the training rows.

        Raises:
            ValueError: when balanced, and a class has no training row.
        """
        heads = {}
        for name, target in self.targets.items():
            values, weight = self.train.columns[name], None
            if balanced:
                assert isinstance(values, Tensor)  # as targets make them
                known = self.train.columns.get(name + KNOWN)
                weight = target.balanced(
                    values[known] if isinstance(known, Tensor) else values
                )
            heads[name] = target.head(d_model, dropout, weight)
        return Several(heads) if len(heads) > 1 else next(iter(heads.values()))

    def apply(self, corpus: Corpus) -> TensorData:
        """Other rows, made as the training rows were: inputs, and targets if there.

        Raises:
            KeyError: when a column is missing that the model reads.
            ValueError: when a class was in no training row; names the row.
        """
        return _data(corpus, self.inputs, self.targets, needed=False)


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

    Raises:
        KeyError: when there is no such column.
        ValueError: when there is nothing to read or nothing to learn, a column is read
            and predicted, or `rows` share a row or a group; and as the kinds do.
        TypeError: when a column is of no kind that a model reads.
    """
    answers = _answers(corpus, targets, tags)
    parts = parts_of(corpus, rows, seed)
    train = corpus[parts["train"]]
    inputs = _inputs(train, read, categories, answers, language)
    made = {name: fit_target(train, corpus, name, name in tags) for name in answers}
    sets = {
        name: _data(corpus[found], inputs, made, needed=True)
        for name, found in parts.items()
    }
    _say(corpus, sets, inputs, made)
    groups = {name: corpus.groups[found] for name, found in parts.items()}
    return Prepared(**sets, rows=parts, groups=groups, inputs=inputs, targets=made)


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
        if fit is Texts.fit:
            inputs[name] = Texts.fit(train, name, language)
        elif fit is not None:
            inputs[name] = fit(train, name)
        elif name not in categories:
            numbers.append(name)
    named = [name for name in categories if read is None or name in chosen]
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
    """All but texts, lengths and what is to be predicted."""
    lengths = {"length", *(f"{name}_length" for name in corpus.columns)}
    return [
        name
        for name, column in corpus.columns.items()
        if name not in (*answers, *lengths, *categories)
        and not isinstance(column, list)
    ]


def _data(
    corpus: Corpus,
    inputs: Mapping[str, Kind],
    targets: Mapping[str, Target],
    needed: bool,
) -> TensorData:
    columns: Batch = {name: kind(corpus) for name, kind in inputs.items()}
    for name, target in targets.items():
        if not needed and not target.there(corpus):
            continue
        columns[name], known = target(corpus)
        if known is not None:
            columns[name + KNOWN] = known
    return TensorData(columns)


def _say(
    corpus: Corpus,
    sets: Mapping[str, TensorData],
    inputs: Mapping[str, Kind],
    targets: Mapping[str, Target],
) -> None:
    sizes = ", ".join(f"{len(data)} {name}" for name, data in sets.items())
    rest = len(corpus) - sum(map(len, sets.values()))
    if rest:
        sizes += f" ({rest} left out: not asked for, or of a group in a later part)"
    read = ", ".join(f"{name} ({kind})" for name, kind in inputs.items())
    learn = ", ".join(f"{name} ({target})" for name, target in targets.items())
    for name, target in targets.items():
        if isinstance(target, Tags) and (odd := target.unknown(corpus)):
            learn += (
                f"; {len(odd)} {name} are in no training row, and count for nothing"
            )
    print(f"{corpus.name}: rows {sizes}; reads {read}; predicts {learn}")
