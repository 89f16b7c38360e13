"""Your own data: a folder with metadata.csv, or a tree with a folder per class.

    flowers/metadata.csv            flowers/rose/1.jpg       birds/train/metadata.csv
    flowers/1.jpg ...               flowers/tulip/2.png      birds/test/metadata.csv

metadata.csv follows Hugging Face's imagefolder and audiofolder: a row per sample, a
column `file_name` (or several, `image_file_name`, `sound_file_name` ...), and others of
your choice. Whatever is not loaded is named in the one line that `load` prints, and
what cannot be loaded is an error that names its row and file.

Nothing is cached: the folder is read anew at each load, since it may have changed.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mmlearn.data.corpus import Column, Corpus
from mmlearn.data.own import columns, media, metadata, together, tree
from mmlearn.data.own.listing import Listing, count, inside, locate, some


def load(
    path: str | Path,
    *,
    label: str | None = "label",
    text: Sequence[str] | None = None,
    numbers: Sequence[str] = (),
    group: str | None = None,
    classes: Sequence[str] | None = None,
    kind: tree.Kind | None = None,
    size: int = 64,
    rate: int = 16_000,
    longest: float = 30.0,
    encoding: str | None = None,
    licence: str = "your own data",
) -> Corpus:
    """A folder of your own as a corpus; prints one line of what was read.

    Columns, for a file column `file_name` (or `<name>_file_name`):
        image (or <name>): uint8 [N, 3, size, size] where the files are pictures, each
            resized while it is read; see `files.read_picture`.
        waveform, length (or <name>, <name>_length): int16 [N, T] where they are sounds,
            mono at `rate` Hz, zeros after `length` (int64 [N], samples). T is the
            longest sound's; N x T x 2 bytes are kept. A sound beyond full scale is
            turned down.
        file_name itself: texts, as written.
    Further columns:
        the text columns: list of N, each cell as it is written ("007" stays "007").
        the number columns: float64 [N], NaN where a cell is empty, NaN, NA, null or -.
        split: "train", "test" ..., where the folder is divided so, or has the column.

    Label names are sorted, as numbers where all are whole numbers. Rows that share a
    file, or its content, or a value in the column `group`, are of one group.

    Classes, groups and splits that differ in spaces, in invisible characters, or in how
    an accent is coded are one. Where they differ in upper and lower case only, or as 1
    and 1.0 do, classes are refused unless `classes` names both; groups and splits are
    one, which the line says, since two would be a leak.

    Args:
        label: column of the classes (in a tree: "label", the folders' names); None for
            data without classes: then the corpus has the label None and no names.
        text: columns to keep as texts; None for all that are not named otherwise.
        numbers: columns to read as numbers.
        group: column whose values (person, place, day) stay on one side of a split.
        classes: the label names in your order, where not all of them occur in each
            split, or for a second folder: `classes=train.label_names`.
        kind: which files of a tree are the data, where it holds pictures and sounds.
        size: height and width of the pictures in the corpus, in pixels.
        rate: of the sounds in the corpus, in Hz.
        longest: seconds that a sound may last.
        encoding: of metadata.csv, where it is neither UTF-8 nor Western European.

    Raises:
        FileNotFoundError: when there is no such folder, or a row's file is missing.
        ValueError: when a row, cell or file is wrong, or class names differ between
            splits; names row, column and file, and the first five where many are.
    """
    root = _root(path)
    if size < 1 or rate < 1 or not longest > 0:
        raise ValueError(
            f"size {size}, rate {rate}, longest {longest}; expected positive numbers"
        )
    rows = _listing(root, kind, label is not None, encoding)
    columns.no_row_twice(rows)
    label, group = (name and rows.spelt(name) for name in (label, group))
    table, remarks = _table(rows, label, text, numbers, group)
    split: list[str] = []
    if rows.split or ("split" in table and isinstance(table["split"], list)):
        split, of_split = together.splits(rows)
        table["split"] = split
        remarks += of_split
    label_names, labels = columns.labels(rows, label, classes)
    paths = {name: _locate(rows, name) for name in _file_columns(rows)}
    groups, of_groups = together.groups(rows, paths, group, split)
    remarks = [*rows.remarks, *_strays(rows, paths), *remarks]
    remarks += [*columns.said_of_labels(rows, label), *of_groups]
    kinds = {name: media.kind_in(rows, name, paths[name]) for name in paths}
    made: dict[str, Column] = {}
    for name, files in paths.items():
        into = _names(name, kinds[name], [*table, *made])
        if kinds[name] == "picture":
            made[into[0]], said = media.pictures(rows, files, size)
        else:
            made[into[0]], made[into[1]], said = media.sounds(
                rows, files, rate, longest
            )
        remarks += said
    line = _line(rows, kinds, split if rows.split else [], label_names, remarks)
    print(line)
    return Corpus(
        name=root.name,
        columns=made | table,
        label=labels,
        label_names=label_names,
        groups=groups,
        licence=licence,
        source=f"own data, {line}",
    )


def _root(path: str | Path) -> Path:
    root = Path(path)
    if root.is_dir():
        return root.resolve()  # so that "." has a name
    if root.exists():
        raise FileNotFoundError(f"{root} is a file; expected a folder (unpack it)")
    raise FileNotFoundError(f"no folder {root}")


def _listing(
    folder: Path, kind: tree.Kind | None, classes: bool, encoding: str | None
) -> Listing:
    parts = tree.splits(folder)
    if not parts:
        if (folder / metadata.NAME).exists():
            if kind is not None:
                raise ValueError(
                    f"kind is {kind!r}, but {metadata.NAME} says which files are data; "
                    "leave it out"
                )
            return metadata.read(folder, encoding)
        return tree.read(folder, kind, classes)
    return _join(folder, [_listing(part, kind, classes, encoding) for part in parts])


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
        for column in filter(metadata.is_file_column, part.header):
            cells[column] = tuple(posixpath.join(name, file) for file in cells[column])
        reordered = (cells[column] for column in first.header)
        joined.rows.extend(map(list, zip(*reordered, strict=True)))
        joined.where.extend(f"{name}/{where}" for where in part.where)
        joined.remarks.extend(f"{name}/: {remark}" for remark in part.remarks)
        joined.split.extend([name] * len(part.rows))
    return joined


def _file_columns(rows: Listing) -> list[str]:
    return [name for name in rows.header if metadata.is_file_column(name)]


def _table(
    rows: Listing,
    label: str | None,
    text: Sequence[str] | None,
    numbers: Sequence[str],
    group: str | None,
) -> tuple[dict[str, Column], list[str]]:
    """The columns that are not files, and what to say of those left out."""
    files = _file_columns(rows)
    for what, names in {"text": text, "numbers": numbers}.items():
        if isinstance(names, str):
            raise ValueError(f"{what} is {names!r}; expected a list: [{names!r}]")
    numbers = [rows.spelt(name) for name in numbers]
    others = [n for n in rows.header if n not in (*files, *numbers, label)]
    chosen = others if text is None else [rows.spelt(name) for name in text]
    twice = sorted(set(chosen) & set(numbers))
    if twice:
        raise ValueError(f"column {twice[0]!r} is to be text and numbers; choose one")
    table: dict[str, Column] = {}
    for name in files:
        table[name] = columns.texts(rows, name, "name the file")
    for name in dict.fromkeys(chosen):
        advice = together.NO_GROUPS if name == group else columns.NOT_ASKED
        table.setdefault(name, columns.texts(rows, name, advice))
    for name in numbers:
        table[name] = columns.numbers(rows, name)
    if rows.split and "split" in table:
        raise ValueError("a column is called 'split', as the folders' own: rename")
    unused = [name for name in others if name not in (*chosen, group)]
    remarks = [f"left out {some(unused)} (not in text)"] if unused else []
    gaps = {name: int(np.isnan(table[name]).sum()) for name in numbers}
    said = [f"{name} {number}" for name, number in gaps.items() if number]
    return table, [*remarks, *([f"gaps (NaN) in {some(said)}"] if said else [])]


def _locate(rows: Listing, name: str) -> list[Path]:
    found, missing = [], []
    for where, written in zip(rows.where, rows.column(name), strict=True):
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
    return found


def _strays(rows: Listing, paths: Mapping[str, Sequence[Path]]) -> list[str]:
    used = {
        Path(os.path.normpath(file)).relative_to(rows.folder).as_posix()
        for files in paths.values()
        for file in files
    }
    used |= {metadata.NAME, *(f"{split}/{metadata.NAME}" for split in rows.split)}
    strays = [file for file in inside(rows.folder) if file not in used]
    if not strays:
        return []
    return [f"left out {count(len(strays), 'stray file')}: {some(strays)}"]


def _names(column: str, kind: tree.Kind, taken: Sequence[str]) -> list[str]:
    """What a file column becomes: file_name to image, or to waveform and length."""
    if column == "file_name":
        names = ["image"] if kind == "picture" else ["waveform", "length"]
    else:
        name = column.removesuffix("_file_name")
        names = [name] if kind == "picture" else [name, f"{name}_length"]
    clash = [name for name in names if name in taken]
    if clash:
        raise ValueError(
            f"column {clash[0]!r} is the name that the {kind}s of {column!r} get; "
            "rename it"
        )
    return names


def _line(
    rows: Listing,
    kinds: Mapping[str, tree.Kind],
    split: Sequence[str],
    label_names: Sequence[str],
    remarks: Sequence[str],
) -> str:
    n = len(rows.rows)
    if len(kinds) == 1:
        what = count(n, next(iter(kinds.values())))
    else:
        each = (f"{name} ({kind})" for name, kind in kinds.items())
        what = f"{count(n, 'row')} of {some(each)}"
    if split:
        sizes = {name: split.count(name) for name in dict.fromkeys(split)}
        what += " in " + ", ".join(f"{name} {size}" for name, size in sizes.items())
    if label_names:
        what += f", {count(len(label_names), 'class')} ({some(label_names)})"
    return "; ".join((f"{rows.folder.name}: {what}", *remarks))
