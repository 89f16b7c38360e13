"""Recorded results: complete, honest about what made them, and never half-written."""

import numpy as np
import pytest
import torch

from mmlearn.batch import TensorData
from mmlearn.evaluate import Interval
from mmlearn.studies import record
from mmlearn.studies.digits_in_noise import D_MODEL, encoders
from mmlearn.studies.study import Splits, Study


@pytest.mark.parametrize("study", record.STUDIES, ids=lambda study: study.name)
def test_the_record_was_made_by_the_code_that_stands_here(study):
    text = (record.RESULTS / f"{study.name}.csv").read_text(encoding="utf-8")
    assert f"# digest: {record.digest(study)}\n" in text, (
        "the code has changed since the record was made: "
        f"python -m mmlearn results {study.name}"
    )


@pytest.mark.parametrize("study", record.STUDIES, ids=lambda study: study.name)
def test_the_record_has_every_model_and_seed(study):
    rows = record.read(study.name)
    found = [(row["model"], int(row["seed"])) for row in rows]
    assert found == [(name, seed) for seed in record.SEEDS for name in study.models]
    for row in rows:
        assert 0 <= float(row["accuracy_low"]) <= float(row["accuracy"]) <= 1
        assert float(row["gain_low"]) <= float(row["gain"]) <= float(row["gain_high"])


def test_comments_and_docstrings_do_not_count(monkeypatch):
    with_words = 'def f(x):\n    """Say."""\n    # why\n    return x + 1\n'
    without = "def f(x):\n    return   x + 1\n"
    other = "def f(x):\n    return x + 2\n"
    strip = record._without_docstrings
    assert strip(with_words) == strip(without) != strip(other)


def test_the_digest_covers_what_a_study_runs_and_nothing_else():
    source = record.Path(record.NOISY.source)
    names = {str(f.relative_to(record.PACKAGE)) for f in record.code_of(source)}
    assert {"studies/digits_in_noise.py", "data/digits.py", "train.py"} <= names
    assert {"encoders/audio.py", "fusion/attention.py", "heads/late.py"} <= names
    assert not names & {"encoders/text.py", "plot.py", "data/cache.py"}


def tiny_study() -> Study:
    from mmlearn.fusion import ConcatFusion
    from mmlearn.heads import Classify
    from mmlearn.model import MultimodalModel

    def prepare(fold: int) -> Splits:
        torch.manual_seed(0)
        label = torch.arange(40) % 2
        picture = torch.randn(40, 1, 8, 8)
        picture[:, :, :4] += 2 * label.view(-1, 1, 1, 1)
        data = TensorData({"image": picture, "label": label})
        return Splits(data, data, data, np.arange(40) // 2, ("no", "yes"))

    def build(splits: Splits) -> MultimodalModel:
        fusion = ConcatFusion(["image"], D_MODEL)
        return MultimodalModel(encoders("image"), fusion, Classify(D_MODEL, 2))

    models = {"one": build, "two": build}
    return Study("99-tiny", __file__, prepare, models, ("one",), {"epochs": 1}, folds=2)


def test_record_writes_what_read_reads(tmp_path, capsys):
    study = tiny_study()
    path = record.record(study, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["99-tiny.csv"]
    rows = record.read("99-tiny", tmp_path)
    assert [(r["model"], r["seed"]) for r in rows] == [
        (name, str(seed)) for seed in record.SEEDS for name in ("one", "two")
    ]
    # The two models are built alike and seeded alike, so the gain is none.
    assert all(float(row["gain"]) == 0 and row["over"] == "one" for row in rows)
    assert list(record.accuracies("99-tiny", tmp_path)) == ["one", "two"]
    assert "n = 80 in 20 groups, 2 fold(s)" in path.read_text(encoding="utf-8")
    assert "99-tiny  seed 2  two" in capsys.readouterr().out


def test_what_is_missing_is_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(record, "only_current", lambda what: None)
    with pytest.raises(FileNotFoundError, match="python -m mmlearn results 05-none"):
        record.read("05-none", tmp_path)
    assert record.main([]) == 2
    assert "begins with (nothing)" in capsys.readouterr().out
    assert record.main(["77"]) == 2
    assert "there are: 05-digits-clean" in capsys.readouterr().out
    assert record._numbers("gain", Interval(0.12345, 0.1, 0.2))["gain"] == 0.1235
