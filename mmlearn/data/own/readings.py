"""One recording of a sensor: a csv file of times and channels."""

from __future__ import annotations

import csv
import io
import math
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmlearn.data import names
from mmlearn.data.own.listing import count, some

_TIME = re.compile(
    r"(?:time|t|timestamp|seconds|date|datetime)"
    r"(?:[ _]?[\[(]?(?P<unit>s|ms|us|µs|ns)[\])]?)?",
    re.IGNORECASE,
)
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


class Recording(NamedTuple):
    """Times in s, rising, float64 [T]; values float64 [T, C]; the channels' names."""

    time: np.ndarray
    values: np.ndarray
    channels: tuple[str, ...]
    repeated: int  # rows that had the time of the row before


def read(file: Path) -> Recording:
    """A csv file with a column of times, and others that are channels.

    The time's column is called time, t, timestamp, seconds or date, with its unit where
    that is not seconds (time_ms), or holds ISO 8601 dates. An empty cell, or NaN, is a
    channel that measured nothing then. Rows of one time are averaged.

    Raises:
        ValueError: when there is no such column or no channel, a cell is no number, or
            the time goes back; names the file and the line.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        table = list(csv.reader(io.StringIO(text, newline=""), _dialect(text)))
    except (UnicodeDecodeError, csv.Error) as fault:
        raise ValueError(f"{file}: cannot be read as csv ({fault})") from None
    table = [[cell.strip() for cell in row] for row in table if row]
    if len(table) < 3:
        raise ValueError(f"{file}: found {len(table)} lines; expected a header and two")
    header, *lines = table
    times = [i for i, name in enumerate(header) if _TIME.fullmatch(name)]
    if len(times) != 1 or len(header) < 2:
        raise ValueError(
            f"{file}: found the columns {some(map(repr, header))}; expected one of "
            "times (time, t, timestamp or seconds; time_ms ...) and a channel at least"
        )
    at = times[0]
    match = _TIME.fullmatch(header[at])
    unit = _SECONDS[((match and match["unit"]) or "s").lower()]
    numbers = np.empty((len(lines), len(header)))
    for k, line in enumerate(lines):
        if len(line) != len(header):
            raise ValueError(
                f"{file}: line {k + 2} has {count(len(line), 'cell')}, the header "
                f"{len(header)}"
            )
        for i, cell in enumerate(line):
            numbers[k, i] = _number(file, k + 2, header[i], cell, time=i == at)
    channels = [i for i in range(len(header)) if i != at]
    return _rising(
        file, numbers[:, at] * unit, numbers[:, channels],
        tuple(header[i] for i in channels),
    )  # fmt: skip


def _number(file: Path, line: int, column: str, cell: str, time: bool) -> float:
    if not time and names.is_gap(cell):
        return math.nan
    try:
        value = float(cell)
    except ValueError:
        try:
            if not time:
                raise ValueError
            date = datetime.fromisoformat(cell)
            # Without a zone all are of one; a summer's change of clocks is no gap.
            return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
        except ValueError:
            what = "a number of seconds or an ISO date" if time else "a number"
            raise ValueError(
                f"{file}: line {line}, column {column!r} holds {cell!r}; expected "
                f"{what}"
            ) from None
    if not math.isfinite(value):
        raise ValueError(
            f"{file}: line {line}, column {column!r} holds {cell!r}; expected a finite "
            "number"
        )
    return value


def _rising(
    file: Path, time: np.ndarray, values: np.ndarray, channels: tuple[str, ...]
) -> Recording:
    """Rows of one time averaged.

    Raises:
        ValueError: where the time goes back.
    """
    back = np.flatnonzero(np.diff(time) < 0)
    if len(back):
        k = int(back[0])
        raise ValueError(
            f"{file}: line {k + 3} is at {time[k + 1]:g} s, after {time[k]:g} s; "
            "expected times that rise. Fix: sort the rows, or cut the file where its "
            "clock was set back"
        )
    once, of_row = np.unique(time, return_inverse=True)
    if len(once) < 2:
        raise ValueError(f"{file}: all rows are at {once[0]:g} s; expected two times")
    repeated = len(time) - len(once)
    if repeated:
        mean = np.full((len(once), values.shape[1]), np.nan)
        for c in range(values.shape[1]):
            there = ~np.isnan(values[:, c])
            counts = np.bincount(of_row[there], minlength=len(once))
            sums = np.bincount(of_row[there], values[there, c], minlength=len(once))
            mean[:, c] = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
        values = mean
    return Recording(once, values, channels, repeated)


def _dialect(text: str) -> type[csv.Dialect] | str:
    head = text.split("\n", 1)[0]
    for sign, dialect in ((",", "excel"), ("\t", "excel-tab")):
        if sign in head:
            return dialect
    if ";" in head:
        return _Semicolons
    return "excel"


class _Semicolons(csv.excel):
    delimiter = ";"
