"""The rows of a folder, of one that is divided into splits, or of a csv file."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path

from mmlearn.data.own import layouts, metadata, tree
from mmlearn.data.own.listing import Listing, count, is_file_column, locate, some


def rows_of(
    path: Path,
    kind: tree.Kind | None,
    classes: bool,
    encoding: str | None,
    by_name: bool = True,
) -> Listing:
    """All rows, with the files' paths from the folder.

    Args:
        path: a folder, or a csv file, which is a table without files.
        classes: whether a tree's first folders are classes.
        by_name: whether files' names may be those of a known data set.

    Raises:
        FileNotFoundError: when there is neither.
        ValueError: as `metadata.read` and `tree.read` do, and when splits differ.
    """
    if path.is_dir():
        return _listing(
            path.resolve(), kind, classes, encoding, by_name
        )  # "." gets a name
    if path.is_file() and path.suffix.lower() in (".csv", ".tsv"):
        return metadata.read(path.resolve(), encoding, files=False)
    if path.exists():
        raise FileNotFoundError(f"{path} is a file; expected a folder (unpack it)")
    what = "file" if path.suffix.lower() in (".csv", ".tsv") else "folder"
    raise FileNotFoundError(f"no {what} {path}")


def _listing(
    folder: Path,
    kind: tree.Kind | None,
    classes: bool,
    encoding: str | None,
    by_name: bool,
) -> Listing:
    parts = tree.splits(folder)
    if parts:
        each = [_listing(part, kind, classes, encoding, by_name) for part in parts]
        return _join(folder, each)
    known = layouts.read(folder, by_name) if kind is None else None
    if known is not None:
        return known
    if not (folder / metadata.NAME).exists():
        return tree.read(folder, kind, classes)
    if kind is not None:
        raise ValueError(
            f"kind is {kind!r}, but {metadata.NAME} says which files are data; leave "
            "it out"
        )
    return metadata.read(folder, encoding)


def _join(folder: Path, parts: Sequence[Listing]) -> Listing:
    """The rows of all splits, with paths from the folder above them."""
    first = parts[0]
    joined = Listing(folder, first.header, [], [], [])
    for part in parts:
        name = part.folder.name
        if set(part.header) != set(first.header):
            raise ValueError(
                f"{name}/ has the columns {some(part.header, 20)}, "
                f"{first.folder.name}/ {some(first.header, 20)}; expected the same in "
                "all splits"
            )
        cells = dict(zip(part.header, zip(*part.rows, strict=True), strict=True))
        for column in filter(is_file_column, part.header):
            cells[column] = tuple(
                file and posixpath.join(name, file) for file in cells[column]
            )
        reordered = (cells[column] for column in first.header)
        joined.rows.extend(map(list, zip(*reordered, strict=True)))
        joined.where.extend(f"{name}/{where}" for where in part.where)
        joined.remarks.extend(f"{name}/: {remark}" for remark in part.remarks)
        joined.split.extend([name] * len(part.rows))
    return joined


def paths_of(rows: Listing, name: str) -> list[Path | None]:
    """The file of each row; None where the cell is empty and there are others to read.

    Raises:
        FileNotFoundError: when files are missing; names the rows of the first five.
        ValueError: when a path leaves the folder, or an only file's cell is empty.
    """
    several = sum(map(is_file_column, rows.header)) > 1
    found: list[Path | None] = []
    missing = []
    for where, written in zip(rows.where, rows.column(name), strict=True):
        if not written.strip() and several:
            found.append(None)
            continue
        if not written.strip():
            raise ValueError(f"{where}: column {name!r} is empty; name the file")
        try:
            found.append(locate(rows.folder, written))
        except ValueError as fault:
            raise ValueError(f"{where}: {fault}") from None
        except FileNotFoundError as fault:
            missing.append(f"{where}: {fault}")
    if missing:
        more = len(missing) - 5
        rest = [f"and {count(more, 'other file')}"] if more > 0 else []
        raise FileNotFoundError("\n".join((*missing[:5], *rest)))
    if not any(found):
        raise ValueError(
            f"{rows.folder.name}: column {name!r} is empty in all "
            f"{count(len(found), 'row')}; remove it"
        )
    return found
