"""The notebooks of notebooks/experiments/ run, with small parameters."""

import json

import pytest

from mmlearn.course.paths import NOTEBOOKS
from mmlearn.course.store import code_digest
from mmlearn.experiments import folder
from mmlearn.experiments.compare import compare
from mmlearn.experiments.keep import METRICS
from mmlearn.experiments.parameters import of_notebook
from mmlearn.experiments.run import execute_all, plan, read
from tests.test_experiment_recipe import folder_of_pictures

SMALL = {
    "fusion": ["epochs=1", "share=0.2"],
    "own-data": ["epochs=1", "towers=small"],
    "robustness": ["epochs=1", "samples=600", "noises=[1.0]"],
    "scaling": ["epochs=1", "share=0.2"],
}
PATHS = sorted((NOTEBOOKS / "experiments").glob("*.ipynb"))


def test_each_has_small_parameters_here():
    assert [path.stem for path in PATHS] == sorted(SMALL)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_an_experiment_runs_and_keeps_its_result(path, tmp_path):
    runs = plan(path, SMALL[path.stem], out=tmp_path)
    assert execute_all(runs) == ["finished"]
    (run,) = folder.finished(tmp_path)
    rows = [json.loads(line) for line in (run / METRICS).read_text().splitlines()]
    assert {row["kind"] for row in rows} == {"epoch", "test"}
    assert compare(run).metric == "accuracy"
    assert (run / "figures/1.png").is_file()


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_an_experiments_outputs_are_those_of_one_run_of_its_code(path):
    notebook = read(path)
    assert of_notebook(notebook)
    assert notebook.metadata["mmlearn"]["code_digest"] == code_digest(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    counts = [cell.execution_count for cell in code]
    assert counts == list(range(1, len(code) + 1))
    printed = [out for cell in code for out in cell.outputs]
    assert not any(out.get("name") == "stderr" for out in printed)
    assert "accuracy" in str(code[-1].outputs) or "accuracy" in str(printed)


@pytest.mark.once
def test_a_folder_of_ones_own_to_a_compared_grid(tmp_path):
    photos = folder_of_pictures(tmp_path / "photos")
    path = NOTEBOOKS / "experiments/own-data.ipynb"
    given = [f"data={photos}", "epochs=1", "towers=small"]
    runs = plan(path, given, ["fusion=late,gated,attention"], out=tmp_path / "runs")
    assert execute_all(runs) == ["finished"] * 3
    found = compare(tmp_path / "runs")
    assert len(found.runs) == 3
    assert sum(len(gains) for gains in found.gains.values()) == 2
