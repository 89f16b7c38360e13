"""How rows become what a model reads: learned from training rows, kept in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmlearn.batch import Batch, Padded, TensorData
from mmlearn.batch.check import KNOWN
from mmlearn.data.corpus import Corpus
from mmlearn.heads import Several
from mmlearn.kinds import Kind, Table
from mmlearn.kinds.keep import as_json, from_json
from mmlearn.made_for import mark
from mmlearn.targets import Tags, Target

_FORMAT = 1


@dataclass(frozen=True)
class Preparation:
    """The inputs of a model by modality, and its targets by name.

    Args:
        inputs: modality -> how it is made.
        targets: name -> how it is made; `targets["label"].names` are the classes.
    """

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
            d_model: the width of its tokens.
            pool: one token per modality; False for all of them, for fusions that
                attend.
            dropout: in the encoders that have one.
        """
        made = {
            name: kind.encoder(d_model, pool, dropout)
            for name, kind in self.inputs.items()
        }
        for name, encoder in made.items():
            _mark(encoder, self.inputs[name])
        return made

    def head(
        self,
        d_model: int,
        dropout: float = 0.1,
        weights: Mapping[str, Tensor | None] | None = None,
    ) -> nn.Module:
        """The head for the target; `Several` for several of them.

        Args:
            d_model: the width of what it reads.
            dropout: before its linear layer.
            weights: target -> what its classes or tags weigh in the loss.
        """
        heads = {
            name: target.head(d_model, dropout, (weights or {}).get(name))
            for name, target in self.targets.items()
        }
        for name, head in heads.items():
            _mark(head, self.targets[name])
        return Several(heads) if len(heads) > 1 else next(iter(heads.values()))

    def vary(self, batch: Batch) -> Batch:
        """A training batch, each sample a little changed: `fit(augment=data.vary)`.

        Pictures move by a pixel in 28, sounds get noise of .7 deviations, other kinds
        stay as they are. What that gained on the digits in noise, and where it gained
        nothing, stands in the package's README: measure it on your own `data.valid`.
        """
        varied = dict(batch)
        for name, kind in self.inputs.items():
            vary = getattr(kind, "vary", None)
            if name in batch and vary is not None:
                varied[name] = vary(batch[name])
        return varied

    def told(self) -> str:
        """What tells it from another, as text: for checkpoints with `data.vary`."""
        kept = {name: _kept(how) for name, how in self.inputs.items()}
        return json.dumps(kept, sort_keys=True)

    def apply(self, corpus: Corpus) -> TensorData:
        """Other rows, made as the training rows were; prints one line of it.

        Inputs and targets whose columns are not there are left out, which the line
        says: the model then reads what there is.

        Raises:
            TypeError: when this is no corpus, or a column is of another kind.
            ValueError: when a row has nothing to read, its sizes or rates are not those
                of training, or its class was in no training row; names the row.
        """
        if not isinstance(corpus, Corpus):
            raise TypeError(
                f"found a {type(corpus).__name__}; expected a Corpus, such as "
                "folder.load gives"
            )
        inputs = {n: kind for n, kind in self.inputs.items() if _there(kind, n, corpus)}
        if not inputs:
            raise ValueError(
                f"corpus {corpus.name} has none of {', '.join(self.inputs)}, only "
                f"{', '.join(corpus.columns)}"
            )
        targets = {n: t for n, t in self.targets.items() if t.there(corpus)}
        data = made(corpus, Preparation(inputs, targets))
        without = [*(self.inputs.keys() - inputs), *(self.targets.keys() - targets)]
        said = [f"{corpus.name}: {len(corpus)} rows"]
        said += [f"without {', '.join(sorted(without))}"] if without else []
        print("; ".join((*said, *unknown(corpus, Preparation(inputs, targets)))))
        return data

    def save(self, path: str | Path) -> None:
        """Write it as JSON, whole or not at all; `load_preparation` reads it.

        Raises:
            TypeError: when a kind is the reader's own.
        """
        path = Path(path)
        kept = {
            "format": _FORMAT,
            "inputs": {name: as_json(kind) for name, kind in self.inputs.items()},
            "targets": {name: as_json(x) for name, x in self.targets.items()},
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + ".unfinished")
        unfinished.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
        unfinished.replace(path)


def load_preparation(path: str | Path) -> Preparation:
    """What `save` wrote; it holds numbers and texts, and runs no code.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: naming the file, when it was not written by `save`.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; expected a saved preparation")
    try:
        kept: Any = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(kept, dict) or kept.get("format") != _FORMAT:
            raise ValueError("it is of another format")
        inputs = {name: from_json(x) for name, x in kept["inputs"].items()}
        return Preparation(
            inputs, {name: from_json(x) for name, x in kept["targets"].items()}
        )
    except (ValueError, KeyError, AttributeError) as error:
        raise ValueError(
            f"{path}: cannot be read as a preparation ({error}); expected a file that "
            "data.save wrote"
        ) from error


def made(corpus: Corpus, how: Preparation) -> TensorData:
    """The rows of a corpus as data.

    Raises:
        ValueError: when a row has no input, naming it; and as the kinds do.
    """
    return TensorData(inputs_of(corpus, how) | targets_of(corpus, how))


def inputs_of(corpus: Corpus, how: Preparation) -> Batch:
    """What a model reads of the rows.

    Raises:
        ValueError: when a row has no input, naming it; and as the kinds do.
    """
    columns: Batch = {name: kind(corpus) for name, kind in how.inputs.items()}
    present = [x.present for x in columns.values() if isinstance(x, Padded)]
    if len(present) == len(columns):
        bare = (~torch.stack(present).any(dim=0)).nonzero().flatten().tolist()
        if bare:
            raise ValueError(
                f"corpus {corpus.name}: {len(bare)} rows have none of "
                f"{', '.join(columns)}, the first is row {bare[0]} of {len(corpus)}; "
                "expected something to read in each. Fix: read a further column, or "
                "leave these rows out: corpus[[i for i in range(len(corpus)) if ...]]"
            )
    return columns


def targets_of(corpus: Corpus, how: Preparation) -> Batch:
    """What a model is to predict of the rows, and where that is known.

    Raises:
        ValueError: as the targets do.
    """
    columns: Batch = {}
    for name, target in how.targets.items():
        columns[name], known = target(corpus)
        if known is not None:
            columns[name + KNOWN] = known
    return columns


def unknown(corpus: Corpus, how: Preparation) -> list[str]:
    """What to say of tags and categories that no training row has."""
    said = []
    for name, target in how.targets.items():
        if isinstance(target, Tags) and (odd := len(target.unknown(corpus))):
            said.append(f"{odd} {name} are in no training row, and count for nothing")
    for kind in how.inputs.values():
        if isinstance(kind, Table):
            said += [
                f"{number} rows have a {name} of no training row, taken for missing"
                for name, number in kind.unknown(corpus).items()
                if number
            ]
    return said


def _kept(how: Kind | Target) -> Any:
    """What it learned, as JSON holds it; of a kind of the reader's own what it says."""
    try:
        return as_json(how)
    except TypeError:
        return repr(how)


def _mark(module: nn.Module, how: Kind | Target) -> None:
    """Note what a network was made for; a kind of the reader's own cannot be told."""
    kept = _kept(how)
    if isinstance(kept, dict):
        mark(module, kept)


def _there(kind: Kind, name: str, corpus: Corpus) -> bool:
    if isinstance(kind, Table):
        return all(each in corpus.columns for each in (*kind.numbers, *kind.levels))
    return name in corpus.columns
