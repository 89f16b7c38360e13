"""python -m mmlearn store: execute notebooks in place, for those who write them.

The outputs, and a digest of the code that made them, are stored in the notebook; a
test compares the digest with the code, so that outputs can be neither edited nor old.
Pictures are stored in as few bytes as possible without visible loss, and each exercise
gets its solution, folded (solutions.py).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import nbformat

from mmlearn.course import figures, solutions
from mmlearn.course.kernel import own_kernel
from mmlearn.course.paths import NOTEBOOKS, ROOT, CourseError, choose
from mmlearn.course.run import execute
from mmlearn.course.screen import clock
from mmlearn.course.stack import only_current


def main(arguments: Sequence[str]) -> int:
    """Execute the notebooks named, and keep each that ran to its end; 1 if one failed.

    Raises:
        CourseError: when none is named, or one that does not exist, and on a stack
            whose outputs are not those that are compared.
    """
    only_current("Stored outputs")
    if not arguments:
        raise CourseError("Which notebooks? For example: python -m mmlearn store 05")
    failed = False
    with own_kernel():
        for path in choose(NOTEBOOKS, arguments):
            failed |= not store(path)
    return 1 if failed else 0


def store(path: Path) -> bool:
    """Execute a notebook; replace it only when no cell failed that was not meant to."""
    executed = path.with_suffix(".executed")
    result = execute(path, executed)
    size = f"{clock(result.seconds)}, {result.peak_bytes / 1e6:.0f} MB"
    if result.error:
        print(f"{path.name}: FAILED after {size}: {result.error}")
        executed.unlink()
        return False
    notebook = nbformat.read(executed, as_version=4)
    notebook.metadata["mmlearn"] = {"code_digest": code_digest(notebook)}
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times of day
        for output in cell.get("outputs", ()):
            _forget_folders(output)
    solutions.fold(notebook)
    figures.lighten(notebook)
    nbformat.write(notebook, executed)
    executed.replace(path)
    print(f"{path.name}: {size}: {result.headline}")
    return True


def _forget_folders(output: nbformat.NotebookNode) -> None:
    """Remove the folders of this machine from a traceback."""
    here = f"{ROOT}{os.sep}"
    if output.output_type == "error":
        output.traceback = [line.replace(here, "") for line in output.traceback]


def code_digest(notebook: nbformat.NotebookNode) -> str:
    """A digest of the code cells, in order; prose, tags and outputs do not count."""
    total = hashlib.sha256()
    for cell in notebook["cells"]:
        source = "".join(cell["source"])  # a file has a list of lines, nbformat a text
        if cell["cell_type"] == "code" and source.strip():
            total.update(source.encode() + b"\0")
    return total.hexdigest()[:16]
