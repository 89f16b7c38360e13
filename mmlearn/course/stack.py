"""The sets of versions that the course runs on. Standard library only."""

from __future__ import annotations

import importlib.metadata
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from mmlearn.course.paths import ROOT, CourseError


@dataclass(frozen=True)
class Stack:
    """Versions that work together, and the environment that holds them.

    Args:
        name: what follows `--stack`.
        suffix: what its files in the checkout end with.
        pins: the file of the exact versions.
        extras: the optional parts that pip installs, separated by commas.
        newest: the newest Python (major, minor) that works.
    """

    name: str
    suffix: str
    pins: str
    extras: str
    newest: tuple[int, int]

    @property
    def folder(self) -> str:
        """The name of the environment's folder in the checkout."""
        return f".venv{self.suffix}"

    @property
    def option(self) -> str:
        """What a command of course.py ends with to mean this stack."""
        return "" if self is CURRENT else f" --stack {self.name}"


CURRENT = Stack(
    name="current",
    suffix="",
    pins="constraints.txt",
    extras="course,grid,index,shards,speech,test",
    newest=(3, 13),
)
TORCHTEXT = Stack(
    name="torchtext",
    suffix="-torchtext",
    pins="environments/torchtext.txt",
    extras="course,index,speech,test,torchtext",
    newest=(3, 12),
)
STACKS = {stack.name: stack for stack in (CURRENT, TORCHTEXT)}


def requirements(root: Path, stack: Stack) -> list[str]:
    """What a checkout's `pyproject.toml` asks pip for in a stack, extras included."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    extras = project["optional-dependencies"]
    parts = [project["dependencies"]]
    parts += [extras[extra] for extra in stack.extras.split(",")]
    return [requirement for part in parts for requirement in part]


_selected: Stack | None = None


def select(stack: Stack) -> None:
    """Say which stack is meant, as course.py was told, even before it is installed."""
    global _selected
    _selected = stack


def here() -> Stack:
    """The stack that was selected, or else that of this Python.

    course.py's own environments are recognised by their folder; in a user's own, torch
    decides: torchtext loads with torch 2.3 only.
    """
    if _selected is not None:
        return _selected
    for stack in STACKS.values():
        if Path(sys.prefix).resolve() == (ROOT / stack.folder).resolve():
            return stack
    try:
        torch = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return CURRENT
    return TORCHTEXT if torch.split(".")[:2] == ["2", "3"] else CURRENT


def in_own_folder() -> bool:
    """Whether this Python is one that course.py has set up."""
    return (ROOT / here().folder).resolve() == Path(sys.prefix).resolve()


def only_current(what: str) -> None:
    """Check that this is the current stack: what is stored comes from that one alone.

    Raises:
        CourseError: on another stack.
    """
    if here() is not CURRENT:
        raise CourseError(
            f"{what} come from the current stack, and this is {here().name}. Fix: "
            "call it in the current stack's environment."
        )
