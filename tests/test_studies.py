"""Studies of any head: statistics on several test sets, and weights that are kept."""

import json
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest
import torch
from tiny import Interrupted, log_of_training
from tiny_letters import D_MODEL, build, prepare, tiny_study

from mmlearn.batch import TensorData, pad
from mmlearn.course.paths import CourseError
from mmlearn.encoders import SpectrogramEncoder
from mmlearn.fusion import ConcatFusion, Separate
from mmlearn.heads import Caption, Contrast, Tag
from mmlearn.metrics import RANKING, TAGS
from mmlearn.metrics.metric import Metric
from mmlearn.metrics.sequence import ERROR_RATE, errors
from mmlearn.model import MultimodalModel
from mmlearn.studies import digest, record, recorded, rows, stale, unfinished, weights
from mmlearn.studies.fingerprint import differences, of_model, of_study
from mmlearn.studies.study import Part, Splits, Weights, parts_of

KEPT = Weights("large", "Writes letters.", "Noise, in nobody's licence.", "Anything.")
SEEDS = record.SEEDS


@pytest.fixture
def trained(monkeypatch):
    """What has been trained as the study trains."""
    return log_of_training(monkeypatch, tiny_study())


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of the study with weights, recorded in one go."""
    folder = tmp_path_factory.mktemp("finished")
    record.record(tiny_study(weights=KEPT), folder)
    return folder


@pytest.fixture
def folder(tmp_path, finished):
    """A copy of it."""
    for path in finished.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def text(folder):
    return (folder / "99-letters.csv").read_text(encoding="utf-8")


def fresh(folder, **changed):
    return stale.verdict(tiny_study(**changed), folder, SEEDS)


def told(folder, model, **changed):
    return "; ".join(fresh(folder, **changed).stale[model])


ALL = [(name, seed) for seed in SEEDS for name in ("small", "large")]
WIDER = {"small": build(), "large": build(24)}
LOUDER = {"small": build(12), "large": build(16)}


# --- rows -----------------------------------------------------------------------------


def test_there_is_a_row_for_each_model_seed_test_set_and_metric(finished):
    table = record.read("99-letters", finished)
    keys = [(r["seed"], r["model"], r["test"], r["metric"]) for r in table]
    assert keys == [
        (str(seed), model, test, "CER")
        for seed in SEEDS
        for model in ("small", "large")
        for test in ("known voices", "new voices")
    ]
    by_key = dict(zip(keys, table, strict=True))
    for (seed, _, test, metric), row in by_key.items():
        assert float(row["value_low"]) <= float(row["value"])
        small = by_key[seed, "small", test, metric]
        gain = float(small["value"]) - float(row["value"])  # less is better
        assert float(row["gain"]) == pytest.approx(gain, abs=1.01e-4)
        assert row["over"] == "small"
    assert "# less is better: CER" in text(finished)
    assert "# tested, known voices: n = 8 in 4 groups" in text(finished)
    assert fresh(finished, weights=KEPT).fresh


def test_a_study_judges_a_model_as_it_is_recorded(finished):
    study, splits = tiny_study(), prepare()
    said = study.test_parts(study.train("large", splits, 1), splits)
    for test, report in said.items():
        kept = record.values("99-letters", "CER", test, finished)["large"][1]
        assert round(report["CER"].value, 4) == kept


def test_values_are_read_by_metric_and_test_set(finished, tmp_path):
    found = record.values("99-letters", "CER", "new voices", finished)
    assert list(found) == ["small", "large"] and len(found["large"]) == 3
    for metric, test in (("CER", None), ("WER", None), ("CER", "old voices")):
        with pytest.raises(KeyError, match=r"has no one .*CER of known voices; CER of"):
            record.values("99-letters", metric, test, finished)


def test_a_gain_is_above_0_where_it_is_better_whichever_way_that_is():
    groups = np.arange(6)
    share = {"errors": ERROR_RATE, "right": replace(ERROR_RATE, higher=True)}
    study = replace(tiny_study(), metrics=share)
    wrong = {"a": [1, 1, 2, 0, 1, 0], "b": [0, 1, 1, 0, 1, 0], "c": [1, 2, 2, 2, 1, 1]}
    data = TensorData({"audio": torch.zeros(6, 1)})
    splits = [Splits(data, data, test_parts={"x": Part(data, groups)})]
    of = {
        name: rows.of_statistics(study, splits, {"x": np.array([w, [4] * 6]).T})
        for name, w in wrong.items()
    }
    singles = {"a": of["a"], "c": of["c"]}
    less = rows._gain(of["b"]["x"], "errors", "x", singles)
    more = rows._gain(of["b"]["x"], "right", "x", singles)
    assert less["over"] == "a" and less["gain"] == round(2 / 24, 4) > 0
    assert more["over"] == "c" and more["gain"] == round(-6 / 24, 4)
    assert less["gain_low"] <= less["gain"] <= less["gain_high"]


def test_without_baselines_there_are_no_gains(tmp_path):
    study = tiny_study(single=(), models={"small": build()})
    record.record(study, tmp_path)
    assert "over" not in record.read("99-letters", tmp_path)[0]
    assert "# gain: " not in text(tmp_path)
    assert stale.verdict(study, tmp_path, SEEDS).fresh
    record.record(study, tmp_path, only=["small"])
    assert stale.verdict(study, tmp_path, SEEDS).fresh


# --- interrupted, and one model -------------------------------------------------------


def test_recorded_again_it_is_the_same_to_the_byte(folder, finished, trained):
    record.record(tiny_study(weights=KEPT), folder)
    assert list(trained) == ALL
    for path in finished.iterdir():
        assert (folder / path.name).read_bytes() == path.read_bytes()
    names = ["99-letters.csv", "99-letters.md", "99-letters.safetensors"]
    assert sorted(path.name for path in folder.iterdir()) == names
    path = folder / "99-letters.csv"
    recorded.save(path, recorded.load(path))
    assert text(folder) == text(finished)


@pytest.mark.parametrize("stop", [1, 2, 5])
def test_an_interrupted_recording_goes_on_where_it_stopped(
    tmp_path, finished, trained, stop
):
    study = tiny_study(weights=KEPT)
    trained.stop = stop
    with pytest.raises(Interrupted):
        record.record(study, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [unfinished.FOLDER]
    trained.stop = None
    record.record(study, tmp_path)
    assert list(trained) == ALL
    for path in finished.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
    assert len(list(tmp_path.iterdir())) == 3


def test_weights_that_were_lost_meanwhile_are_trained_again(
    tmp_path, finished, trained
):
    study = tiny_study(weights=KEPT)
    trained.stop = 3
    with pytest.raises(Interrupted):
        record.record(study, tmp_path)
    weights.waiting(study, tmp_path).unlink()
    trained.stop = None
    record.record(study, tmp_path)
    assert sorted(trained) == sorted([*ALL, ("large", 0)])
    assert text(tmp_path) == text(finished)


def test_only_trains_that_model_and_not_what_it_is_compared_with(folder, trained):
    before = record.read("99-letters", folder)
    record.record(tiny_study(models=WIDER), folder, only=["large"])
    assert list(trained) == [("large", seed) for seed in SEEDS]
    after = record.read("99-letters", folder)
    for old, new in zip(before, after, strict=True):
        assert (old == new) == (old["model"] == "small")
    record.record(tiny_study(models=WIDER), folder / "whole")
    assert text(folder) == text(folder / "whole")


def test_a_new_baseline_moves_the_gains_of_all_without_training_them(folder, trained):
    record.record(tiny_study(models=LOUDER), folder, only=["small"])
    assert {model for model, _ in trained} == {"small"}
    record.record(tiny_study(models=LOUDER), folder / "whole")
    assert record.read("99-letters", folder) == record.read(
        "99-letters", folder / "whole"
    )


def test_long_statistics_are_not_kept_and_baselines_are_trained_for_them(
    tmp_path, monkeypatch, trained, capsys
):
    monkeypatch.setattr(record, "KEPT", 60)
    record.record(tiny_study(), tmp_path)
    assert "# statistics" not in text(tmp_path)
    assert fresh(tmp_path).fresh
    trained.clear()
    record.record(tiny_study(models=WIDER), tmp_path, only=["large"])
    assert list(trained) == [(name, seed) for seed in SEEDS for name in WIDER]
    assert "trains small too" in capsys.readouterr().out
    record.record(tiny_study(models=WIDER), tmp_path / "whole")
    assert text(tmp_path) == text(tmp_path / "whole")


def test_statistics_are_kept_exactly():
    draw = np.random.default_rng(0)
    for numbers in (draw.normal(size=(7, 5)), draw.integers(0, 9, (100, 2)) / 3):
        kept = json.loads(json.dumps(recorded.packed(numbers)))
        assert np.array_equal(recorded.unpacked(kept), numbers)
    whole = recorded.packed(draw.integers(0, 12, (400, 4)).astype(float))
    assert len(whole["bits"]) < 2_000
    with pytest.raises(ValueError):
        recorded.unpacked(whole | {"shape": [400, 3]})


# --- what is stale --------------------------------------------------------------------


def by_text(model, part, splits):
    """Letters, against the texts that stand beside the data."""
    model.eval()
    with torch.no_grad():
        said = model.head.predict(model(part.data[slice(0, len(part.data))]))
    words = ["".join(splits.more["letters"][i] for i in row) for row in said]
    pairs = zip(words, part.about, strict=True)
    return np.array([[errors(a, b), len(b)] for a, b in pairs])


def harsher(model, part, splits):
    return by_text(model, part, splits) * [2, 1]


def moved(fold=0, what=None):
    made = prepare(fold)
    part = made.test_parts["new voices"]
    changed = {
        "groups": lambda: replace(part, groups=part.groups[::-1]),
        "about": lambda: replace(part, about=["b", *part.about[1:]]),
        "data": lambda: replace(part, data=TensorData(part.data[torch.arange(8) // 2])),
    }[what]()
    return replace(made, test_parts={**made.test_parts, "new voices": changed})


def without_a_part(fold=0):
    made = prepare(fold)
    return replace(made, test_parts={"new voices": made.test_parts["new voices"]})


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"judge": by_text}, ""),  # the same in another way
        ({"judge": harsher}, "judged, "),
        ({"metrics": {"CER": replace(ERROR_RATE, reduce=lambda s: s[..., 0])}}, "judg"),
        ({"metrics": {"CER": ERROR_RATE, "more": ERROR_RATE}}, "judged, more of"),
        ({"models": WIDER}, "parameters: "),
        ({"prepare": partial(prepare, loud=2.1)}, "data of fold 0, audio"),
        ({"prepare": partial(moved, what="groups")}, "labels, groups, masks"),
        ({"prepare": partial(moved, what="about")}, "data of fold 0, about new voices"),
        ({"prepare": partial(moved, what="data")}, "labels, groups, masks"),
        ({"prepare": without_a_part}, "data of fold 0, about known voices: gone"),
        ({"training": tiny_study().training | {"epochs": 4}}, "options, epochs"),
        ({"weights": None}, "weights in the record, but none in the study"),
        ({"weights": replace(KEPT, model="small")}, ""),  # of another model: see below
    ],
)
def test_what_changes_is_noticed(finished, changed, why):
    found = told(finished, "large", **({"weights": KEPT} | changed))
    assert why in found and bool(why) == bool(found)


def test_rows_that_were_changed_by_hand_are_noticed(folder):
    path = folder / "99-letters.csv"
    kept = recorded.load(path)
    kept.rows[0] = {**kept.rows[0], "value": "0.1234"}
    kept.rows.pop()
    recorded.save(path, kept)
    assert told(folder, "small", weights=KEPT).startswith(
        "seed 0: CER of known voices is 0.1234 in the row, "
    )
    assert "are not of known voices, new voices, each with the metrics CER" in told(
        folder, "large", weights=KEPT
    )


def test_a_value_that_is_not_defined_is_no_reason_to_be_stale(tmp_path):
    never = Metric(lambda sums: sums[..., 0] * np.nan)
    study = tiny_study(metrics={"never": never}, single=(), models={"small": build()})
    record.record(study, tmp_path)
    assert record.read("99-letters", tmp_path)[0]["value"] == "nan"
    assert stale.verdict(study, tmp_path, SEEDS).fresh


@dataclass
class Scene:
    """What a judge may be told of a sample."""

    things: list[str]
    size: np.ndarray


def test_what_is_known_of_a_sample_has_a_checksum_or_is_refused():
    def scene(last):
        return [Scene(["bee", last], np.arange(3)), {"n": np.int64(3)}, ("x", 1.5)]

    assert digest.told(scene("cat")) == digest.told(scene("cat"))
    assert digest.told(scene("cat")) != digest.told(scene("dog"))
    with pytest.raises(TypeError, match="about holds a set"):
        digest.told([{1, 2}])


def test_splits_have_one_test_split_or_several_test_sets():
    data = prepare().train
    part = Part(data, np.arange(24))
    assert list(parts_of(Splits(data, data, data, np.arange(24)))) == ["test"]
    for faulty in ({}, {"test": data, "test_parts": {"x": part}}):
        with pytest.raises(ValueError, match="expected one of the two"):
            parts_of(Splits(data, data, **faulty))
    with pytest.raises(ValueError, match="no test_groups"):
        parts_of(Splits(data, data, data))
    with pytest.raises(ValueError, match="several test sets"):
        tiny_study().test(build()(prepare()), prepare())


# --- other heads ----------------------------------------------------------------------


def with_targets(column):
    """A function that prepares 40 sounds and the targets of a head; no groups."""

    def prepared(fold=0):
        draw = torch.Generator().manual_seed(0)
        sounds = pad([torch.randn(6 + i % 3, 6, generator=draw) for i in range(40)])
        data = TensorData({"audio": sounds, **column(draw)})
        first, second = (TensorData(data[r]) for r in torch.arange(40).split(20))
        return Splits(first, second, test_parts={"all": Part(second, np.arange(20))})

    return prepared


def sentences(draw):
    rows = (torch.randint(2, 6, (2 + i % 2,), generator=draw) for i in range(40))
    begin, end = torch.tensor([0]), torch.tensor([1])
    return {"caption": pad([torch.cat([begin, row, end]) for row in rows])}


def with_head(fusion, head, pool):
    tower = SpectrogramEncoder(6, D_MODEL, width=8, pool=pool)
    return MultimodalModel({"audio": tower}, fusion(["audio"], D_MODEL), head)


def two_towers(splits):
    towers = {
        "audio": SpectrogramEncoder(6, D_MODEL, width=8),
        "again": SpectrogramEncoder(6, D_MODEL, width=8),
    }
    fusion = Separate(list(towers), D_MODEL)
    return MultimodalModel(towers, fusion, Contrast("audio", "again", D_MODEL, width=4))


HEADS = {
    "caption": (
        sentences,
        lambda s: with_head(Separate, Caption(D_MODEL, 6, 0, 1, depth=1), False),
        {"word error rate": ERROR_RATE},
    ),
    "tags": (
        lambda draw: {"tags": torch.rand(40, 3, generator=draw) < 0.4},
        lambda s: with_head(ConcatFusion, Tag(D_MODEL, 3), True),
        {name: TAGS[name] for name in ("map", "precision@1")},
    ),
    "contrast": (
        lambda draw: {"again": torch.randn(40, 6, 6, generator=draw)},
        two_towers,
        dict(list(RANKING.items())[:2]),
    ),
}


@pytest.mark.parametrize("what", HEADS)
def test_every_head_is_recorded_resumed_and_fresh(what, tmp_path):
    column, model, metrics = HEADS[what]
    study = tiny_study(
        prepare=with_targets(column),
        models={"plain": model},
        single=(),
        metrics=metrics,
        training={"epochs": 1, "keep": next(iter(metrics))},
    )
    record.record(study, tmp_path)
    assert stale.verdict(study, tmp_path, SEEDS).fresh
    assert len(record.read(study.name, tmp_path)) == 3 * len(metrics)
    before = text(tmp_path)
    record.record(study, tmp_path, only=["plain"])
    assert text(tmp_path) == before
    splits = study.prepare(0)
    changed = replace(study, training={**study.training, "learning_rate": 3e-3})
    shared = (of_study(each, [splits]) for each in (study, changed))
    assert differences(*shared)[0].startswith("options, learning_rate: ")
    assert differences(*(of_model(each, splits, "plain") for each in (study, changed)))


# --- weights --------------------------------------------------------------------------


def test_the_weights_are_those_that_were_measured(finished):
    splits = prepare()
    model = weights.load("99-letters", build(16)(splits), finished)
    assert not model.training
    said = tiny_study().test_parts(model, splits)
    for test, report in said.items():
        kept = record.values("99-letters", "CER", test, finished)["large"][0]
        assert round(report["CER"].value, 4) == kept
    card = (finished / "99-letters.md").read_text(encoding="utf-8")
    for part in (KEPT.what, KEPT.data, KEPT.not_for, "n = 8 in 4 groups"):
        assert part in card
    assert (
        f"| new voices | CER (less is better) | {said['new voices']['CER']} |" in card
    )


def test_weights_that_do_not_belong_are_refused(folder):
    def refused(why, model=None, name="99-letters"):
        with pytest.raises(ValueError, match=why):
            weights.load(name, model or build(16)(splits), folder)

    splits = prepare()
    other = replace(splits, more={"letters": "-cba"})
    refused("was trained on another preparation", build(16)(other))
    refused("this one has {}", build(16, marked=False)(splits))
    refused("large|expects", build(24)(splits))
    path = folder / "99-letters.safetensors"
    whole = path.read_bytes()
    build(16)(splits).save(path)  # of another recording
    refused("not the weights of 99-letters.csv, or damaged")
    assert "weights: " in told(folder, "large", weights=KEPT)
    path.write_bytes(whole[:-7])
    refused("or damaged")
    path.unlink()
    with pytest.raises(FileNotFoundError, match="python -m mmlearn results 99-letters"):
        weights.load("99-letters", build(16)(splits), folder)
    record.record(tiny_study(), folder)
    refused("the record of 99-letters keeps no weights")
    assert told(folder, "large", weights=KEPT) == "its weights are not recorded yet"


def test_weights_stay_while_another_model_is_recorded(folder, finished, trained):
    models = {"small": build(), "large": build(16), "new": build(12)}
    record.record(tiny_study(models=models, weights=KEPT), folder, only=["new"])
    assert {model for model, _ in trained} == {"new"}
    for ending in ("safetensors", "md"):
        name = f"99-letters.{ending}"
        assert (folder / name).read_bytes() == (finished / name).read_bytes()
    assert fresh(folder, models=models, weights=KEPT).fresh


def test_outputs_that_are_not_those_of_the_weights_are_noticed(folder):
    path = folder / "99-letters.csv"
    kept = recorded.load(path)
    kept.weights["outputs"][3] += 0.01
    recorded.save(path, kept)
    assert "outputs of the weights, number 4: " in told(folder, "large", weights=KEPT)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"models": {"large": build(16, marked=False)}}, "what it is made for"),
        ({"models": {"small": build()}}, "weights of 'large', with 1 fold"),
        ({"folds": 2}, "with 2 fold"),
    ],
)
def test_weights_that_could_not_be_kept_are_refused_before_training(
    tmp_path, trained, changed, why
):
    study = tiny_study(**({"single": (), "weights": KEPT} | changed))
    with pytest.raises(CourseError, match=why):
        record.record(study, tmp_path)
    assert not trained


def test_weights_that_are_too_large_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "LARGEST", 8_000)
    with pytest.raises(CourseError, match=r"large are 8,\d+ bytes; .* at most 8,000"):
        record.record(tiny_study(weights=KEPT), tmp_path)


with_weights = [study for study in record.STUDIES if study.weights]


@pytest.mark.parametrize("study", with_weights, ids=lambda s: s.name)
def test_the_weights_that_stand_here_belong_to_their_record(study):
    """Also where the machine draws other numbers than where they were trained."""
    kept = recorded.load(record.RESULTS / f"{study.name}.csv")
    assert weights.differ(study, [study.prepare(0)], kept, record.RESULTS) == []
    path = record.RESULTS / f"{study.name}.safetensors"
    assert path.stat().st_size < weights.LARGEST + 100_000
    assert path.with_suffix(".md").is_file()
