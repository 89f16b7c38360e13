"""The cells of a listing as typed columns: texts, numbers, classes and groups."""

from __future__ import annotations

import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path

import numpy as np

from mmlearn.data.families import connect
from mmlearn.data.listing import Listing, count, some

# Not float() alone: it takes "1_000", "nan" and digits of other scripts too.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def texts(rows: Listing, name: str) -> list[str]:
    """A column as it is written, list of N.

    Raises:
        ValueError: when the column is not there, or a cell is empty; names the row.
    """
    cells = rows.column(name)
    empty = [i for i, cell in enumerate(cells) if not cell.strip()]
    if not empty:
        return cells
    mend = "fill it, remove the row, or do not ask for this column (text=[...])"
    if len(empty) == len(cells):
        raise ValueError(
            f"{rows.folder.name}: column {name!r} is empty in all "
            f"{count(len(cells), 'row')}; {mend}"
        )
    more = f" (and {count(len(empty) - 1, 'other row')})" if len(empty) > 1 else ""
    raise ValueError(f"{rows.where[empty[0]]}: column {name!r} is empty{more}; {mend}")


def numbers(rows: Listing, name: str) -> np.ndarray:
    """A column as numbers, float64 [N].

    Raises:
        ValueError: as `texts`, and for a cell that is no number; names row and value.
    """
    values = np.zeros(len(rows.rows))
    for i, cell in enumerate(texts(rows, name)):
        plain = cell.strip()
        value = float(plain) if _NUMBER.fullmatch(plain) else math.nan
        if not math.isfinite(value):
            raise ValueError(
                f"{rows.where[i]}: column {name!r} holds {cell!r}; expected a number "
                "such as 12 or -0.5 (a decimal point, no unit)"
            )
        values[i] = value
    return values


def labels(
    rows: Listing, name: str | None, classes: Sequence[str] | None
) -> tuple[tuple[str, ...], np.ndarray]:
    """The class names, and each row's class as int64 [N].

    Names are sorted, as numbers where all are whole numbers, unless `classes` gives
    them. Without a column, all rows are of the one class "unlabelled".

    Raises:
        ValueError: when a cell is empty or not in `classes`, or the splits have
            different classes and no `classes` are given.
    """
    if name is None:
        return ("unlabelled",), np.zeros(len(rows.rows), dtype=np.int64)
    cells = [cell.strip() for cell in texts(rows, name)]
    if classes is None:
        _same_in_all_splits(rows, cells)
        whole = all(re.fullmatch("[0-9]+", cell) for cell in cells)
        classes = sorted(set(cells), key=lambda c: (int(c) if whole else 0, c))
    number = {each: i for i, each in enumerate(classes)}
    if len(number) < len(classes):
        raise ValueError(f"classes are {list(classes)}; expected each name once")
    for i, cell in enumerate(cells):
        if cell not in number:
            raise ValueError(
                f"{rows.where[i]}: class {cell!r} is not in classes: {some(classes)}"
            )
    return tuple(classes), np.array([number[cell] for cell in cells], dtype=np.int64)


def _same_in_all_splits(rows: Listing, cells: Sequence[str]) -> None:
    if not rows.split:
        return
    seen: dict[str, dict[str, int]] = {split: {} for split in rows.split}
    for i, (split, cell) in enumerate(zip(rows.split, cells, strict=True)):
        seen[split].setdefault(cell, i)
    for split, here in seen.items():
        for other, there in seen.items():
            unknown = sorted(here.keys() - there.keys())
            if unknown:
                row = here[unknown[0]]
                raise ValueError(
                    f"{rows.where[row]}: class {unknown[0]!r} is in {split}/ but not "
                    f"in {other}/, which has {some(sorted(there))}; mend the name, or "
                    "give all of them: classes=[...]"
                )


def no_row_twice(rows: Listing) -> None:
    """Refuse a row whose cells are all those of an earlier one.

    Raises:
        ValueError: naming both rows.
    """
    first: dict[tuple[str, ...], int] = {}
    for i, row in enumerate(rows.rows):
        earlier = first.setdefault(tuple(row), i)
        if earlier != i:
            raise ValueError(
                f"{rows.where[i]} is the same as {rows.where[earlier]}: "
                f"{', '.join(row)}; remove one"
            )


def groups(
    rows: Listing, paths: Mapping[str, Sequence[Path]], name: str | None
) -> tuple[np.ndarray, list[str]]:
    """Which rows belong together, int64 [N], and what to say of it.

    Rows do that share a file, a file's content, or a value of the column `name`.
    """
    keys: list[list[Hashable]] = [[("row", i)] for i in range(len(rows.rows))]
    content = _content([path for files in paths.values() for path in files])
    for files in paths.values():
        for i, path in enumerate(files):
            keys[i].append(("file", content[path]))
    shared = connect(keys)
    remarks = []
    twins = len(shared) - len(np.unique(shared))
    if twins:
        text = f"{count(twins, 'row')} repeat the file of another (one group)"
        remarks.append(text.replace("row repeat", "row repeats"))
    if rows.split:
        sides = defaultdict(set)
        for number, split in zip(shared.tolist(), rows.split, strict=True):
            sides[number].add(split)
        leaks = sum(len(found) > 1 for found in sides.values())
        if leaks:
            remarks.append(f"LEAK: {count(leaks, 'file')} in more than one split")
    if name is not None:
        for row, value in zip(keys, texts(rows, name), strict=True):
            row.append(("value", value))
    return connect(keys), remarks


def _content(paths: Sequence[Path]) -> dict[Path, Hashable]:
    """What tells each file's content: its size, and its hash where others share it."""
    sizes: dict[int, list[Path]] = defaultdict(list)
    for path in dict.fromkeys(paths):
        sizes[path.stat().st_size].append(path)
    told: dict[Path, Hashable] = {}
    for size, files in sizes.items():
        for path in files:
            told[path] = (size, _hash(path) if len(files) > 1 else b"")
    return told


def _hash(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
