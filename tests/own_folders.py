"""Small folders in the layouts of public data sets, each with something to learn."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
import torch
from PIL import Image

from mmlearn.data.decode.video import write_video


def metadata(folder: Path, *rows: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metadata.csv").write_text("\n".join(rows) + "\n", "utf-8")


def picture(path: Path, grey: int, seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(seed)
    pixels = np.clip(grey + draw.integers(-20, 20, (12, 16, 3)), 0, 255)
    Image.fromarray(pixels.astype(np.uint8)).save(path)


def sound(path: Path, hertz: float, seconds: float = 0.3, rate: int = 8_000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(int(seconds * rate)) / rate
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * hertz * time), rate)


def film(path: Path, upwards: bool, seed: int, frames: int = 12) -> None:
    """A bright bar that moves up or down, 8 frames a second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(seed)
    pixels = draw.integers(0, 60, (frames, 3, 32, 32)).astype(np.uint8)
    for i in range(frames):
        at = 2 * (frames - 1 - i if upwards else i)
        pixels[i, :, at : at + 6] = 220
    write_video(path, torch.from_numpy(pixels), 8)


def recording(
    path: Path,
    time: Sequence[float] | np.ndarray,
    values: Sequence[Sequence[object]] | np.ndarray,
    header: str = "time,x,y",
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        ",".join(map(str, (at, *row))) for at, row in zip(time, values, strict=True)
    ]
    path.write_text("\n".join((header, *lines)) + "\n", "utf-8")
