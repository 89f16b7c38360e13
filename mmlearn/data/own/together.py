"""Which rows belong together: their groups, and the split that each is in."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path

import numpy as np

from mmlearn.data import names
from mmlearn.data.families import connect
from mmlearn.data.own.columns import refuse_gaps, spellings, texts
from mmlearn.data.own.listing import Listing, count, some

NO_GROUPS = "do without groups (leave out group=...)"


def splits(rows: Listing) -> tuple[list[str], list[str]]:
    """The split of each row, list of N, and what to say of it.

    From the folders of the splits, else from the column "split". Spellings of one name
    are one split, upper and lower case too: it is called what most rows call it.

    Raises:
        ValueError: when a cell of the column is empty; names the row.
    """
    cells = rows.split or texts(rows, "split")
    most: dict[Hashable, Counter[str]] = defaultdict(Counter)
    for cell in cells:
        most[names.loose_key(cell)][names.clean(cell)] += 1
    usual = {each: _usual(ways) for each, ways in most.items()}
    found = [usual[names.loose_key(cell)] for cell in cells]
    merged = [some(map(repr, sorted(each))) for each in most.values() if len(each) > 1]
    remarks = [f"took the splits {each} for one" for each in merged]
    return found, remarks or spellings("split", cells)


def _usual(ways: Counter[str]) -> str:
    return max(ways, key=lambda way: (ways[way], way.islower(), way))


def groups(
    rows: Listing,
    paths: Mapping[str, Sequence[Path | None]],
    name: str | None,
    split: Sequence[str],
) -> tuple[np.ndarray, list[str]]:
    """Which rows belong together, int64 [N], and what to say of it.

    Rows belong together that share a file, a file's content, or a value of the column
    `name`; in a table without files, those that are equal. All spellings of a name are
    one there, and names that may be one are too (`names`): one group too few costs a
    little data, a person on two sides of a split the result.

    Raises:
        ValueError: when a cell of the column is empty, or says so (NaN, NA): whether
            that row belongs with another is not known; names the row.
    """
    keys: list[list[Hashable]] = [[("row", i)] for i in range(len(rows.rows))]
    if not paths:  # a table: rows that are equal may be one thing, written twice
        for key, cells in zip(keys, rows.rows, strict=True):
            key.append(("cells", tuple(map(names.clean, cells))))
    content = _content([path for files in paths.values() for path in files if path])
    first: dict[Hashable, str] = {}
    alike = []
    for files in paths.values():
        for i, path in enumerate(files):
            if path is not None:
                keys[i].append(("file", content[path]))
                other = first.setdefault(content[path], path.name)
                alike += [f"{path.name} = {other}"] if other != path.name else []
    shared = connect(keys)
    remarks = []
    twins = len(shared) - len(np.unique(shared))
    if twins:
        whose = "the file of another" if paths else "another"
        text = f"{count(twins, 'row')} repeat {whose} (one group)"
        named = f": {some(dict.fromkeys(alike), 3)}" if alike else ""
        remarks.append(text.replace("row repeat", "row repeats") + named)
    remarks += _leaks(shared, split, "file")
    if name is None:
        return shared, remarks
    cells = texts(rows, name, NO_GROUPS)
    gaps = [i for i, cell in enumerate(cells) if names.is_gap(cell)]
    if gaps:
        found = f"holds {cells[gaps[0]]!r}, no value"
        refuse_gaps(rows, name, gaps, found, NO_GROUPS)
    for row, value in zip(keys, cells, strict=True):
        row.append(("value", names.loose_key(value)))
    remarks += spellings(name, cells)
    pairs = [
        f"{names.clean(cells[one])!r} with {names.clean(cells[other])!r}"
        for one, other in names.alike(cells)
    ]
    if pairs:
        remarks.append(f"column {name!r}: put {some(pairs)} into one group")
    together = connect(keys)
    return together, [*remarks, *_leaks(together, split, "group")]


def _leaks(numbers: np.ndarray, split: Sequence[str], what: str) -> list[str]:
    if not split:
        return []
    sides = defaultdict(set)
    for number, side in zip(numbers.tolist(), split, strict=True):
        sides[number].add(side)
    leaks = sum(len(found) > 1 for found in sides.values())
    return [f"LEAK: {count(leaks, what)} in more than one split"] if leaks else []


def _content(paths: Sequence[Path]) -> dict[Path, Hashable]:
    """What identifies each file's content: its size, and its hash if shared."""
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
