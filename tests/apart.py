"""Call a function in a process of its own, in which the large libraries are loaded.

More than a hundred tests want a fresh process, and torch, torchvision, scikit-learn and
spaCy take seconds to load. Here a server loads them once and forks for each call: what
a call changes ends with its process. Where a system cannot fork, each call loads them.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

LOADED = [
    "IPython.core.interactiveshell",
    "matplotlib.pyplot",
    "scipy.stats",
    "sklearn.metrics",
    "spacy",
    "torch",
    "torchvision",
]
HERE = Path(__file__).parent
# What libraries read when they are loaded: it holds for all calls.
ENVIRONMENT = {"MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"}


class Ended(NamedTuple):
    """How the process ended, and what it printed."""

    code: int
    out: str
    err: str


def call(
    function: Callable[..., Any],
    *arguments: Any,
    folder: Path,
    seconds: float,
    **environment: str,
) -> Ended:
    """Call `function(*arguments)` in `folder`, with variables of the environment.

    Raises:
        TimeoutError: when it takes longer; the process is killed.
    """
    with tempfile.TemporaryDirectory() as temporary:
        files = Path(temporary, "out"), Path(temporary, "err")
        variables = {**os.environ, **environment, **ENVIRONMENT}
        process = _context().Process(
            target=_child, args=(files, folder, variables, function, arguments)
        )
        with mock.patch.dict(os.environ, ENVIRONMENT):  # the server may start now
            process.start()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            said = [_read(file) for file in files]
            raise TimeoutError(f"not done after {seconds} s: {said}")
        return Ended(process.exitcode, *map(_read, files))


def _context() -> BaseContext:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    return context


def _child(
    files: tuple[Path, Path],
    folder: Path,
    variables: dict[str, str],
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
) -> None:
    for number, file in zip((1, 2), files, strict=True):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    # As in a kernel: the present folder is searched, that of the tests is not.
    sys.path[:] = ["", *(p for p in sys.path if p and Path(p) != HERE)]
    function(*arguments)


def _read(file: Path) -> str:
    return file.read_text("utf-8", "replace") if file.exists() else ""
