"""A checksum of each file of a folder, in SHA256SUMS. Standard library only.

The file is as `sha256sum` writes it, so `sha256sum --check SHA256SUMS` reads it too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from mmlearn.course.paths import CourseError

NAME = "SHA256SUMS"
AGAIN = "copy the folder again from where it was whole, or pack it anew"


def write(folder: Path) -> int:
    """Write the checksum of every file below `folder`; return their bytes together."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [
        f"{_sha256(path)}  {path.relative_to(folder).as_posix()}" for path in files
    ]
    (folder / NAME).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return sum(path.stat().st_size for path in files)


def check(folder: Path, closed: Iterable[str] = ()) -> int:
    """Compare every file with its checksum; return how many there are.

    Args:
        closed: folders in it that hold nothing but what is listed.

    Raises:
        CourseError: naming the first file that is missing, damaged or not listed.
    """
    listed = _read(folder / NAME)
    for name, expected in listed.items():
        path = folder / name
        if not path.is_file():
            raise CourseError(f"{path} is missing. Fix: {AGAIN}.")
        if _sha256(path) != expected:
            raise CourseError(
                f"{path} is damaged: it has another checksum than when it was packed. "
                f"Fix: {AGAIN}; if you meant to change it, take its line out of {NAME}."
            )
    for part in closed:
        for path in sorted((folder / part).rglob("*")):
            if path.is_file() and path.relative_to(folder).as_posix() not in listed:
                raise CourseError(
                    f"{path} was not packed: {NAME} does not list it. Fix: take it "
                    f"away, or {AGAIN}."
                )
    return len(listed)


def _read(file: Path) -> dict[str, str]:
    """Each file's path in the folder -> its checksum."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise CourseError(f"{file} is missing. Fix: {AGAIN}.") from None
    except UnicodeDecodeError:
        lines = [""]
    found = [re.fullmatch(r"([0-9a-f]{64})  (.+)", line) for line in lines]
    if not found or not all(found):
        raise CourseError(f"{file} is damaged. Fix: {AGAIN}.")
    return {match[2]: match[1] for match in found if match}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
