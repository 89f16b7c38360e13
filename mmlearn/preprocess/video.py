"""A video file to frames at a wanted rate, and frames to a video file."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
import torch
from torch import Tensor

MOST_VALUES = 500_000_000  # bytes of all frames that are returned: 0.5 GB


def read_video(
    path: str | Path,
    rate: float,
    size: tuple[int, int] | None = None,
    longest: float = 60.0,
) -> Tensor:
    """A video file as uint8 [T, 3, H, W], `rate` frames a second.

    Frame k is what a viewer sees k / rate seconds after the first one: the last frame
    that the file shows by then. So a higher rate than the file's repeats frames, a
    lower one leaves some out, and a variable rate becomes a constant one. Sound is not
    read.

    Args:
        rate: frames a second, not necessarily a whole number.
        size: height and width of the frames in pixels; None for the file's own.
        longest: seconds after which reading stops. Of the first 60 s, none is lost.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when rate, size or longest is not positive; and, naming the file,
            when it cannot be decoded, has no picture, or the frames would take more
            than `MOST_VALUES` bytes.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; expected a video")
    if not (rate > 0 and longest > 0 and min(size or (1,)) > 0):
        raise ValueError(
            f"rate {rate}, size {size}, longest {longest}; expected positive numbers"
        )
    frames: list[np.ndarray] = []
    try:
        for frame in _at_rate(path, rate, longest):
            height, width = size or (frame.height, frame.width)
            if (len(frames) + 1) * 3 * height * width > MOST_VALUES:
                raise ValueError(
                    f"more than {MOST_VALUES:,} bytes of frames: give a smaller "
                    "`size`, `rate` or `longest`"
                )
            frames.append(frame.to_ndarray(width=width, height=height, format="rgb24"))
    except (av.error.FFmpegError, ValueError, IndexError) as fault:
        raise ValueError(
            f"{path}: found {path.stat().st_size} bytes that cannot be read as a video "
            f"({fault}); expected MP4, MKV, WebM, MOV, AVI or GIF"
        ) from fault
    if not frames:
        raise ValueError(f"{path}: found no picture; expected a video")
    if len({frame.shape for frame in frames}) > 1:
        raise ValueError(f"{path}: its frames change in size; give a `size`")
    return torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2).contiguous()


def _at_rate(path: Path, rate: float, longest: float) -> Iterator[av.VideoFrame]:
    """The frame on show at 0, 1 / rate, 2 / rate ... seconds after the first."""
    step = 1 / Fraction(rate).limit_denominator(1_000_000)
    end = Fraction(longest)
    time, last = Fraction(0), None  # of the next frame to give; on show until then
    with av.open(str(path)) as file:
        if not file.streams.video:
            return
        stream = file.streams.video[0]
        lasts = 1 / (stream.average_rate or Fraction(25))
        start, shown = None, Fraction(0)
        for frame in file.decode(stream):
            if frame.pts is not None and frame.time_base is not None:
                at = frame.pts * frame.time_base
                start = at if start is None else start
                shown = at - start
            elif last is not None:
                shown += lasts
            while last is not None and time < min(shown, end):
                yield last
                time += step
            if time >= end:
                return
            last = frame
        while last is not None and time < min(shown + lasts, end):
            yield last
            time += step


def write_video(path: str | Path, frames: Tensor, rate: int) -> None:
    """Write frames uint8 [T, 3, H, W] as MPEG-4, nearly without loss.

    The colours are kept at half the resolution, as in most video files. The folder
    must be there; a file of that name is replaced.

    Raises:
        TypeError: when the frames are not uint8.
        ValueError: when they are not [T, 3, H, W] with even H and W and T at least 1,
            or rate is not positive.
    """
    if frames.dtype != torch.uint8:
        raise TypeError(f"frames are {frames.dtype}; expected uint8, 0 to 255")
    shape = list(frames.shape)
    if len(shape) != 4 or shape[1] != 3 or not shape[0] or shape[2] % 2 + shape[3] % 2:
        raise ValueError(f"frames are {shape}; expected [T, 3, H, W], H and W even")
    if rate < 1:
        raise ValueError(f"rate is {rate}; expected 1 or more frames a second")
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mpeg4", rate=rate)
        stream.height, stream.width = shape[2:]
        stream.pix_fmt = "yuv420p"
        stream.options = {"qmin": "1", "qmax": "2"}
        for pixels in frames.permute(0, 2, 3, 1).contiguous().numpy():
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
