"""python -m mmlearn store: what is kept of a run, and what its digest covers."""

from __future__ import annotations

import base64
import copy
import io
import json
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from mmlearn.course import store
from mmlearn.course.paths import ROOT, CourseError
from mmlearn.course.run import Result


def notebook_of(*sources: str) -> nbformat.NotebookNode:
    cells = [new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
    cells.insert(0, new_markdown_cell("# Title", id="title"))
    return new_notebook(cells=cells)


def write(path: Path, notebook: nbformat.NotebookNode) -> str:
    """Write a notebook; return what stands in the file."""
    nbformat.write(notebook, path)
    return path.read_text(encoding="utf-8")


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """A folder of notebooks that `store` finds: one that runs, one that fails."""
    monkeypatch.setattr(store, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(store, "only_current", lambda what: None)
    write(tmp_path / "01-good.ipynb", notebook_of("x = 1", "print(x + 1)", ""))
    write(tmp_path / "02-bad.ipynb", notebook_of("print(1)", "raise ValueError('no')"))
    return tmp_path


def test_a_notebook_is_run_and_replaced_a_failing_one_is_not(notebooks, capsys):
    bad = (notebooks / "02-bad.ipynb").read_text(encoding="utf-8")
    assert store.main(["02", "01"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("02-bad.ipynb: FAILED after 0:0")
    assert lines[0].endswith("ValueError: no")
    assert lines[1].startswith("01-good.ipynb: 0:0")
    assert (notebooks / "02-bad.ipynb").read_text(encoding="utf-8") == bad
    # Nothing half-written stays behind.
    assert sorted(path.name for path in notebooks.iterdir()) == [
        "01-good.ipynb",
        "02-bad.ipynb",
    ]
    good = nbformat.read(notebooks / "01-good.ipynb", as_version=4)
    assert good.cells[2].outputs[0].text == "2\n"
    assert [c.execution_count for c in good.cells[1:3]] == [1, 2]
    assert good.metadata["mmlearn"] == {"code_digest": store.code_digest(good)}
    assert "execution" not in json.dumps([cell.metadata for cell in good.cells])


class Kernel:
    """Stands for the run: writes the notebook that it is given as executed."""

    def __init__(self, monkeypatch, executed: nbformat.NotebookNode) -> None:
        self.executed = executed
        monkeypatch.setattr(store, "execute", self)

    def __call__(self, source: Path, target: Path) -> Result:
        nbformat.write(self.executed, target)
        return Result(source.stem, 61.0, 5_000_000, "it works")


def test_times_of_day_and_states_of_widgets_are_not_kept(
    notebooks, monkeypatch, capsys
):
    executed = notebook_of("x = 1")
    times = {"iopub.execute_input": "2026-11-24T11:00:00.000000Z"}
    executed.cells[1].metadata["execution"] = times
    executed.cells[1].metadata["tags"] = ["metric"]
    executed.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}
    Kernel(monkeypatch, executed)
    assert store.store(notebooks / "01-good.ipynb")
    assert capsys.readouterr().out == "01-good.ipynb: 1:01, 5 MB: it works\n"
    kept = nbformat.read(notebooks / "01-good.ipynb", as_version=4)
    assert kept.cells[1].metadata == {"tags": ["metric"]}
    assert set(kept.metadata) == {"mmlearn"}


def test_pictures_are_stored_in_few_bytes(notebooks, monkeypatch):
    grey = np.add.outer(np.arange(300), np.arange(400)) // 3 % 250
    full = io.BytesIO()
    Image.fromarray(grey.astype(np.uint8)).convert("RGBA").save(full, format="PNG")
    text = base64.b64encode(full.getvalue()).decode()
    executed = notebook_of("plot.show(fig)")
    executed.cells[1].outputs = [new_output("display_data", data={"image/png": text})]
    Kernel(monkeypatch, executed)
    assert store.store(notebooks / "01-good.ipynb")
    kept = nbformat.read(notebooks / "01-good.ipynb", as_version=4)
    stored = base64.b64decode(kept.cells[1].outputs[0].data["image/png"])
    picture = Image.open(io.BytesIO(stored))
    assert len(stored) < len(full.getvalue()) and picture.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(picture.convert("L")), grey)


def test_all_that_are_named_and_run_give_0(notebooks, monkeypatch):
    Kernel(monkeypatch, notebook_of("x = 1"))
    assert store.main(["1", "02"]) == 0


def test_none_named_or_one_that_is_not_there(notebooks):
    with pytest.raises(CourseError, match="Which notebooks"):
        store.main([])
    with pytest.raises(CourseError, match="no notebook 77"):
        store.main(["77"])


BASE = notebook_of("x = 1", "print(x)")


def test_the_digest_does_not_see_prose_tags_outputs_or_empty_cells():
    other = copy.deepcopy(BASE)
    other.cells[0].source = "# Another title"
    other.cells[1].metadata["tags"] = ["recipe"]
    other.cells[2].execution_count = 7
    other.cells += [new_markdown_cell("More."), new_code_cell("  \n")]
    other.metadata["kernelspec"] = {"name": "python3"}
    assert store.code_digest(other) == store.code_digest(BASE)


@pytest.mark.parametrize(
    "sources",
    [
        ("x = 2", "print(x)"),
        ("print(x)", "x = 1"),
        ("x = 1\nprint(x)",),
        ("x = 1", "print(x)", "x"),
        ("x = 1", "print(x)  # why"),
    ],
)
def test_the_digest_sees_the_code_and_its_order(sources):
    assert store.code_digest(notebook_of(*sources)) != store.code_digest(BASE)


def test_the_digest_is_the_same_from_the_file_and_from_nbformat(tmp_path):
    """A file has a list of lines, nbformat one text."""
    read = json.loads(write(tmp_path / "a.ipynb", notebook_of("x = 1\ny = 2", "x\n")))
    assert isinstance(read["cells"][1]["source"], list)
    expected = store.code_digest(notebook_of("x = 1\ny = 2", "x\n"))
    assert store.code_digest(read) == expected


def test_a_traceback_forgets_where_the_checkout_is(tmp_path, monkeypatch):
    executed = notebook_of("fail()")
    lines = [f"File {ROOT / 'mmlearn' / 'batch.py'}:89, in pad", "ValueError: no step"]
    executed.cells[1].outputs = [new_output("error", ename="ValueError", evalue="no")]
    executed.cells[1].outputs[0]["traceback"] = lines
    Kernel(monkeypatch, executed)
    path = tmp_path / "03-other.ipynb"
    write(path, executed)
    assert store.store(path)
    text = path.read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert "batch.py:89, in pad" in text
