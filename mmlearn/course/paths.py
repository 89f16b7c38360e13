"""Where the course's files are: the checkout that this package is in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
WORK = ROOT / "work"  # a learner's copies
RUNS = ROOT / "runs"  # executed copies


class CourseError(Exception):
    """Something that the user can fix: shown as one line, without a traceback."""


def number(notebook: Path) -> str:
    """The two digits of a lesson's name; an appendix is called by its whole name."""
    lesson = re.match(r"\d\d(?=-)", notebook.name)
    return lesson[0] if lesson else notebook.stem


def all_notebooks(folder: Path) -> list[Path]:
    """The course's lessons `NN-topic.ipynb` in a folder, in order.

    Raises:
        CourseError: when there are none: mmlearn is not in a checkout of the course.
    """
    found = sorted(
        path
        for path in folder.glob("*.ipynb")
        if re.fullmatch(r"\d\d-[^.]+\.ipynb", path.name)
    )
    if not found:
        raise CourseError(
            f"No notebooks in {folder}. Fix: call this in a clone of the course's "
            "repository (the package alone does not carry them)."
        )
    return found


def appendices(folder: Path) -> list[Path]:
    """The notebooks beside the lessons, such as before-you-start.ipynb, by name."""
    named = folder.glob("[a-z]*.ipynb")
    return sorted(path for path in named if re.fullmatch(r"[a-z-]+", path.stem))


def choose(folder: Path, numbers: Sequence[str]) -> list[Path]:
    """The notebooks with these numbers or names, or all lessons when none is named.

    Raises:
        CourseError: when a number has no notebook.
    """
    lessons = all_notebooks(folder)
    if not numbers:
        return lessons
    there = {number(path): path for path in [*lessons, *appendices(folder)]}
    unknown = [text for text in numbers if text.zfill(2) not in there]
    if unknown:
        raise CourseError(
            f"There is no notebook {', '.join(unknown)}; there are {', '.join(there)}."
        )
    return [there[text.zfill(2)] for text in numbers]
