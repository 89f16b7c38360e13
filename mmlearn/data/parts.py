"""The training, validation and test rows of a corpus."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmlearn.data.corpus import Corpus
from mmlearn.data.split import split

PARTS = ("train", "valid", "test")
# How folders and columns call them.
_NAMES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("valid", "validation", "val", "dev", "development"), "valid"),
    **dict.fromkeys(("test", "testing", "eval", "evaluation"), "test"),
}


def parts_of(
    corpus: Corpus, rows: Sequence[np.ndarray] | None = None, seed: int = 0
) -> dict[str, np.ndarray]:
    """Training, validation and test rows, int64 [n] each, no group in two of them.

    Args:
        rows: the three, where you have them. By default those of the corpus' own column
            `split`: where two are named there, the training rows give 20 % of their
            groups to validation, and rows whose group is in a later part are left out.
            Without such a column 60, 20 and 20 % of the groups.
        seed: of what is dealt.

    Raises:
        ValueError: when rows are not three, one is empty, a row or a group is in two of
            them (naming it), or the column names other parts.
        IndexError: when a row is not in the corpus.
        TypeError: when rows are neither integers nor a mask.
    """
    if rows is not None:
        if len(rows) != len(PARTS):
            raise ValueError(
                f"rows has {len(rows)} parts; expected three: training, validation, "
                "test"
            )
        found = [corpus.rows(part) for part in rows]
    elif isinstance(corpus.columns.get("split"), list):
        found = _own(corpus, seed)
    else:
        label = corpus.label
        found = list(split(corpus.groups, (0.6, 0.2, 0.2), seed, label))
    parts = dict(zip(PARTS, found, strict=True))
    _disjoint(corpus, parts)
    return parts


def _own(corpus: Corpus, seed: int) -> list[np.ndarray]:
    """By the corpus' own column."""
    cells = corpus["split"]
    unknown = sorted({cell for cell in cells if cell.lower() not in _NAMES})
    if unknown:
        raise ValueError(
            f"corpus {corpus.name}: the column split holds {unknown[0]!r}; expected "
            "train, valid or test. Fix: give the three yourself, rows=[...]"
        )
    part = np.array([_NAMES[cell.lower()] for cell in cells])
    train, valid, test = (np.flatnonzero(part == name) for name in PARTS)
    if not len(test) and len(valid):
        valid, test = test, valid  # what was kept for the end
    # The test rows stay what they are, so that results compare with those of others.
    valid = valid[~np.isin(corpus.groups[valid], corpus.groups[test])]
    later = np.concatenate([valid, test])
    train = train[~np.isin(corpus.groups[train], corpus.groups[later])]
    if not len(valid) and len(train) and len(test):
        label = None if corpus.label is None else corpus.label[train]
        ours = split(corpus.groups[train], (0.8, 0.2), seed, label)
        train, valid = (train[part] for part in ours)
    return [train, valid, test]


def _disjoint(corpus: Corpus, parts: dict[str, np.ndarray]) -> None:
    for name, found in parts.items():
        if not len(found):
            raise ValueError(f"corpus {corpus.name}: no {name} row; expected some")
    side: dict[int, str] = {}
    of_row = {int(row): name for name in parts for row in parts[name]}
    total = sum(len(found) for found in parts.values())
    if len(of_row) < total:
        raise ValueError(
            f"corpus {corpus.name}: {total - len(of_row)} rows are in two parts, or "
            "twice in one; expected each once"
        )
    for row, name in of_row.items():
        group = int(corpus.groups[row])
        if side.setdefault(group, name) != name:
            raise ValueError(
                f"corpus {corpus.name}: row {row} of {name} is of the same group as "
                f"rows of {side[group]}, which is a leak. Fix: let whole groups stay "
                "on one side (mmlearn.data.split), or move the row"
            )
