"""A trained number may differ a little; a wrong one and a missing line may not."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbval_tolerance import snapped, tolerance, within

from mmlearn.course.paths import ROOT

STORED = "late 0.93 [0.89, 0.96]   alone 0.78   gain 0.15\n"


@pytest.mark.parametrize(
    "found",
    [
        STORED,
        "late 0.95 [0.92, 0.98]   alone 0.75   gain 0.18\n",
        "late 0.9 [0.89, 0.96]   alone  0.78   gain 0.15\n",
    ],
)
def test_numbers_within_the_tolerance_are_the_stored_ones(found):
    assert snapped(found, STORED, 0.03) == STORED


@pytest.mark.parametrize(
    "found",
    [
        STORED.replace("0.93", "0.97"),  # a wrong number
        STORED.replace("0.15", "-0.15"),  # a wrong sign
        STORED.replace("   gain 0.15", ""),  # a missing number
        STORED.replace("late", "early"),  # another word
        STORED + STORED,  # a line too many
        "",  # a missing line
        STORED.replace("0.93", "nan"),
    ],
)
def test_anything_else_stays_different(found):
    assert snapped(found, STORED, 0.03) == found != STORED


def test_signs_and_exponents_are_part_of_a_number():
    assert snapped("gain -0.01", "gain 0.01", 0.03) == "gain 0.01"
    assert snapped("gain \N{MINUS SIGN}0.01", "gain +0.01", 0.03) == "gain +0.01"
    assert snapped("loss 1.1e-3", "loss 1e-3", 0.001) == "loss 1e-3"
    assert snapped("2.0e3 steps", "1e3 steps", 0.03) == "2.0e3 steps"
    assert snapped(".91", ".93", 0.03) == ".93"


def test_a_result_is_compared_too_but_the_alt_text_of_a_figure_is_not():
    def result(text, **kinds):
        return {"output_type": "execute_result", "data": {"text/plain": text, **kinds}}

    def picture(text):
        return result(text, **{"image/png": "x"})

    moved = within([result("0.91")], [result("0.93")], 0.03)
    assert moved == [result("0.93")]
    outputs = [picture("at 0.91"), result("1")]
    assert within(outputs, [picture("at 0.93"), result("2")], 0.03) == outputs
    assert within([result("0.91")], [], 0.03) == [result("0.91")]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([], None),
        (["metric"], None),
        (["metric", "tolerance:0.03"], 0.03),
        (["tolerance:3"], 3.0),
    ],
)
def test_the_tag_says_how_much(tags, expected):
    assert tolerance(tags) == expected


@pytest.mark.parametrize(
    "tags",
    [["tolerance"], ["tolerance:"], ["tolerance:a"], ["tolerance:0"],
     ["tolerance:0.1", "tolerance:0.2"], ["tolerance: 0.1"], ["tolerance=0.1"]],
)  # fmt: skip
def test_a_tag_that_says_nothing_is_an_error(tags):
    with pytest.raises(ValueError, match="tolerance"):
        tolerance(tags)


def test_nbval_with_the_plugin_tells_a_wrong_number_from_a_near_one(tmp_path):
    cells = [
        ("print('accuracy', 0.92)", "accuracy 0.93\n", ["tolerance:0.03"]),
        ("0.92", "0.93", ["tolerance:0.03"]),
        ("print('accuracy', 0.92)", "accuracy 0.99\n", ["tolerance:0.03"]),
        ("print('accuracy', 0.92)", "accuracy 0.92\nrecall 0.9\n", ["tolerance:0.03"]),
        ("print('accuracy', 0.92)", "accuracy 0.93\n", []),
        ("1", "1", ["tolerance:much"]),
    ]
    notebook = new_notebook()
    for i, (code, stored, tags) in enumerate(cells, start=1):
        if code.startswith("print"):
            output = new_output("stream", name="stdout", text=stored)
        else:
            data = {"text/plain": stored}
            output = new_output("execute_result", data=data, execution_count=i)
        cell = new_code_cell(
            code, outputs=[output], metadata={"tags": tags}, execution_count=i
        )
        notebook.cells.append(cell)
    nbformat.write(notebook, tmp_path / "small.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "-p", "tests.nbval_tolerance"]
    command += ["-v", "--rootdir", str(tmp_path), "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, str(tmp_path / "small.ipynb")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=120,
    )
    verdicts = re.findall(r"::Cell \d (PASSED|FAILED)", done.stdout)
    assert verdicts == ["PASSED"] * 2 + ["FAILED"] * 4, done.stdout
    assert "expected one tag such as 'tolerance:0.03'" in done.stdout
