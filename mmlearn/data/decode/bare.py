"""A picture or sound file without its metadata: only what decoding needs.

A camera's notes, titles, colour profiles and previews can be damaged while the pixels
or samples are whole. A decoder that stumbles over them may still read what is left.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Literal

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
# JFIF and Adobe say how colours are coded: APP0 and APP14. The rest of APP0 ... APP15
# and the comments (COM) are notes.
_JPEG_NOTES = frozenset((*range(0xE1, 0xEE), 0xEF, 0xFE))
_JPEG_SCAN = 0xDA  # the coded pixels follow
_WEBP_NOTES = {b"ICCP": 0x20, b"EXIF": 0x08, b"XMP ": 0x04}  # and their bits in VP8X
_TIFF: dict[bytes, Literal["little", "big"]] = {b"II*\0": "little", b"MM\0*": "big"}
_TIFF_ORIENTATION = 274
_TIFF_PIXELS = frozenset(  # size, bits, colours, compression, and where the pixels lie
    (
        *(*range(254, 260), 262, 266, 273, 277, 278, 279, 284, 292, 293, 317, 320),
        *(*range(322, 326), 332, 338, 339, 347, *range(512, 522), *range(529, 533)),
    )
)


_CHUNKS: dict[bytes, Literal["little", "big"]] = {
    b"RIFF....WAVE": "little",
    b"FORM....AIFF": "big",
    b"FORM....AIFC": "big",
}
_SAMPLES = frozenset((b"fmt ", b"fact", b"data", b"FVER", b"COMM", b"SSND"))
_FLAC = b"fLaC"


def picture(raw: bytes) -> Iterator[bytes]:
    """A picture file without notes except the orientation, then without any.

    For PNG, JPEG, WebP and TIFF; nothing for others, nor where the parts of the file
    cannot be made out.
    """
    for take in (_png, _jpeg, _webp, _tiff):
        for with_exif in (True, False):
            made = take(raw, with_exif)
            if made is not None and made != raw:
                yield made


def sound(raw: bytes) -> Iterator[bytes]:
    """A sound file without notes; for WAV, AIFF and FLAC, as `picture`."""
    for take in (_chunks, _flac):
        made = take(raw)
        if made is not None and made != raw:
            yield made


def _png(raw: bytes, with_exif: bool) -> bytes | None:
    if not raw.startswith(_PNG):
        return None
    kept, at = [_PNG], len(_PNG)
    while at + 12 <= len(raw):
        length, name = int.from_bytes(raw[at : at + 4], "big"), raw[at + 4 : at + 8]
        end = at + 12 + length
        checksum = zlib.crc32(raw[at + 4 : end - 4]).to_bytes(4, "big")
        whole = raw[end - 4 : end] == checksum
        needed = not name[0] & 0x20 or name == b"tRNS"  # a capital: a critical chunk
        if needed or (with_exif and name == b"eXIf" and whole):
            kept.append(raw[at:end])
        at = end
    return b"".join(kept)


def _jpeg(raw: bytes, with_exif: bool) -> bytes | None:
    if not raw.startswith(_JPEG):
        return None
    kept, at = [_JPEG], len(_JPEG)
    while at + 4 <= len(raw):
        marker = raw[at + 1]
        if raw[at] != 0xFF:
            return None
        if marker == _JPEG_SCAN:
            return b"".join((*kept, raw[at:]))
        if marker == 0xFF:  # filling
            at += 1
            continue
        end = at + 2 + int.from_bytes(raw[at + 2 : at + 4], "big")
        exif = raw.startswith(b"Exif\0\0", at + 4)
        if marker not in _JPEG_NOTES or (with_exif and exif):
            kept.append(raw[at:end])
        at = end
    return None


def _webp(raw: bytes, with_exif: bool) -> bytes | None:
    if not (raw.startswith(b"RIFF") and raw.startswith(b"WEBP", 8)):
        return None
    kept, at = [b"WEBP"], 12
    while at + 8 <= len(raw):
        name, length = raw[at : at + 4], int.from_bytes(raw[at + 4 : at + 8], "little")
        end = at + 8 + length + length % 2
        chunk = raw[at:end]
        at = end
        exif = with_exif and name == b"EXIF" and end <= len(raw)
        if name == b"VP8X":
            gone = sum(_WEBP_NOTES.values()) - (0x08 if with_exif else 0)
            chunk = chunk[:8] + bytes([chunk[8] & ~gone & 0xFF]) + chunk[9:]
        if name not in _WEBP_NOTES or exif:
            kept.append(chunk)
    body = b"".join(kept)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _tiff(raw: bytes, with_exif: bool) -> bytes | None:
    order = _TIFF.get(raw[:4])
    if order is None or len(raw) < 8:
        return None

    def number(at: int, size: int) -> int:
        return int.from_bytes(raw[at : at + size], order)

    directory = number(4, 4)
    entries = [
        raw[at : at + 12]
        for at in range(directory + 2, directory + 2 + 12 * number(directory, 2), 12)
        if number(at, 2) in _TIFF_PIXELS
        or (with_exif and number(at, 2) == _TIFF_ORIENTATION)
    ]
    # A new directory, the only one, behind the file: nothing in it has to move.
    head = raw[:4] + len(raw).to_bytes(4, order)
    count = len(entries).to_bytes(2, order)
    return b"".join((head, raw[8:], count, *entries, bytes(4)))


def _chunks(raw: bytes) -> bytes | None:
    order = _CHUNKS.get(raw[:4] + b"...." + raw[8:12])
    if order is None:
        return None
    kept, at = [raw[8:12]], 12
    while at + 8 <= len(raw):
        length = int.from_bytes(raw[at + 4 : at + 8], order)
        end = at + 8 + length + length % 2
        if raw[at : at + 4] in _SAMPLES:
            kept.append(raw[at:end])
        at = end
    body = b"".join(kept)
    return raw[:4] + len(body).to_bytes(4, order) + body


def _flac(raw: bytes) -> bytes | None:
    if not raw.startswith(_FLAC):
        return None
    info, at = b"", len(_FLAC)
    while at + 4 <= len(raw):
        last, kind = raw[at] & 0x80, raw[at] & 0x7F
        end = at + 4 + int.from_bytes(raw[at + 1 : at + 4], "big")
        if kind == 0:  # the stream's rate, channels and bits
            info = b"\x80" + raw[at + 1 : end]  # the last block now
        if last:
            return _FLAC + info + raw[end:]
        at = end
    return None
