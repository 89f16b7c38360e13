"""Recordings of sensors, a csv file of time and channels each, on one clock."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmlearn.data import names
from mmlearn.data.own.each import each
from mmlearn.data.own.listing import Listing, count, some

_TIME = re.compile(
    r"(?:time|t|timestamp|seconds|date|datetime)"
    r"(?:[ _]?[\[(]?(?P<unit>s|ms|us|µs|ns)[\])]?)?",
    re.IGNORECASE,
)
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
MOST_STEPS = 10_000_000  # of one recording on the common clock


class Recording(NamedTuple):
    """Times in s, rising, float64 [T]; values float64 [T, C]; the channels' names."""

    time: np.ndarray
    values: np.ndarray
    channels: tuple[str, ...]
    repeated: int  # rows that had the time of the row before


def recordings(
    rows: Listing,
    columns: Mapping[str, Sequence[Path | None]],
    rate: float,
    gap: float,
) -> tuple[dict[str, np.ndarray], dict[str, tuple[str, ...]], list[str]]:
    """All devices of each row on one clock of `rate` steps a second.

    A row's clock begins with its first device. Between two measurements a channel
    follows the line through them; a device that is faster than the clock is averaged
    over a step. Where a device is not on yet, is off already, or measured nothing for
    more than `gap` seconds, its channels are NaN.

    Returns:
        For each column NAME: float32 [N, T, C], and NAME_length, int64 [N]: steps until
        its last measurement, 0 for a row without a file; the channels' names; and
        what to say of them.

    Raises:
        ValueError: when a file cannot be read, has other channels than the first one,
            or the devices of a row have no common time; names row and file.
    """
    measured = {name: dict(each(rows, f, read)) for name, f in columns.items()}
    begins = [_begin(rows, i, measured) for i in range(len(rows.rows))]
    made: dict[str, np.ndarray] = {}
    of_column: dict[str, tuple[str, ...]] = {}
    remarks = []
    for name, files in columns.items():
        found = measured[name]
        channels = of_column[name] = _same_channels(rows, name, found, files)
        steps = [np.zeros((0, len(channels)), dtype=np.float32)] * len(files)
        for i, recording in found.items():
            length = (recording.time[-1] - begins[i]) * rate
            if length > MOST_STEPS:
                raise ValueError(
                    f"{rows.where[i]}: {name} lasts {length / rate:,.0f} s, more than "
                    f"{MOST_STEPS:,} steps at {rate:g} a second; is its time in "
                    "seconds? (name the column time_ms, time_us or time_ns if not)"
                )
            steps[i] = on_clock(recording, begins[i], rate, gap)
        length = np.array([len(values) for values in steps], dtype=np.int64)
        whole = np.full((len(files), length.max(), len(channels)), np.nan, np.float32)
        for i, values in enumerate(steps):
            whole[i, : len(values)] = values
        made[name], made[f"{name}_length"] = whole, length
        remarks += _said(name, found, channels, whole, length, gap)
    return made, of_column, [*remarks, f"on one clock of {rate:g} steps a second"]


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


def on_clock(recording: Recording, begin: float, rate: float, gap: float) -> np.ndarray:
    """Values at begin + k / rate until the last measurement: float32 [T, C]."""
    time = recording.time - begin
    steps = np.arange(math.floor(time[-1] * rate + 1e-6) + 1) / rate
    values = np.full((len(steps), len(recording.channels)), np.nan, dtype=np.float32)
    for c in range(len(recording.channels)):
        there = ~np.isnan(recording.values[:, c])
        if not there.any():
            continue
        when, what = time[there], recording.values[there, c]
        spacing = np.median(np.diff(when)) if len(when) > 1 else math.inf
        if spacing < 0.6 / rate:  # two measurements a step, or more
            when, what = _averaged(when, what, rate)
        line = np.interp(steps, when, what)
        after = np.searchsorted(when, steps, side="left").clip(0, len(when) - 1)
        before = (np.searchsorted(when, steps, side="right") - 1).clip(0)
        near = 0.5 / rate
        outside = (steps < when[0] - near) | (steps > when[-1] + near)
        wide = (when[after] - when[before]) > gap
        values[:, c] = np.where(outside | wide, np.nan, line)
    return values


def _averaged(
    when: np.ndarray, what: np.ndarray, rate: float
) -> tuple[np.ndarray, np.ndarray]:
    """The mean of the measurements nearest to each step of the clock."""
    nearest = np.round(when * rate).astype(np.int64)
    steps, of_step = np.unique(nearest, return_inverse=True)
    counts = np.bincount(of_step)
    return steps / rate, np.bincount(of_step, what) / counts


def _begin(
    rows: Listing, i: int, measured: Mapping[str, Mapping[int, Recording]]
) -> float:
    """When the clock of a row begins: with its first device."""
    found = {name: device[i] for name, device in measured.items() if i in device}
    if not found:
        raise ValueError(
            f"{rows.where[i]}: no device has a file; expected one at least"
        )
    first = min(found, key=lambda name: found[name].time[0])
    late = max(found, key=lambda name: found[name].time[0])
    ends = [device.time[-1] for name, device in found.items() if name != late]
    if ends and found[late].time[0] > max(ends):
        raise ValueError(
            f"{rows.where[i]}: {first} was on at {found[first].time[0]:g} ... "
            f"{found[first].time[-1]:g} s, {late} from {found[late].time[0]:g} s; "
            "expected devices on one clock, on at the same time. Fix: write all times "
            "from one zero"
        )
    return float(found[first].time[0])


def _same_channels(
    rows: Listing,
    name: str,
    found: Mapping[int, Recording],
    files: Sequence[Path | None],
) -> tuple[str, ...]:
    first, *rest = found
    for i in rest:
        if found[i].channels != found[first].channels:
            raise ValueError(
                f"{rows.where[i]}: {files[i]} in column {name!r} has the channels "
                f"{some(found[i].channels)}, {files[first]} "
                f"{some(found[first].channels)}; expected the same in all rows"
            )
    return found[first].channels


def _said(
    name: str,
    found: Mapping[int, Recording],
    channels: Sequence[str],
    whole: np.ndarray,
    length: np.ndarray,
    gap: float,
) -> list[str]:
    own = [np.median(np.diff(device.time)) for device in found.values()]
    remarks = [
        f"{name} has the channels {some(channels)}, {1 / np.median(own):.3g} "
        "measurements a second"
    ]
    missing = len(length) - len(found)
    repeated = sum(device.repeated for device in found.values())
    inside = np.arange(whole.shape[1]) < length[:, None]
    off = int((np.isnan(whole).any(axis=2) & inside).sum())
    if missing:
        remarks.append(f"{name} is missing in {count(missing, 'row')}")
    if repeated:
        remarks.append(f"averaged {count(repeated, 'repeated time stamp')} of {name}")
    if off:
        remarks.append(
            f"{name} has {off / inside.sum():.2g} of its steps without a value (not on "
            f"yet, or a gap of more than {gap:g} s)"
        )
    return remarks


def _number(file: Path, line: int, column: str, cell: str, time: bool) -> float:
    if not time and names.is_gap(cell):
        return math.nan
    try:
        value = float(cell)
    except ValueError:
        try:
            if not time:
                raise ValueError
            return datetime.fromisoformat(cell).timestamp()
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
