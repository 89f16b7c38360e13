"""The sets of versions that the course runs on. Standard library only."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass

from mmlearn.course.paths import CourseError


@dataclass(frozen=True)
class Stack:
    """Versions that work together, and the environment that holds them.

    name: what follows `--stack`. suffix: what its files in the checkout end with.
    pins: the file of the exact versions. extras: the optional parts of the course that
    come along. newest: the newest Python (major, minor) for which all of them exist.
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
    extras="course,speech,test",
    newest=(3, 13),
)
TORCHTEXT = Stack(
    name="torchtext",
    suffix="-torchtext",
    pins="environments/torchtext.txt",
    extras="course,speech,test,torchtext",
    newest=(3, 12),
)
STACKS = {stack.name: stack for stack in (CURRENT, TORCHTEXT)}


def here() -> Stack:
    """The stack of this Python: torchtext's, where the torch installed is 2.3."""
    try:
        torch = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return CURRENT
    return TORCHTEXT if torch.split(".")[:2] == ["2", "3"] else CURRENT


def only_current(what: str) -> None:
    """Raise CourseError on another stack: what is stored comes from one of them."""
    if here() is not CURRENT:
        raise CourseError(
            f"{what} come from the current stack, and this is {here().name}. Mend: "
            "call it in the environment .venv."
        )
