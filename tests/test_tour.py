"""The cells tagged `tour` run by themselves: half a lesson, in half an hour."""

from __future__ import annotations

import json

import pytest
from lessons import in_a_process, job_of

from mmlearn.course.paths import NOTEBOOKS, all_notebooks

pytestmark = pytest.mark.once  # its cells run there with the others


@pytest.mark.parametrize("path", all_notebooks(NOTEBOOKS), ids=lambda path: path.stem)
def test_the_tour_runs_alone(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    toured = [
        job_of(cell)
        for cell in cells
        if cell["cell_type"] == "code" and "tour" in cell["metadata"].get("tags", [])
    ]
    assert toured
    first, _ = in_a_process(toured, [], "", NOTEBOOKS)
    assert first is None, first
