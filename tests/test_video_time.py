"""The frame that is on show at a time, by the time stamps and durations of a film."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from films import by_arithmetic, film, gif, numbers, steps_of_grey

from mmlearn.data.decode.video import read_video

UNEVEN = [
    [100, 2_000],
    [100, 30, 500],
    [40, 40, 40, 1_000, 40],
    [2_000, 100],
    [350],
    [70, 130, 20, 500, 90, 660, 20, 20, 20, 1_990],
]


@pytest.mark.parametrize("durations", UNEVEN)
@pytest.mark.parametrize("rate", [1, 4, 10, 25, Fraction(1, 2), 100])
@pytest.mark.parametrize(
    "ending", ["gif", "apng", "avif", "mkv", "mp4", "mov", "webm", "avi"]
)
def test_each_frame_as_long_as_it_lasts(
    durations: list[int], rate: Fraction | int, ending: str, tmp_path: Path
) -> None:
    path = tmp_path / f"film.{ending}"
    if ending in ("apng", "avif") and len(durations) == 1:
        pytest.skip("one frame is a plain picture")
    if ending == "gif":
        gif(path, durations)
    elif ending == "apng":
        gif(path, durations, format="PNG")
    elif ending == "avif":
        gif(path, durations, quality=100)
    else:
        codec = {"mkv": "ffv1", "webm": "libvpx-vp9"}.get(ending, "mpeg4")
        stamps = np.cumsum([0, *durations[:-1]]).tolist()
        film(path, stamps, durations, codec)
    assert numbers(read_video(path, rate)) == by_arithmetic(durations, rate)


def test_the_gif_of_the_report(tmp_path: Path) -> None:
    path = gif(tmp_path / "two.gif", [100, 2_000])
    assert numbers(read_video(path, 10)) == [0] + [1] * 20


@pytest.mark.parametrize("rate", [24, 30, 60, Fraction(30_000, 1_001)])
def test_rounded_stamps_lose_no_frame(rate: Fraction, tmp_path: Path) -> None:
    """Of 30 frames per second Matroska notes 0, 33, 67 ms: 67 is after 2 / 30 s."""
    stamps = [round(1_000 * i / rate) for i in range(61)]
    path = film(tmp_path / "even.mkv", stamps[:-1], np.diff(stamps).tolist())
    assert numbers(read_video(path, rate)) == list(range(60))
    assert numbers(read_video(path, float(rate))) == list(range(60))
    assert numbers(read_video(path, rate / 2)) == list(range(0, 60, 2))


@pytest.mark.parametrize("n", range(1, 10))
def test_a_rounded_end_adds_no_frame(n: int, tmp_path: Path) -> None:
    """Two frames of 1/24 s end at 42 + 42 ms, which is after 2/24 s."""
    stamps = [round(1_000 * i / 24) for i in range(n)]
    path = film(tmp_path / "even.mkv", stamps, [42] * n)
    assert numbers(read_video(path, 24)) == list(range(n))


@pytest.mark.parametrize("ending", ["mkv", "mp4", "ts"])
def test_the_first_stamp_may_be_any(ending: str, tmp_path: Path) -> None:
    codec = {"mkv": "ffv1", "ts": "mpeg2video"}.get(ending, "mpeg4")
    tick = Fraction(1, 25) if ending == "ts" else Fraction(1, 1_000)
    stamps, durations = [125, 127, 132, 133], [2, 5, 1, 4]
    if ending != "ts":
        stamps, durations = [40 * i for i in stamps], [40 * i for i in durations]
    path = film(tmp_path / f"late.{ending}", stamps, durations, codec, tick)
    expected = [0, 0, 1, 1, 1, 1, 1, 2, 3]
    found = numbers(read_video(path, 25))
    # MPEG-TS keeps no duration: the last frame gets the stream's usual one.
    assert found[:9] == expected
    assert ending == "ts" or found == [*expected, 3, 3, 3]


def test_frames_without_stamps_last_as_they_say(tmp_path: Path) -> None:
    path = film(
        tmp_path / "raw.h264", range(6), [1] * 6, "libx264", tick=Fraction(1, 10)
    )
    with av.open(str(path)) as file:
        assert all(frame.pts is None for frame in file.decode(video=0))
    assert numbers(read_video(path, 10)) == [0, 1, 2, 3, 4, 5]
    assert numbers(read_video(path, 5)) == [0, 2, 4]


def test_of_frames_with_one_stamp_the_last_is_shown(tmp_path: Path) -> None:
    path = film(tmp_path / "twice.mkv", [0, 100, 100, 200], [100] * 4)
    assert numbers(read_video(path, 10)) == [0, 2, 3]


def test_a_clock_that_is_put_back_goes_on(tmp_path: Path) -> None:
    """Two recordings in one stream, each of frames at 0 and 1/5 s by its own clock."""
    whole = b""
    pictures = steps_of_grey(4).permute(0, 2, 3, 1).contiguous().numpy()
    for part in (pictures[:2], pictures[2:]):
        path = tmp_path / "part.ts"
        film(path, [0, 5], [5, 5], "mpeg2video", Fraction(1, 25), part)
        whole += path.read_bytes()
    path.write_bytes(whole)
    with av.open(str(path)) as file:
        stamps = [frame.pts for frame in file.decode(video=0)]
    assert stamps[2] == stamps[0] < stamps[1] == stamps[3]
    # MPEG-TS keeps no durations: frames 1 and 3 last the stream's usual 1/25 s.
    assert numbers(read_video(path, 25)) == [*[0] * 5, 1, *[2] * 5, 3]
