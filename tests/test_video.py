"""Video files: the frame that is on show at a time, and what is refused."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import torch
from PIL import Image

from mmlearn.preprocess import video
from mmlearn.preprocess.video import read_video, write_video


def steps_of_grey(frames: int, height: int = 32, width: int = 48) -> torch.Tensor:
    """Frame i has the grey 4 * i throughout, so that a frame can be told by it."""
    grey = 4 * torch.arange(frames, dtype=torch.uint8)
    return grey.view(-1, 1, 1, 1).expand(-1, 3, height, width).contiguous()


def numbers(frames: torch.Tensor) -> list[int]:
    return (frames.float().mean(dim=(1, 2, 3)) / 4).round().int().tolist()


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


# Time stamps
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


def gif(path: Path, durations: Sequence[int], **how: int) -> Path:
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
@pytest.mark.parametrize("ending", ["gif", "apng", "mkv", "mp4", "mov", "webm", "avi"])
def test_each_frame_as_long_as_it_lasts(
    durations: list[int], rate: Fraction | int, ending: str, tmp_path: Path
) -> None:
    path = tmp_path / f"film.{ending}"
    if ending == "apng" and len(durations) == 1:
        pytest.skip("one frame is a plain PNG")
    if ending == "gif":
        gif(path, durations)
    elif ending == "apng":
        gif(path, durations, format="PNG")  # type: ignore[arg-type]
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


# Orientation
LEFT_ABOVE = np.zeros((4, 32, 48, 3), dtype=np.uint8)  # T, H, W
LEFT_ABOVE[:, :16, :24] = 255  # white on the left above
LEFT_ABOVE[:, 16:, :24] = 128  # grey below it


def corners(frames: torch.Tensor) -> list[list[int]]:
    """Of the first frame: [[left above, right above], [left below, right below]]."""
    return frames[0, 0][[2, -3]][:, [2, -3]].tolist()


# What a viewer shows, with W for white, g for grey and . for black: above, below.
SHOWN = {
    (0, False, False): ("W.", "g."),
    (90, False, False): ("..", "Wg"),  # counter-clockwise, as PyAV counts
    (180, False, False): (".g", ".W"),
    (270, False, False): ("gW", ".."),
    (-90, False, False): ("gW", ".."),
    (0, True, False): (".W", ".g"),
    (0, False, True): ("g.", "W."),
    (180, True, False): ("g.", "W."),
}


@pytest.mark.parametrize(("turn", "shown"), SHOWN.items())
@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv"])
def test_a_phone_s_film_is_turned(
    turn: tuple[int, bool, bool], shown: tuple[str, str], ending: str, tmp_path: Path
) -> None:
    path = film(
        tmp_path / f"phone.{ending}",
        *([0, 100, 200, 300], [100] * 4),
        codec="ffv1" if ending == "mkv" else "mpeg4",
        pictures=LEFT_ABOVE,
        turn=lambda stream: stream.set_display_rotation(*turn),
    )
    upright = turn[0] % 180 == 0
    expected = [[{"W": 255, "g": 128, ".": 0}[c] for c in row] for row in shown]
    frames = read_video(path, 10)
    assert frames.shape == (4, 3, *((32, 48) if upright else (48, 32)))
    assert frames.is_contiguous()
    np.testing.assert_allclose(corners(frames), expected, atol=4)
    sized = read_video(path, 10, size=(20, 12))
    assert sized.shape == (4, 3, 20, 12)
    np.testing.assert_allclose(corners(sized), expected, atol=12)


# The eight ways to lay a picture down, as rows (a, b), (c, d) of the matrix.
EIGHT = [
    ((x, 0), (0, y)) if upright else ((0, y), (x, 0))
    for upright in (True, False)
    for x in (1, -1)
    for y in (1, -1)
]


@pytest.mark.parametrize("matrix", EIGHT)
def test_a_matrix_moves_each_point_as_it_says(
    matrix: tuple[tuple[int, int], tuple[int, int]], tmp_path: Path
) -> None:
    """Against the definition, point by point: (x, y) goes to (a x + c y, b x + d y)."""
    (a, b), (c, d) = matrix
    pixels = np.random.default_rng(0).integers(0, 256, (1, 6, 8, 3), dtype=np.uint8)
    whole = [a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30]
    path = film(
        tmp_path / "turned.mkv",
        *([0], [100]),
        pictures=pixels,
        turn=lambda stream: stream.set_display_matrix(whole),
    )
    points = {
        (a * x + c * y, b * x + d * y): pixels[0, y, x]
        for y in range(6)
        for x in range(8)
    }
    left, above = (min(point[axis] for point in points) for axis in (0, 1))
    frame = read_video(path, 10)[0].permute(1, 2, 0).numpy()
    assert frame.shape == ((6, 8, 3) if a else (8, 6, 3))
    for (x, y), colour in points.items():
        np.testing.assert_array_equal(frame[y - above, x - left], colour)


def test_other_matrices(tmp_path: Path) -> None:
    def turned(matrix: list[int]) -> torch.Tensor:
        path = film(
            tmp_path / "turned.mkv",
            *([0], [100]),
            pictures=LEFT_ABOVE[:1],
            turn=lambda stream: stream.set_display_matrix(matrix),
        )
        return read_video(path, 10)

    # 90.4 degrees and a zoom are 90 degrees; nothing at all is no orientation.
    near = [-900, 131_072, 0, -131_072, -900, 0, 0, 0, 1 << 30]
    np.testing.assert_array_equal(corners(turned(near)), [[128, 255], [0, 0]])
    np.testing.assert_array_equal(corners(turned([0] * 9)), [[255, 0], [128, 0]])
    askew = [46_341, 46_341, 0, -46_341, 46_341, 0, 0, 0, 1 << 30]
    with pytest.raises(ValueError, match=r"turned\.mkv.*46340.*no right angle"):
        turned(askew)


@pytest.mark.parametrize(
    ("ratio", "shape"),
    [
        (Fraction(4, 3), (32, 64)),
        (Fraction(2, 3), (48, 48)),
        (Fraction(1), (32, 48)),
        (Fraction(253, 254), (32, 48)),
    ],
)
def test_pixels_that_are_not_square(
    ratio: Fraction, shape: tuple[int, int], tmp_path: Path
) -> None:
    path = film(
        tmp_path / "wide.mp4",
        *([0, 100, 200, 300], [100] * 4),
        codec="mpeg4",
        pictures=LEFT_ABOVE,
        wide=lambda stream: setattr(stream, "sample_aspect_ratio", ratio),
    )
    frames = read_video(path, 10)
    assert frames.shape == (4, 3, *shape)
    np.testing.assert_allclose(corners(frames), [[255, 0], [128, 0]], atol=4)
    assert read_video(path, 10, size=(8, 10)).shape == (4, 3, 8, 10)


def test_transparency_is_white(tmp_path: Path) -> None:
    for name in ("clear.gif", "clear.apng"):
        clear = Image.new("RGBA", (8, 6), (255, 0, 0, 0))
        half = Image.new("RGBA", (8, 6), (0, 0, 0, 255))
        form = "PNG" if name.endswith("apng") else "GIF"
        clear.save(
            *(tmp_path / name, form),
            save_all=True,
            append_images=[half],
            duration=100,
            disposal=2,
        )
        frames = read_video(tmp_path / name, 10)
        assert frames.flatten(1).float().mean(1).tolist() == [255, 0]


def test_a_cover_is_no_film(tmp_path: Path) -> None:
    """An album's picture is a stream of its own, often the first."""
    path = tmp_path / "song.mp4"
    Image.new("RGB", (16, 16), "red").save(tmp_path / "cover.png")
    with (
        av.open(str(tmp_path / "cover.png")) as picture,
        av.open(str(path), "w") as file,
    ):
        stream = file.add_stream_from_template(picture.streams.video[0])
        stream.disposition = av.stream.Disposition.attached_pic
        for packet in picture.demux(video=0):
            if packet.size:
                packet.stream = stream
                file.mux(packet)
    with pytest.raises(ValueError, match=r"song\.mp4: .*its only picture is a cover"):
        read_video(path, 10)


# Refused
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
    for shape in ((3, 32, 48), (2, 1, 32, 48), (0, 3, 32, 48), (2, 3, 31, 48)):
        with pytest.raises(ValueError, match=r"expected \[T, 3, H, W\], H and W even"):
            write_video(path, torch.zeros(shape, dtype=torch.uint8), 8)
    with pytest.raises(ValueError, match="rate is 0"):
        write_video(path, steps_of_grey(3), 0)
    assert not path.exists()
