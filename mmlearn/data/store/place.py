"""The folder in which what is built is kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def folder() -> Path:
    """Where entries are kept: MMLEARN_CACHE, or the platform's folder for caches.

    Raises:
        RuntimeError: when there is no home folder and MMLEARN_CACHE is not set.
    """
    chosen = os.environ.get("MMLEARN_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    try:
        home = Path.home()
    except RuntimeError:
        raise RuntimeError(
            "no home folder to keep data in: set MMLEARN_CACHE to a folder"
        ) from None
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
        base = base if base.is_absolute() else home / ".cache"  # as XDG demands
    return base / "mmlearn-course"
