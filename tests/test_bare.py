"""What a file says of itself may be damaged, where pixels and samples are whole."""

import io
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image, ImageCms, PngImagePlugin

from mmlearn.data import folder
from mmlearn.data.decode.files import read_picture, read_sound

LIES = np.zeros((16, 24, 3), dtype=np.uint8)
LIES[:8, :12] = 255  # white on the left above
LIES[8:, :12] = 128  # grey below it
TURNED = np.rot90(LIES, -1)  # clockwise
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
HOW = {
    "png": {"format": "PNG"},
    "jpg": {"format": "JPEG", "quality": 100, "subsampling": 0},
    "webp": {"format": "WEBP", "lossless": True},
    "avif": {"format": "AVIF", "quality": 100},
    "tif": {"format": "TIFF"},
}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own, of odd notes
        yield


def written(ending: str, **notes: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(LIES).save(stream, **HOW[ending], **notes)
    return stream.getvalue()


def noted(orientation: object) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "a holiday by the sea"
    return exif.tobytes()


def seen(raw: bytes, path: Path) -> str:
    """Whether the picture is read as it lies, turned, or otherwise; in a folder too."""
    (path / "x").mkdir(exist_ok=True)
    (path / "x" / "a").write_bytes(raw)
    (path / "x" / "metadata.csv").write_text("file_name\na\n")
    pixels = read_picture(path / "x" / "a").pixels
    corpus = folder.load(path / "x", label=None, size=12)
    whole = Image.fromarray(pixels.transpose(1, 2, 0)).resize((12, 12), 2)
    difference = corpus["image"][0].astype(int) - np.asarray(whole).transpose(2, 0, 1)
    assert np.abs(difference).max() < 12  # a JPEG's draft
    for name, expected in {"lies": LIES, "turned": TURNED}.items():
        wanted = expected.transpose(2, 0, 1)
        if pixels.shape != wanted.shape:
            continue
        if np.abs(pixels.astype(int) - wanted).max() <= 12:
            return name
    return "otherwise"


# Orientation
@pytest.mark.parametrize("ending", HOW)
@pytest.mark.parametrize(
    ("orientation", "expected"),
    [(6, "turned"), (1, "lies"), *((value, "lies") for value in (0, 9, 99, 65_535))],
)
def test_numbers_that_are_no_orientation(
    ending: str, orientation: int, expected: str, tmp_path: Path
) -> None:
    if ending == "avif" and orientation not in (1, 6):
        pytest.skip("Pillow does not write it")
    raw = written(ending, exif=noted(orientation))
    assert seen(raw, tmp_path) == expected


# Where the standard puts the first row and the first column of each orientation.
SIDES = {
    **{1: ("top", "left"), 2: ("top", "right"), 3: ("bottom", "right")},
    **{4: ("bottom", "left"), 5: ("left", "top"), 6: ("right", "top")},
    **{7: ("right", "bottom"), 8: ("left", "bottom")},
}


@pytest.mark.parametrize(("orientation", "sides"), SIDES.items())
def test_all_eight_orientations(
    orientation: int, sides: tuple[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    pixels = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    Image.fromarray(pixels).save(path, exif=noted(orientation))
    read = read_picture(path).pixels.transpose(1, 2, 0)
    of_side = {"top": read, "bottom": read[::-1]}
    of_side |= {"left": read.swapaxes(0, 1), "right": read.swapaxes(0, 1)[::-1]}
    first_row, first_column = (of_side[side][0] for side in sides)
    for found, expected in ((first_row, pixels[0]), (first_column, pixels[:, 0])):
        assert sorted(found.tolist()) == sorted(expected.tolist())
    corner = of_side[sides[0]][0]
    assert pixels[0, 0].tolist() in (corner[0].tolist(), corner[-1].tolist())
    assert pixels[0, 0].tolist() in first_column.tolist()


@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
@pytest.mark.parametrize(
    "notes",
    [
        b"Exif\0\0" + bytes(range(256)),
        b"Exif\0\0II*\0" + b"\xff" * 90,
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(range(90)),
        b"Exif\0\0" + noted(1)[6:9],  # cut short
        b"Exif\0\0",
        b"Exif\0\0no notes but a text",
        # The orientation as a text, and far outside the file.
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x02\0\0\x006\0\0\0" + bytes(4),
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\xff\xff\xff\x7f\xff\xff\xff\x7f",
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x0c\0\x01\0\0\0\xff\xff\xff\x7f",
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x05\0\x01\0\0\0\x08\0\0\0" + bytes(4),
    ],
)
def test_garbage_in_place_of_the_camera_s_notes(
    ending: str, notes: bytes, tmp_path: Path
) -> None:
    raw = written(ending, exif=notes)
    assert notes[6:] in raw
    assert seen(raw, tmp_path) == "lies"


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "tif", "avif"])
@pytest.mark.parametrize("what", ["icc_profile", "xmp"])
def test_garbage_in_place_of_other_notes(
    ending: str, what: str, tmp_path: Path
) -> None:
    generator = np.random.default_rng(0)
    for _ in range(20):
        if what == "xmp" and ending == "png":
            raw = written(ending, exif=noted(6), pnginfo=texts(generator.bytes(60)))
        elif what == "xmp" and ending == "tif":
            raw = written(ending, tiffinfo={0x0112: 6, 700: generator.bytes(60)})
        else:
            raw = written(ending, exif=noted(6), **{what: generator.bytes(90)})
        assert seen(raw, tmp_path) == "turned"


def texts(raw: bytes) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("XML:com.adobe.xmp", raw.decode("latin-1"))
    info.add_itxt("title", "the sea " * 20, zip=True)
    info.add_text("comment", "the sea " * 20, zip=True)
    return info


def chunks(raw: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk of a PNG: its name, and where its content begins and ends."""
    at = 8
    while at < len(raw):
        length = int.from_bytes(raw[at : at + 4], "big")
        yield raw[at + 4 : at + 8], at + 8, at + 8 + length
        at += 12 + length


@pytest.mark.parametrize("checksum", [True, False])
def test_each_note_of_a_png(checksum: bool, tmp_path: Path) -> None:
    """With a right checksum, as from a faulty program, or a wrong one, from a disk."""
    info = texts(b"abc")
    raw = written("png", exif=noted(6), pnginfo=info, icc_profile=PROFILE)
    generator = np.random.default_rng(0)
    outcomes = set()
    for name, begin, end in chunks(raw):
        if name in (b"IHDR", b"IDAT", b"IEND"):
            continue
        for _ in range(10):
            changed = bytearray(raw)
            changed[begin:end] = generator.bytes(end - begin)
            if checksum:
                right = zlib.crc32(changed[begin - 4 : end]).to_bytes(4, "big")
                changed[end : end + 4] = right
            expected = "lies" if name == b"eXIf" else "turned"
            assert seen(bytes(changed), tmp_path) == expected, name
        outcomes.add(name)
    assert outcomes == {b"eXIf", b"iCCP", b"tEXt", b"iTXt", b"zTXt"}


def test_each_note_of_a_tiff(tmp_path: Path) -> None:
    raw = written("tif", tiffinfo={0x0112: 6, 270: "a holiday", 305: "a camera"})
    directory = int.from_bytes(raw[4:8], "little")
    count = int.from_bytes(raw[directory : directory + 2], "little")
    entries = range(directory + 2, directory + 2 + 12 * count, 12)
    tags = {int.from_bytes(raw[at : at + 2], "little"): at for at in entries}
    for tag, expected in ((270, "turned"), (305, "turned"), (0x0112, "lies")):
        for kind, size in ((200, 1), (2, 1 << 31), (12, 1 << 20), (7, 1 << 24)):
            changed = bytearray(raw)
            changed[tags[tag] + 2 : tags[tag] + 4] = kind.to_bytes(2, "little")
            changed[tags[tag] + 4 : tags[tag] + 8] = size.to_bytes(4, "little")
            assert seen(bytes(changed), tmp_path) == expected, (tag, kind)


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "tif"])
def test_damaged_pixels_are_still_refused(ending: str, tmp_path: Path) -> None:
    raw = bytearray(written(ending, exif=noted(6)))
    mark = {"png": b"IDAT", "jpg": b"\xff\xda", "webp": b"VP8L", "tif": b"II*\0"}
    at = raw.index(mark[ending])
    path = tmp_path / f"x.{ending}"
    path.write_bytes(raw[: at + 12])
    with pytest.raises(ValueError, match=rf"x\.{ending}: found .* cannot be read as a"):
        read_picture(path)


# Sounds
TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(4_000) / 16_000)
GARBAGE = np.random.default_rng(0).bytes(76)


def sound(path: Path, form: str, **how: str) -> bytes:
    with soundfile.SoundFile(path, "w", 16_000, 1, format=form, **how) as file:
        file.title = "a song by the sea"
        file.write(TONE)
    return path.read_bytes()


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT", "IMA_ADPCM"])
@pytest.mark.parametrize(
    "name", ["LIST", "bext", "id3 ", "iXML", "smpl", "cue ", "acid", "PEAK", "\0\1\2\3"]
)
def test_garbage_beside_a_wav_s_samples(
    name: str, subtype: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, TONE, 16_000, subtype=subtype)
    expected, *_ = read_sound(path)
    raw, chunk = path.read_bytes(), name.encode() + bytes([76, 0, 0, 0]) + GARBAGE
    at = raw.index(b"data")
    for body in (raw[8:at] + chunk + raw[at:], raw[8:] + chunk):
        path.write_bytes(b"RIFF" + len(body).to_bytes(4, "little") + body)
        samples, rate, _ = read_sound(path)
        assert rate == 16_000
        np.testing.assert_array_equal(samples, expected)
    assert len(folder_of(path)["waveform"][0]) == len(expected)


def folder_of(path: Path) -> object:
    return folder.load(path.parent, label=None)


@pytest.mark.parametrize("form", ["FLAC", "CAF", "WAV", "MP3"])
def test_garbage_in_place_of_a_title(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{form.lower()}"
    raw = sound(path, form)
    expected, *_ = read_sound(path)
    at = raw.index(b"a song")
    for seed in range(20):
        changed = bytearray(raw)
        begin = at - (4 if form == "FLAC" else 0)  # its length too
        changed[begin : at + 17] = np.random.default_rng(seed).bytes(at + 17 - begin)
        path.write_bytes(changed)
        np.testing.assert_array_equal(read_sound(path)[0], expected)


def test_damaged_samples_are_still_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(sound(path, "WAV").replace(b"fmt ", b"gmt "))
    with pytest.raises(ValueError, match=r"a\.wav: found .* cannot be read as a sound"):
        read_sound(path)


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_integers_kept_as_floats_are_refused(subtype: str, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    scale = 32_767
    both = np.stack((scale * TONE, -scale * TONE), axis=1)  # their mean is silent
    for samples in (scale * TONE, both, 128 * TONE, 2.0**23 * TONE):
        soundfile.write(path, samples, 16_000, subtype=subtype)
        with pytest.raises(ValueError, match=r"a\.wav: .*sample \d+ is .*divide them"):
            read_sound(path)
        with pytest.raises(ValueError, match=r"a\.wav: .*full scale 1\. Fix: "):
            folder_of(path)
    soundfile.write(path, 3 * TONE, 16_000, subtype=subtype)  # to 1.5, an overshoot
    np.testing.assert_allclose(read_sound(path)[0], 3 * TONE, rtol=1e-6, atol=1e-7)
    assert np.abs(folder_of(path)["waveform"]).max() == 32_767
