"""Video files: the frame that is on show at a time, and what is refused."""

import math
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from films import (
    numbers,
    steps_of_grey,
)

from mmlearn.data.decode import video
from mmlearn.data.decode.video import read_video, write_video


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2 s at 24 frames a second."""
    path = tmp_path_factory.mktemp("video") / "clip.mp4"
    write_video(path, steps_of_grey(48), rate=24)
    return path


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (24, list(range(48))),
        (8, list(range(0, 48, 3))),
        (2, [0, 12, 24, 36]),
        (48, [i // 2 for i in range(96)]),  # a higher rate repeats frames
        (10, [int(2.4 * i + 1e-9) for i in range(20)]),
        (0.5, [0]),
    ],
)
def test_the_frames_on_show(clip: Path, rate: float, expected: list[int]) -> None:
    frames = read_video(clip, rate)
    assert frames.dtype == torch.uint8
    assert frames.shape == (len(expected), 3, 32, 48)
    assert frames.is_contiguous()
    assert numbers(frames) == expected


def test_size_and_longest(clip: Path) -> None:
    assert read_video(str(clip), 8, size=(10, 20)).shape == (16, 3, 10, 20)
    assert numbers(read_video(clip, 8, longest=0.5)) == [0, 3, 6, 9]
    assert len(read_video(clip, 8, longest=0.51)) == 5


@pytest.mark.parametrize("ending", ["mp4", "mkv", "mov", "avi"])
def test_colours_survive(ending: str, tmp_path: Path) -> None:
    columns = torch.linspace(0, 255, 64).to(torch.uint8)
    picture = torch.stack([c.expand(32, 64) for c in (columns, columns.flip(0))])
    picture = torch.cat([picture, torch.full((1, 32, 64), 90, dtype=torch.uint8)])
    path = tmp_path / f"clip.{ending}"
    write_video(path, picture.expand(6, -1, -1, -1), rate=10)
    frames = read_video(path, 10)
    assert frames.shape == (6, 3, 32, 64)
    assert (frames.float() - picture.float()).abs().mean() < 4


def test_the_file_is_named(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.mp4: no such file"):
        read_video(tmp_path / "gone.mp4", 8)
    text = tmp_path / "text.mp4"
    text.write_text("lights, camera, action")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(clip.read_bytes()[:1_000])
    empty = tmp_path / "empty.mp4"
    empty.touch()
    for path in (text, cut, empty):
        size = path.stat().st_size
        with pytest.raises(ValueError, match=rf"{path.name}: found {size} bytes"):
            read_video(path, 8)
    sound = tmp_path / "sound.wav"
    soundfile.write(sound, np.zeros(800), 8_000)
    with pytest.raises(ValueError, match=r"sound\.wav: found no picture"):
        read_video(sound, 8)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"rate": rate} for rate in (0, -1, math.nan, math.inf)),
        *({"longest": 0}, {"longest": math.inf}, {"size": (0, 4)}),
    ],
)
def test_numbers_are_positive(clip: Path, wrong: dict) -> None:
    with pytest.raises(ValueError, match="expected positive numbers"):
        read_video(clip, **{"rate": 8, **wrong})


def test_too_much_for_the_memory(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "MOST_VALUES", 10 * 3 * 32 * 48)
    assert len(read_video(clip, 5)) == 10
    with pytest.raises(ValueError, match=r"clip\.mp4.*give a smaller `size`"):
        read_video(clip, 6)


def test_write_refuses(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with pytest.raises(TypeError, match=r"torch\.float32; expected uint8"):
        write_video(path, steps_of_grey(3).float(), 8)
    with pytest.raises(TypeError, match="frames are a ndarray; expected a Tensor"):
        write_video(path, steps_of_grey(3).numpy(), 8)  # type: ignore[arg-type]
    for shape in ((3, 32, 48), (2, 1, 32, 48), (0, 3, 32, 48), (2, 3, 31, 48)):
        with pytest.raises(ValueError, match=r"expected \[T, 3, H, W\], H and W even"):
            write_video(path, torch.zeros(shape, dtype=torch.uint8), 8)
    with pytest.raises(ValueError, match="rate is 0"):
        write_video(path, steps_of_grey(3), 0)
    assert not path.exists()
