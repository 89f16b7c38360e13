"""python -m mmlearn run: executing notebooks, on small ones made here."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from nbformat.v4 import new_code_cell, new_notebook

from mmlearn.course import kernel, run
from mmlearn.course.paths import CourseError, all_notebooks, choose
from mmlearn.data import command


def make(path: Path, *cells: str | tuple[str, str]) -> Path:
    """A notebook of code cells; a pair is (source, tag)."""
    pairs = [cell if isinstance(cell, tuple) else (cell, "") for cell in cells]
    notebook = new_notebook(
        cells=[
            new_code_cell(source, metadata={"tags": [tag]} if tag else {})
            for source, tag in pairs
        ]
    )
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Four notebooks, the second and third of which fail, executed once for all."""
    folder = tmp_path_factory.mktemp("notebooks")
    (folder / "beside.txt").write_text("found")
    notebooks = [
        make(
            folder / "00-good.ipynb",
            "hold = bytearray(200_000_000); import time; time.sleep(0.5)",
            ("raise ValueError('meant')", "raises-exception"),
            ("print(open('beside.txt').read(),\n 'it')", "headline"),
        ),
        make(
            folder / "01-fails.ipynb",
            ("print('too early')", "headline"),
            "{}['key']",
            "never = 1",
        ),
        make(folder / "02-dies.ipynb", "import os; os._exit(3)"),
        make(folder / "03-value.ipynb", ("'fused: ' + str(.9)", "headline")),
    ]
    before = [path.read_bytes() for path in notebooks]
    target = folder / "runs"
    results = run.execute_all(notebooks, target)
    assert [path.read_bytes() for path in notebooks] == before, "a source was changed"
    return results, target


def test_headlines_and_failures(ran):
    results, _ = ran
    assert [result.headline for result in results] == [
        "found it",
        "too early",
        "",
        "'fused: 0.9'",
    ]
    assert [bool(result.error) for result in results] == [False, True, True, False]
    assert results[1].error == "KeyError: 'key'"
    assert "died" in results[2].error.lower()


def test_peak_memory_is_the_kernels(ran):
    results, _ = ran
    assert results[0].peak_bytes > 200_000_000 > results[3].peak_bytes > 10_000_000


def test_executed_copies_are_written_also_of_those_that_failed(ran):
    _, target = ran
    names = [path.name for path in all_notebooks(target)]
    assert names == [
        "00-good.ipynb",
        "01-fails.ipynb",
        "02-dies.ipynb",
        "03-value.ipynb",
    ]
    failed = nbformat.read(target / "01-fails.ipynb", as_version=4)
    assert failed.cells[1].outputs[0].ename == "KeyError"
    assert failed.cells[2].execution_count is None
    assert list(target.glob("*.part")) == []


def test_the_closing_table(ran):
    results, _ = ran
    lines = run.report(results).splitlines()
    assert lines[0].split() == ["notebook", "time", "peak", "memory", "headline"]
    assert "found it" in lines[2] and " MB" in lines[2]
    assert "FAILED KeyError: 'key'" in lines[3] and "too early" not in lines[3]


@pytest.mark.parametrize(("error", "code"), [(None, 0), ("ValueError: x", 1)])
def test_the_command_prepares_the_data_first_and_tells_failures(
    tmp_path, monkeypatch, capsys, error, code
):
    steps = []
    result = run.Result("00-a", 61.0, 5_000_000, "fused .99", error)
    monkeypatch.setattr(run, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(command, "main", lambda arguments: steps.append(arguments) or 0)
    monkeypatch.setattr(
        run, "execute_all", lambda paths, target: steps.append(paths) or [result]
    )
    make(tmp_path / "00-a.ipynb", "1")
    assert run.main([]) == code
    assert steps == [["prepare"], [tmp_path / "00-a.ipynb"]]
    assert ("FAILED" in capsys.readouterr().out) == bool(error)


def test_without_data_no_notebook_is_run(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(command, "main", lambda arguments: 1)
    monkeypatch.setattr(run, "execute_all", lambda *arguments: pytest.fail("ran"))
    make(tmp_path / "00-a.ipynb", "1")
    assert run.main([]) == 1


def test_all_that_are_there_run_unless_some_are_named(tmp_path):
    for name in ("08-tags", "07-last", "00-first", "05-fusion"):
        make(tmp_path / f"{name}.ipynb", "1")
    make(tmp_path / "notes.ipynb", "1")
    make(tmp_path / "05-fusion-2.part.ipynb", "1")
    names = [path.stem for path in choose(tmp_path, [])]
    assert names == ["00-first", "05-fusion", "07-last", "08-tags"]
    assert [path.stem for path in choose(tmp_path, ["8", "00"])] == [
        "08-tags",
        "00-first",
    ]


def test_a_notebook_that_is_not_there(tmp_path):
    make(tmp_path / "00-first.ipynb", "1")
    with pytest.raises(CourseError, match="no notebook 99; there are 00"):
        choose(tmp_path, ["00", "99"])


def test_outside_a_checkout(tmp_path):
    with pytest.raises(CourseError, match="in a clone of the course's repository"):
        all_notebooks(tmp_path)


def test_a_stray_kernel_of_the_user_is_not_taken(tmp_path, monkeypatch):
    stray = tmp_path / "kernels" / "python3"
    stray.mkdir(parents=True)
    spec = {"argv": ["/bin/false"], "display_name": "stray", "language": "python"}
    (stray / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    found = KernelSpecManager().get_kernel_spec("python3")
    assert found.argv == ["/bin/false"], "the stray kernel is not in the way"
    assert kernel.python() == sys.executable
    assert KernelSpecManager().get_kernel_spec("python3").argv == ["/bin/false"]


def test_the_kernel_leaves_the_environment_as_it_was(monkeypatch):
    monkeypatch.delenv("JUPYTER_PATH", raising=False)
    with kernel.own_kernel():
        folder = Path(kernel.os.environ["JUPYTER_PATH"])
        assert (folder / "kernels" / "python3" / "kernel.json").exists()
    assert "JUPYTER_PATH" not in kernel.os.environ and not folder.exists()
