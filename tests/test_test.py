"""python -m mmlearn test: the steps and the closing table."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from mmlearn.course import test as command
from mmlearn.course.paths import NOTEBOOKS, ROOT, CourseError, all_notebooks, number
from mmlearn.course.stack import CURRENT, STACKS, TORCHTEXT


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
    for stack in STACKS.values():
        plain, with_k = command.steps(stack, []), command.steps(stack, ["-k", "a b"])
        assert with_k.pop("tests") == [*plain.pop("tests"), "-k", "a b"]
        assert with_k == plain


def test_every_check_is_there():
    modules = {name: line[0] for name, line in command.steps(CURRENT, []).items()}
    assert modules == {
        "data": "mmlearn",
        "lint": "ruff",
        "format": "ruff",
        "types": "mypy",
        "tests": "pytest",
        "notebooks": "pytest",
    }
    notebooks = command.steps(CURRENT, [])["notebooks"]
    assert "--nbval" in notebooks and "--nbval-lax" not in notebooks


def test_with_torchtext_the_core_notebooks_run_and_stderr_is_a_fault():
    steps = command.steps(TORCHTEXT, [])
    assert list(steps) == ["data", "tests", "notebooks"]
    assert steps["tests"][-2:] == ["-m", "not once"]
    notebooks = steps["notebooks"]
    assert "--nbval-lax" in notebooks and "tests.nbval_stderr" in notebooks
    named = [part for part in notebooks if part.endswith(".ipynb")]
    lessons = [number(path) for path in all_notebooks(NOTEBOOKS)]
    assert lessons[0] == "00"
    assert [number(Path(name)) for name in named] == [
        *lessons,
        "before-you-start",
        "coming-from-torchtext",
    ]


@pytest.mark.parametrize(
    ("cells", "failed"),
    [(["print(1)", "1 + 1"], 0), (["import warnings; warnings.warn('odd')", "1"], 1)],
)
@pytest.mark.once
def test_a_lax_notebook_that_writes_to_stderr_fails(tmp_path, cells, failed):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, tmp_path / "00-a.ipynb")
    call = ["-m", "pytest", "--nbval-lax", "-p", "tests.nbval_stderr", "-n", "2"]
    done = subprocess.run(
        [sys.executable, *call, "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == failed, done.stdout
    assert ("on stderr" in done.stdout) == bool(failed)


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
