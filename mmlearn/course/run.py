"""python -m mmlearn run: execute the notebooks in order, and say how each went."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from mmlearn.course.kernel import own_kernel
from mmlearn.course.paths import NOTEBOOKS, RUNS, choose
from mmlearn.course.screen import Progress, clock, table
from mmlearn.course.stack import CURRENT, here

CELL_SECONDS = 900  # a cell that takes longer is taken to hang
SECONDS_BETWEEN_LOOKS = 0.1


@dataclass(frozen=True)
class Result:
    """How one notebook went; `error` is the last line of what stopped it."""

    notebook: str
    seconds: float
    peak_bytes: int
    headline: str
    error: str | None = None


def main(arguments: Sequence[str]) -> int:
    """Prepare the data and execute the notebooks named, else all; 1 if one fails.

    Raises:
        CourseError: when a notebook named does not exist.
    """
    asks = {"-h", "--help"} & set(arguments)
    if asks or any(text.endswith(".ipynb") for text in arguments):  # an experiment
        from mmlearn.experiments import run

        return run.main(arguments)
    chosen = choose(NOTEBOOKS, arguments)
    from mmlearn.data import command

    if command.main(["prepare"]):
        return 1
    target = RUNS if here() is CURRENT else RUNS / here().name
    results = execute_all(chosen, target)
    print(report(results))
    print(f"\nThe executed notebooks are in {target}.")
    return 1 if any(result.error for result in results) else 0


def execute_all(notebooks: Sequence[Path], target: Path) -> list[Result]:
    """Execute notebooks one after another; a failing one does not stop the others."""
    target.mkdir(parents=True, exist_ok=True)
    results = []
    with own_kernel(), Progress() as progress:
        for i, path in enumerate(notebooks):

            def show(share: float, i: int = i, path: Path = path) -> None:
                name = path.stem.replace("-", " ")
                progress.update((i + share) / len(notebooks), name)

            results.append(execute(path, target / path.name, show))
    return results


def execute(
    source: Path, target: Path, show: Callable[[float], None] = lambda share: None
) -> Result:
    """Execute a notebook as it is, and write the executed copy to `target`.

    It runs where the source is, so that it finds what is beside it. The copy is written
    even after a failure.

    Args:
        show: called with the share of the cells that are done.
    """
    notebook = nbformat.read(source, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(source.parent)}},
    )
    cells = len(notebook.cells)
    show(0.0)
    client.on_cell_complete = lambda cell, cell_index: show((cell_index + 1) / cells)
    start = time.monotonic()
    error = None
    with _PeakMemory(client) as memory:
        try:
            client.execute()
        except CellExecutionError as failure:
            error = _first_line(f"{failure.ename}: {failure.evalue}")
        except Exception as failure:  # a kernel that died or hangs: others go on
            error = _first_line(f"{type(failure).__name__}: {failure}")
    seconds = time.monotonic() - start
    temporary = target.with_suffix(".part")
    nbformat.write(notebook, temporary)
    temporary.replace(target)
    return Result(source.stem, seconds, memory.peak_bytes, headline(notebook), error)


def headline(notebook: nbformat.NotebookNode) -> str:
    """What the cell tagged `headline` printed, as one line; empty if it did not run."""
    for cell in notebook.cells:
        if "headline" in cell.metadata.get("tags", []):
            texts = [_text(output) for output in cell.get("outputs", [])]
            return " ".join(" ".join(texts).split())
    return ""


def _text(output: nbformat.NotebookNode) -> str:
    if output.output_type == "stream" and output.name == "stdout":
        return str(output.text)
    return str(output.get("data", {}).get("text/plain", ""))


def _first_line(text: str) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text).strip()
    return (plain.splitlines() or [""])[0]


def report(results: Sequence[Result]) -> str:
    """The closing table, its rows in the order of the results."""
    rows = [
        (
            result.notebook,
            clock(result.seconds),
            f"{result.peak_bytes / 1e6:.0f} MB",
            f"FAILED {result.error}" if result.error else result.headline,
        )
        for result in results
    ]
    return table(("notebook", "time", "peak memory", "headline"), rows)


class _PeakMemory:
    """Watch a client's kernel and the processes it starts; their largest sum of RSS."""

    def __init__(self, client: NotebookClient) -> None:
        self.peak_bytes = 0
        self._client = client
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(SECONDS_BETWEEN_LOOKS):
            self.peak_bytes = max(self.peak_bytes, self._now())

    def _now(self) -> int:
        provisioner = getattr(self._client.km, "provisioner", None)
        pid = getattr(provisioner, "pid", None)
        if not pid or pid == os.getpid():
            return 0
        try:
            kernel = psutil.Process(pid)
            family = [kernel, *kernel.children(recursive=True)]
            return sum(process.memory_info().rss for process in family)
        except psutil.Error:  # one of them ended meanwhile
            return 0
