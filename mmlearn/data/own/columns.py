"""The cells of a listing as typed columns: texts, numbers, classes and groups."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NoReturn

import numpy as np

from mmlearn.data import names
from mmlearn.data.own.listing import Listing, count, is_file_column, some

NOT_ASKED = "do not ask for this column (text=[...])"


def texts(rows: Listing, name: str, otherwise: str = NOT_ASKED) -> list[str]:
    """A column as it is written, list of N.

    Args:
        otherwise: what an error advises if the cell can be neither filled nor left out.

    Raises:
        ValueError: when the column is not there, or a cell is empty; names the row.
    """
    cells = rows.column(name)
    empty = [i for i, cell in enumerate(cells) if not names.clean(cell)]
    if empty:
        refuse_gaps(rows, name, empty, "is empty", otherwise)
    return cells


def texts_with_gaps(rows: Listing, name: str) -> tuple[list[str], int]:
    """A column as it is written, "" where a cell is empty; and how many are.

    Raises:
        ValueError: when the column is not there, or is empty in all rows.
    """
    cells = rows.column(name)
    empty = [i for i, cell in enumerate(cells) if not names.clean(cell)]
    if len(empty) == len(cells):
        refuse_gaps(rows, name, empty, "is empty", NOT_ASKED)
    for i in empty:
        cells[i] = ""
    return cells, len(empty)


def all_numbers(rows: Listing, name: str) -> bool:
    """Whether all cells that have a value are decimal numbers, and not codes: "007"."""
    cells = [names.clean(cell) for cell in rows.column(name) if not names.is_gap(cell)]
    plain = all(map(names.NUMBER.fullmatch, cells))
    coded = any(re.fullmatch("0[0-9]+", cell) for cell in cells)
    return plain and not coded and len(set(cells)) > 1


def refuse_gaps(
    rows: Listing, name: str, gaps: Sequence[int], found: str, otherwise: str
) -> NoReturn:
    """Refuse a column for its cells without a value.

    Raises:
        ValueError: always; names the first of these rows.
    """
    fix = f"fill it, remove the row, or {otherwise}"
    if len(gaps) == len(rows.rows):
        raise ValueError(
            f"{rows.folder.name}: column {name!r} {found} in all "
            f"{count(len(gaps), 'row')}; {fix}"
        )
    more = f" (and {count(len(gaps) - 1, 'other row')})" if len(gaps) > 1 else ""
    raise ValueError(f"{rows.where[gaps[0]]}: column {name!r} {found}{more}; {fix}")


def numbers(rows: Listing, name: str) -> np.ndarray:
    """A column as numbers, float64 [N]; NaN for a gap.

    A gap is an empty cell, or NaN, NA, n/a, null, None or - (`names.GAPS`).

    Raises:
        ValueError: when the column is not there or has only gaps; naming row and value,
            for a cell that is not a number, or infinite, or not a float64.
    """
    cells = rows.column(name)
    gaps = [i for i, cell in enumerate(cells) if names.is_gap(cell)]
    if len(gaps) == len(cells):
        advice = "do not ask for this column (numbers=[...])"
        refuse_gaps(rows, name, gaps, "is empty", advice)
    values = np.full(len(cells), math.nan)
    for i in sorted(set(range(len(cells))) - set(gaps)):
        plain = names.clean(cells[i])
        if not names.NUMBER.fullmatch(plain):
            raise ValueError(
                f"{rows.where[i]}: column {name!r} holds {cells[i]!r}; expected a "
                "number such as 12 or -0.5 (a decimal point, no unit), or an empty cell"
                f"{_as_number(plain)}"
            )
        values[i] = float(plain)
        lost = _lost(plain, values[i])
        if lost:
            raise ValueError(
                f"{rows.where[i]}: column {name!r} holds {cells[i]!r}, {lost}"
            )
    return values


def _as_number(plain: str) -> str:
    """What to write in place of a number in another notation, where that is clear."""
    minus = plain.replace("\N{MINUS SIGN}", "-")
    comma = re.fullmatch(r"([+-]?[0-9]*),([0-9]+)", minus)
    if comma:
        return f". Fix: write {comma[1]}.{comma[2]}, if the comma is a decimal one"
    thousands = minus.replace(",", "")
    if names.NUMBER.fullmatch(thousands):
        return f". Fix: write {thousands}"
    return ""


def _lost(plain: str, value: float) -> str:
    """What float64 would lose of a number; "" where that is only rounding."""
    if math.isinf(value):
        return "which is beyond float64 (1.8e308)"
    if value == 0 and re.search("[1-9]", re.split("[eE]", plain)[0]):
        return "which is nearer to 0 than float64 can tell (4.9e-324)"
    if re.fullmatch("[+-]?[0-9]+", plain) and Decimal(value) != Decimal(plain):
        return (
            f"a whole number of which float64 would make {int(value)}. Fix: if it is a "
            "code and no quantity, move the column from numbers=[...] to text=[...]"
        )
    return ""


def labels(
    rows: Listing, name: str | None, classes: Sequence[str] | None
) -> tuple[tuple[str, ...], np.ndarray | None]:
    """The class names, and each row's class as int64 [N].

    Names are sorted, as numbers where all are whole numbers, unless `classes` gives
    them. Spellings of one name (`names.key`) are one class. Without a column there are
    no names, and None in place of classes.

    Raises:
        ValueError: when a cell is empty or not in `classes`, the splits have different
            classes or two classes may be one (`names.loose_key`) and no `classes` are
            given, or `classes` holds a name twice.
    """
    if name is None:
        if classes is not None:
            raise ValueError(
                "classes without a label: name its column, or leave them out"
            )
        return (), None
    cells = _label_cells(rows, name)
    known = names.shown(cells)
    keys = [names.key(cell) for cell in cells]
    if classes is None:
        said = [known[each] for each in keys]
        _same_in_all_splits(rows, said)
        _refuse_alike(rows, name, said)
        _refuse_too_many(rows, name, said)
        whole = all(re.fullmatch("[0-9]+", cell) for cell in said)
        classes = sorted(set(said), key=lambda c: (int(c) if whole else 0, c))
    else:
        classes = _named(classes)
    number = {names.key(each): i for i, each in enumerate(classes)}
    for i, each in enumerate(keys):
        if each not in number:
            raise ValueError(
                f"{rows.where[i]}: class {known[each]!r} is not in classes: "
                f"{some(classes)}"
            )
    return tuple(classes), np.array([number[each] for each in keys], dtype=np.int64)


def said_of_labels(rows: Listing, name: str | None) -> list[str]:
    """What to say of the classes: names in several spellings, or like an empty cell."""
    if name is None:
        return []
    cells = _label_cells(rows, name)
    gaps = [names.clean(cell) for cell in cells if names.is_gap(cell)]
    odd = f"a class is called {gaps[0]!r}, as an empty cell may be" if gaps else ""
    return [*spellings(name, cells), *filter(None, [odd])]


def _label_cells(rows: Listing, name: str) -> list[str]:
    return texts(rows, name, 'name another column (label="...", or None)')


def _named(classes: Sequence[str]) -> list[str]:
    """The reader's own class names, each as it is shown."""
    wrong = [each for each in classes if not isinstance(each, str)]
    if isinstance(classes, str) or wrong:
        fix = [classes] if isinstance(classes, str) else [str(each) for each in classes]
        raise ValueError(f"classes are {classes!r}; expected a list of texts: {fix}")
    shown = [names.clean(each) for each in classes]
    if len({names.key(each) for each in shown}) < len(shown):
        raise ValueError(f"classes are {list(classes)}; expected each name once")
    return shown


def spellings(name: str, cells: Sequence[str]) -> list[str]:
    """What to say of names that are written in several ways."""
    several = names.several(cells)
    if not several:
        return []
    return [
        f"column {name!r}: took several spellings (spaces, accents) of "
        f"{some(map(repr, several))} for one name"
    ]


def _refuse_alike(rows: Listing, name: str, said: Sequence[str]) -> None:
    for one, other in names.alike(said):
        raise ValueError(
            f"{rows.where[other]}: column {name!r} holds {said[other]!r}, and "
            f"{said[one]!r} in {rows.where[one]}, which may be one class. Fix: write "
            f"them alike, or, if they are two, name all: classes=[{said[one]!r}, "
            f"{said[other]!r}, ...]"
        )


def _refuse_too_many(rows: Listing, name: str, said: Sequence[str]) -> None:
    """Refuse what is no class: a number, a text or a name that each row has anew."""
    classes, n = len(set(said)), len(said)
    if classes == 1 and n > 1:
        raise ValueError(
            f"{rows.folder.name}: column {name!r} has one class, {said[0]!r}; expected "
            "two or more. Fix: label=None, where there is nothing to tell apart, or "
            "name all: classes=[...]"
        )
    numbers = all(names.NUMBER.fullmatch(each) for each in said)
    if classes > 20 and classes > n / (5 if numbers else 2):
        fix = (
            f"if it is a quantity, label=None and numbers=[{name!r}], and predict it: "
            f"prepare(corpus, targets=[{name!r}])"
            if numbers
            else "name the column of the classes (label=...), or all of them: "
            "classes=[...]"
        )
        raise ValueError(
            f"{rows.folder.name}: column {name!r} has {classes:,} classes in {n:,} "
            f"rows, {said[0]!r} for one; expected several rows of each. Fix: {fix}"
        )


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
                    f"in {other}/, which has {some(sorted(there))}; correct the name, "
                    "or give all of them: classes=[...]"
                )


def no_row_twice(rows: Listing) -> None:
    """Refuse a file's row whose cells are all those of an earlier one.

    A table without files may have equal rows: see `together.groups`.

    Raises:
        ValueError: naming both rows.
    """
    if not any(map(is_file_column, rows.header)):
        return
    first: dict[tuple[str, ...], int] = {}
    for i, row in enumerate(rows.rows):
        earlier = first.setdefault(tuple(map(names.clean, row)), i)
        if earlier != i:
            raise ValueError(
                f"{rows.where[i]} is the same as {rows.where[earlier]}: "
                f"{', '.join(row)}; remove one"
            )
