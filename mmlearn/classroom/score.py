"""python -m mmlearn score: which exercises in work/ are solved, and what is left.

It reads the notebooks as they were saved, and runs only the cells of the exercises that
were changed, and those that they need. With a number it says what `check` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmlearn.classroom.grade import left
from mmlearn.classroom.judge import RIGHT, Judge, Verdict, better
from mmlearn.classroom.submissions import cells_of, lesson_of
from mmlearn.classroom.tasks import Lesson, lessons
from mmlearn.course.paths import NOTEBOOKS, WORK, CourseError
from mmlearn.course.screen import Progress, table

SECONDS = 120.0  # for one notebook


def main(arguments: Sequence[str]) -> int:
    """Print the table of all notebooks, or the exercises of those named; 0.

    Raises:
        CourseError: when work/ has no notebooks, or not the one named.
    """
    course = lessons(NOTEBOOKS)
    wanted = [argument.zfill(2) for argument in arguments]
    there = [lesson.number for lesson in course]
    if unknown := [number for number in wanted if number not in there]:
        raise CourseError(
            f"There is no notebook {', '.join(unknown)} with exercises; there are "
            f"{', '.join(there)}."
        )
    chosen = [one for one in course if not wanted or one.number in wanted]
    found = scores(WORK, chosen, course)
    if not found:
        raise CourseError(
            f"No notebook to score in {WORK}. Fix: `python3 course.py lab` copies them."
        )
    print(in_detail(found) if wanted else overview(found))
    return 0


Scores = list[tuple[Lesson, dict[str, Verdict]]]


def scores(folder: Path, chosen: Sequence[Lesson], course: Sequence[Lesson]) -> Scores:
    """The verdicts on each lesson chosen; of several copies each exercise's best."""
    found: dict[str, dict[str, Verdict]] = {}
    paths = sorted(folder.glob("*.ipynb"))
    with Progress() as progress, Judge(SECONDS, shared=True) as judge:
        for i, path in enumerate(paths):
            progress.update(i / len(paths), path.stem.replace("-", " "))
            try:
                cells = cells_of(path)
            except ValueError as error:
                print(f"Left out: {error}.")
                continue
            lesson = lesson_of(cells, course)
            if lesson is not None and lesson in chosen:
                best = found.setdefault(lesson.number, {})
                for task, verdict in judge.judge(lesson, cells).items():
                    better(best, task, verdict)
    return [(one, found[one.number]) for one in chosen if one.number in found]


def overview(found: Scores) -> str:
    """A line for each notebook, and the sum."""
    rows = []
    for lesson, verdicts in found:
        done = _solved(verdicts)
        rest = left(verdicts) if done else "not begun"
        whole = f"{done} of {len(verdicts)}"
        rows.append((lesson.title, whole, rest or "nothing"))
    solved = sum(_solved(verdicts) for _, verdicts in found)
    total = sum(len(verdicts) for _, verdicts in found)
    rows.append(("all", f"{solved} of {total}", ""))
    note = "This is what was saved; `score 05` says more of one notebook."
    return f"{table(('notebook', 'solved', 'left'), rows)}\n\n{note}"


def in_detail(found: Scores) -> str:
    """A line for each exercise of the notebooks, with what `check` says."""
    parts = []
    for lesson, verdicts in found:
        titles = {task.name: task.title for task in lesson.tasks}
        rows = [
            (titles[name], verdict.kind, " ".join(verdict.said.split()))
            for name, verdict in verdicts.items()
        ]
        parts.append(f"{lesson.title}\n\n{table(('exercise', '', 'said'), rows)}")
    return "\n\n".join(parts)


def _solved(verdicts: dict[str, Verdict]) -> int:
    return sum(verdict.kind == RIGHT for verdict in verdicts.values())
