"""What a student's edition leaves out of a notebook: solutions, and what was stored."""

from __future__ import annotations

from nbformat import NotebookNode

from mmlearn.classroom.tasks import tags
from mmlearn.course.solutions import TAG


def strip(notebook: NotebookNode) -> None:
    """Remove the folded solutions, all outputs, and the numbers of their run."""
    notebook.cells = [cell for cell in notebook.cells if TAG not in tags(cell)]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.pop("mmlearn", None)
