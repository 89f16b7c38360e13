"""Recordings to windows of equal length, each with its start and its row's label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mmlearn.data.corpus import Column, Corpus


def cut(
    corpus: Corpus,
    seconds: float,
    hop: float | None = None,
    columns: Sequence[str] | None = None,
) -> Corpus:
    """A corpus whose rows are the windows of another one's recordings.

    Window k of a row covers k * hop ... k * hop + seconds on the row's clock, for all
    columns alike; one that does not fit whole is left out, and so is one in which no
    column has a value. The windows of a row are of its group and its label.

    Columns of the result:
        those cut: [n, L, ...], L the steps of `seconds`, and NAME_length, int64 [n]:
            steps until the recording ended, 0 where it had no file.
        start: float64 [n], seconds from the beginning of the row's clock.
        row: int64 [n], the row of `corpus` that each window comes from.
        all others, as in that row, but for series that are not cut.

    Args:
        seconds: how long a window lasts.
        hop: seconds from one window's start to the next; by default they follow one
            another.
        columns: series of one rate, such as the devices of `folder.load`; by default
            all that have a rate.

    Raises:
        KeyError: when there is no such column.
        ValueError: when a column has no rate or another one, seconds or hop is less
            than a step, or no window fits.
    """
    columns = list(corpus.rates) if columns is None else columns
    if isinstance(columns, str):
        raise ValueError(f"columns is {columns!r}; expected a list: [{columns!r}]")
    if not columns:
        raise ValueError(f"corpus {corpus.name}: no column has a rate; name columns")
    lengths = {name: corpus.lengths(name) for name in columns}
    rates = {name: corpus.rates.get(name) for name in columns}
    if len(set(rates.values())) != 1 or None in rates.values():
        raise ValueError(
            f"corpus {corpus.name}: the rates are {rates}; expected one for all columns"
        )
    rate = corpus.rates[columns[0]]
    steps, apart = round(seconds * rate), round((hop or seconds) * rate)
    if steps < 1 or apart < 1:
        raise ValueError(
            f"windows of {seconds} s, {hop or seconds} s apart, at {rate:g} steps a "
            "second; expected a step at least"
        )
    longest = np.max(list(lengths.values()), axis=0)
    found = [
        (row, start)
        for row in range(len(corpus))
        for start in range(0, int(longest[row]) - steps + 1, apart)
        if any(
            _there(corpus[name], lengths[name], row, start, steps) for name in columns
        )
    ]
    if not found:
        raise ValueError(
            f"corpus {corpus.name}: no recording has a window of {seconds} s; the "
            f"longest lasts {longest.max() / rate:g} s"
        )
    rows, starts = map(np.array, zip(*found, strict=True))
    others = {
        name: column
        for name, column in corpus.columns.items()
        if name not in (*columns, *corpus.rates) and not name.endswith("length")
    }
    made: dict[str, Column] = {}
    for name in columns:
        made[name] = _windows(corpus[name], rows, starts, steps)
        made[f"{name}_length"] = (lengths[name][rows] - starts).clip(0, steps)
    made |= {"start": starts / rate, "row": rows}
    kept = replace(corpus, columns=others, rates={})[rows]
    return replace(
        kept, columns={**kept.columns, **made}, rates=dict.fromkeys(columns, rate)
    )


def _windows(
    series: np.ndarray, rows: np.ndarray, starts: np.ndarray, steps: int
) -> np.ndarray:
    """Windows [n, steps, ...]; beyond the array's end NaN, or zeros of integers."""
    fill = np.nan if series.dtype.kind == "f" else 0
    shape = (len(rows), steps, *series.shape[2:])
    cut = np.full(shape, fill, dtype=series.dtype)
    for k, (row, start) in enumerate(zip(rows, starts, strict=True)):
        part = series[row, start : start + steps]
        cut[k, : len(part)] = part
    return cut


def _there(
    series: np.ndarray, lengths: np.ndarray, row: int, start: int, steps: int
) -> bool:
    part = series[row, start : min(start + steps, int(lengths[row]))]
    if part.dtype.kind != "f":
        return len(part) > 0
    return bool((~np.isnan(part)).any())
