#!/usr/bin/env python3
"""The course's one command: set up once, then open, run, test or examine it.

    python3 course.py lab         copy the notebooks to work/ and open JupyterLab
    python3 course.py run         run the notebooks; results go to runs/
    python3 course.py run 05      run the notebooks named
    python3 course.py test        run every test
    python3 course.py score       say which exercises are solved, and what is left
    python3 course.py doctor      say what works here, and what to do about the rest
    python3 course.py data list   show the data: sizes, licences, sources
    python3 course.py pack DIR    make a kit that installs without a network
    python3 course.py lab --from DIR   install from a kit, then open JupyterLab

The first call makes .venv beside this file and installs the pinned packages there.
With --stack torchtext, a command runs on the last versions in which torchtext loads
(torch 2.3), in .venv-torchtext.

This file has to be read by any Python 3, so that an old one can say that it is too
old: no syntax here that is newer than 3.6. The work is in mmlearn/course/.
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
NEWEST = {"current": (3, 13), "torchtext": (3, 12)}  # the newest Python of each
COMMANDS = ("lab", "run", "test", "score", "doctor", "data", "pack")
ROOT = os.path.dirname(os.path.abspath(__file__))


def suitable_pythons(newest):
    """The commands on this machine that start a Python from OLDEST to `newest`."""
    minors = range(newest[1], OLDEST[1] - 1, -1)
    commands = [[f"python3.{minor}"] for minor in minors]
    if os.name == "nt":
        commands = [["py", f"-3.{minor}"] for minor in minors]
    return [" ".join(command) for command in commands if _starts(command)]


def _starts(command):
    """Whether a command is there and works: a pyenv shim is there and may not."""
    if shutil.which(command[0]) is None:
        return False
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.call([*command, "-c", "import ensurepip"], **quiet) == 0


def python_problem(version, stack="current"):
    """One line on why this Python cannot be used, with the fix; None if it can."""
    newest = NEWEST[stack]
    if OLDEST <= tuple(version[:2]) <= newest:
        return None
    fault = "too old" if tuple(version[:2]) < OLDEST else "too new"
    others = suitable_pythons(newest)
    if others:
        fix = "{} is installed here: {} course.py {}".format(
            others[0].replace("py -3", "Python 3"),
            others[0],
            " ".join(sys.argv[1:]) or "lab",
        )
    else:
        fix = "install Python 3.12"
    who = "the course" if stack == "current" else "the stack " + stack
    return "Python {}.{} is {}: {} needs {}.{} to {}.{}. Fix: {}".format(
        version[0], version[1], fault, who, *(OLDEST + newest + (fix,))
    )


def take_stack(arguments):
    """Take `--stack NAME` (or `--stack=NAME`) out: the name, and what is left.

    Without one it is "current"; where no name follows, it is empty.
    """
    stack, rest = "current", []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--stack":
            stack = next(waiting, "")
        elif argument.startswith("--stack="):
            stack = argument[len("--stack=") :]
        else:
            rest.append(argument)
    return stack, rest


def main(arguments):
    """Run a command of the course; return its exit code."""
    stack, arguments = take_stack(arguments)
    if stack not in NEWEST:
        known = ", ".join(NEWEST)
        print(
            f"course.py has no stack {stack!r}; it has {known}.",
            file=sys.stderr,
        )
        return 2
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__.split("\n\nThis file")[0])
        return 0
    if arguments[0] not in COMMANDS:
        print(
            "course.py has no command {!r}; it has {}.".format(
                arguments[0], ", ".join(COMMANDS)
            ),
            file=sys.stderr,
        )
        return 2
    problem = python_problem(sys.version_info, stack)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    # Only now: these files use the syntax of the Pythons that the course supports.
    from mmlearn.course import launch

    return launch.main(arguments, stack)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
