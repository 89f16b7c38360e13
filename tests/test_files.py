"""Every usual format is decoded; what is damaged is decoded or refused by name."""

import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from mmlearn.data import folder
from mmlearn.data.decode import files
from mmlearn.data.decode.files import read_picture, read_sound


def drawing() -> np.ndarray:
    """Noise above a plain half, uint8 [40, 50, 3]."""
    values = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    values[20:] = (200, 100, 50)
    return values


# Pictures
@pytest.mark.parametrize("ending", ["png", "bmp", "tif", "ppm", "tga", "gif"])
def test_formats_without_loss(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"picture.{ending}"
    flat = np.broadcast_to(np.array([200, 100, 50], dtype=np.uint8), (4, 6, 3))
    Image.fromarray(np.array(flat)).save(path)
    read = read_picture(path)
    assert read.pixels.dtype == np.uint8 and not read.frames
    np.testing.assert_array_equal(read.pixels, flat.transpose(2, 0, 1))


@pytest.mark.parametrize("ending", ["jpg", "webp", "avif", "jp2"])
def test_formats_with_loss(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"picture.{ending}"
    Image.fromarray(np.full((16, 16, 3), (200, 100, 50), dtype=np.uint8)).save(path)
    pixels = read_picture(path).pixels
    assert pixels.shape == (3, 16, 16)
    np.testing.assert_allclose(pixels.mean(axis=(1, 2)), [200, 100, 50], atol=6)


def test_the_ending_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "really_a.jpg"
    Image.new("RGB", (3, 3), "red").save(path, format="PNG")
    assert read_picture(path).pixels[:, 0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("ending", ["png", "tif", "pgm", "jp2"])
def test_grey_of_16_bits_is_scaled(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"grey.{ending}"
    values = np.array([[0, 256, 32_768], [65_535, 511, 65_279]], dtype=np.uint16)
    Image.fromarray(values).save(path)
    for channel in read_picture(path).pixels:
        assert channel.tolist() == [[0, 1, 128], [255, 1, 254]]


def write_png(path: Path, side: int, kind: bytes, data: bytes) -> None:
    """A PNG as it stands in the standard, for what Pillow does not write."""
    chunks = {
        b"IHDR": side.to_bytes(4, "big") * 2 + kind + bytes(3),
        b"IDAT": zlib.compress(data),
        b"IEND": b"",
    }
    raw = b"\x89PNG\r\n\x1a\n"
    for name, content in chunks.items():
        crc = zlib.crc32(name + content).to_bytes(4, "big")
        raw += len(content).to_bytes(4, "big") + name + content + crc
    path.write_bytes(raw)


def test_colour_of_16_bits_is_scaled(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    colour = np.array([65_535, 32_768, 256], dtype=">u2").tobytes()
    write_png(path, 1, bytes([16, 2]), b"\0" + colour)  # RGB of 16 bits
    assert read_picture(path).pixels.ravel().tolist() == [255, 128, 1]


def test_floats_are_grey_from_0_to_1(tmp_path: Path) -> None:
    path = tmp_path / "float.tif"
    Image.fromarray(np.array([[0, 0.5, 1]], dtype=np.float32)).save(path)
    assert read_picture(path).pixels[0].tolist() == [[0, 128, 255]]
    for wrong in (-0.1, 7.0, np.nan):
        Image.fromarray(np.array([[0, wrong]], dtype=np.float32)).save(path)
        with pytest.raises(ValueError, match=r"float\.tif: .* expected 0 \.\.\. 1"):
            read_picture(path)


def test_integers_of_32_bits_have_no_known_white(tmp_path: Path) -> None:
    path = tmp_path / "wide.tif"
    Image.fromarray(np.array([[0, 100_000]], dtype=np.int32)).save(path)
    with pytest.raises(ValueError, match=r"wide\.tif: .*save it with 8 or 16 bits"):
        read_picture(path)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK"])
@pytest.mark.parametrize("colour", ["white", "black"])
def test_modes(mode: str, colour: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.tif"
    Image.new("RGB", (5, 5), colour).convert(mode).save(path)
    assert (read_picture(path).pixels == (255 if colour == "white" else 0)).all()


def test_cmyk_in_a_jpeg(tmp_path: Path) -> None:
    path = tmp_path / "print.jpg"
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(path)  # no cyan: red
    np.testing.assert_allclose(read_picture(path).pixels[:, 8, 8], [255, 0, 0], atol=6)


def test_transparency_is_white(tmp_path: Path) -> None:
    path = tmp_path / "clear.png"
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(path)
    assert (read_picture(path).pixels == 255).all()
    Image.new("P", (4, 4), 0).save(path, transparency=0)
    assert (read_picture(path).pixels == 255).all()


def test_a_photo_is_turned_as_its_camera_noted(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees to the right
    pixels = np.zeros((4, 6, 3), dtype=np.uint8)
    pixels[-1, 0] = 255  # below on the left, which becomes above on the left
    Image.fromarray(pixels).save(path, exif=exif)
    read = read_picture(path).pixels
    assert read.shape == (3, 6, 4)
    assert np.argwhere(read[0]).tolist() == [[0, 0]]


def test_of_several_frames_the_first(tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    first, second = (Image.new("RGB", (4, 4), colour) for colour in ("red", "blue"))
    first.save(path, save_all=True, append_images=[second])
    read = read_picture(path)
    assert read.frames and read.pixels[:, 0, 0].tolist() == [255, 0, 0]


def test_resizing_smooths(tmp_path: Path) -> None:
    path = tmp_path / "stripes.png"
    stripes = np.zeros((64, 128, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    Image.fromarray(stripes).save(path)
    small = read_picture(path, size=16).pixels
    assert small.shape == (3, 16, 16)
    assert abs(small.mean() - 127.5) < 3 and small.std() < 10


def test_a_large_jpeg_resized_is_nearly_the_same(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    ramp = np.linspace(0, 255, 600).astype(np.uint8)
    Image.fromarray(np.broadcast_to(ramp, (400, 600)).copy()).save(path)
    expected = Image.fromarray(read_picture(path).pixels[0]).resize((20, 20))
    found = read_picture(path, size=20).pixels[0]
    np.testing.assert_allclose(found, np.asarray(expected), atol=4)


def test_too_many_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.png"
    for side in (9_000, 60_000):  # some bytes that would be 0.2 and 11 GB as RGB
        write_png(path, side, bytes([1, 0]), bytes(1_000))
        with pytest.raises(ValueError, match=r"bomb\.png: .* pixels"):
            read_picture(path)
    (tmp_path / "metadata.csv").write_text("file_name\nbomb\n")
    path.rename(tmp_path / "bomb")  # without an ending it is told by its content
    with pytest.raises(ValueError, match=r"row 1 \(line 2\): bomb: .* pixels"):
        folder.load(tmp_path, label=None)
    monkeypatch.setattr(files, "MOST_PIXELS", 24)
    Image.new("RGB", (5, 5)).save(path)
    with pytest.raises(ValueError, match=r"bomb\.png: .*5 x 5 pixels, more than 24"):
        read_picture(path)


@pytest.mark.parametrize("ending", ["svg", "heic", "eps", "png"])
def test_no_picture(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"other.{ending}"
    path.write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(ValueError, match=rf"other\.{ending}: found 47 bytes"):
        read_picture(path)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match=rf"other\.{ending}: found 0 bytes"):
        read_picture(path)
    with pytest.raises(FileNotFoundError, match="no such file; expected a picture"):
        read_picture(tmp_path)


# Sounds
SOUNDS = [
    *(("wav", "WAV", sub) for sub in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32")),
    *(("wav", "WAV", sub) for sub in ("FLOAT", "DOUBLE", "ULAW", "IMA_ADPCM")),
    *(("flac", "FLAC", None), ("ogg", "OGG", "VORBIS"), ("opus", "OGG", "OPUS")),
    *(("mp3", "MP3", None), ("aiff", "AIFF", None), ("au", "AU", None)),
    *(("caf", "CAF", None), ("w64", "W64", None), ("wav", "MP3", None)),
]


def tone(rate: int = 16_000) -> np.ndarray:
    """Half a second, stereo: float [T, 2]."""
    wave = np.sin(2 * np.pi * 440 * np.arange(rate // 2) / rate)
    return np.stack((0.5 * wave, 0.3 * wave), axis=1)


@pytest.mark.parametrize(("ending", "form", "subtype"), SOUNDS)
def test_sounds(ending: str, form: str, subtype: str | None, tmp_path: Path) -> None:
    path = tmp_path / f"sound.{ending}"
    soundfile.write(path, tone(), 16_000, format=form, subtype=subtype)
    samples, rate, _ = read_sound(path)
    assert rate == 16_000 and samples.dtype == np.float32 and samples.ndim == 1
    assert 8_000 <= len(samples) <= 9_500  # an MP3 is padded
    middle = samples[2_000:6_000]  # a coder may ring at the ends
    assert abs(middle.std() - 0.4 / np.sqrt(2)) < 0.01  # the mean of both channels


@pytest.mark.parametrize("ending", ["wav", "mp3", "au", "snd", "vox", "raw", "m4a"])
def test_a_text_is_no_sound(ending: str, tmp_path: Path) -> None:
    """Some endings alone would make libsndfile take any text for noise."""
    path = tmp_path / f"text.{ending}"
    path.write_text("This is a text, and not a short one.\n" * 100)
    with pytest.raises(ValueError, match=rf"text\.{ending}: found 3700 bytes"):
        read_sound(path)


def test_sounds_that_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    soundfile.write(path, np.zeros(16_001), 8_000)
    with pytest.raises(ValueError, match=r"sound\.wav: it lasts more than 2 s"):
        read_sound(path, longest=2)
    assert len(read_sound(path, longest=2.001)[0]) == 16_001
    soundfile.write(path, np.zeros(9), 500)
    with pytest.raises(ValueError, match=r"sound\.wav: .*a sampling rate of 500 Hz"):
        read_sound(path)
    soundfile.write(path, np.zeros(0), 8_000)
    with pytest.raises(ValueError, match=r"sound\.wav: found 0 samples"):
        read_sound(path)
    soundfile.write(path, np.array([0, np.inf]), 8_000, subtype="FLOAT")
    with pytest.raises(ValueError, match=r"sound\.wav: sample 1 is NaN or infinite"):
        read_sound(path)
    with pytest.raises(FileNotFoundError, match="no such file; expected a sound"):
        read_sound(tmp_path / "gone.wav")


def test_a_header_that_claims_hours_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "claims.flac"
    soundfile.write(path, tone(), 16_000)
    raw = bytearray(path.read_bytes())
    raw[21:26] = bytes([raw[21] | 0x0F, 255, 255, 255, 255])  # 2^36 samples, 1 TB
    path.write_bytes(raw)
    try:
        samples, *_ = read_sound(path, longest=30)
        assert len(samples) <= 8_000
    except ValueError as fault:
        assert "claims.flac" in str(fault)


# Damage
def damaged(raw: bytes, generator: np.random.Generator) -> bytes:
    """Cut, lengthened, or with up to 11 bytes changed, more often in the header."""
    kind, at = generator.integers(5), int(generator.integers(len(raw)))
    if kind == 0:
        return raw[:at]
    if kind == 1:
        return raw[:at] + generator.bytes(int(generator.integers(1, 64))) + raw[at:]
    changed = bytearray(raw)
    span = min(len(raw), (64, 512, len(raw))[kind - 2])
    for place in generator.integers(span, size=int(generator.integers(1, 12))):
        changed[place] = generator.integers(256)
    return bytes(changed)


def pictures(folder: Path) -> list[Path]:
    picture = Image.fromarray(drawing())
    grey = Image.fromarray(drawing()[..., 0].astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112] = 6
    for ending in ("png", "bmp", "webp", "ppm", "tga", "jp2", "avif"):
        picture.save(folder / f"whole.{ending}")
    picture.save(folder / "whole.jpg", exif=exif)
    picture.save(folder / "whole.gif", save_all=True, append_images=[picture] * 2)
    picture.save(folder / "whole.tif", compression="tiff_lzw")
    picture.convert("CMYK").save(folder / "print.jpg")
    picture.convert("P").save(folder / "palette.png", transparency=3)
    grey.save(folder / "grey.png")
    grey.save(folder / "grey.tif")
    return sorted(folder.iterdir())


def sounds(folder: Path) -> list[Path]:
    for ending, form, subtype in SOUNDS:
        path = folder / f"{subtype}.{ending}"
        soundfile.write(path, tone(), 16_000, format=form, subtype=subtype)
    return sorted(folder.iterdir())


@pytest.mark.parametrize("make", [pictures, sounds])
def test_200_damaged_files(make: Callable[[Path], list[Path]], tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    whole = make(tmp_path / "whole")
    outcomes = {"decoded": 0, "refused": 0}
    for seed in range(200):
        generator = np.random.default_rng(seed)
        source = whole[generator.integers(len(whole))]
        own = tmp_path / str(seed)
        own.mkdir()
        name = f"damaged{source.suffix}"
        (own / name).write_bytes(damaged(source.read_bytes(), generator))
        (own / "metadata.csv").write_text(f"file_name\n{name}\n")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Pillow's own, of odd headers
                corpus = folder.load(own, label=None, size=16, rate=8_000)
        except ValueError as fault:
            assert str(fault).startswith(f"metadata.csv row 1 (line 2): {name}: ")
            outcomes["refused"] += 1
            continue
        outcomes["decoded"] += 1
        if make is pictures:
            assert corpus["image"].shape == (1, 3, 16, 16)
        else:
            assert 0 < corpus["length"][0] <= 30 * 8_000
    assert min(outcomes.values()) >= 40, outcomes
