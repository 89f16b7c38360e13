"""The columns of a listing that are no files: texts and numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmlearn.data.corpus import Column
from mmlearn.data.own import columns
from mmlearn.data.own.listing import Listing, is_file_column, some


def table(
    rows: Listing,
    label: str | None,
    text: Sequence[str] | None,
    numbers: Sequence[str],
    group: str | None,
) -> tuple[dict[str, Column], list[str]]:
    """The columns that are kept, and what to say of gaps and of those left out.

    Raises:
        ValueError: when a column is asked for twice, or is not there; and as
            `columns.numbers` does.
    """
    files = [name for name in rows.header if is_file_column(name)]
    for what, names in {"text": text, "numbers": numbers}.items():
        if isinstance(names, str):
            raise ValueError(f"{what} is {names!r}; expected a list: [{names!r}]")
    numbers = [rows.spelt(name) for name in numbers]
    others = [n for n in rows.header if n not in (*files, *numbers, label)]
    chosen = others if text is None else [rows.spelt(name) for name in text]
    twice = sorted(set(chosen) & set(numbers))
    if twice:
        raise ValueError(f"column {twice[0]!r} is to be text and numbers; choose one")
    made: dict[str, Column] = {name: rows.column(name) for name in files}
    gaps: list[str] = []
    plain: list[str] = []
    blank: list[str] = []
    for name in dict.fromkeys(chosen):
        if name not in made:
            made[name], empty = columns.texts_with_gaps(rows, name)
            blank += [f"{name} {empty}"] if empty else []
            plain += [name] if name != group and columns.all_numbers(rows, name) else []
    for name in numbers:
        found = columns.numbers(rows, name)
        made[name] = found
        empty = int(np.isnan(found).sum())
        gaps += [f"{name} {empty}"] if empty else []
    if rows.split and "split" in made:
        raise ValueError("a column is called 'split', as the folders' own: rename")
    unused = [name for name in others if name not in (*chosen, group)]
    remarks = [f"left out {some(unused)} (not in text)"] if unused else []
    if plain:
        remarks.append(
            f"kept the numbers of {some(plain)} as texts (numbers={plain} reads them)"
        )
    remarks += [f"gaps (NaN) in {some(gaps)}"] if gaps else []
    return made, [*remarks, *([f"empty texts in {some(blank)}"] if blank else [])]
