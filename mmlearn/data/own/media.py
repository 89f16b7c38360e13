"""The files of a listing as arrays: pictures of one size, sounds padded to one length.

Every file is tried; what cannot be decoded is one error that names the first five.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from mmlearn.data.decode.clip import resample
from mmlearn.data.decode.files import is_picture, read_picture, read_sound
from mmlearn.data.own.listing import Listing, count
from mmlearn.data.own.tree import Kind, kind_of

T = TypeVar("T")


def kind_in(rows: Listing, name: str, files: Sequence[Path]) -> Kind:
    """What the files of a column are: all pictures, or all sounds.

    Raises:
        ValueError: when they are of both kinds; names a row of each.
    """
    kinds: list[Kind] = [
        kind_of(file.name) or ("picture" if is_picture(file) else "sound")
        for file in files
    ]
    for i, kind in enumerate(kinds):
        if kind != kinds[0]:
            raise ValueError(
                f"{rows.where[i]}: {files[i].name} in column {name!r} is a {kind}, "
                f"{files[0].name} in {rows.where[0]} a {kinds[0]}; expected one kind "
                "per column, others in a second ..._file_name"
            )
    return kinds[0]


def pictures(
    rows: Listing, files: Sequence[Path], size: int
) -> tuple[np.ndarray, list[str]]:
    """Pictures uint8 [N, 3, size, size], and what to say of them.

    Raises:
        ValueError: naming row and file, for those that cannot be decoded.
    """
    done = np.zeros((len(files), 3, size, size), dtype=np.uint8)
    framed = 0
    for i, picture in _each(rows, files, lambda file: read_picture(file, size)):
        done[i] = picture.pixels
        framed += picture.frames
    remarks = [f"took the first frame of {count(framed, 'picture')}"] if framed else []
    return done, remarks


def sounds(
    rows: Listing, files: Sequence[Path], rate: int, longest: float
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Sounds int16 [N, T] at `rate` Hz, lengths int64 [N], and what to say of them.

    Raises:
        ValueError: naming row and file, for those that cannot be decoded or are longer.
    """

    def read(file: Path) -> tuple[np.ndarray, bool, int]:
        return _as_int16(*read_sound(file, longest), rate)

    clips: list[np.ndarray] = [np.zeros(0, dtype=np.int16)] * len(files)
    louder, rates = 0, set()
    for i, (clip, loud, found) in _each(rows, files, read):
        clips[i] = clip
        louder += loud
        rates.add(found)
    length = np.array([len(clip) for clip in clips], dtype=np.int64)
    waveform = np.zeros((len(clips), length.max()), dtype=np.int16)
    for i, clip in enumerate(clips):
        waveform[i, : len(clip)] = clip
    remarks = []
    if rates != {rate}:
        remarks.append(f"resampled from {', '.join(map(str, sorted(rates)))} Hz")
    if louder:
        remarks.append(f"turned down {count(louder, 'sound')} beyond full scale")
    return waveform, length, remarks


def _as_int16(
    sound: np.ndarray, rate: int, wanted: int
) -> tuple[np.ndarray, bool, int]:
    """The sound at the rate wanted, whether it was too loud, and its own rate.

    A sound of 16 bits at that rate keeps its samples, bit for bit.
    """
    wide = sound.astype(np.float64)  # squares of damaged floats overflow float32
    peak = np.abs(wide).max()
    if peak > 1:
        wide = wide / peak
    wide = resample(wide, rate, wanted)
    scaled = np.clip(np.round(wide * 32_768), -32_768, 32_767).astype(np.int16)
    return scaled, bool(peak > 1), rate


def _each(
    rows: Listing, files: Sequence[Path], read: Callable[[Path], T]
) -> Iterator[tuple[int, T]]:
    """Each row's number and its file, read; a file of several rows is read again."""
    faults = []
    for i, file in enumerate(files):
        try:
            yield i, read(file)
        except (ValueError, OSError) as fault:
            name = file.relative_to(rows.folder).as_posix()
            text = str(fault).replace(str(file), name)
            faults.append(text if rows.where[i] == name else f"{rows.where[i]}: {text}")
    if faults:
        rest = len(faults) - 5
        more = [f"and {count(rest, 'other file')}"] if rest > 0 else []
        raise ValueError("\n".join((*faults[:5], *more)))
