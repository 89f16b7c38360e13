"""Where a stack is installed, and whether it is. Standard library only."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmlearn.course.kit import Kit
from mmlearn.course.stack import CURRENT, Stack


@dataclass(frozen=True)
class Place:
    """Where a stack is installed: the checkout, and the stack's own names in it.

    Args:
        kit: where its wheels come from; None: from where pip's settings say.
    """

    root: Path
    stack: Stack = CURRENT
    kit: Kit | None = None

    @property
    def folder(self) -> Path:
        """The environment's folder."""
        return self.root / self.stack.folder

    @property
    def python(self) -> Path:
        """The environment's Python, whether it is there or not."""
        if sys.platform == "win32":
            return self.folder / "Scripts" / "python.exe"
        return self.folder / "bin" / "python"

    @property
    def pins(self) -> Path:
        """The file of the exact versions."""
        return self.root / self.stack.pins

    @property
    def stamp(self) -> Path:
        """The file that holds the digest of what was installed."""
        return self.folder / "course-stamp"

    @property
    def marker(self) -> Path:
        """The file that exists, and is locked, while pip works."""
        return self.root / f".installing{self.stack.suffix}"

    @property
    def log(self) -> Path:
        """The file of what pip said last."""
        return self.root / f"install{self.stack.suffix}.log"


def digest(place: Place, folder: str | None = None) -> str:
    """What an installation depends on: requirements, pins, the folder, the Python.

    The folder (by default the checkout) is included because the package is installed
    from there in place; the Python is the environment's own, so that another `python3`
    may start the course.
    """
    parts = {
        **asked_for(place.root, place.stack),
        "folder": str(place.root) if folder is None else folder,
        "python": _python_inside(place),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def asked_for(root: Path, stack: Stack) -> dict[str, Any]:
    """What a checkout asks pip for."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return {
        "project": project["project"],
        "pins": (root / stack.pins).read_text(encoding="utf-8"),
        "extras": stack.extras,
    }


def _python_inside(place: Place) -> str:
    """The environment's Python ("3.11"), by its own file; "" if there is none."""
    try:
        environment = (place.folder / "pyvenv.cfg").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    version = re.search(r"^version *= *(\d+\.\d+)", environment, re.MULTILINE)
    return version[1] if version else ""


def ready(place: Place) -> bool:
    """Whether the environment is whole and is the one that the files ask for."""
    return (
        place.python.exists()
        and not place.marker.exists()
        and _stamped(place)[:1] == [digest(place)]
    )


def moved_from(place: Place) -> str | None:
    """The folder from which the checkout was moved here; None where that is not all."""
    if not place.python.exists():
        return None
    match _stamped(place):
        case [stamp, folder] if stamp == digest(place, folder):
            return folder if folder != str(place.root) else None
    return None


def _stamped(place: Place) -> list[str]:
    """The stamp's lines: the digest and the folder (which older ones lack)."""
    if not place.stamp.exists():
        return []
    return place.stamp.read_text(encoding="utf-8").splitlines()


def stamp(place: Place) -> None:
    """Keep what is installed now."""
    unfinished = place.stamp.with_suffix(".new")
    unfinished.write_text(f"{digest(place)}\n{place.root}\n", encoding="utf-8")
    unfinished.replace(place.stamp)


def python_to_be(place: Place) -> str:
    """The version of the Python that is in the environment, or that will be."""
    return _python_inside(place) or "{}.{}".format(*sys.version_info[:2])
