"""Folded solutions for the stored pages: a cell after each exercise, made by `store`.

A reader on a page has no `exercise.NAME.solution()`. The text is the exercise's own, so
that it cannot be another one; the cell is tagged `solution`, so that a student edition
can leave it out.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import re
from types import ModuleType

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

TAG = "solution"


def fold(notebook: NotebookNode) -> None:
    """Put a folded solution after each exercise, in place of the one that is there."""
    cells = [c for c in notebook.cells if TAG not in c.metadata.get("tags", [])]
    module = _module(cells)
    notebook.cells = []
    announced = ""
    for cell in cells:
        notebook.cells.append(cell)
        if found := re.findall(r"(?m)^\*\*(Exercise \d+)", cell.source):
            announced = found[-1]
        if module is not None and "exercise" in cell.metadata.get("tags", []):
            name = re.search(r"(?m)^exercise\.(\w+)\.check\(", cell.source)
            if name is not None and hasattr(module, name[1]):
                text = _text(module, name[1], announced or name[1])
                notebook.cells.append(_cell(text, cell.id))


def _module(cells: list[NotebookNode]) -> ModuleType | None:
    pattern = r"(?m)^from mmlearn\.exercises import (\w+) as exercise$"
    for cell in cells:
        if cell.cell_type == "code" and (found := re.search(pattern, cell.source)):
            return importlib.import_module(f"mmlearn.exercises.{found[1]}")
    return None


def _text(module: ModuleType, name: str, title: str) -> str:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        getattr(module, name).solution()
    why: str = getattr(getattr(module, name), "why", "")
    code = said.getvalue().rstrip().removesuffix(why).rstrip()
    summary = f"<details>\n<summary>Solution of {title.lower()}</summary>"
    below = f"{why}\n\n" if why else ""
    return f"{summary}\n\n```python\n{code}\n```\n\n{below}</details>"


def _cell(text: str, after: str) -> NotebookNode:
    cell = new_markdown_cell(text, metadata={"tags": [TAG]})
    cell["id"] = f"{after[:55]}-solution"
    return cell
