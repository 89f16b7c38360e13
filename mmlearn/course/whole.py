"""What of an installation or a checkout is not there. Standard library only."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from mmlearn.course.stack import Stack, requirements


def missing_packages(root: Path, stack: Stack) -> list[str]:
    """The packages that the course asks for and that are not installed."""
    names = [re.split(r"[^\w.-]", asked)[0] for asked in requirements(root, stack)]
    return [name for name in names if installed(name) is None]


def other_versions(root: Path, stack: Stack) -> list[str]:
    """The packages that are installed in a version that is not the pinned one."""
    lines = (root / stack.pins).read_text(encoding="utf-8").splitlines()
    pins = [line.split("==") for line in lines if "==" in line and line[0] != "#"]
    found = {name: (pinned, installed(name)) for name, pinned in pins}
    return [
        f"{name} {here} (pinned: {pinned})"
        for name, (pinned, here) in found.items()
        if here is not None and here.partition("+")[0] != pinned.partition("+")[0]
    ]


def installed(name: str) -> str | None:
    """The version of a package that is installed; None where it is not."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def missing_notebooks(root: Path) -> list[str]:
    """The files of `notebooks/` that the README names and that are not there."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"\]\((notebooks/[^)#]+)\)", readme)
    return sorted({name for name in named if not (root / name).exists()})


def unusable(folders: Iterable[Path], gigabytes: float) -> list[str]:
    """The folders that cannot be written to or whose disk has less space than this."""
    problems = []
    for folder in folders:
        there = next(each for each in (folder, *folder.parents) if each.exists())
        try:
            with tempfile.TemporaryFile(dir=there):
                pass
        except OSError as error:
            problems.append(f"{folder} cannot be written to ({error.strerror})")
            continue
        free = shutil.disk_usage(there).free / 1e9
        if free < gigabytes:
            problems.append(f"{folder} has {free:.1f} GB of {gigabytes:.0f} free")
    return problems
