"""Recordings of sensors, those of a row on one clock."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mmlearn.data.own.each import each
from mmlearn.data.own.listing import Listing, count, some
from mmlearn.data.own.readings import Recording, read

MOST_STEPS = 10_000_000  # of one recording on the common clock


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
