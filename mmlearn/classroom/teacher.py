"""What a teacher reads beside an exercise: answer, why, slips, hints."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from mmlearn.classroom.fill import filled
from mmlearn.classroom.tasks import Lesson, Task, tags
from mmlearn.course.solutions import TAG
from mmlearn.exercises.compare import literal
from mmlearn.exercises.exercise import Exercise, Question


def fill(notebook: NotebookNode, lesson: Lesson) -> None:
    """Put each solution into its cell, and below it what a teacher wants to know."""
    waiting = iter(lesson.tasks)
    task = next(waiting, None)
    cells: list[NotebookNode] = []
    for cell in notebook.cells:
        if TAG in tags(cell):
            continue
        if task is not None and cell.source == task.source:
            above = "\n".join(c.source for c in cells if c.cell_type == "code")
            cell.source = filled(lesson, task, above)
            cell.outputs, cell.execution_count = [], None
            about = new_markdown_cell(said(lesson, task), metadata={"tags": [TAG]})
            about["id"] = f"{cell.id[:55]}-teacher"
            cells += [cell, about]
            task = next(waiting, None)
        else:
            cells.append(cell)
    assert task is None, f"{lesson.number}: no cell of {task}"
    notebook.cells = cells
    notebook.metadata.pop("mmlearn", None)  # the digest is of the code as it was


def said(lesson: Lesson, task: Task) -> str:
    """The answer, why it is right, the slips that the check knows, and the hints."""
    one = lesson.one(task.name)
    lines = [f"**{task.title}** (`{task.name}`)", "", "```python", answer(one), "```"]
    if isinstance(one, Question) and one.why:
        lines += ["", one.why]
    lines += ["", "*Slips that the check knows:*", "", *slips(one)]
    lines += ["", "*Hints:*", "", *(f"{i}. {h}" for i, h in enumerate(one.hints, 1))]
    return "\n".join(lines)


def answer(one: Exercise | Question) -> str:
    """The right answer, as code."""
    if isinstance(one, Question):
        return literal(one.answer)
    return textwrap.dedent(inspect.getsource(one._solution)).rstrip()


def slips(one: Exercise | Question) -> Iterator[str]:
    """A line for each typical mistake: what is wrong, and what the check says."""
    if isinstance(one, Exercise):
        for mistake, sentence in one.mistakes.items():
            yield f"- `{mistake.__name__.strip('_')}`: {sentence}"
    else:
        for wrong, sentence in one.mistakes:
            yield f"- `{literal(wrong)}`: {sentence}"
