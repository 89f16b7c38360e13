"""python -m mmlearn grade: the exercises of the notebooks that were handed in.

grade FOLDER [--csv FILE] [--seconds 60]

A hand-in is a notebook in FOLDER, or a folder there. Each runs in a process of its own,
with a time limit, and without a network where the system can do that: only the cells of
its exercises, and those that they need.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmlearn.classroom.judge import (
    BROKE,
    LATE,
    ORDER,
    RIGHT,
    WRONG,
    Judge,
    Verdict,
    better,
)
from mmlearn.classroom.network import cut_off
from mmlearn.classroom.submissions import (
    Submission,
    cells_of,
    lesson_of,
    submissions,
)
from mmlearn.classroom.tasks import Lesson, lessons
from mmlearn.course.paths import NOTEBOOKS, CourseError
from mmlearn.course.screen import Progress, table

HEADER = ("name", "exercise", "verdict", "said")
MOST_STUCK = 3  # exercises that are named below the table


@dataclass
class Grade:
    """What a learner did in one lesson, or why that cannot be said."""

    name: str
    lesson: Lesson | None = None
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    problem: str = ""

    def rows(self) -> list[tuple[str, str, str, str]]:
        """A row of the csv for each exercise, or one that names the problem."""
        if self.lesson is None:
            return [(self.name, "", "not graded", self.problem)]
        number = self.lesson.number
        return [
            (self.name, f"{number} {task}", verdict.kind, _line(verdict.said))
            for task, verdict in self.verdicts.items()
        ]

    def line(self) -> tuple[str, str, str, str]:
        """Its row of the table: what is not right stands in the last column."""
        if self.lesson is None:
            return self.name, "", "", f"not graded: {self.problem}"
        right = sum(v.kind == RIGHT for v in self.verdicts.values())
        return (
            self.name,
            self.lesson.number,
            f"{right} of {len(self.verdicts)}",
            left(self.verdicts),
        )


def main(arguments: Sequence[str]) -> int:
    """Grade the folder named, print the table, and write the csv; 0 when that is done.

    Raises:
        CourseError: for arguments that are not understood, or no hand-ins.
    """
    folder, file, seconds = _options(arguments)
    grades = grade(folder, seconds)
    rows = [one.line() for one in grades]
    print(table(("name", "notebook", "right", "left"), rows))
    for line in stuck(grades):
        print(line)
    if not cut_off():
        print(
            "\nThis system could not cut off the network (`unshare` is not there, or "
            "not allowed): the hand-ins ran with it."
        )
    if file is not None:
        write(grades, file)
        print(f"\nA line for each exercise is in {file}.")
    return 0


def grade(folder: Path, seconds: float) -> list[Grade]:
    """A grade for each submission and each lesson in it, by name."""
    course = lessons(NOTEBOOKS)
    for lesson in course:  # all of it, before anything of a hand-in runs
        for task in lesson.tasks:
            lesson.one(task.name)
    found: list[Grade] = []
    handed_in = list(submissions(folder))
    with Progress() as progress:
        for i, submission in enumerate(handed_in):
            progress.update(i / len(handed_in), _line(submission.name))
            found += _graded(submission, course, seconds)
    return found


def _graded(
    submission: Submission, course: Sequence[Lesson], seconds: float
) -> list[Grade]:
    name = _line(submission.name)
    by_lesson: dict[str, Grade] = {}
    problems = []
    for path in submission.paths:
        try:
            cells = cells_of(path)
        except ValueError as error:
            problems.append(Grade(name, problem=_line(str(error))))
            continue
        lesson = lesson_of(cells, course)
        if lesson is None:
            text = f"{_line(path.name)} is no notebook of this course with exercises"
            problems.append(Grade(name, problem=text))
            continue
        one = by_lesson.setdefault(lesson.number, Grade(name, lesson))
        with Judge(seconds) as judge:
            for task, verdict in judge.judge(lesson, cells).items():
                better(one.verdicts, task, verdict)
    if not submission.paths:
        problems.append(Grade(name, problem="there is no notebook in the folder"))
    return [*by_lesson.values(), *problems]


def left(verdicts: dict[str, Verdict]) -> str:
    """What is not right, by kind: `wrong: attend; blank: veto, look_up`."""
    parts = []
    for kind in ORDER[1:]:
        names = [name for name, verdict in verdicts.items() if verdict.kind == kind]
        if names:
            parts.append(f"{kind}: {', '.join(names)}")
    return "; ".join(parts)


def stuck(grades: Sequence[Grade]) -> list[str]:
    """The exercises that fewest have right, with what was said of them most often."""
    tried: dict[tuple[str, str], list[Verdict]] = {}
    for one in grades:
        for task, verdict in one.verdicts.items():
            if one.lesson and verdict.kind in (RIGHT, WRONG, BROKE, LATE):
                tried.setdefault((one.lesson.number, task), []).append(verdict)

    def share(verdicts: list[Verdict]) -> float:
        return sum(v.kind == RIGHT for v in verdicts) / len(verdicts)

    hard = [item for item in tried.items() if len(item[1]) > 1 and share(item[1]) < 1]
    lines = ["\nWhere the room is stuck:"] if hard else []
    for (number, task), all_of in sorted(hard, key=lambda x: share(x[1]))[:MOST_STUCK]:
        said = Counter(_line(v.said) for v in all_of if v.kind != RIGHT)
        right = sum(v.kind == RIGHT for v in all_of)
        most = said.most_common(1)[0][0]
        lines.append(f"  {number} {task}: {right} of {len(all_of)} right. {most}")
    return lines


def write(grades: Sequence[Grade], file: Path) -> None:
    """Write the csv: name, exercise, verdict, and what `check` says.

    Raises:
        CourseError: when the file cannot be written.
    """
    try:
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(HEADER)
            writer.writerows(row for one in grades for row in one.rows())
    except OSError as error:
        raise CourseError(
            f"Cannot write {file} ({error.strerror}). Fix: name another file."
        ) from error


def _line(text: str) -> str:
    """Text of a hand-in in one line, without anything that a terminal obeys."""
    flat = " ".join(text.split())
    return "".join(c if c.isprintable() else "?" for c in flat)[:300]


def _options(arguments: Sequence[str]) -> tuple[Path, Path | None, float]:
    values = {"--csv": "", "--seconds": "60"}
    words = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument in values:
            values[argument] = next(waiting, "")
        else:
            words.append(argument)
    try:
        seconds = float(values["--seconds"])
    except ValueError:
        seconds = 0.0
    good = len(words) == 1 and not words[0].startswith("-") and seconds > 0
    if not good or ("--csv" in arguments and not values["--csv"]):
        raise CourseError(
            f"`grade {' '.join(arguments)}` is not understood. Fix: `python -m mmlearn "
            "grade FOLDER [--csv FILE] [--seconds 60]`."
        )
    return Path(words[0]), Path(values["--csv"]) if values["--csv"] else None, seconds
