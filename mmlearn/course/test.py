"""python -m mmlearn test: every check of the course, one after another."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from mmlearn.course.kernel import own_kernel
from mmlearn.course.paths import ROOT, all_notebooks, appendices
from mmlearn.course.screen import clock, table
from mmlearn.course.stack import TORCHTEXT, Stack, here


def steps(stack: Stack, pytest_arguments: Sequence[str]) -> dict[str, list[str]]:
    """The commands, by name; the arguments go to the package's tests only."""
    if stack is TORCHTEXT:
        return steps_of_torchtext(pytest_arguments)
    return {
        "data": ["mmlearn", "data", "prepare"],
        "lint": ["ruff", "check", "."],
        "format": ["ruff", "format", "--check", "."],
        "types": ["mypy", "mmlearn"],
        "tests": ["pytest", "tests", "-n", "2", *pytest_arguments],
        "notebooks": [
            *("pytest", "--nbval", "-p", "tests.nbval_tolerance"),
            *("--nbval-sanitize-with", "tests/nbval_sanitize.cfg"),
            *("-n", "2", "--dist", "loadfile", *_notebooks()),
        ],
    }


def steps_of_torchtext(pytest_arguments: Sequence[str]) -> dict[str, list[str]]:
    """The commands for the torchtext stack, by name.

    The code is the same, so it is linted once, on the current stack; here it only runs,
    and tests that are marked `once` do not run again.
    The notebooks' stored outputs are those of the current stack: here every cell has to
    run, every assertion in it to hold, and nothing to be printed on stderr.
    """
    return {
        "data": ["mmlearn", "data", "prepare"],
        "tests": ["pytest", "tests", "-n", "2", "-m", "not once", *pytest_arguments],
        "notebooks": [
            *("pytest", "--nbval-lax", "-p", "tests.nbval_stderr"),
            *("-n", "2", "--dist", "loadfile", *_notebooks()),
        ],
    }


def _notebooks() -> list[str]:
    """Lessons and appendices: experiments are run by a test of their own."""
    folder = ROOT / "notebooks"
    found = [*all_notebooks(folder), *appendices(folder)]
    return [str(path.relative_to(ROOT)) for path in found]


def environment(base: Mapping[str, str]) -> dict[str, str]:
    """One thread per worker: two workers with two threads each slow each other."""
    return {"OMP_NUM_THREADS": "1", **base}


def main(arguments: Sequence[str]) -> int:
    """Run all steps, even after one has failed; 1 if any did.

    Raises:
        CourseError: outside a checkout.
    """
    all_notebooks(ROOT / "notebooks")
    with own_kernel():
        return run(steps(here(), arguments))


def run(commands: Mapping[str, Sequence[str]]) -> int:
    """Run Python modules by name (`python -m ...`), then say how each went."""
    rows = []
    for name, command in commands.items():
        print(f"\n== {name}: {' '.join(command)}", flush=True)
        start = time.monotonic()
        code = subprocess.call(
            [sys.executable, "-m", *command], cwd=ROOT, env=environment(os.environ)
        )
        verdict = "passed" if code == 0 else f"FAILED (exit code {code})"
        rows.append((name, clock(time.monotonic() - start), verdict))
    print("\n" + table(("step", "time", "result"), rows), flush=True)
    return 0 if all(row[2] == "passed" for row in rows) else 1
