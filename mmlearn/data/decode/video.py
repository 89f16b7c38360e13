"""A video file to frames at a wanted rate, and frames to a video file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import av.error
import numpy as np
import torch
from av.sidedata.sidedata import Type
from av.stream import Disposition
from av.video.stream import VideoStream
from torch import Tensor

FILMS = frozenset(  # the endings by which a file is taken for a film
    (
        *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ogv"),
        *(".wmv", ".flv", ".3gp", ".ts", ".mts"),
    )
)
MOST_VALUES = 500_000_000  # bytes of all frames that are returned: 0.5 GB
_ROUNDED = Fraction(1, 1_000)  # s: the clock of Matroska and WebM, coarser than a frame


def read_video(
    path: str | Path,
    rate: float | Fraction,
    size: tuple[int, int] | None = None,
    longest: float = 60.0,
) -> Tensor:
    """A video file as a viewer shows it: uint8 [T, 3, H, W], `rate` frames per second.

    Frame i is what is on show i / rate seconds after the first one appeared, for
    i = 0 ... ceil(duration * rate) - 1. A frame is on show from its time stamp to the
    next one's, and the last for its own duration, so a higher rate than the file's
    repeats frames, a lower one leaves some out, and a variable rate becomes a constant
    one. A frame without a time stamp, or with an earlier one than the frame before it,
    follows that frame after its duration; of several with one stamp the last is shown.
    Stamps that the file keeps in whole milliseconds are taken as rounded.

    Frames are turned and mirrored by the file's display matrix, as a phone writes it;
    H and W are those after turning. Pixels that are not square are stretched along
    their longer side, unless `size` sets both. Transparency is laid on white. Sound is
    not read.

    Args:
        rate: frames per second, not necessarily a whole number.
        size: height and width of the frames in pixels; None for the file's own.
        longest: seconds after which reading stops. Of the first 60 s, none is lost.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when rate, size or longest is not positive and finite; and, naming
            the file, when it cannot be decoded, has no picture or only a cover, is
            turned by other than a right angle, or the frames would take more than
            `MOST_VALUES` bytes.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; expected a video")
    numbers = (rate, longest, *(size or ()))
    if not all(number > 0 and math.isfinite(number) for number in numbers):
        raise ValueError(
            f"rate {rate}, size {size}, longest {longest}; expected positive numbers"
        )
    frames: list[np.ndarray] = []
    try:
        for frame, ratio in _at_rate(path, rate, longest):
            turn = _turn(frame)
            height, width = _extent(frame, ratio, turn, size)
            if (len(frames) + 1) * 3 * height * width > MOST_VALUES:
                raise ValueError(
                    f"more than {MOST_VALUES:,} bytes of frames: give a smaller "
                    "`size`, `rate` or `longest`"
                )
            frames.append(turn.apply(_pixels(frame, height, width)))
    except (av.error.FFmpegError, ValueError, IndexError) as fault:
        raise ValueError(
            f"{path}: found {path.stat().st_size} bytes that cannot be read as a video "
            f"({fault}); expected MP4, MKV, WebM, MOV, AVI, GIF or APNG"
        ) from fault
    if not frames:
        raise ValueError(f"{path}: found no picture; expected a video")
    if len({frame.shape for frame in frames}) > 1:
        raise ValueError(f"{path}: its frames change in size; give a `size`")
    return torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2).contiguous()


# When
def _at_rate(
    path: Path, rate: float | Fraction, longest: float
) -> Iterator[tuple[av.VideoFrame, Fraction]]:
    """The frame on show at 0, 1 / rate, 2 / rate ... s; its pixels' width / height."""
    # A float such as 1/3 or 29.97 stands for the near fraction.
    wanted = Fraction(rate) if isinstance(rate, Fraction) else Fraction(float(rate))
    step = 1 / (wanted.limit_denominator(1_000_000) or wanted)
    end = Fraction(longest)
    time, last = Fraction(0), None  # of the next frame to give; on show until then
    with av.open(str(path)) as file:
        stream = file.streams.best("video")
        if not isinstance(stream, VideoStream):
            return
        if stream.disposition & Disposition.attached_pic:
            raise ValueError("its only picture is a cover")
        ratio = stream.sample_aspect_ratio or Fraction(1)
        slack = _ROUNDED / 2 if stream.time_base == _ROUNDED else Fraction(0)
        for frame, begins, ends in _on_show(file.decode(stream), stream):
            while last is not None and time < min(begins - slack, end):
                yield last, ratio
                time += step
            if time >= end:
                return
            last, gone = frame, ends
        # The end is a rounded stamp and a rounded duration.
        while last is not None and time < min(gone - 2 * slack, end):
            yield last, ratio
            time += step


def _on_show(
    frames: Iterator[av.VideoFrame], stream: VideoStream
) -> Iterator[tuple[av.VideoFrame, Fraction, Fraction]]:
    """Each frame, when it appears and when it is due to go, in seconds after the first.

    It goes earlier or later where the next one's time stamp says so.
    """
    begins, ends = Fraction(0), Fraction(0)
    origin: Fraction | None = None  # the file's time at which ours is 0
    for frame in frames:
        stamp = None
        if frame.pts is not None and frame.time_base is not None:
            stamp = frame.pts * frame.time_base
        if stamp is None:
            begins = ends
        elif origin is None:
            begins, origin = ends, stamp - ends
        elif stamp - origin >= begins:
            begins = stamp - origin
        else:  # the file's clock was put back: go on without a gap
            begins, origin = ends, stamp - ends
        ends = begins + _duration(frame, stream, stamp)
        yield frame, begins, ends


def _duration(
    frame: av.VideoFrame, stream: VideoStream, stamp: Fraction | None
) -> Fraction:
    """How long a frame is shown by itself: what it says, or until the stream's end."""
    if frame.duration and frame.duration > 0 and frame.time_base:
        return frame.duration * frame.time_base
    if stamp is not None and stream.duration and stream.time_base:
        rest = ((stream.start_time or 0) + stream.duration) * stream.time_base - stamp
        if rest > 0:
            return rest
    return 1 / (stream.average_rate or Fraction(25))


# What
class _Turn(NamedTuple):
    """How to turn pixels [H, W, 3]: swap the sides first, then mirror."""

    swap: bool = False
    mirror: bool = False  # left for right
    flip: bool = False  # upside down

    def apply(self, pixels: np.ndarray) -> np.ndarray:
        if self.swap:
            pixels = pixels.swapaxes(0, 1)
        return pixels[:: -1 if self.flip else 1, :: -1 if self.mirror else 1]


def _turn(frame: av.VideoFrame) -> _Turn:
    """What the display matrix says; nothing where there is none, or it is all zeros.

    A point (x, y) is shown at (a x + c y, b x + d y), y downwards.

    Raises:
        ValueError: when it is off a right angle by more than a degree.
    """
    try:
        data = bytes(frame.side_data[Type.DISPLAYMATRIX])  # type: ignore[typeddict-item]
    except KeyError:
        return _Turn()
    a, b, _, c, d = np.frombuffer(data, np.int32)[:5].tolist()
    degree = math.tan(math.radians(1))
    if max(abs(b), abs(c)) <= degree * min(abs(a), abs(d)):
        return _Turn(mirror=a < 0, flip=d < 0)
    if max(abs(a), abs(d)) <= degree * min(abs(b), abs(c)):
        return _Turn(swap=True, mirror=c < 0, flip=b < 0)
    raise ValueError(
        f"its display matrix {[[a, b], [c, d]]} turns it, but not by a right "
        "angle: turn the frames themselves and save it again"
    )


def _extent(
    frame: av.VideoFrame,
    ratio: Fraction,
    turn: _Turn,
    size: tuple[int, int] | None,
) -> tuple[int, int]:
    """Height and width to scale a frame to, before it is turned."""
    if size is not None:
        height, width = size
        return (width, height) if turn.swap else (height, width)
    if abs(ratio - 1) < Fraction(1, 100):  # rounding, not a shape
        return frame.height, frame.width
    if ratio > 1:
        return frame.height, round(frame.width * ratio)
    return round(frame.height / ratio), frame.width


def _pixels(frame: av.VideoFrame, height: int, width: int) -> np.ndarray:
    """A frame as uint8 [height, width, 3], on white where it is transparent."""
    form = frame.format
    if not (form.has_palette or any(part.is_alpha for part in form.components)):
        return frame.to_ndarray(width=width, height=height, format="rgb24")
    rgba = frame.to_ndarray(width=width, height=height, format="rgba").astype(np.uint16)
    colour, opaque = rgba[..., :3], rgba[..., 3:]
    return ((colour * opaque + 255 * (255 - opaque) + 127) // 255).astype(np.uint8)


def write_video(path: str | Path, frames: Tensor, rate: int) -> None:
    """Write frames uint8 [T, 3, H, W] as MPEG-4, nearly lossless.

    The colours are kept at half the resolution, as in most video files. The folder must
    exist; a file of that name is replaced.

    Raises:
        TypeError: when the frames are not a Tensor of uint8.
        ValueError: when they are not [T, 3, H, W] with even H and W and T at least 1,
            or rate is not positive.
    """
    if not isinstance(frames, Tensor):
        raise TypeError(f"frames are a {type(frames).__name__}; expected a Tensor")
    if frames.dtype != torch.uint8:
        raise TypeError(f"frames are {frames.dtype}; expected uint8, 0 to 255")
    shape = list(frames.shape)
    if len(shape) != 4 or shape[1] != 3 or not shape[0] or shape[2] % 2 + shape[3] % 2:
        raise ValueError(f"frames are {shape}; expected [T, 3, H, W], H and W even")
    if rate < 1:
        raise ValueError(f"rate is {rate}; expected 1 or more frames per second")
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mpeg4", rate=rate)
        stream.height, stream.width = shape[2:]
        stream.pix_fmt = "yuv420p"
        stream.options = {"qmin": "1", "qmax": "2"}
        for pixels in frames.permute(0, 2, 3, 1).contiguous().cpu().numpy():
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
