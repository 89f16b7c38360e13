"""course.py: what it says before anything is installed."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from mmlearn.course import install, launch, preflight, stack
from mmlearn.course.paths import ROOT, CourseError
from mmlearn.course.stack import STACKS

FOLDERS = (".venv", ".venv-torchtext")


def test_an_old_python_can_read_it():
    source = (ROOT / "course.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    assert "from __future__" not in source  # annotations came with 3.7


def test_it_imports_the_standard_library_only(course):
    files = [ROOT / "course.py", ROOT / "mmlearn/__init__.py"]
    before = (
        *("doctor", "install", "kit", "launch", "moved", "paths", "pip_says", "place"),
        *("preflight", "screen", "stack", "sums", "systems", "traces", "whole"),
    )
    files += [ROOT / f"mmlearn/course/{name}.py" for name in ("__init__", *before)]
    for folder in ("", "store/"):
        files.append(ROOT / f"mmlearn/data/{folder}__init__.py")
    files.append(ROOT / "mmlearn/data/store/place.py")
    for path in files:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import):
                roots = {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                roots = {(node.module or "").split(".")[0]}
            else:
                continue
            foreign = roots - set(sys.stdlib_module_names) - {"mmlearn"}
            assert not foreign, f"{path.name} imports {foreign} at its top"


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 9), (3, 13, 1)])
def test_a_supported_python_is_no_problem(course, version):
    assert course.python_problem(version) is None


@pytest.mark.parametrize(
    ("version", "fault"),
    [
        ((3, 6, 15), "3.6 is too old"),
        ((3, 10, 1), "3.10 is too old"),
        ((3, 14, 0), "3.14 is too new"),
    ],
)
def test_another_python_is_refused_in_one_line(course, monkeypatch, version, fault):
    monkeypatch.setattr(course, "suitable_pythons", lambda newest: [])
    said = course.python_problem(version)
    assert fault in said and "3.11 to 3.13" in said
    assert said.endswith("Fix: install Python 3.12") and "\n" not in said


def test_the_mend_names_a_python_that_is_there_and_works(course, monkeypatch):
    monkeypatch.setattr(course, "_starts", lambda command: command[0] == "python3.12")
    monkeypatch.setattr(sys, "argv", ["course.py", "run", "05"])
    said = course.python_problem((3, 9, 0))
    assert said.endswith("python3.12 is installed here: python3.12 course.py run 05")


def test_a_shim_that_does_not_start_is_not_suitable(course, monkeypatch, tmp_path):
    shim = tmp_path / "python3.12"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert course.suitable_pythons((3, 13)) == []


def test_versions_agree_with_the_package(course):
    assert course.OLDEST == preflight.OLDEST
    newest = {name: each.newest for name, each in STACKS.items()}
    assert newest == course.NEWEST


def test_a_python_too_new_for_torchtext_is_told_which_will_do(course, monkeypatch):
    monkeypatch.setattr(course, "suitable_pythons", lambda newest: [])
    assert course.python_problem((3, 12, 1), "torchtext") is None
    said = course.python_problem((3, 13, 0), "torchtext")
    expected = "Python 3.13 is too new: the stack torchtext needs 3.11 to 3.12."
    assert said == f"{expected} Fix: install Python 3.12"


def test_the_mend_for_torchtext_names_no_python_that_is_too_new(course, monkeypatch):
    there = ("python3.13", "python3.11")
    monkeypatch.setattr(course, "_starts", lambda command: command[0] in there)
    arguments = ["course.py", "test", "--stack", "torchtext"]
    monkeypatch.setattr(sys, "argv", arguments)
    said = course.python_problem((3, 13, 0), "torchtext")
    assert said.endswith("python3.11 course.py test --stack torchtext")


@pytest.mark.parametrize(
    ("arguments", "stack", "rest"),
    [
        (["run", "05"], "current", ["run", "05"]),
        (["test", "--stack", "torchtext", "-k", "a"], "torchtext", ["test", "-k", "a"]),
        (["--stack=torchtext", "lab"], "torchtext", ["lab"]),
        (["lab", "--stack", "current"], "current", ["lab"]),
        (["lab", "--stack"], "", ["lab"]),
        (["lab", "--stack=torch"], "torch", ["lab"]),
    ],
)
def test_the_stack_is_taken_out_of_the_arguments(course, arguments, stack, rest):
    assert course.take_stack(arguments) == (stack, rest)


def test_a_stack_that_is_not_there_is_refused(course, monkeypatch, capsys):
    monkeypatch.setattr(launch, "main", lambda *arguments: pytest.fail("went on"))
    for arguments, name in (
        (["--stack", "torchaudio"], "torchaudio"),
        (["--stack"], ""),
    ):
        assert course.main(["run", *arguments]) == 2
        said = f"no stack {name!r}; it has current, torchtext."
        assert said in capsys.readouterr().err


def test_the_stack_is_passed_on(course, monkeypatch):
    seen = []
    monkeypatch.setattr(course, "python_problem", lambda version, stack: None)
    monkeypatch.setattr(launch, "main", lambda *arguments: seen.append(arguments) or 5)
    assert course.main(["run", "05", "--stack", "torchtext"]) == 5
    assert seen == [(["run", "05"], "torchtext")]


def test_without_a_command_it_says_what_there_is(course, capsys):
    assert course.main([]) == 0
    said = capsys.readouterr().out
    assert all(f"course.py {command}" in said for command in course.COMMANDS)


def test_an_unknown_command_is_named(course, capsys):
    assert course.main(["runn"]) == 2
    assert "'runn'" in capsys.readouterr().err


def test_a_wrong_python_stops_it_before_anything_is_done(course, monkeypatch, capsys):
    monkeypatch.setattr(course, "python_problem", lambda *found: "Python is old.")
    monkeypatch.setattr(launch, "main", lambda *arguments: pytest.fail("went on"))
    assert course.main(["run"]) == 1
    assert capsys.readouterr().err == "Python is old.\n"


def test_a_problem_is_one_line_without_a_traceback(monkeypatch, capsys):
    def fail(place):
        raise CourseError("The disk is full. Fix: make space.")

    monkeypatch.setattr(install, "ensure", fail)
    assert launch.main(["run"]) == 1
    assert capsys.readouterr().err == "The disk is full. Fix: make space.\n"


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (OSError(28, "No space left on device", "/x/stamp"), 1, "/x/stamp'. Fix: "),
        (KeyboardInterrupt(), 130, "Interrupted."),
    ],
)
def test_a_full_disk_and_ctrl_c_are_one_line_too(
    monkeypatch, capsys, error, code, said
):
    def fail(place):
        raise error

    monkeypatch.setattr(install, "ensure", fail)
    assert launch.main(["run"]) == code
    line = capsys.readouterr().err
    assert said in line and line.count("\n") == 1


def test_the_command_goes_on_in_the_environment(monkeypatch):
    started = []
    monkeypatch.setattr(install, "ensure", lambda place: place.folder / "its-python")
    monkeypatch.setattr(
        launch, "hand_over", lambda command: started.append(command) or 7
    )
    arguments = ["test", "-k", "two words"]
    assert launch.main(arguments) == 7 == launch.main(arguments, "torchtext")
    pythons = [str(ROOT / folder / "its-python") for folder in FOLDERS]
    assert started == [[python, "-m", "mmlearn", *arguments] for python in pythons]


@pytest.mark.parametrize(
    ("code", "expected"),
    [("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 137)],
)
def test_the_exit_code_is_passed_on(code, expected):
    assert launch.hand_over([sys.executable, "-c", code]) == expected


def test_doctor_before_the_installation_installs_nothing(monkeypatch, capsys):
    monkeypatch.setattr(install, "ready", lambda place: False)
    monkeypatch.setattr(install, "ensure", lambda place: pytest.fail("installed"))
    monkeypatch.setattr(stack, "_selected", None)
    missing = "ModuleNotFoundError: No module named 'numpy'"
    monkeypatch.setattr(launch.doctor, "ask", lambda *arguments: (False, missing))
    for name, each in STACKS.items():
        assert launch.main(["doctor"], name) == 1
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith(f"FAIL  environment {each.folder}: ")
        failed = [line for line in lines if line.startswith("FAIL")]
        fix = f"`python3 course.py lab{each.option}` installs it"
        assert len(failed) > 4 and all(fix in line for line in failed)


def test_the_whole_command_from_another_folder(tmp_path):
    command = [sys.executable, str(ROOT / "course.py"), "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and "course.py lab" in done.stdout
