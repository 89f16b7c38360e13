"""A film as a viewer shows it: turned, in its proportions, on white, and no cover."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from films import film
from PIL import Image

from mmlearn.data.decode.video import read_video

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
    with pytest.raises(ValueError, match=r"turned\.mkv.*46340.*not by a right angle"):
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
