"""A picture file to pixels, a sound file to samples: decoded, or refused by name.

A damaged or hostile file ends in a ValueError that names it. It does not fill the
memory either: a picture's size is looked at before its pixels are decoded, and a sound
is read in blocks, whatever length its header claims.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from PIL import Image, ImageOps

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

MOST_PIXELS = 64_000_000  # 8000 x 8000: 192 MB while it is read
_RATES = range(1_000, 384_001)  # Hz
_BLOCK = 1 << 20  # samples of all channels that are decoded at once


class Picture(NamedTuple):
    """Pixels uint8 [3, H, W], and whether the file holds further frames."""

    pixels: np.ndarray
    frames: bool


def read_picture(path: str | Path, size: int | None = None) -> Picture:
    """A picture file as RGB; with `size`, resized to size x size pixels.

    Grey, palette, CMYK and 16-bit pictures become RGB of 8 bits, where the format's
    white is 255; transparency is laid on white; a photo is turned as its camera noted;
    of several frames the first is taken. Resizing smooths first (bilinear), and does
    not keep the proportions.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is not a picture, is cut short, has more than `MOST_PIXELS`
            pixels, or numbers of no known white; names the file.
    """
    path = _existing(path, "picture")
    try:
        with Image.open(path, formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise ValueError(
                    f"{opened.width} x {opened.height} pixels, more than "
                    f"{MOST_PIXELS:,}: make it smaller first"
                )
            if size is not None:  # a JPEG can be decoded at 1/2 ... 1/8, quickly
                opened.draft(None, (2 * size, 2 * size))
            frames = opened.format in _FRAMED and getattr(opened, "is_animated", False)
            rgb = _rgb(ImageOps.exif_transpose(opened), opened.format)
    except Exception as error:  # a damaged file can raise anything in Pillow
        raise ValueError(
            f"{path}: found {path.stat().st_size} bytes that cannot be read as a "
            f"picture ({error or type(error).__name__}); expected PNG, JPEG, GIF, BMP, "
            "TIFF, WebP, AVIF, JPEG 2000, PPM or TGA"
        ) from error
    if size is not None:
        rgb = rgb.resize((size, size), Image.Resampling.BILINEAR)
    return Picture(np.ascontiguousarray(np.array(rgb).transpose(2, 0, 1)), bool(frames))


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


def read_sound(
    path: str | Path, longest: float | None = None
) -> tuple[np.ndarray, int]:
    """A sound file as mono float32 [T], and its sampling rate in Hz.

    What it holds counts, not its ending. Samples are in -1 ... 1, a little beyond where
    a coder overshot. Several channels are averaged.

    Args:
        longest: seconds; a longer one is refused.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it cannot be decoded, has no sample, a NaN in it, a rate
            outside 1 ... 384 kHz, or lasts too long; names the file.
    """
    path = _existing(path, "sound")
    try:
        with soundfile.SoundFile(path) as file:
            if file.format == "RAW":  # by its ending alone: any text would be noise
                raise ValueError("no header")
            rate: int = file.samplerate
            if rate not in _RATES:
                raise ValueError(f"a sampling rate of {rate} Hz")
            most = None if longest is None else int(longest * rate)
            samples = _mono(file, most)
    except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path}: found {path.stat().st_size} bytes that cannot be read as a sound "
            f"({error}); expected WAV, FLAC, OGG, MP3, AIFF, AU or CAF"
        ) from error
    if len(samples) == 0:
        raise ValueError(f"{path}: found 0 samples; expected a sound")
    if most is not None and len(samples) > most:
        raise ValueError(
            f"{path}: it lasts more than {longest:g} s; cut it, or set `longest` higher"
        )
    if not np.isfinite(samples).all():
        raise ValueError(
            f"{path}: sample {int(np.argmin(np.isfinite(samples)))} is NaN or "
            "infinite; expected numbers in -1..1"
        )
    return samples, rate


def _mono(file: soundfile.SoundFile, most: int | None) -> np.ndarray:
    """All samples, or a few more than `most`; in blocks, since headers can lie."""
    blocks: list[np.ndarray] = []
    count = 0
    while most is None or count <= most:
        block = file.read(_BLOCK // file.channels, dtype="float32", always_2d=True)
        if len(block) == 0:
            break
        with np.errstate(over="ignore", invalid="ignore"):  # looked at afterwards
            blocks.append(block.mean(axis=1))
        count += len(block)
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)


def _existing(path: str | Path, what: str) -> Path:
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; expected a {what}")
    return path
