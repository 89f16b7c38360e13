"""What the names of files say: columns from a pattern, texts beside, and a hint."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from mmlearn.data.own.listing import Listing, count, some

FromName = str | Callable[[str], Mapping[str, str]]


def columns_of(from_name: FromName | None, example: Callable[[], str]) -> list[str]:
    """The columns that files' names give.

    Args:
        example: gives the path of a file, for a function to be asked.
    """
    if from_name is None:
        return []
    if isinstance(from_name, str):
        return list(re.compile(from_name).groupindex)
    return list(from_name(example()))


def with_names(rows: Listing, files: str, from_name: FromName) -> Listing:
    """The listing with the columns that the files' names give.

    Args:
        files: the column of the files.
        from_name: a regular expression with named groups, looked for in each path below
            the folder (`(?P<speaker>[a-z]+)_[0-9]+`), or a function of that path that
            gives the cells by column. A group that takes no part is an empty cell.

    Raises:
        ValueError: when the pattern has no named group or is not found in a name, a
            function gives other columns for another row, or a column is there already.
    """
    if isinstance(from_name, str) and not re.compile(from_name).groupindex:
        raise ValueError(
            f"from_name is {from_name!r}; expected named groups, such as "
            r"(?P<speaker>[a-z]+)_(?P<take>[0-9]+)\.wav"
        )
    cells = [_cells(path, from_name) for path in rows.column(files)]
    header = list(cells[0])
    twice = [name for name in header if name in rows.header]
    if twice:
        raise ValueError(
            f"from_name gives a column {twice[0]!r}, and there is one already; give "
            "it another name"
        )
    for i, found in enumerate(cells):
        if list(found) != header:
            raise ValueError(
                f"{rows.where[i]}: from_name gives {some(found)}, in {rows.where[0]} "
                f"{some(header)}; expected the same columns for all"
            )
    added = [
        [*row, *found.values()] for row, found in zip(rows.rows, cells, strict=True)
    ]
    return Listing(
        rows.folder,
        (*rows.header, *header),
        added,
        rows.where,
        rows.remarks,
        rows.split,
    )


def _cells(path: str, from_name: FromName) -> dict[str, str]:
    if not isinstance(from_name, str):
        return {name: str(cell) for name, cell in from_name(path).items()}
    match = re.search(from_name, path)
    if match is None:
        raise ValueError(
            f"{path}: the pattern from_name={from_name!r} is not in this name"
        )
    return {name: cell or "" for name, cell in match.groupdict().items()}


def with_texts_beside(
    rows: Listing, files: str, beside: Mapping[str, str]
) -> tuple[Listing, list[str]]:
    """The listing with a column for each kind of text file beside the files.

    Args:
        beside: column -> ending: `{"transcript": ".txt"}` reads a/7.txt for a/7.wav.
            Where there is no such file, the cell is empty.

    Returns:
        The listing, and the paths that were read.

    Raises:
        ValueError: when a file is no UTF-8 text, a column is there already, or no row
            has such a file.
    """
    header, used = list(rows.header), []
    table = [list(row) for row in rows.rows]
    for column, ending in beside.items():
        if column in header:
            raise ValueError(f"there is a column {column!r} already; rename it")
        header.append(column)
        found = 0
        for row, written in zip(table, rows.column(files), strict=True):
            path = PurePosixPath(written).with_suffix(ending)
            there = (rows.folder / path).is_file()
            row.append(_text(rows.folder / path) if there else "")
            if there:
                used.append(path.as_posix())
                found += 1
        if not found:
            raise ValueError(
                f"{rows.folder.name}: no file has one with {ending!r} beside it; "
                f"expected such as {PurePosixPath(rows.column(files)[0]).stem}{ending}"
            )
        if found < len(table):
            lacking = count(len(table) - found, "row")
            rows.remarks.append(f"{lacking} without a {ending} beside")
    return replace(rows, header=tuple(header), rows=table), used


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} is no UTF-8 text; save it as UTF-8") from None


_PEOPLE = re.compile(
    r".*(?:^|[ _-])id|id|patient|subject|person|participant|speaker|user|who|session|"
    r"recording|site|device|house|name",
    re.IGNORECASE,
)


def repeated_ids(rows: Listing, taken: Sequence[str | None]) -> list[str]:
    """What to say where a column looks as if its values tied rows together.

    By its name (`patient`, `lesion_id`), and since some of its values come again.

    Args:
        taken: columns that have a part already: the label, the group.
    """
    for name in rows.header:
        if name in taken or not _PEOPLE.fullmatch(name):
            continue
        cells = [cell for cell in rows.column(name) if cell.strip()]
        values = len(set(cells))
        if 1 < values < len(cells):
            return [
                f"rows may belong together: {values} values of {name!r} in "
                f"{count(len(cells), 'row')}. If so: group={name!r}"
            ]
    return []


def look_alike(files: Sequence[str], label: Sequence[str] | None) -> list[str]:
    """What to say where the paths of files look as if rows belonged together.

    Such as rose/plant3/1.jpg, a folder within that of the class, or 7_anna_12.wav: a
    part of all names that takes a few values, each in several rows, and is not the
    class.
    """
    folders = {PurePosixPath(file).parent for file in files}
    deep = [len(folder.parts) for folder in folders]
    if label is not None and min(deep) >= 2 and len(folders) < len(files):
        return [
            f"rows may belong together: they lie in {len(folders)} folders below those "
            "of the classes. If these are people or places: "
            'from_name=r"^[^/]+/(?P<who>[^/]+)/", group="who"'
        ]
    stems = [re.split("[_-]", PurePosixPath(file).stem) for file in files]
    if len({len(parts) for parts in stems}) != 1 or len(stems[0]) < 2:
        return []
    for place in range(len(stems[0])):
        rows: dict[str, list[int]] = defaultdict(list)
        for i, parts in enumerate(stems):
            rows[parts[place]].append(i)
        several = 2 <= len(rows) <= len(files) / 3
        if not several or not all(re.search("[A-Za-z]", value) for value in rows):
            continue
        if label is not None and all(
            len({label[i] for i in found}) == 1 for found in rows.values()
        ):
            continue  # it says the class again
        value, found = max(rows.items(), key=lambda item: len(item[1]))
        before = r"[^_-]*[_-]" * place
        return [
            f"rows may belong together: {len(rows)} names such as {value!r} (in "
            f"{count(len(found), 'file')}) stand in the files' names. If these are "
            f'people or places: from_name=r"{before}(?P<who>[^_.-]+)", group="who"; '
            "a further (?P<label>...) is the class"
        ]
    return []
