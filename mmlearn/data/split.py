"""Splits and folds that do not leak: rows of one group stay on one side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmlearn.data import integers, names
from mmlearn.data.corpus import Corpus
from mmlearn.data.families import connect


def split(
    groups: np.ndarray,
    fractions: Sequence[float] = (0.6, 0.2, 0.2),
    seed: int = 0,
    label: np.ndarray | None = None,
) -> tuple[np.ndarray, ...]:
    """Deal whole groups to parts: sorted row indices int64 [n_i], one array per part.

    Every row is in exactly one part, every part has at least one group, and the parts'
    sizes come near the fractions, as nearly as whole groups allow. The same arguments
    give the same split.

    With `label`, classes are dealt one after the other, the one with the fewest groups
    first, so that each class has its fractions too, and a class whose groups hold no
    other class is in every part when it has at least as many groups as there are parts.

    Args:
        groups: integers [N] of any kind; rows with one number stay together.
        fractions: of rows per part, positive, summing to 1.
        seed: of the order in which groups are dealt.
        label: integers [N] of any kind, or None.

    Raises:
        ValueError: when groups or label are not integers [N], fractions are not
            positive or do not sum to 1, or there are fewer groups than parts.
    """
    groups = integers.checked("groups", groups)
    label = np.zeros_like(groups) if label is None else label
    label = integers.checked("label", label)
    if len(label) != len(groups):
        raise ValueError(f"label has {len(label)} rows, groups {len(groups)}")
    shares = np.asarray(fractions, dtype=np.float64)
    # "not >" rather than "<=", so that a NaN is refused too.
    if len(shares) < 2 or not (shares > 0).all() or not abs(shares.sum() - 1) < 1e-6:
        raise ValueError(
            f"fractions are {tuple(fractions)}; expected two or more positive numbers "
            f"that sum to 1"
        )
    _, group = np.unique(groups, return_inverse=True)
    _, classes = np.unique(label, return_inverse=True)
    n_groups = int(group.max(initial=-1)) + 1
    if n_groups < len(shares):
        raise ValueError(
            f"{n_groups} groups for {len(shares)} parts; expected at least one per part"
        )
    counts = np.zeros((n_groups, classes.max() + 1), dtype=np.int64)
    np.add.at(counts, (group, classes), 1)
    part_of = _deal(counts, shares, np.random.default_rng(seed))
    return tuple(np.flatnonzero(part_of[group] == part) for part in range(len(shares)))


def folds(
    groups: np.ndarray, k: int = 5, seed: int = 0, label: np.ndarray | None = None
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """K times training, validation and test rows; each row is tested once.

    The groups are dealt to k parts as `split` does, by class too where `label` is
    given; fold i is tested on part i and validated on the next one.

    Args:
        groups: integers [N] of any kind; rows with one number stay together.
        k: how many folds, 3 or more.
        seed: of the order in which groups are dealt.
        label: integers [N] of any kind, or None.

    Raises:
        ValueError: when k is below 3 or above the number of groups; and as `split`.
    """
    if k < 3:
        raise ValueError(f"k is {k}; expected 3 or more: train, validate and test")
    parts = split(groups, [1 / k] * k, seed, label)
    return [_fold(parts, i) for i in range(k)]


def leave_one_out(
    groups: np.ndarray,
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """For each group the training, validation and test rows when it is tested alone.

    It is validated on the next group.

    Args:
        groups: integers [N] of any kind; rows with one number stay together.

    Raises:
        ValueError: when there are fewer than three groups, or they are no integers.
    """
    _, group = np.unique(integers.checked("groups", groups), return_inverse=True)
    count = int(group.max(initial=-1)) + 1
    if count < 3:
        raise ValueError(
            f"{count} groups; expected 3 or more: train, validate and test"
        )
    parts = [np.flatnonzero(group == number) for number in range(count)]
    return [_fold(parts, i) for i in range(count)]


def holdout(
    corpus: Corpus, column: str, values: str | Sequence[str], seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Training, validation and test rows: named people, places or days are tested.

    Tested are the rows whose cell in the column is one of the values, and all of their
    groups; of the others 80 % train and 20 % validate, values kept together. An
    interval over people needs two of them at least.

    Raises:
        KeyError: when there is no such column.
        ValueError: when no row has a value (names those there are), or their groups
            leave fewer than two for the others.
    """
    values = [values] if isinstance(values, str) else list(values)
    cells = [names.key(str(cell)) for cell in corpus[column]]
    for value in values:
        if names.key(value) not in cells:
            known = sorted({str(cell) for cell in corpus[column]})
            raise ValueError(
                f"corpus {corpus.name}: no row has {column} {value!r}; there are "
                f"{', '.join(known[:10])}{' ...' if len(known) > 10 else ''}"
            )
    wanted = {names.key(value) for value in values}
    found = np.array([cell in wanted for cell in cells])
    tested = np.isin(corpus.groups, corpus.groups[found])
    rest = np.flatnonzero(~tested)
    if len(np.unique(corpus.groups[rest])) < 2:
        raise ValueError(
            f"corpus {corpus.name}: without {', '.join(values)} and their groups "
            f"{len(rest)} rows are left, in fewer than two groups. Fix: group the rows "
            f"by {column!r}, or hold out less"
        )
    # Nor is another person to train and to validate, grouped or not.
    ties = [[("group", int(corpus.groups[i])), ("value", cells[i])] for i in rest]
    together = connect(ties)
    if len(np.unique(together)) < 2:
        together = corpus.groups[rest]
    train, valid = split(together, (0.8, 0.2), seed)
    return rest[train], rest[valid], np.flatnonzero(tested)


def _fold(
    parts: Sequence[np.ndarray], i: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    after = (i + 1) % len(parts)
    others = [part for k, part in enumerate(parts) if k not in (i, after)]
    return np.sort(np.concatenate(others)), parts[after], parts[i]


def _deal(
    counts: np.ndarray, shares: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """The part of each group, int64 [G], from its rows per class [G, C]."""
    part_of = np.full(len(counts), -1)
    rows = np.zeros((len(shares), counts.shape[1]))  # dealt so far, a part and class
    wanted = shares[:, None] * counts.sum(axis=0)
    dealt = np.zeros(len(shares), dtype=np.int64)  # groups in each part
    order = generator.permutation(len(counts))
    for name in np.argsort((counts > 0).sum(axis=0), kind="stable"):
        members = [g for g in order if counts[g, name] and part_of[g] < 0]
        for position, member in enumerate(members):
            may = np.ones(len(shares), dtype=bool)
            lacking = rows[:, name] == 0
            if len(members) - position <= lacking.sum():
                may = lacking  # the class's last groups go where it is not yet
            empty = dealt == 0
            if len(counts) - dealt.sum() <= empty.sum():
                may = empty  # and the very last ones where nothing is
            missing = (wanted - rows)[:, name], (wanted - rows).sum(axis=1)
            best = np.lexsort((-missing[1], -missing[0], ~may))[0]
            part_of[member] = best
            dealt[best] += 1
            rows[best] += counts[member]
    return part_of
