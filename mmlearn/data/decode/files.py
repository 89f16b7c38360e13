"""A picture file to pixels, a sound file to samples: decoded, or refused by name.

A damaged or hostile file ends in a ValueError that names it. Nor does it fill the
memory: a picture's size is checked before its pixels are decoded, and a sound is read
in blocks, whatever length its header claims.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import soundfile
from PIL import ExifTags, Image

from mmlearn.data.decode import bare

# By these endings a file is taken for data. Those that cannot be decoded here (HEIC,
# M4A ...) are among them, so that they are refused by name and not left out as strays.
PICTURES = frozenset(
    (
        *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".tif", ".tiff"),
        *(".webp", ".avif", ".jp2", ".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".tga"),
        *(".heic", ".heif", ".svg"),
    )
)
SOUNDS = frozenset(
    (
        *(".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff"),
        *(".aifc", ".au", ".snd", ".caf", ".w64", ".rf64"),
        *(".m4a", ".aac", ".wma", ".amr"),
    )
)
# Pillow knows more: some start other programs (EPS), some are taken from any text.
FORMATS = (
    *("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "AVIF", "JPEG2000", "PPM", "TGA"),
)
_WIDE = ("PNG", "PPM")  # they keep 16 bits in Pillow's 32; a TIFF's are its own
_FRAMED = ("GIF", "TIFF", "WEBP", "AVIF", "PNG")  # a phone's JPEG may carry its depth

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

MOST_PIXELS = 64_000_000  # 8000 x 8000: 192 MB while it is read
LOUDEST = 10.0  # times full scale: 20 dB beyond it is no overshoot
_SECOND_LOOK = 1 << 28  # bytes of a file that is read without its notes
_RATES = range(1_000, 384_001)  # Hz
_CANCELLED = 1e-4  # of the channels' power: 40 dB below it, their mean is nothing
_BLOCK = 1 << 20  # samples of all channels that are decoded at once


class Picture(NamedTuple):
    """Pixels uint8 [3, H, W], and whether the file holds further frames."""

    pixels: np.ndarray
    frames: bool


class Sound(NamedTuple):
    """Samples float32 [T], their rate in Hz, and how many channels were averaged."""

    samples: np.ndarray
    rate: int
    channels: int


def read_picture(path: str | Path, size: int | None = None) -> Picture:
    """A picture file as RGB; with `size`, resized to size x size pixels.

    Grey, palette, CMYK and 16-bit pictures become RGB of 8 bits, where the format's
    white is 255; transparency is laid on white; of several frames the first is taken.
    A photo is rotated as its camera noted. Where that note is damaged, or the texts,
    profiles and previews beside the pixels are, the picture is read as stored. Resizing
    smooths first (bilinear), and does not keep the proportions.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: naming the file, when it is not a picture, is cut short, has more
            than `MOST_PIXELS` pixels, or numbers whose white is not known.
    """
    path = _existing(path, "picture")
    first: Exception | None = None
    for file in _readings(path, bare.picture):
        try:
            return _read(file, size)
        except Exception as error:  # a damaged file can raise anything in Pillow
            first = first or error
    said = str(first) or type(first).__name__
    raise ValueError(
        f"{path}: found {path.stat().st_size} bytes that cannot be read as a picture "
        f"({said}); expected PNG, JPEG, GIF, BMP, TIFF, WebP, AVIF, JPEG 2000, PPM or "
        "TGA"
    ) from first


def is_picture(path: Path) -> bool:
    """Whether a file begins as a picture does, whatever its ending."""
    for file in _readings(path, bare.picture):
        try:
            with Image.open(file, formats=FORMATS):
                return True
        except Image.DecompressionBombError:
            return True
        except Exception:  # a damaged file can raise anything in Pillow
            continue
    return False


def _read(file: Path | BinaryIO, size: int | None) -> Picture:
    with Image.open(file, formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise ValueError(
                f"{opened.width} x {opened.height} pixels, more than "
                f"{MOST_PIXELS:,}: make it smaller first"
            )
        if size is not None:  # a JPEG can be decoded at 1/2 ... 1/8, quickly
            opened.draft(None, (2 * size, 2 * size))
        frames = opened.format in _FRAMED and getattr(opened, "is_animated", False)
        opened.load()  # so that damaged pixels are told from damaged notes
        rgb = _rgb(_upright(opened), opened.format)
    if size is not None:
        rgb = rgb.resize((size, size), Image.Resampling.BILINEAR)
    return Picture(np.ascontiguousarray(np.array(rgb).transpose(2, 0, 1)), bool(frames))


def _upright(picture: Image.Image) -> Image.Image:
    """Rotated as the camera noted; as stored, where the note is missing or unreadable.

    Not ImageOps.exif_transpose: it refuses the picture for a damaged note.
    """
    try:
        turn = _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged notes can raise anything in Pillow
        turn = None
    return picture if turn is None else picture.transpose(turn)


def _rgb(picture: Image.Image, form: str | None) -> Image.Image:
    # Pillow's own conversion cuts 16 bits off at 255: nearly all would be white. Of 16
    # bits a colour it takes the high byte; so do we of 16 bits of grey.
    if picture.mode.startswith("I;16") or (picture.mode == "I" and form in _WIDE):
        high = (np.asarray(picture) >> 8).astype(np.uint8)
        return Image.fromarray(high).convert("RGB")
    if picture.mode == "F":
        grey = np.asarray(picture)
        if not (grey.min() >= 0 and grey.max() <= 1):  # so that a NaN is refused too
            raise ValueError(
                f"grey values {grey.min():g} ... {grey.max():g}, expected 0 ... 1"
            )
        return Image.fromarray(np.round(grey * 255).astype(np.uint8)).convert("RGB")
    if picture.mode == "I":
        raise ValueError(
            "pixels of 32 bits, whose white is not known: save it with 8 or 16 bits"
        )
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    picture = picture.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def read_sound(path: str | Path, longest: float | None = None) -> Sound:
    """A sound file as mono float32 [T], its sampling rate in Hz, and its channels.

    What it holds counts, not its ending. Samples are in -1 ... 1, a little beyond where
    a codec overshot. Several channels are averaged. Damaged titles and other notes
    beside the samples of a WAV, AIFF or FLAC file do no harm.

    Args:
        longest: seconds; a longer one is refused.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: naming the file, when it cannot be decoded, has no sample, a NaN in
            it, one beyond `LOUDEST` (integers kept as floats), a rate outside 1 ... 384
            kHz, lasts too long, or its channels cancel one another.
    """
    path = _existing(path, "sound")
    first: Exception | None = None
    for file in _readings(path, bare.sound):
        try:
            samples, rate, channels = _decode(file, longest)
            break
        except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError) as error:
            first = first or error
    else:
        raise ValueError(
            f"{path}: found {path.stat().st_size} bytes that cannot be read as a sound "
            f"({first}); expected WAV, FLAC, OGG, MP3, AIFF, AU or CAF"
        ) from first
    if len(samples) == 0:
        raise ValueError(f"{path}: found 0 samples; expected a sound")
    if longest is not None and len(samples) > int(longest * rate):
        raise ValueError(
            f"{path}: it lasts more than {longest:g} s; cut it, or set `longest` higher"
        )
    if not np.isfinite(samples).all():
        raise ValueError(
            f"{path}: sample {int(np.argmin(np.isfinite(samples)))} is NaN or "
            "infinite; expected numbers in -1..1"
        )
    return Sound(samples, rate, channels)


def _decode(file: Path | BinaryIO, longest: float | None) -> Sound:
    with soundfile.SoundFile(file) as opened:
        if opened.format == "RAW":  # by its ending alone: any text would be noise
            raise ValueError("no header")
        rate: int = opened.samplerate
        if rate not in _RATES:
            raise ValueError(f"a sampling rate of {rate} Hz")
        most = None if longest is None else int(longest * rate)
        return Sound(_mono(opened, most), rate, opened.channels)


def _mono(file: soundfile.SoundFile, most: int | None) -> np.ndarray:
    """All samples, or a few more than `most`; in blocks, since headers can lie.

    Raises:
        ValueError: when one is beyond `LOUDEST` in any channel, or the channels are
            opposite.
    """
    blocks: list[np.ndarray] = []
    count = 0
    power = kept = 0.0  # of all channels, and of their mean
    while most is None or count <= most:
        block = file.read(_BLOCK // file.channels, dtype="float32", always_2d=True)
        if len(block) == 0:
            break
        loud = np.abs(block).max(axis=1)  # before channels of opposite signs meet
        beyond = np.flatnonzero((loud > LOUDEST) & np.isfinite(loud))
        if len(beyond):
            raise ValueError(
                f"sample {count + beyond[0]} is {loud[beyond[0]]:g} and full scale 1. "
                "Fix: if the samples are integers kept as floats, divide them by their "
                "full scale (32768 for 16 bits) and save the file again"
            )
        with np.errstate(over="ignore", invalid="ignore"):  # looked at afterwards
            blocks.append(block.mean(axis=1))
            power += float(np.square(block, dtype=np.float64).mean(axis=1).sum())
            kept += float(np.square(blocks[-1], dtype=np.float64).sum())
        count += len(block)
    if kept < _CANCELLED * power:
        raise ValueError(
            f"its {file.channels} channels cancel one another: their mean is silent. "
            "Fix: save one channel of it"
        )
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)


def _readings(
    path: Path, without_notes: Callable[[bytes], Iterator[bytes]]
) -> Iterator[Path | BinaryIO]:
    """The file, and if that was not enough, the file without damaged notes."""
    yield path
    if path.stat().st_size <= _SECOND_LOOK:
        yield from map(io.BytesIO, without_notes(path.read_bytes()))


def _existing(path: str | Path, what: str) -> Path:
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; expected a {what}")
    return path
