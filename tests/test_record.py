"""Recorded results: complete, honest about what made them, and never half-written."""

import json
import os
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from tiny import (
    MODELS,
    Interrupted,
    build,
    log_of_training,
    prepare,
    tiny_study,
)

from mmlearn.course.paths import CourseError
from mmlearn.evaluate import Interval
from mmlearn.studies import record, recorded, rows, stale, unfinished

each_study = pytest.mark.parametrize("study", record.STUDIES, ids=lambda s: s.name)


# --- the records that stand here -----------------------------------------------------


@each_study
@pytest.mark.once
def test_the_code_computes_what_it_did_when_the_record_was_made(study):
    """In seconds; `python -m mmlearn results --check` says the same."""
    found = stale.verdict(study, record.RESULTS, record.SEEDS)
    if found.unknown:
        pytest.skip(found.unknown)
    fix = f"Fix: python -m mmlearn results {study.name} (with --only MODEL for one)"
    assert found.fresh, "\n".join([*found.lines(study.name), fix])
    assert list(found.stale) == list(study.models)


@each_study
def test_the_record_has_every_model_and_seed(study):
    rows = record.read(study.name)
    found = dict.fromkeys((row["model"], int(row["seed"])) for row in rows)
    assert list(found) == [
        (name, seed) for seed in record.SEEDS for name in study.models
    ]
    named = ["accuracy" if study.metrics is None else "value"]
    named += ["gain"] if study.single else []
    for row in rows:
        for name in named:
            value = float(row[name])
            if not np.isnan(value):  # a metric that is not defined there
                assert not value < float(row[f"{name}_low"])
                assert not value > float(row[f"{name}_high"])


@each_study
def test_the_record_knows_what_its_gains_rest_upon(study):
    """The answers of the single modalities, sample by sample, agree with their rows."""
    if study.metrics is not None:
        return  # `stale.verdict` compares rows and statistics, where these are kept
    kept = recorded.load(record.RESULTS / f"{study.name}.csv")
    assert {name for name, _ in kept.right} >= set(study.single)
    for row in kept.rows:
        right = kept.right.get((row["model"], int(row["seed"])))
        if right is not None:
            assert round(float(right.mean()), 4) == float(row["accuracy"])
            assert f"n = {len(right)} in " in kept.notes[1]


# --- recording -----------------------------------------------------------------------


@pytest.fixture
def trained(monkeypatch):
    """What has been trained as the study trains."""
    return log_of_training(monkeypatch, tiny_study())


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The text of the tiny study's record, trained in one go."""
    path = record.record(tiny_study(), tmp_path_factory.mktemp("finished"))
    assert [file.name for file in path.parent.iterdir()] == ["99-tiny.csv"]
    return path.read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path, finished):
    """A folder with that record."""
    (tmp_path / "99-tiny.csv").write_text(finished, encoding="utf-8")
    return tmp_path


def rows_of(folder, *models):
    rows = record.read("99-tiny", folder)
    return [row for row in rows if not models or row["model"] in models]


ALL = [(name, seed) for seed in record.SEEDS for name in MODELS for _ in range(2)]
WIDER = MODELS | {"both": build("image", "audio", width=16)}


def test_record_writes_what_read_reads(folder, finished):
    rows = record.read("99-tiny", folder)
    assert [(r["model"], r["seed"]) for r in rows] == [
        (name, str(seed)) for seed in record.SEEDS for name in MODELS
    ]
    for seed in range(0, len(rows), len(MODELS)):
        image, audio, both = rows[seed : seed + len(MODELS)]
        best = max(image, audio, key=lambda row: float(row["accuracy"]))
        for row in (image, audio, both):
            assert row["over"] == best["model"]
            gain = float(row["accuracy"]) - float(best["accuracy"])
            assert float(row["gain"]) == pytest.approx(gain, abs=1.01e-4)
    assert list(record.accuracies("99-tiny", folder)) == list(MODELS)
    assert "n = 60 in 30 groups, 2 fold(s)" in finished
    assert stale.verdict(tiny_study(), folder, record.SEEDS).fresh


def test_a_record_that_is_saved_again_is_the_same_to_the_byte(folder, finished):
    path = folder / "99-tiny.csv"
    recorded.save(path, recorded.load(path))
    assert path.read_text(encoding="utf-8") == finished


def test_recorded_again_it_is_trained_again_and_the_same(folder, finished, trained):
    record.record(tiny_study(), folder)
    assert list(trained) == ALL
    assert (folder / "99-tiny.csv").read_text(encoding="utf-8") == finished


@pytest.mark.parametrize("stop", [1, 5, 17])
def test_an_interrupted_recording_goes_on_where_it_stopped(
    tmp_path, finished, trained, stop
):
    trained.stop = stop
    with pytest.raises(Interrupted):
        record.record(tiny_study(), tmp_path)
    assert not (tmp_path / "99-tiny.csv").exists()
    trained.stop = None
    path = record.record(tiny_study(), tmp_path)
    assert list(trained) == ALL  # each model, seed and fold once
    assert path.read_text(encoding="utf-8") == finished
    assert [file.name for file in tmp_path.iterdir()] == ["99-tiny.csv"]


def test_a_model_that_changes_meanwhile_begins_anew_and_the_others_go_on(
    tmp_path, trained, capsys
):
    trained.stop = 11
    with pytest.raises(Interrupted):
        record.record(tiny_study(), tmp_path)
    trained.stop = None
    done, changed = list(trained), tiny_study(models=WIDER)
    trained.clear()
    path = record.record(changed, tmp_path)
    waiting = [each for each in ALL if each[0] == "both" or each not in done]
    assert sorted(trained) == sorted(waiting)
    assert "both: begins anew, it has changed: model, parameters: " in (
        capsys.readouterr().out
    )
    other = tmp_path / "other"
    assert path.read_text("utf-8") == record.record(changed, other).read_text("utf-8")


def test_data_that_change_meanwhile_make_all_begin_anew(tmp_path, trained, capsys):
    trained.stop = 11
    with pytest.raises(Interrupted):
        record.record(tiny_study(), tmp_path)
    trained.stop = None
    trained.clear()
    record.record(tiny_study(prepare=partial(prepare, scale=1.01)), tmp_path)
    assert list(trained) == ALL
    assert capsys.readouterr().out.count("begins anew") == len(MODELS)


@pytest.mark.parametrize("at", [0, 3])
def test_a_fault_while_writing_leaves_what_was_there(folder, finished, monkeypatch, at):
    plain, calls = os.replace, []

    def full(source, target):
        calls.append(target)
        if len(calls) > at:
            raise OSError(28, "No space left on device")
        plain(source, target)

    monkeypatch.setattr(recorded.os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        record.record(tiny_study(), folder)
    assert (folder / "99-tiny.csv").read_text(encoding="utf-8") == finished
    left = folder / unfinished.FOLDER / "99-tiny.json"
    if at:
        kept = json.loads(left.read_text(encoding="utf-8"))
        assert sum(len(each["predicted"]) for each in kept.values()) == at
    else:
        assert not left.exists()


# --- one model of a record -----------------------------------------------------------


def test_only_trains_that_model_and_leaves_the_rows_of_the_others(folder, trained):
    before = rows_of(folder)
    study = tiny_study(models=WIDER)
    record.record(study, folder, only=["both"])
    assert set(trained) == {("both", seed) for seed in record.SEEDS}
    assert len(trained) == 6  # two folds each
    assert rows_of(folder, "image", "audio") == [
        row for row in before if row["model"] != "both"
    ]
    whole = folder / "whole"
    record.record(study, whole)
    assert rows_of(folder) == rows_of(whole)
    assert stale.verdict(study, folder, record.SEEDS).fresh


def test_a_new_single_modality_moves_the_gains_of_all_without_training_them(
    folder, trained
):
    models = MODELS | {"audio": build("audio", dropout=0.0, width=16)}
    models["audio"] = lambda splits: build("audio", dropout=0.6)(splits)
    study = tiny_study(models=models)
    record.record(study, folder, only=["audio"])
    assert {model for model, _ in trained} == {"audio"}
    whole = folder / "whole"
    record.record(study, whole)
    assert rows_of(folder) == rows_of(whole)


def test_answers_that_the_record_does_not_hold_are_trained_for(folder, trained, capsys):
    path = folder / "99-tiny.csv"
    without = recorded.load(path)
    without.right = {k: x for k, x in without.right.items() if k[0] == "image"}
    recorded.save(path, without)
    record.record(tiny_study(models=WIDER), folder, only=["both"])
    assert {model for model, _ in trained} == {"audio", "both"}
    assert "trains audio too: the gains rest on" in capsys.readouterr().out
    whole = folder / "whole"
    record.record(tiny_study(models=WIDER), whole)
    assert rows_of(folder) == rows_of(whole)


def test_a_stale_single_modality_is_trained_too(folder, trained):
    models = WIDER | {"audio": build("audio", dropout=0.6)}
    record.record(tiny_study(models=models), folder, only=["both"])
    assert {model for model, _ in trained} == {"audio", "both"}
    assert stale.verdict(tiny_study(models=models), folder, record.SEEDS).fresh


def test_a_stale_model_stays_stale_while_another_is_recorded(folder):
    models = WIDER | {"late": build("image", "audio", dropout=0.0)}
    study = tiny_study(models=models)
    record.record(study, folder, only=["late"])
    found = stale.verdict(study, folder, record.SEEDS).stale
    assert [name for name, reasons in found.items() if reasons] == ["both"]
    assert [r["model"] for r in rows_of(folder)] == list(models) * len(record.SEEDS)


def test_only_is_refused_where_old_and_new_rows_cannot_be_compared(folder, tmp_path):
    study = tiny_study(prepare=partial(prepare, scale=1.01))
    with pytest.raises(
        CourseError, match=r"data of fold 0, image, number 1: .*all mod"
    ):
        record.record(study, folder, only=["both"])
    with pytest.raises(CourseError, match=r"99-tiny has no model 'x'; it has image, "):
        record.record(tiny_study(), folder, only=["x"])
    with pytest.raises(CourseError, match=r"no 99-tiny\.csv to add a model to"):
        record.record(tiny_study(), tmp_path / "empty", only=["both"])


def test_rows_of_a_model_that_is_gone_are_left_out(folder, capsys):
    models = {name: MODELS[name] for name in ("image", "audio")}
    study = tiny_study(models=models)
    record.record(study, folder, only=["audio"])
    assert "both: no longer in the study" in capsys.readouterr().out
    assert {row["model"] for row in rows_of(folder)} == set(models)
    assert stale.verdict(study, folder, record.SEEDS).fresh


# --- what is stale -------------------------------------------------------------------


def test_check_names_the_model_and_the_numbers_and_fails(folder, capsys):
    assert record.check([tiny_study()], folder) == 0
    fresh = [f"99-tiny: {name}: fresh" for name in MODELS]
    assert capsys.readouterr().out.splitlines() == fresh
    assert record.check([tiny_study(models=WIDER)], folder) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == fresh[:2]
    assert lines[2].startswith("99-tiny: both: stale: parameters: ")
    assert all(line.startswith("99-tiny: both: stale: ") for line in lines[2:])


def test_check_names_what_all_models_rest_upon_for_each(folder):
    study = tiny_study(folds=1)
    found = stale.verdict(study, folder, record.SEEDS).stale
    assert list(found) == list(MODELS)
    assert all(reasons == ["data of fold 1: gone"] for reasons in found.values())


def test_check_names_models_of_one_side_only(folder):
    models = {name: MODELS[name] for name in ("image", "audio")}
    models["new"] = build("image", "audio")
    found = stale.verdict(tiny_study(models=models), folder, record.SEEDS)
    assert found.stale == {
        "image": [],
        "audio": [],
        "new": ["in the study, but not recorded yet"],
        "both": ["in the record, but no longer in the study"],
    }
    assert not found.fresh


def test_check_of_no_record_and_of_one_without_fingerprints(folder, tmp_path):
    nothing = stale.verdict(tiny_study(), tmp_path / "empty", record.SEEDS)
    assert nothing.stale == {name: ["not recorded yet"] for name in MODELS}
    path = folder / "99-tiny.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(x for x in lines if not x.startswith("#")), "utf-8")
    bare = stale.verdict(tiny_study(), folder, record.SEEDS)
    assert bare.stale == {name: ["recorded without a fingerprint"] for name in MODELS}


def test_check_sees_rows_that_are_missing_or_changed_by_hand(folder):
    path = folder / "99-tiny.csv"
    kept = recorded.load(path)
    last = kept.rows.pop()
    kept.rows[0] = {**kept.rows[0], "accuracy": "0.9876"}
    recorded.save(path, kept)
    found = stale.verdict(tiny_study(), folder, record.SEEDS).stale
    assert found[last["model"]] == ["rows of seeds [0, 1]; expected [0, 1, 2]"]
    assert found["image"][0].startswith("seed 0: accuracy 0.9876 in the row, ")
    assert found["audio"] == []


def test_a_machine_that_draws_other_numbers_says_so_and_is_not_fresh(folder, capsys):
    path = folder / "99-tiny.csv"
    kept = recorded.load(path)
    kept.study["machine"]["drawn"][2] += 1
    recorded.save(path, kept)
    assert record.check([tiny_study()], folder) == 1
    out = capsys.readouterr().out
    assert out.startswith("99-tiny: cannot be compared here: torch draws other random")
    assert "machine, drawn, number 3: " in out and len(out.splitlines()) == 1


def test_a_fingerprint_that_cannot_be_read_is_named_with_its_line(folder):
    path = folder / "99-tiny.csv"
    lines = path.read_text("utf-8").splitlines()
    number = next(i for i, x in enumerate(lines) if x.startswith("# model: "))
    lines[number] = lines[number][:40]
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(ValueError, match=rf"99-tiny\.csv, line {number + 1}: "):
        recorded.load(path)


# --- the command ---------------------------------------------------------------------


def test_what_is_missing_is_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(record, "only_current", lambda what: None)
    with pytest.raises(FileNotFoundError, match="python -m mmlearn results 05-none"):
        record.read("05-none", tmp_path)
    assert record.main([]) == 2
    assert "begins with (nothing)" in capsys.readouterr().out
    assert record.main(["77"]) == 2
    assert "there are: 05-digits-clean" in capsys.readouterr().out
    assert rows._numbers("gain", Interval(0.12345, 0.1, 0.2))["gain"] == 0.1235
    with pytest.raises(CourseError, match=r"No study has nothing\. There are 06-emoji"):
        record.main(["06", "--only", "nothing"])
    with pytest.raises(SystemExit, match="2"):
        record.main(["--check", "--only", "late"])
    assert "leave --only out" in capsys.readouterr().err


def test_the_command_records_one_model_where_it_is_known(monkeypatch, folder, capsys):
    other = replace(tiny_study(), name="99-other", models={"image": MODELS["image"]})
    done = []
    monkeypatch.setattr(record, "only_current", lambda what: None)
    monkeypatch.setattr(record, "STUDIES", (other, tiny_study()))
    monkeypatch.setattr(
        record, "record", lambda study, only: done.append((study.name, only))
    )
    assert record.main(["99", "--only", "both"]) == 0
    assert done == [("99-tiny", ["both"])]
    assert record.main(["99"]) == 0
    assert done[1:] == [("99-other", None), ("99-tiny", None)]


def test_the_command_checks_all_or_some(monkeypatch):
    checked = []
    monkeypatch.setattr(record, "check", lambda studies: checked.append(studies) or 0)
    assert record.main(["--check"]) == record.main(["05-emoji", "--check"]) == 0
    assert checked == [list(record.STUDIES), [record.SUBGROUPS]]


def test_samples_that_do_not_fill_a_byte_are_kept_one_by_one(tmp_path):
    path = tmp_path / "x.csv"
    for n in (1, 7, 8, 9, 60):
        right = np.arange(n) % 3 == 0
        kept = recorded.Record(right={("a, b", 0): right}, rows=[{"model": "a, b"}])
        recorded.save(path, kept)
        assert np.array_equal(recorded.load(path).right["a, b", 0], right)
    with pytest.raises(ValueError, match="without rows"):
        recorded.save(path, recorded.Record())
