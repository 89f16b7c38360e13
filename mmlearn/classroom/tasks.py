"""Which exercises a notebook of the course has, and the cell of each."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from mmlearn.course.paths import all_notebooks, appendices, number
from mmlearn.exercises.exercise import Exercise, Question

Cell = Mapping[str, Any]
TOPIC = re.compile(r"(?m)^from mmlearn\.exercises import (\w+) as \w+")
CHECK = re.compile(r"\.\s*(\w+)\s*\.\s*check\s*\(")
ANNOUNCED = re.compile(r"(?m)^\*\*(Exercise \d+[^*\n]*)\*\*")


@dataclass(frozen=True)
class Task:
    """An exercise where it stands: its name, what announces it, and its cell's text."""

    name: str
    title: str
    source: str


@dataclass(frozen=True)
class Lesson:
    """A notebook of the course, and the exercises in it, in order.

    Args:
        number: two digits, or an appendix's name.
        title: the first heading.
        topic: the module of `mmlearn.exercises`; empty when it has none.
    """

    number: str
    title: str
    topic: str
    tasks: tuple[Task, ...]

    def one(self, name: str) -> Exercise | Question:
        """The exercise with this name, from the package."""
        return find(self.topic, name)


def find(topic: str, name: str) -> Exercise | Question:
    """The exercise NAME of `mmlearn.exercises.TOPIC`."""
    found = getattr(importlib.import_module(f"mmlearn.exercises.{topic}"), name)
    assert isinstance(found, Exercise | Question), f"{topic}.{name}"
    return found


def lessons(folder: Path) -> list[Lesson]:
    """The notebooks with exercises in a folder, appendices first: they come before 00.

    Raises:
        CourseError: when there are no notebooks.
    """
    paths = [*appendices(folder), *all_notebooks(folder)]
    read = [lesson(number(p), nbformat.read(p, as_version=4).cells) for p in paths]
    return [one for one in read if one.tasks]


def lesson(name: str, cells: Sequence[Cell]) -> Lesson:
    """The exercises of the cells of a notebook."""
    topic = topic_of(text(cell) for cell in cells if cell["cell_type"] == "code")
    heading = re.search(r"(?m)^# (.+)", text(cells[0])) if cells else None
    found, announced = [], ""
    for cell in cells:
        source = text(cell)
        if cell["cell_type"] == "markdown":
            announced = (ANNOUNCED.findall(source) or [announced])[-1]
        elif topic and "exercise" in tags(cell):
            names = CHECK.findall(source)
            title = announced.rstrip(". ")
            found += [Task(each, title or each, source) for each in names[:1]]
    return Lesson(name, heading[1] if heading else name, topic, tuple(found))


def topic_of(sources: Iterator[str]) -> str:
    """The module of exercises that code imports; empty when there is none."""
    found = (TOPIC.search(source) for source in sources)
    return next((match[1] for match in found if match), "")


def text(cell: Cell) -> str:
    """A cell's source: a file has a list of lines, nbformat one text."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(map(str, source))


def tags(cell: Cell) -> list[str]:
    """A cell's tags; none where a hand-in has something else in that place."""
    metadata = cell.get("metadata")
    found = metadata.get("tags") if isinstance(metadata, Mapping) else None
    return [str(tag) for tag in found] if isinstance(found, list) else []
