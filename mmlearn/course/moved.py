"""Tell an environment whose folder was moved where it is now. Standard library only.

Four things in it name the old folder: the scripts of `bin`, its own configuration, the
link to the package that is installed in place, and pip's note of where that came from.
No network is needed, and no pip.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def rewrite(environment: Path, old: str, new: str) -> None:
    """Write the new folder in place of the old one into what names it.

    Scripts that are programs (on Windows) keep it, and a script whose new path has a
    space may not start alone: the course calls `python -m`, and none of them.
    """
    windows = sys.platform == "win32"
    scripts = environment / ("Scripts" if windows else "bin")
    for path in [*scripts.iterdir(), environment / "pyvenv.cfg"]:
        _replace(path, old, new)
    for site in environment.glob("Lib" if windows else "lib/python3.*"):
        packages = site / "site-packages"
        for path in packages.glob("__editable__*.pth"):
            _replace(path, old, new)
        for path in packages.glob("__editable__*.py"):  # as a literal of Python
            names = [repr(str(Path(folder, "mmlearn"))) for folder in (old, new)]
            _replace(path, *names)
        for path in packages.glob("mmlearn_course-*/direct_url.json"):
            _replace(path, Path(old).as_uri(), Path(new).as_uri())
        for path in packages.glob("__pycache__/__editable__*"):
            path.unlink()


def works(python: Path, root: Path) -> bool:
    """Whether the environment's package is now the one in `root`."""
    code = "import mmlearn; print(mmlearn.__file__)"
    done = subprocess.run(
        [str(python), "-c", code],
        cwd=python.parent,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return done.stdout.strip() == str(root / "mmlearn" / "__init__.py")


def _replace(path: Path, old: str, new: str) -> None:
    if path.is_symlink() or not path.is_file():
        return
    raw = path.read_bytes()
    if old.encode() not in raw or b"\0" in raw:
        return
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(raw.replace(old.encode(), new.encode()))
    part.chmod(path.stat().st_mode)
    part.replace(path)
