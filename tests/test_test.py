"""python -m mmlearn test: the steps and the closing table."""

from __future__ import annotations

import sys

import pytest

from mmlearn.course import test as command
from mmlearn.course.paths import CourseError


def run_steps(tmp_path, monkeypatch, codes: dict[str, int]) -> int:
    """Each step is a module that ends with a code, and leaves a file of its name."""
    for name, code in codes.items():
        text = f"open('ran-{name}', 'w').close(); raise SystemExit({code})"
        (tmp_path / f"step_{name}.py").write_text(text)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    result = command.run({name: [f"step_{name}"] for name in codes})
    assert {path.name for path in tmp_path.glob("ran-*")} == {f"ran-{n}" for n in codes}
    return result


def test_all_steps_run_also_after_one_has_failed(tmp_path, monkeypatch, capsys):
    assert run_steps(tmp_path, monkeypatch, {"first": 3, "second": 0}) == 1
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[-2:]]
    assert rows[0][0] == "first" and rows[0][2:] == ["FAILED", "(exit", "code", "3)"]
    assert rows[1][0] == "second" and rows[1][2:] == ["passed"]


def test_all_passed(tmp_path, monkeypatch):
    assert run_steps(tmp_path, monkeypatch, {"first": 0, "second": 0}) == 0


def test_arguments_go_to_the_packages_tests_only():
    plain, with_k = command.steps([]), command.steps(["-k", "two words"])
    assert with_k.pop("tests") == [*plain.pop("tests"), "-k", "two words"]
    assert with_k == plain


def test_every_check_is_there():
    modules = {name: line[0] for name, line in command.steps([]).items()}
    assert modules == {
        "data": "mmlearn",
        "lint": "ruff",
        "format": "ruff",
        "types": "mypy",
        "tests": "pytest",
        "notebooks": "pytest",
    }
    notebooks = command.steps([])["notebooks"]
    assert "--nbval" in notebooks and "--nbval-lax" not in notebooks


def test_one_thread_a_worker_unless_the_user_says_so():
    assert command.environment({"A": "b"}) == {"A": "b", "OMP_NUM_THREADS": "1"}
    assert command.environment({"OMP_NUM_THREADS": "4"}) == {"OMP_NUM_THREADS": "4"}


def test_outside_a_checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "ROOT", tmp_path)
    with pytest.raises(CourseError, match="No notebooks"):
        command.main([])


def test_it_runs_in_this_python(tmp_path, monkeypatch):
    (tmp_path / "which.py").write_text(
        "import sys; open('said', 'w').write(sys.executable)"
    )
    monkeypatch.setattr(command, "ROOT", tmp_path)
    assert command.run({"which": ["which"]}) == 0
    assert (tmp_path / "said").read_text() == sys.executable
