"""Films to be read: frames that can be told apart, at any time stamps."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import torch
from PIL import Image


def steps_of_grey(frames: int, height: int = 32, width: int = 48) -> torch.Tensor:
    """Frame i has the grey 4 * i throughout, so that a frame can be told by it."""
    grey = 4 * torch.arange(frames, dtype=torch.uint8)
    return grey.view(-1, 1, 1, 1).expand(-1, 3, height, width).contiguous()


def numbers(frames: torch.Tensor) -> list[int]:
    return (frames.float().mean(dim=(1, 2, 3)) / 4).round().int().tolist()


def film(
    path: Path,
    stamps: Sequence[int],
    durations: Sequence[int],
    codec: str = "ffv1",
    tick: Fraction = Fraction(1, 1_000),
    pictures: np.ndarray | None = None,
    **settings: Callable[[av.VideoStream], None],
) -> Path:
    """Write frames [T, H, W, 3], by default of grey 4 * i, at these stamps in ticks."""
    if pictures is None:
        pictures = steps_of_grey(len(stamps)).permute(0, 2, 3, 1).contiguous().numpy()
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=round(1 / tick))
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = "bgr0" if codec == "ffv1" else "yuv420p"
        if codec.startswith("mpeg"):
            stream.options = {"qmin": "1", "qmax": "2"}
        stream.time_base = stream.codec_context.time_base = tick
        for setting in settings.values():
            setting(stream)
        packets = []
        for picture, stamp in zip(pictures, stamps, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = stamp, tick
            packets += stream.encode(frame)
        packets += stream.encode(None)
        for packet, duration in zip(packets, durations, strict=True):
            packet.duration = duration
            file.mux(packet)
    return path


def gif(path: Path, durations: Sequence[int], **how: object) -> Path:
    grey = (numbers_of_grey(i) for i in range(len(durations)))
    first, *others = (Image.new("RGB", (48, 32), colour) for colour in grey)
    first.save(path, save_all=True, append_images=others, duration=durations, **how)
    return path


def numbers_of_grey(i: int) -> tuple[int, int, int]:
    return (4 * i, 4 * i, 4 * i)


def by_arithmetic(durations: Sequence[int], rate: Fraction | int) -> list[int]:
    """Each frame's number, as often as moments i / rate fall into its time in ms."""
    due, shown = 0, []
    for number, duration in enumerate(durations):
        before, due = due, due + duration
        times = math.ceil(due * rate / Fraction(1_000))
        shown += [number] * (times - math.ceil(before * rate / Fraction(1_000)))
    return shown
