"""What must be true before anything is installed.

Every function returns None, or one line with the fault and its fix. Standard
library only.
"""

from __future__ import annotations

import platform
import shutil
import struct
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from mmlearn.course.stack import CURRENT, Stack

OLDEST = (3, 11)

# .venv, and twice what pip downloads: once in its temporary folder, once in its cache.
GIGABYTES_CUDA = 14.0  # measured on Linux: 6.9 + 2 x 3.3
GIGABYTES_CPU = 4.0  # the same less CUDA and triton: about 1.8 + 2 x 0.6


def supported(version: tuple[int, int], stack: Stack = CURRENT) -> bool:
    """Whether the packages of a stack exist for this Python (major, minor)."""
    return OLDEST <= version <= stack.newest


def machine_problem() -> str | None:
    """An Intel Mac, a 32-bit or a free-threaded Python, or one that is not CPython."""
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        return (
            "This Python is built for Intel Macs, and PyTorch no longer is. Fix: on "
            "Apple silicon install an arm64 Python; on an Intel Mac use another "
            "machine, or Linux in the cloud."
        )
    if struct.calcsize("P") * 8 < 64:
        return "This Python is a 32-bit one. Fix: install a 64-bit Python 3.12."
    if sys.implementation.name != "cpython":
        return (
            f"This Python is {sys.implementation.name}; PyTorch is made for CPython. "
            "Fix: install Python 3.12 of python.org or of your system."
        )
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return (
            "This is a free-threaded Python, for which not all packages are made. "
            "Fix: use the ordinary build of the same version."
        )
    return None


def ensurepip_problem(python: str = sys.executable) -> str | None:
    """A Python without `ensurepip` makes no environment: Debian packs it apart."""
    # Asked of a new process, and for more than the import: what is left of the
    # folder after Debian's package is removed can still be imported, and is empty.
    code = "import ensurepip, venv; ensurepip.version()"
    if subprocess.run([python, "-c", code], capture_output=True).returncode == 0:
        return None
    package = f"python3.{sys.version_info[1]}-venv"
    return (
        "This Python lacks ensurepip, so it cannot make an environment. Fix: on "
        f"Debian and Ubuntu `sudo apt install {package}`; elsewhere install Python "
        "again with its standard library whole."
    )


def folder_problem(root: Path) -> str | None:
    """A folder that cannot be written to, or whose name an environment cannot have."""
    if not root.is_dir():
        return f"{root} is not a folder. Fix: clone the repository again."
    separator = ";" if sys.platform == "win32" else ":"
    if separator in str(root):
        return (
            f"The path {root} contains {separator!r}, which Python's environments do "
            "not allow. Fix: move the folder to a path without it."
        )
    try:
        with tempfile.TemporaryFile(dir=root):
            return None
    except OSError as error:
        return (
            f"Cannot write to {root} ({error.strerror}). Fix: clone the repository to "
            "a folder of your own, or give it space and the right to write."
        )


def cpu_wheels_chosen(pip_settings: str) -> bool:
    """Whether pip's settings point to PyTorch's index of the smaller CPU wheels."""
    return "/cpu" in pip_settings


def gigabytes_needed(pip_settings: str) -> float:
    """Space for the environment and for pip's downloads while it installs."""
    cuda = sys.platform.startswith("linux") and not cpu_wheels_chosen(pip_settings)
    return GIGABYTES_CUDA if cuda else GIGABYTES_CPU


def disk_problem(folder: Path, needed: float) -> str | None:
    """Less free space where `folder` is than `needed` (in units of 10^9 bytes)."""
    free = shutil.disk_usage(folder).free / 1e9
    if free >= needed:
        return None
    fix = f"free {needed - free:.1f} GB, or clone to another disk"
    if needed == GIGABYTES_CUDA:
        fix += ", or use the smaller CPU wheels (README, 'Less disk')"
    return (
        f"Too little disk at {folder}: {free:.1f} GB are free, the installation needs "
        f"{needed:.0f} GB. Fix: {fix}."
    )
