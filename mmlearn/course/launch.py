"""What `course.py` does once Python is known to be right: install, then hand over."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from mmlearn.course import doctor, install, kit
from mmlearn.course.paths import ROOT, CourseError
from mmlearn.course.stack import STACKS, select


def main(arguments: Sequence[str], name: str = "current") -> int:
    """Run a command in the environment of the named stack; return its exit code."""
    stack = STACKS[name]
    try:
        folder, arguments = kit.take_option(arguments)
        chosen = kit.inside(ROOT) if folder is None else kit.read(folder)
        place = install.Place(ROOT, stack, chosen)
        if arguments[0] == "doctor" and not install.ready(place):
            # It says what is missing, and installs nothing.
            select(stack)
            missing = doctor.Finding(False, "it is not installed, or not to its end")
            print(doctor.line(f"environment {stack.folder}", missing))
            return doctor.main(arguments[1:]) or 1
        installed = install.ready(place)
        python = install.ensure(place)
        if chosen is not None and (folder is not None or not installed):
            kit.take_data(chosen)
    except CourseError as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as error:  # the disk may fill up at any write
        fix = f"see that {ROOT} can be written to and has space, then call this again"
        print(f"Not installed: {error}. Fix: {fix}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. The next call goes on.", file=sys.stderr)
        return 130
    return hand_over([str(python), "-m", "mmlearn", *seen_from_the_checkout(arguments)])


def seen_from_the_checkout(arguments: Sequence[str]) -> list[str]:
    """`pack DIR` with the whole path of DIR: the command runs in the checkout."""
    head, rest = list(arguments[:1]), list(arguments[1:])
    if head == ["pack"] and rest and not rest[0].startswith("-"):
        rest[0] = str(Path(rest[0]).expanduser().absolute())
    return head + rest


def hand_over(command: Sequence[str]) -> int:
    """Start a command in the checkout, wait for it to end, and return its exit code."""
    process = subprocess.Popen(command, cwd=ROOT)
    while True:
        try:
            code = process.wait()
            return code if code >= 0 else 128 - code  # ended by a signal, as shells say
        except KeyboardInterrupt:
            continue  # Ctrl-C reached the command too: it decides when to end
