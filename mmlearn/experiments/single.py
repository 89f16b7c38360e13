"""One run: a notebook executed by papermill in a folder of its own."""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from filelock import FileLock, Timeout

from mmlearn.course.kernel import own_kernel
from mmlearn.experiments import folder
from mmlearn.experiments.keep import FOLDER, METRICS


@dataclass(frozen=True)
class Run:
    """A notebook, the folder of the run, and a value for each of its parameters."""

    notebook: Path
    folder: Path
    parameters: Mapping[str, Any]

    def as_json(self) -> str:
        """What `of_json` makes a run of again."""
        parts = (str(self.notebook), str(self.folder), dict(self.parameters))
        return json.dumps(parts)

    @staticmethod
    def of_json(text: str) -> Run:
        """The run that `as_json` told."""
        notebook, place, parameters = json.loads(text)
        return Run(Path(notebook), Path(place), parameters)


def execute(run: Run) -> str:
    """Execute a run where it is not finished yet.

    Returns:
        "finished", "already there", "failed: " with the reason and the file of the
        traceback, or "runs elsewhere" where another process is at it.
    """
    if folder.is_finished(run.folder):
        return "already there"
    run.folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(run.folder / "lock")
    try:
        with lock.acquire(timeout=0):
            if folder.is_finished(run.folder):
                return "already there"
            failure = _into_folder(run)
    except Timeout:
        return "runs elsewhere"
    if failure is None:
        return "finished"
    traceback = _set_apart(run, failure)
    return f"failed: {_reason(failure)} ({traceback})"


def _into_folder(run: Run) -> str | None:
    """Execute, and write all that belongs to a run; None, or the traceback."""
    # What a run that was interrupted kept: it is kept anew.
    for name in (METRICS, folder.EXECUTED):
        (run.folder / name).unlink(missing_ok=True)
    for old in run.folder.glob("samples-*.safetensors"):
        old.unlink()
    folder.write_json(run.folder / folder.PARAMETERS, dict(run.parameters))
    folder.write_json(run.folder / folder.ENVIRONMENT, folder.environment(run.notebook))
    # The parameters were checked; its own look at the cell does not know all types.
    logging.getLogger("papermill").setLevel(logging.ERROR)
    start = time.time()
    with _named(run.folder):
        try:
            papermill.execute_notebook(
                str(run.notebook),
                str(run.folder / folder.EXECUTED),
                parameters=dict(run.parameters),
                kernel_name="python3",
                language="python",
                cwd=str(Path.cwd()),
                progress_bar=sys.stdout.isatty(),
            )
        except papermill.PapermillExecutionError as failure:
            return str(failure)
        except Exception as failure:  # a kernel that died: the other runs go on
            return f"{type(failure).__name__}: {failure}"
    _figures(run.folder)
    took = {"started": start, "seconds": round(time.time() - start, 2)}
    folder.write_json(run.folder / folder.RESULT, took)
    return None


@contextmanager
def _named(place: Path) -> Iterator[None]:
    """Tell the kernel, by its environment, where this run keeps what it finds."""
    before = os.environ.get(FOLDER)
    os.environ[FOLDER] = str(place)
    try:
        yield
    finally:
        os.environ.pop(FOLDER, None)
        if before is not None:
            os.environ[FOLDER] = before


def _figures(place: Path) -> None:
    """The pictures of the executed notebook, as files numbered in their order."""
    notebook = nbformat.read(place / folder.EXECUTED, as_version=4)
    pictures = [
        output.data["image/png"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    ]
    target = place / folder.FIGURES
    shutil.rmtree(target, ignore_errors=True)
    for number, picture in enumerate(pictures, start=1):
        target.mkdir(exist_ok=True)
        (target / f"{number}.png").write_bytes(base64.b64decode(picture))


def _reason(failure: str) -> str:
    """The last line of a traceback, without colours."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", failure)
    return plain.strip().splitlines()[-1]


def _set_apart(run: Run, failure: str) -> Path:
    """Move a failed run away, so that the next call begins it anew.

    Returns:
        The file of the traceback.
    """
    (run.folder / folder.TRACEBACK).write_text(failure + "\n", encoding="utf-8")
    failed = run.folder.parent / folder.FAILED
    failed.mkdir(exist_ok=True)
    number = 1
    while (target := failed / f"{run.folder.name}-{number}").exists():
        number += 1
    shutil.move(run.folder, target)
    return target / folder.TRACEBACK


if __name__ == "__main__":
    with own_kernel():
        print(execute(Run.of_json(sys.argv[1])))
