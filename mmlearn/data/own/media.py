"""Pictures, sounds and films of a listing as arrays of one size, or padded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmlearn.data.decode.clip import resample
from mmlearn.data.decode.files import is_picture, read_picture, read_sound
from mmlearn.data.decode.video import read_video
from mmlearn.data.own.each import each
from mmlearn.data.own.listing import Listing, count
from mmlearn.data.own.tree import Kind, kind_of


def kind_in(rows: Listing, name: str, files: Sequence[Path | None]) -> Kind:
    """What the files of a column are: all of one kind.

    Raises:
        ValueError: when they are of two; names a row of each.
    """
    there = [(i, file) for i, file in enumerate(files) if file is not None]
    kinds: list[Kind] = [
        kind_of(file.name) or ("picture" if is_picture(file) else "sound")
        for _, file in there
    ]
    for (i, file), kind in zip(there, kinds, strict=True):
        if kind != kinds[0]:
            raise ValueError(
                f"{rows.where[i]}: {file.name} in column {name!r} is a {kind}, "
                f"{there[0][1].name} in {rows.where[there[0][0]]} a {kinds[0]}; "
                "expected one kind per column, others in a second ..._file_name"
            )
    return kinds[0]


def pictures(
    rows: Listing, files: Sequence[Path | None], size: int
) -> tuple[np.ndarray, list[str]]:
    """Pictures uint8 [N, 3, size, size], and what to say of them.

    Raises:
        ValueError: naming row and file, for those that cannot be decoded.
    """
    done = np.zeros((len(files), 3, size, size), dtype=np.uint8)
    framed = 0
    for i, picture in each(rows, files, lambda file: read_picture(file, size)):
        done[i] = picture.pixels
        framed += picture.frames
    remarks = [f"took the first frame of {count(framed, 'picture')}"] if framed else []
    return done, remarks


def sounds(
    rows: Listing, files: Sequence[Path | None], rate: int, longest: float
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Sounds int16 [N, T] at `rate` Hz, lengths int64 [N], and what to say of them.

    Raises:
        ValueError: naming row and file, for those that cannot be decoded or are longer.
    """

    def read(file: Path) -> tuple[np.ndarray, bool, int, int]:
        sound = read_sound(file, longest)
        return *_as_int16(sound.samples, sound.rate, rate), sound.rate, sound.channels

    clips: list[np.ndarray] = [np.zeros(0, dtype=np.int16)] * len(files)
    louder, mixed, rates = 0, 0, set()
    for i, (clip, loud, found, channels) in each(rows, files, read):
        clips[i] = clip
        louder += loud
        mixed += channels > 1
        rates.add(found)
    remarks = []
    if rates != {rate}:
        remarks.append(f"resampled from {', '.join(map(str, sorted(rates)))} Hz")
    if mixed:
        remarks.append(f"mixed {count(mixed, 'sound')} down to one channel")
    if louder:
        remarks.append(f"turned down {count(louder, 'sound')} beyond full scale")
    return *_padded(clips), remarks


def films(
    rows: Listing, files: Sequence[Path | None], size: int, fps: float, longest: float
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Films uint8 [N, T, 3, size, size], lengths int64 [N], and what to say of them.

    Raises:
        ValueError: naming row and file of those that cannot be decoded or are longer.
    """

    def read(file: Path) -> np.ndarray:
        # One frame more than allowed tells a film that lasts too long.
        frames = read_video(file, fps, (size, size), longest + 1 / fps).numpy()
        if len(frames) > longest * fps:
            raise ValueError(
                f"{file}: it lasts more than {longest:g} s; cut it, or set `longest` "
                "higher"
            )
        return frames

    clips = [np.zeros((0, 3, size, size), dtype=np.uint8)] * len(files)
    for i, frames in each(rows, files, read):
        clips[i] = frames
    return *_padded(clips), [f"{fps:g} frames a second"]


def _padded(clips: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Clips [T_i, ...] as one array [N, T, ...], zeros after lengths int64 [N]."""
    length = np.array([len(clip) for clip in clips], dtype=np.int64)
    whole = np.zeros((len(clips), length.max(), *clips[0].shape[1:]), clips[0].dtype)
    for i, clip in enumerate(clips):
        whole[i, : len(clip)] = clip
    return whole, length


def _as_int16(sound: np.ndarray, rate: int, wanted: int) -> tuple[np.ndarray, bool]:
    """The sound at the rate wanted, and whether it was too loud.

    A sound of 16 bits at that rate keeps its samples, bit for bit.
    """
    wide = sound.astype(np.float64)  # squares of damaged floats overflow float32
    peak = np.abs(wide).max()
    if peak > 1:
        wide = wide / peak
    wide = resample(wide, rate, wanted)
    scaled = np.clip(np.round(wide * 32_768), -32_768, 32_767).astype(np.int16)
    return scaled, bool(peak > 1)
