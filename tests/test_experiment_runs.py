"""A notebook is run over a grid: resumed, set apart where it fails, compared."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from mmlearn.course.paths import ROOT, CourseError
from mmlearn.experiments import folder, keep
from mmlearn.experiments.compare import compare
from mmlearn.experiments.compare import main as compare_main
from mmlearn.experiments.keep import FOLDER, METRICS
from mmlearn.experiments.run import execute_all, main, plan

PARAMETERS = """fusion = "late"
seed = 0
wait = 0.0"""
WORK = """import time
from mmlearn.experiments import keep

time.sleep(wait)
if fusion == "broken":
    raise ValueError("no such fusion")
print(keep({"accuracy": len(fusion) / 10 + seed / 100}))"""


def notebook(place: Path, work: str = WORK) -> Path:
    cells = [new_code_cell(PARAMETERS), new_code_cell(work)]
    cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(new_notebook(cells=cells), place)
    return place


def kept(run: Path) -> list[dict]:
    return [json.loads(x) for x in (run / METRICS).read_text().splitlines()]


def finished(place: Path) -> dict[str, list[dict]]:
    return {run.name: kept(run) for run in folder.finished(place)}


def test_a_run_has_a_folder_with_all_that_belongs_to_it(tmp_path):
    runs = plan(notebook(tmp_path / "mine.ipynb"), ["seed=3"], out=tmp_path / "runs")
    assert execute_all(runs) == ["finished"]
    (run,) = folder.finished(tmp_path / "runs")
    assert run.name.startswith("seed=3-")
    assert folder.read_json(run / "parameters.json")["seed"] == 3
    about = folder.read_json(run / "environment.json")
    assert {"python", "packages", "git", "processors"} <= set(about)
    assert kept(run)[0]["value"] == pytest.approx(0.43)
    executed = nbformat.read(run / "executed.ipynb", as_version=4)
    assert "0.43" in str(executed.cells[-1].outputs)
    assert execute_all(runs) == ["already there"]


def test_another_notebook_or_another_value_is_another_run(tmp_path):
    path = notebook(tmp_path / "mine.ipynb")
    (first,), (other,) = plan(path), plan(path, ["seed=1"])
    notebook(path, WORK + "\nprint(1)")
    (changed,) = plan(path)
    assert len({first.folder, other.folder, changed.folder}) == 3
    notebook(path)
    assert plan(path)[0].folder == first.folder


def test_a_run_that_fails_is_set_apart_and_the_others_go_on(tmp_path):
    path = notebook(tmp_path / "mine.ipynb")
    arguments = [
        str(path),
        "--grid",
        "fusion=broken,late",
        "--out",
        str(tmp_path / "r"),
    ]
    assert main(arguments) == 1
    assert len(folder.finished(tmp_path / "r")) == 1
    (failed,) = (tmp_path / "r/mine/failed").iterdir()
    assert "no such fusion" in (failed / "traceback.txt").read_text()
    assert main(arguments) == 1
    assert len(list((tmp_path / "r/mine/failed").iterdir())) == 2


def test_a_run_that_fails_says_why_and_where_its_traceback_lies(tmp_path, capsys):
    path = notebook(tmp_path / "mine.ipynb")
    out = ["--out", str(tmp_path / "r")]
    assert main([str(path), "-p", "fusion=broken", *out]) == 1
    said = capsys.readouterr().out
    assert "failed: ValueError: no such fusion" in said
    assert str(tmp_path / "r/mine/failed") in said and "traceback.txt)" in said
    assert "1 failed" in said and "Compare them" not in said


def test_ctrl_c_is_one_line(tmp_path, capsys, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("mmlearn.experiments.run.execute_all", interrupted)
    path = notebook(tmp_path / "mine.ipynb")
    assert main([str(path), "--out", str(tmp_path / "r")]) == 130
    assert "the same command goes on" in capsys.readouterr().out


def test_run_explains_itself(capsys):
    from mmlearn.course import run

    with pytest.raises(SystemExit):
        run.main(["--help"])
    assert "--grid" in capsys.readouterr().out


def test_nothing_runs_where_a_parameter_is_wrong(tmp_path):
    path = notebook(tmp_path / "mine.ipynb")
    with pytest.raises(CourseError, match="Did you mean fusion"):
        main([str(path), "-p", "fussion=late", "--out", str(tmp_path / "runs")])
    assert not (tmp_path / "runs").exists()


@pytest.mark.once
def test_a_grid_that_was_killed_goes_on_where_it_stopped(tmp_path):
    path = notebook(tmp_path / "mine.ipynb")
    options = ["--grid", "fusion=late,gated,attention", "--seeds", "3"]

    def command(out):
        line = [sys.executable, "-m", "mmlearn", "run", str(path), "--out", str(out)]
        return [*line, *options, "-p", "wait=0.2"]

    whole, broken = tmp_path / "whole", tmp_path / "broken"
    subprocess.run(command(whole), cwd=ROOT, check=True, capture_output=True)
    process = subprocess.Popen(command(broken), cwd=ROOT, stdout=subprocess.DEVNULL)
    while len(folder.finished(broken) if broken.is_dir() else []) < 3:
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = {
        run: (run / "result.json").stat().st_mtime_ns for run in folder.finished(broken)
    }
    assert 3 <= len(before) < 9
    done = subprocess.run(command(broken), cwd=ROOT, check=True, capture_output=True)
    assert f"{len(before)} already there" in done.stdout.decode()
    assert finished(broken) == finished(whole)
    assert len(finished(whole)) == 9
    for run, when in before.items():
        assert (run / "result.json").stat().st_mtime_ns == when


def test_runs_go_side_by_side_in_processes(tmp_path):
    path = notebook(tmp_path / "mine.ipynb")
    runs = plan(path, varied=["fusion=late,gated"], out=tmp_path / "runs")
    assert execute_all(runs, jobs=2) == ["finished", "finished"]
    assert len(folder.finished(tmp_path / "runs")) == 2


def test_runs_go_to_a_cluster_of_dask_which_ends_with_them(tmp_path):
    distributed = pytest.importorskip("distributed")
    path = notebook(tmp_path / "mine.ipynb")
    runs = plan(path, varied=["fusion=late,gated"], out=tmp_path / "runs")
    assert execute_all(runs, jobs=2, engine="dask") == ["finished", "finished"]
    with pytest.raises(ValueError, match="No global client"):
        distributed.get_client()


def test_a_cluster_that_was_there_stays(tmp_path):
    distributed = pytest.importorskip("distributed")
    path = notebook(tmp_path / "mine.ipynb")
    options = {"n_workers": 1, "dashboard_address": None, "processes": False}
    with distributed.Client(**options) as client:
        runs = plan(path, out=tmp_path / "runs")
        assert execute_all(runs, jobs=2, engine="dask") == ["finished"]
        assert client.status == "running"


def test_an_engine_that_is_not_installed_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    runs = plan(notebook(tmp_path / "mine.ipynb"), out=tmp_path / "runs")
    with pytest.raises(CourseError, match="needs the package ray"):
        execute_all(runs, jobs=2, engine="ray")


def test_by_hand_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.delenv(FOLDER, raising=False)
    monkeypatch.chdir(tmp_path)
    assert keep({"a": 1}) == {"a": 1}
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_kept_is_refused():
    with pytest.raises(TypeError, match="cannot keep a float"):
        keep(1.0)


def made_run(place: Path, monkeypatch, share: float, groups=None, **parameters) -> Path:
    """A finished run of a made-up model that is right in about this share."""
    from mmlearn.evaluate import report

    label = np.arange(200) % 4
    wrong = np.random.default_rng(parameters["seed"]).random(200) > share
    run = folder.of_run(place, parameters, parameters, "x")
    run.mkdir(parents=True)
    folder.write_json(run / "parameters.json", parameters)
    monkeypatch.setenv(FOLDER, str(run))
    keep([{"train_loss": 2.0}, {"train_loss": 1.0}])
    keep(report(label, np.where(wrong, (label + 1) % 4, label), groups), "test")
    folder.write_json(run / "result.json", {})
    return run


def test_runs_are_compared_sample_by_sample(tmp_path, monkeypatch):
    for seed in range(3):
        made_run(tmp_path, monkeypatch, 0.9, fusion="gated", seed=seed)
        made_run(tmp_path, monkeypatch, 0.6, fusion="late", seed=seed)
    found = compare(tmp_path)
    assert found.best == "fusion=gated"
    assert [len(runs) for runs in found.runs.values()] == [3, 3]
    (gains,) = found.gains.values()
    assert len(gains) == 3 and all(gain.low > 0.15 for gain in gains)
    assert "±" in str(found) and "(the best)" in str(found)
    by_f1 = compare(tmp_path, metric="f1")
    assert by_f1.metric == "f1" and len(by_f1.gains["fusion=late"]) == 3


def test_only_some_runs_are_compared(tmp_path, monkeypatch, capsys):
    for fusion, epochs in (("gated", 20), ("late", 20), ("late", 1)):
        made_run(tmp_path, monkeypatch, 0.9, fusion=fusion, epochs=epochs, seed=0)
    assert len(compare(tmp_path).runs) == 3
    assert list(compare(tmp_path, only=["epochs=20"]).runs) == [
        "fusion=gated",
        "fusion=late",
    ]
    assert compare_main([str(tmp_path), "--only", "epochs=20"]) == 0
    assert "Kept: test; another one: --name" in capsys.readouterr().out
    with pytest.raises(CourseError, match=r"no finished run in .* with epochs=7"):
        compare(tmp_path, only=["epochs=7"])


def test_other_samples_are_not_paired(tmp_path, monkeypatch):
    made_run(tmp_path, monkeypatch, 0.9, fusion="gated", seed=0)
    made_run(tmp_path, monkeypatch, 0.6, np.arange(200) // 2, fusion="late", seed=0)
    assert compare(tmp_path).gains == {"fusion=late": []}


def test_the_comparison_is_drawn_and_written(tmp_path, monkeypatch, capsys):
    pytest.importorskip("tensorboard")
    made_run(tmp_path / "runs", monkeypatch, 0.9, fusion="gated", seed=0)
    made_run(tmp_path / "runs", monkeypatch, 0.6, fusion="late", seed=0)
    figure, board = tmp_path / "a.png", tmp_path / "board"
    options = ["--figure", str(figure), "--tensorboard", str(board)]
    assert compare_main([str(tmp_path / "runs"), *options]) == 0
    assert figure.stat().st_size > 5_000
    assert len({path.parent for path in board.glob("*/events*")}) == 2
    assert "fusion=late" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--metric", "beauty"], "kept no 'beauty'; it kept accuracy"),
        (["--name", "valid"], "No result is named 'valid'; there are test"),
    ],
)
def test_what_runs_did_not_keep_is_named(tmp_path, monkeypatch, options, words):
    made_run(tmp_path, monkeypatch, 0.9, fusion="gated", seed=0)
    with pytest.raises(CourseError, match=words):
        compare_main([str(tmp_path), *options])


def test_no_run_is_no_comparison(tmp_path):
    with pytest.raises(CourseError, match="no finished run"):
        compare(tmp_path)
