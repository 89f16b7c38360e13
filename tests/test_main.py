"""python -m mmlearn: which command is called, and what is said where none can be."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from mmlearn import __main__ as entry
from mmlearn.course.paths import CourseError
from mmlearn.course.stack import STACKS


@pytest.fixture
def command(monkeypatch):
    """Put a command in place of all; it returns, or raises, what is in `does`."""
    command = SimpleNamespace(got=None, does=0)

    def main(arguments):
        command.got = arguments
        if isinstance(command.does, Exception):
            raise command.does
        return command.does

    command.main = main
    monkeypatch.setattr(entry.importlib, "import_module", lambda name: command)
    return command


def test_arguments_and_exit_code_pass_through(command):
    command.does = 3
    assert entry.main(["run", "05"]) == 3
    assert command.got == ["05"]


def test_every_command_exists():
    assert set(entry.COMMANDS) == {
        *("lab", "run", "test", "doctor", "data", "results", "store"),
        *("new", "compare", "edition", "grade", "score", "pack"),
    }
    for name in entry.COMMANDS.values():
        assert callable(entry.importlib.import_module(name).main)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help(capsys, arguments):
    assert entry.main(arguments) == 0
    said = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line]
    assert said[1:] == list(entry.COMMANDS)


def test_an_unknown_command(capsys):
    assert entry.main(["rnu"]) == 2
    assert "'rnu'; it has lab, run" in capsys.readouterr().err


def test_a_problem_is_a_line(command, capsys):
    command.does = CourseError("No. Fix: yes.")
    assert entry.main(["lab"]) == 1
    assert capsys.readouterr().err == "No. Fix: yes.\n"


@pytest.mark.parametrize("stack", STACKS.values(), ids=list(STACKS))
def test_a_package_that_is_missing_is_named_with_the_mend(
    command, capsys, monkeypatch, stack
):
    monkeypatch.setattr(entry, "here", lambda: stack)
    command.does = ModuleNotFoundError("No module named 'nbclient'", name="nbclient")
    assert entry.main(["run"]) == 1
    said = capsys.readouterr().err
    assert f"nbclient is not installed in {sys.prefix}" in said and "Fix:" in said
    assert f"`python3 course.py doctor{stack.option}`" in said
    assert f'--constraint {stack.pins} --editable ".[{stack.extras}]"`' in said


def test_a_missing_module_of_ours_is_a_fault_and_is_raised(command):
    command.does = ModuleNotFoundError("no", name="mmlearn.gone")
    with pytest.raises(ModuleNotFoundError):
        entry.main(["run"])
