"""python -m mmlearn: the course's commands, inside an environment that has them.

lab [--fresh NN]   copy the notebooks to work/ and open JupyterLab
run [NN ...]       run all lessons, or those named; FILE.ipynb, your own: a grid
new NAME           write such a file, from the recipes of a lesson
compare RUNS       put its runs side by side
test [...]         run every test; options go to pytest
doctor             say what works here, and what to do about the rest
data ...           list, prepare, verify or clear the data
pack DIR           make a kit: wheels, data, notebooks, to install without a network
results NN         train again what is recorded (--only MODEL); --check: what is stale?
store NN ...       execute notebooks in place and store their outputs (for authors)
edition KIND OUT   notebooks for students or a teacher, slides, or the key to exercises
grade FOLDER       check the exercises in notebooks that were handed in
score [NN ...]     which exercises in work/ are solved, and what is left
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mmlearn.course import traces
from mmlearn.course.paths import CourseError
from mmlearn.course.stack import here, in_own_folder

COMMANDS = {
    "lab": "mmlearn.course.lab",
    "run": "mmlearn.course.run",
    "new": "mmlearn.experiments.new",
    "compare": "mmlearn.experiments.compare",
    "test": "mmlearn.course.test",
    "doctor": "mmlearn.course.doctor",
    "data": "mmlearn.data.command",
    "pack": "mmlearn.course.pack",
    "results": "mmlearn.studies.record",
    "store": "mmlearn.course.store",
    "edition": "mmlearn.classroom.edition",
    "grade": "mmlearn.classroom.grade",
    "score": "mmlearn.classroom.score",
}


def main(arguments: Sequence[str]) -> int:
    """Call the command named first; return its exit code (2: no such command)."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    if arguments[0] not in COMMANDS:
        print(
            f"mmlearn has no command {arguments[0]!r}; it has {', '.join(COMMANDS)}.",
            file=sys.stderr,
        )
        return 2
    if in_own_folder():
        traces.keep_inside(Path(sys.prefix), os.environ)
    # Imported by name: a command must not fail because another one's needs are missing.
    try:
        command = importlib.import_module(COMMANDS[arguments[0]])
        return int(command.main(list(arguments[1:])))
    except CourseError as problem:
        print(problem, file=sys.stderr)
        return 1
    except ModuleNotFoundError as missing:
        if (missing.name or "mmlearn").split(".")[0] == "mmlearn":
            raise  # a fault of ours
        stack = here()
        print(
            f"The package {missing.name} is not installed in {sys.prefix}. Fix: "
            f"`python3 course.py doctor{stack.option}` in the checkout, or `python -m "
            f"pip install --constraint {stack.pins} --editable "
            f'".[{stack.extras}]"` there.',
            file=sys.stderr,
        )
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
