"""The rules of the notebooks (CONTRIBUTING.md); each is seen to catch its fault."""

from __future__ import annotations

import copy
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mmlearn.course.paths import NOTEBOOKS

Notebook = dict[str, Any]
Cell = dict[str, Any]

LONGEST_CELL, LONGEST_LINE, MEDIAN_LINES = 40, 88, 8
LARGEST_BYTES = 2**20
PATHS = sorted(NOTEBOOKS.glob("[0-9][0-9]-*.ipynb"))


def read(path: Path) -> Notebook:
    return json.loads(path.read_text(encoding="utf-8"))


def source(cell: Cell) -> str:
    return "".join(cell["source"])


def tags(cell: Cell) -> list[str]:
    return cell["metadata"].get("tags", [])


def code_cells(notebook: Notebook) -> list[Cell]:
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [cell for cell in cells if source(cell).strip()]


def tagged(notebook: Notebook, tag: str) -> list[Cell]:
    return [cell for cell in code_cells(notebook) if tag in tags(cell)]


def faults(notebook: Notebook) -> list[str]:
    """What breaks a rule, in words; empty when all is well."""
    rules = (_order, _outputs, _alt_text, _lengths, _tags, _compared, _kernel, _images)
    return [fault for rule in rules for fault in rule(notebook)]


def _order(notebook: Notebook) -> list[str]:
    counts = [cell["execution_count"] for cell in code_cells(notebook)]
    if counts == list(range(1, len(counts) + 1)):
        return []
    return [f"not one run from top to bottom: {counts}"]


def _outputs(notebook: Notebook) -> list[str]:
    found = []
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            meant = "raises-exception" in tags(cell)
            if output["output_type"] == "error" and not meant:
                found.append(f"an error that is not meant: {output['ename']}")
            if output.get("name") == "stderr":
                found.append(f"stderr: {''.join(output['text'])[:80]!r}")
        errors = [o for o in cell["outputs"] if o["output_type"] == "error"]
        if "raises-exception" in tags(cell) and not errors:
            found.append(f"meant to raise, and did not: {source(cell)[:40]!r}")
    return found


def _alt_text(notebook: Notebook) -> list[str]:
    found = []
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            for kind in output.get("data", {}):
                alt = output["metadata"].get(kind, {}).get("alt", "")
                if kind.startswith("image/") and not alt.strip():
                    found.append(f"no alt text: {source(cell)[:40]!r}")
    return found


def _lengths(notebook: Notebook) -> list[str]:
    found = []
    lines = [source(cell).splitlines() for cell in code_cells(notebook)]
    for cell in lines:
        if len(cell) > LONGEST_CELL:
            found.append(f"a cell of {len(cell)} lines: {cell[0]!r}")
        found += [f"a long line: {line!r}" for line in cell if len(line) > LONGEST_LINE]
    median = statistics.median(len(cell) for cell in lines)
    if median > MEDIAN_LINES:
        found.append(f"the median cell has {median:g} lines")
    return found


def _tags(notebook: Notebook) -> list[str]:
    found = []
    if (n := len(tagged(notebook, "exercise"))) < 3:
        found.append(f"{n} exercises, at least 3 expected")
    if not tagged(notebook, "recipe"):
        found.append("no recipe")
    if (n := len(tagged(notebook, "headline"))) != 1:
        found.append(f"{n} headline cells, 1 expected")
    for cell in tagged(notebook, "headline"):
        printed = [o for o in cell["outputs"] if o["output_type"] != "display_data"]
        if not printed:
            found.append("the headline cell prints nothing")
    return found


def _compared(notebook: Notebook) -> list[str]:
    cells = code_cells(notebook)
    ignored = [cell for cell in cells if "NBVAL_IGNORE_OUTPUT" in source(cell)]
    ignored += [cell for cell in cells if "nbval-ignore-output" in tags(cell)]
    skipped = [cell for cell in cells if "NBVAL_SKIP" in source(cell)]
    found = [f"not run in the tests: {source(cell)[:40]!r}" for cell in skipped]
    if 4 * len(ignored) > len(cells):
        found.append(f"outputs of {len(ignored)} of {len(cells)} cells not compared")
    return found


def _kernel(notebook: Notebook) -> list[str]:
    name = notebook["metadata"].get("kernelspec", {}).get("name")
    return [] if name == "python3" else [f"the kernel is {name!r}, python3 expected"]


def _images(notebook: Notebook) -> list[str]:
    """A learner's copy lies in work/: a picture beside the notebook is not there."""
    texts = [source(c) for c in notebook["cells"] if c["cell_type"] == "markdown"]
    return [
        f"a picture by its path: {line!r}"
        for text in texts
        for line in text.splitlines()
        if ("](" in line and "![" in line and "](attachment:" not in line)
        or "<img" in line
    ]


def test_there_are_notebooks():
    assert PATHS


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_notebook_keeps_the_rules(path):
    assert faults(read(path)) == []
    assert path.stat().st_size <= LARGEST_BYTES


RECIPES = [
    pytest.param(source(cell), id=f"{path.stem}-{i}")
    for path in PATHS
    for i, cell in enumerate(tagged(read(path), "recipe"), start=1)
]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_runs_alone(recipe, tmp_path):
    """In a process and a folder of its own: nothing is there but what it brings."""
    assert recipe.startswith("# your data:")
    script = tmp_path / "recipe.py"
    script.write_text(recipe, encoding="utf-8")
    command = [sys.executable, "-W", "error::DeprecationWarning:__main__", str(script)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def code(text: str, count: int, *tags: str, outputs: list[dict] | None = None) -> Cell:
    return {
        "cell_type": "code",
        "source": text.splitlines(keepends=True),
        "metadata": {"tags": list(tags)},
        "execution_count": count,
        "outputs": outputs or [],
    }


def printed(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": [text]}


def picture(alt: str) -> dict[str, Any]:
    data = {"image/png": "aaaa", "text/plain": alt}
    metadata = {"image/png": {"alt": alt}}
    return {"output_type": "display_data", "data": data, "metadata": metadata}


ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "", "traceback": []}

GOOD: Notebook = {
    "metadata": {"kernelspec": {"name": "python3"}},
    "cells": [
        {"cell_type": "markdown", "source": ["# Title"], "metadata": {}},
        code("1", 1, "exercise"),
        code("2", 2, "exercise"),
        code("3", 3, "exercise"),
        code("# your data:\nx = 1", 4, "recipe"),
        code("show(fig)", 5, outputs=[picture("A curve that rises.")]),
        code("fail()", 6, "raises-exception", outputs=[ERROR]),
        code("# NBVAL_IGNORE_OUTPUT\nprint(time())", 7, outputs=[printed("3")]),
        code("print('.99')", 8, "headline", outputs=[printed(".99")]),
    ],
}


def test_a_good_notebook_has_no_faults():
    assert faults(GOOD) == []


def _broken(i: int, **changes: Any) -> Notebook:
    notebook = copy.deepcopy(GOOD)
    notebook["cells"][i].update(changes)
    return notebook


@pytest.mark.parametrize(
    ("notebook", "fault"),
    [
        (_broken(3, execution_count=9), "not one run"),
        (_broken(3, execution_count=None), "not one run"),
        (_broken(1, outputs=[ERROR]), "an error that is not meant: ValueError"),
        (_broken(6, outputs=[]), "meant to raise, and did not"),
        (_broken(1, outputs=[printed("oh", "stderr")]), "stderr: 'oh'"),
        (_broken(5, outputs=[picture("")]), "no alt text"),
        (_broken(1, source=["x\n"] * 41), "a cell of 41 lines"),
        (_broken(1, source=["x" * 89]), "a long line"),
        (_broken(1, metadata={}), "2 exercises, at least 3"),
        (_broken(4, metadata={}), "no recipe"),
        (_broken(8, metadata={}), "0 headline cells"),
        (_broken(1, metadata={"tags": ["exercise", "headline"]}), "2 headline cells"),
        (_broken(8, outputs=[picture("A curve.")]), "the headline cell prints nothing"),
        (_broken(1, source=["# NBVAL_SKIP\n", "1"]), "not run in the tests"),
        ({**GOOD, "metadata": {}}, "the kernel is None"),
        (_broken(0, source=["![a](images/a.png)"]), "a picture by its path"),
    ],
)
def test_each_rule_catches_its_fault(notebook, fault):
    assert any(fault in found for found in faults(notebook)), faults(notebook)


def test_long_cells_raise_the_median():
    notebook = copy.deepcopy(GOOD)
    for cell in code_cells(notebook):
        cell["source"] = ["x\n"] * 9
    assert "the median cell has 9 lines" in faults(notebook)


def test_too_many_outputs_that_are_not_compared():
    notebook = copy.deepcopy(GOOD)
    for cell in code_cells(notebook)[:2]:
        cell["source"].insert(0, "# NBVAL_IGNORE_OUTPUT\n")
    assert "outputs of 3 of 8 cells not compared" in faults(notebook)
