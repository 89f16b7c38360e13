"""metadata.csv: one row per sample, the convention of Hugging Face's imagefolder.

One column `file_name`, or several `..._file_name`, with paths below the folder; all
others are the reader's own. Cells are read as they are written, as texts.
"""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

from mmlearn.data import names
from mmlearn.data.own.listing import Listing, count, is_file_column, some

NAME = "metadata.csv"
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read(path: Path, encoding: str | None = None, files: bool = True) -> Listing:
    """The rows of a folder's `metadata.csv`, or of another csv file.

    UTF-8 with or without a byte order mark, UTF-16 with one; else it is taken for
    Western European text (Windows-1252 or Latin-1), which a remark says. Cells are
    separated by commas, or by semicolons or tabs where the header is.

    Args:
        encoding: of the file, such as "cp1250"; None to find out.
        files: whether a column of files has to be there.

    Raises:
        ValueError: when it is not text or not CSV, has no row, no file column, two
            columns of one name, or a row of too many or too few cells; names the line.
    """
    file = path / NAME if path.is_dir() else path
    text, remarks = _decode(file, encoding)
    header, rows, lines = _parse(file.name, text, remarks)
    if files and not any(map(is_file_column, header)):
        raise ValueError(
            f"{file.name} has no column file_name (nor one ..._file_name); found "
            f"{some(map(repr, header))}: name the column of the paths so; for a "
            f"table without files give its own path: load({file.name!r})"
        )
    where = [f"{file.name} row {i + 1} (line {line})" for i, line in enumerate(lines)]
    return Listing(file.parent, tuple(header), rows, where, remarks)


def _decode(file: Path, encoding: str | None) -> tuple[str, list[str]]:
    raw, remarks = file.read_bytes(), []
    if encoding is None:
        encoding = "utf-16" if raw.startswith(_UTF16) else "utf-8-sig"
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            encoding = "cp1252" if any(0x80 <= b < 0xA0 for b in raw) else "latin-1"
            remarks.append(f"{file.name} is not UTF-8, read as {encoding}")
    try:
        text = raw.decode(encoding)
    except (UnicodeDecodeError, LookupError) as fault:
        raise ValueError(
            f"{file.name} cannot be read as {encoding} ({fault}); save it as UTF-8, or "
            "name its encoding=..."
        ) from None
    if "\0" in text:
        raise ValueError(
            f"{file.name} is not text (a spreadsheet?); save it as CSV, UTF-8"
        )
    return text, remarks


def _parse(
    name: str, text: str, remarks: list[str]
) -> tuple[list[str], list[list[str]], list[int]]:
    delimiter = _delimiter(text)
    if delimiter != ",":
        remarks.append(f"{name} is separated by {_DELIMITERS[delimiter]}")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    table: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            if row:
                table.append((reader.line_num, row))
    except csv.Error as fault:
        raise ValueError(f"{name} line {reader.line_num}: {fault}") from None
    if len(table) < 2:
        raise ValueError(f"{name} has {'no row' if table else 'nothing in it'}")
    header = [cell.strip() for cell in table[0][1]]
    keys = [names.key(cell) for cell in header]
    twice = [cell for cell in header if cell and keys.count(names.key(cell)) > 1]
    if twice:
        raise ValueError(f"{name} has two columns {twice[0]!r}; rename one")
    rows, lines = [], []
    for number, (line, row) in enumerate(table[1:], start=1):
        if len(row) != len(header):
            raise ValueError(
                f"{name} row {number} (line {line}) has {count(len(row), 'cell')}, the "
                f"header {len(header)}; a text with {_DELIMITERS[delimiter]} in it "
                "needs quotes around it"
            )
        rows.append(row)
        lines.append(line)
    return *_named(name, header, rows, remarks), lines


def _named(
    file: str, header: list[str], rows: list[list[str]], remarks: list[str]
) -> tuple[list[str], list[list[str]]]:
    """Without columns that have no name, such as the index that pandas writes."""
    bare = [i for i, name in enumerate(header) if not name]
    if not bare:
        return header, rows
    remarks.append(
        f"left out column {some(str(i + 1) for i in bare)} of {file}, without a name"
    )
    keep = [i for i, name in enumerate(header) if name]
    return [header[i] for i in keep], [[row[i] for i in keep] for row in rows]


def _delimiter(text: str) -> str:
    """What separates the header: by a file column, else by what occurs most in it."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    for delimiter in _DELIMITERS:
        names = [name.strip().strip('"') for name in first.split(delimiter)]
        if any(is_file_column(name) for name in names):
            return delimiter
    return max(_DELIMITERS, key=first.count)
