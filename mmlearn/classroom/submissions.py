"""A folder of what was handed in: whose it is, and which lesson's notebook."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmlearn.classroom.tasks import CHECK, Cell, Lesson, text, topic_of
from mmlearn.course.paths import CourseError

LARGEST = 200_000_000  # bytes; the course's own notebooks have less than one million


@dataclass(frozen=True)
class Submission:
    """What somebody handed in: a notebook, or those in a folder of that name."""

    name: str
    paths: tuple[Path, ...]


def submissions(folder: Path) -> Iterator[Submission]:
    """A submission for each entry of a folder, by name.

    Raises:
        CourseError: when the folder is not there, or has nothing in it.
    """
    if not folder.is_dir():
        raise CourseError(
            f"There is no folder {folder}. Fix: name the hand-ins' folder."
        )
    entries = [
        path
        for path in sorted(folder.iterdir())
        if not path.name.startswith((".", "__")) and path.suffix != ".csv"
    ]
    if not entries:
        raise CourseError(
            f"{folder} has no hand-ins. Fix: put a notebook for each learner there, or "
            "a folder for each."
        )
    for path in entries:
        if path.is_dir():
            inside = (each.relative_to(path) for each in sorted(path.rglob("*.ipynb")))
            kept = [path / i for i in inside if not _hidden(i)]
            yield Submission(path.name, tuple(kept))
        elif path.suffix == ".ipynb":
            yield Submission(path.stem, (path,))
        else:
            yield Submission(path.name, (path,))


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "__")) for part in path.parts)


def cells_of(path: Path) -> list[Cell]:
    """The cells of a notebook, whatever else is wrong with it.

    Raises:
        ValueError: when it cannot be read as a notebook.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"{path.name} has over {LARGEST / 1e6:.0f} MB")
        read: Any = json.loads(path.read_text(encoding="utf-8"))
        cells = read["cells"]
        return [cell for cell in cells if isinstance(cell, dict)]
    except OSError as error:
        raise ValueError(f"{path.name}: {error.strerror}") from error
    except (TypeError, KeyError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} is no notebook") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{path.name} is no notebook: {error}") from error


def lesson_of(cells: Sequence[Cell], lessons: Sequence[Lesson]) -> Lesson | None:
    """The lesson that cells are of: by their exercises, or else by their heading."""
    code = [text(cell) for cell in cells if cell.get("cell_type") == "code"]
    named = {name for source in code for name in CHECK.findall(source)}
    topic = topic_of(iter(code))
    heading = next((text(cell).split("\n")[0] for cell in cells), "")

    def signs(lesson: Lesson) -> tuple[bool, int, bool]:
        there = named & {task.name for task in lesson.tasks}
        return lesson.topic == topic, len(there), heading == f"# {lesson.title}"

    best = max(lessons, key=signs)
    return best if any(signs(best)) else None
