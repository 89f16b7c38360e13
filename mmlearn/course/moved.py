"""Tell an environment whose folder was moved where it is now. Standard library only.

Three things in it name the old folder: the scripts of `bin` in their first line, the
scripts that activate it, and the link to the package that is installed in place.
"""

from __future__ import annotations

import sys
from pathlib import Path


def command(python: Path) -> list[str]:
    """Return pip's call that makes the link anew: it needs no network.

    setuptools, which builds it, is one of the pins.
    """
    options = ("--no-deps", "--no-index", "--no-build-isolation", "--editable", ".")
    return [str(python), "-m", "pip", "install", *options]


def rewrite(environment: Path, old: str, new: str) -> None:
    """Write the new folder in place of the old one into the scripts that are text.

    Those of Windows that are programs keep it; the course calls none of them.
    """
    scripts = environment / ("Scripts" if sys.platform == "win32" else "bin")
    for path in [*scripts.iterdir(), environment / "pyvenv.cfg"]:
        if path.is_symlink() or not path.is_file():
            continue
        raw = path.read_bytes()
        if old.encode() not in raw or b"\0" in raw:
            continue
        mode = path.stat().st_mode
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(raw.replace(old.encode(), new.encode()))
        part.chmod(mode)
        part.replace(path)
