"""Metrics against scikit-learn, intervals against theory, and what is refused."""

import inspect
import pickle
import time
import tracemalloc

import numpy as np
import pytest
import torch
from models import CLASSES as N_CLASSES
from models import D_MODEL, batch_of, build
from sklearn.metrics import (
    confusion_matrix,
    f1_score,
    precision_recall_fscore_support,
    precision_score,
    recall_score,
)

from mmlearn.batch import TensorData
from mmlearn.evaluate import (
    beats,
    evaluate,
    paired_difference,
    predict,
    report,
    report_of,
)
from mmlearn.fusion import ConcatFusion
from mmlearn.heads import Classify
from mmlearn.metrics import CLASSES, REGRESSION, Metric


def predictions(seed: int, accuracy: float, n: int = 400, classes: int = 4):
    rng = np.random.default_rng(seed)
    label = rng.integers(0, classes, n)
    right = rng.random(n) < accuracy
    return label, np.where(right, label, (label + 1) % classes)


def test_values_are_those_of_scikit_learn():
    label, predicted = predictions(0, 0.7)
    done = report(label, predicted)
    assert done.accuracy.value == (label == predicted).mean()
    for ours, theirs in (
        (done.precision, precision_score),
        (done.recall, recall_score),
        (done.f1, f1_score),
    ):
        assert ours.value == pytest.approx(theirs(label, predicted, average="macro"))
        assert ours.low < ours.value < ours.high
    assert done.confusion.sum() == 400
    assert done.confusion[1, 2] == ((label == 1) & (predicted == 2)).sum()
    assert "n = 400 in 400 groups" in str(done)


def test_the_bootstrap_of_macro_f1_is_that_of_resampled_samples():
    """The same interval by the slow road: draw samples, call scikit-learn."""
    label, predicted = predictions(1, 0.7, n=150)
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(600):
        index = rng.integers(0, 150, 150)
        drawn.append(f1_score(label[index], predicted[index], average="macro"))
    low, high = np.quantile(drawn, [0.025, 0.975])
    ours = report(label, predicted).f1
    assert ours.low == pytest.approx(low, abs=0.015)
    assert ours.high == pytest.approx(high, abs=0.015)


def test_the_interval_of_the_accuracy_is_that_of_theory():
    label, predicted = predictions(2, 0.8, n=2000)
    done = report(label, predicted)
    share = done.accuracy.value
    half = 1.96 * (share * (1 - share) / 2000) ** 0.5
    assert done.accuracy.low == pytest.approx(share - half, abs=0.003)
    assert done.accuracy.high == pytest.approx(share + half, abs=0.003)


def test_alike_samples_make_the_interval_wider():
    label, predicted = predictions(3, 0.8, n=100)
    label, predicted = label.repeat(20), predicted.repeat(20)
    naive = report(label, predicted).accuracy
    honest = report(label, predicted, np.arange(100).repeat(20)).accuracy
    ratio = (honest.high - honest.low) / (naive.high - naive.low)
    assert ratio == pytest.approx(20**0.5, rel=0.15)


def test_a_class_that_is_only_predicted_is_no_part_of_the_macro_mean():
    done = report(np.array([0, 0, 1, 1]), np.array([0, 2, 1, 1]))
    assert done.recall.value == pytest.approx(0.75)
    assert done.confusion.shape == (3, 3)


def test_paired_difference_is_narrower_than_two_intervals():
    label, weak = predictions(4, 0.7, n=600)
    strong = np.where(np.arange(600) % 10 == 0, label, weak)  # never worse
    a, b = report(label, strong), report(label, weak)
    difference = paired_difference(a, b)
    assert difference.value == pytest.approx(a.accuracy.value - b.accuracy.value)
    assert difference.low > 0
    assert a.accuracy.low < b.accuracy.high, "unpaired, the two overlap"
    assert paired_difference(b, a).high < 0


def test_beats_needs_three_seeds_and_all_of_them():
    label, weak = predictions(5, 0.6, n=600)
    strong = np.where(np.arange(600) % 5 == 0, label, weak)
    a, b = report(label, strong), report(label, weak)
    assert beats([a, a, a], [b, b, b])
    assert not beats([a, b, a], [b, b, b]), "one seed without a difference"
    with pytest.raises(ValueError, match="expected 3 or more"):
        beats([a, a], [b, b])


def test_refusals():
    label, predicted = predictions(6, 0.6, n=50)
    with pytest.raises(ValueError, match="50 labels, 49 predictions"):
        report(label, predicted[:-1])
    with pytest.raises(ValueError, match="0 labels"):
        report(label[:0], predicted[:0])
    other = report(label[::-1].copy(), predicted)
    with pytest.raises(ValueError, match="different samples"):
        paired_difference(report(label, predicted), other)


# The same numbers as ever


SCORES = (
    lambda right, true, claimed: right / np.maximum(claimed, 1),
    lambda right, true, claimed: right / np.maximum(true, 1),
    lambda right, true, claimed: 2 * right / np.maximum(true + claimed, 1),
)


def confusion_parts(by_group, classes):
    """Samples right, true and claimed, by group and class: three [G, C]."""
    each = by_group.reshape(-1, classes, classes)
    return each.diagonal(axis1=1, axis2=2), each.sum(axis=2), each.sum(axis=1)


def plain_report(label, predicted, groups, resamples=2000) -> list[float]:
    """Values and intervals from dense confusion matrices of groups, as first written.

    Stored outputs and records were made so, so it is compared to the last bit.
    """
    classes = int(max(label.max(), predicted.max())) + 1
    names, group = np.unique(groups, return_inverse=True)
    by_group = np.zeros((len(names), classes * classes))
    np.add.at(by_group, (group, label * classes + predicted), 1)
    share = np.full(len(names), 1 / len(names))
    counts = np.random.default_rng(0).multinomial(len(names), share, size=resamples)
    drawn = (counts @ by_group).reshape(resamples, classes, classes)
    right = drawn.diagonal(axis1=1, axis2=2)
    true, claimed = drawn.sum(axis=2), drawn.sum(axis=1)
    held = np.bincount(label, minlength=classes) > 0
    whole = [x.sum(axis=0, keepdims=True) for x in confusion_parts(by_group, classes)]
    macro = []
    for score in SCORES:  # a class that a resample lacks keeps its score
        each = np.where(true > 0, score(right, true, claimed), score(*whole))
        macro.append((each * held).sum(axis=1) / held.sum())
    scores = np.stack([right.sum(axis=1) / true.sum(axis=1), *macro], axis=1)
    values = precision_recall_fscore_support(
        label, predicted, labels=np.unique(label), average="macro", zero_division=0
    )
    low, high = np.quantile(scores, [0.025, 0.975], axis=0)
    return [(label == predicted).mean(), *values[:3], *low, *high]


@pytest.mark.parametrize(("n", "classes", "groups"), [(30, 2, 4), (500, 79, 120)])
def test_every_number_is_the_same_to_the_last_bit(n: int, classes: int, groups: int):
    rng = np.random.default_rng(n)
    label, other = rng.integers(0, classes, (2, n))
    predicted = np.where(rng.random(n) < 0.6, label, other)
    group = rng.integers(0, groups, n)
    done = report(label, predicted, group)
    found = [done.accuracy, done.precision, done.recall, done.f1]
    found = [getattr(x, end) for end in ("value", "low", "high") for x in found]
    assert found == plain_report(label, predicted, group)
    assert (done.confusion == confusion_matrix(label, predicted)).all()
    assert done.confusion.dtype == np.int64
    assert (done.correct == (label == predicted)).all() and done.correct.dtype == bool


def test_how_a_report_reads():
    label = np.repeat([0, 1], 20)
    done = report(label, np.where(np.arange(40) % 10 == 0, 1 - label, label), label)
    assert str(done) == (
        "accuracy  0.900 [0.142, 0.984]\nprecision 0.900 [0.900, 0.950]\n"
        "recall    0.900 [0.142, 0.984]\nF1        0.900 [0.900, 0.924]\n"
        "n = 40 in 2 groups"
    )
    assert str(report(label, label, label * 0)).endswith("n = 40 in 1 group")


# What no one may get a wrong answer from


@pytest.mark.parametrize("kind", ["uint8", "int8", "uint16", "uint64", "float32"])
def test_integers_of_any_kind_are_the_same(kind: str):
    label, predicted = predictions(7, 0.85, classes=20)
    expected = str(report(label, predicted, label))
    given = label.astype(kind), predicted.astype(kind)
    assert str(report(*given, given[0])) == expected
    assert str(report(*map(torch.tensor, given), label.tolist())) == expected
    done = report(*given)
    assert done.label.dtype == done.predicted.dtype == np.int64
    assert done.confusion.trace() == (label == predicted).sum()


def test_what_is_no_class_or_no_group():
    with pytest.raises(ValueError, match="row 4: label is -1"):
        report([0, 1, 2, 2, -1, -1], [0, 1, 2, 2, 0, 1])
    with pytest.raises(ValueError, match="row 1: predicted is nan"):
        report([0, 1], [0, np.nan])
    label, predicted = predictions(8, 0.5, n=40)
    with pytest.raises(ValueError, match=r"predicted has shape \[40, 4\].*argmax"):
        report(label, np.eye(4)[predicted])
    for column in (label[:, None], predicted[:, None]):
        with pytest.raises(ValueError, match=r"label has shape \[40, 1\]; expected"):
            report(column, predicted)
        with pytest.raises(ValueError, match=r"predicted has shape \[40, 1\]"):
            report(label, column)
        with pytest.raises(ValueError, match=r"groups have shape \[40, 1\]; expected"):
            report(label, predicted, column)
    with pytest.raises(ValueError, match="40 labels, 40 predictions, 39 groups"):
        report(label, predicted, label[1:])
    with pytest.raises(ValueError, match="40 labels, 40 predictions, 1 groups"):
        report(label, predicted, 7)
    with pytest.raises(ValueError, match="resamples is 0"):
        report(label, predicted, resamples=0)


def test_one_group_has_no_interval_and_beats_nothing():
    label, weak = predictions(9, 0.6, n=60)
    a, b = (report(label, x, np.zeros(60)) for x in (label, weak))
    assert str(a.accuracy) == "1.000 (no interval: 1 group)"
    assert np.isnan(paired_difference(a, b).low)
    assert not beats([a] * 3, [b] * 3) and not beats([b] * 3, [a] * 3)


def test_all_right_is_not_certain():
    for n in (2, 13, 520):
        done = report(np.arange(n) % 2, np.arange(n) % 2)
        for interval in done.intervals.values():
            assert (interval.value, interval.high) == (1, 1)
            assert interval.low == pytest.approx(0.025 ** (1 / n))
    few = report(np.zeros(5), np.zeros(5)), report(np.zeros(5), np.ones(5))
    assert not beats([few[0]] * 3, [few[1]] * 3), "five groups are too few"
    same = paired_difference(few[0], few[0])
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_names_of_groups_in_two_spellings_are_one_group():
    done = report([0, 1, 0], [0, 1, 1], ["Ann", "Ann ", "Bo"])
    assert done.groups.tolist() == ["Ann", "Ann", "Bo"]
    assert str(done).endswith("n = 3 in 2 groups")


def test_many_classes_need_neither_much_memory_nor_time():
    """50,000 rows of 1,000 classes: as confusion matrices by group 373 GiB."""
    rng = np.random.default_rng(0)
    label, other = rng.integers(0, 1000, (2, 50_000))
    predicted = np.where(rng.random(50_000) < 0.6, label, other)
    tracemalloc.start()
    start = time.monotonic()
    done = report(label, predicted, resamples=100)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300e6 and time.monotonic() - start < 20
    half = 1.96 * (done.accuracy.value * (1 - done.accuracy.value) / 50_000) ** 0.5
    assert done.accuracy.low == pytest.approx(done.accuracy.value - half, abs=0.002)
    assert done.confusion.shape == (1000, 1000)


# Reports of other tasks


def numbers(error: float, n: int = 60):
    rng = np.random.default_rng(0)
    target, noise = rng.normal(size=(2, n))
    groups = rng.integers(0, 12, n)
    statistics = np.stack([target + error * noise, target], axis=1)
    return report_of(REGRESSION, statistics, groups, target, statistics[:, 0], 500)


def test_a_report_of_another_task():
    done = numbers(0.5)
    assert list(done.intervals) == ["mae", "rmse", "r2"]
    error = abs(done.predicted - done.label).mean()
    assert done["mae"].value == pytest.approx(error)
    lines = str(done).splitlines()
    assert lines[0] == f"mae  {done['mae']}" and lines[2] == f"r2   {done['r2']}"
    assert lines[3] == "n = 60 in 12 groups"
    for name in ("accuracy", "precision", "recall", "f1", "confusion", "correct"):
        assert not hasattr(done, name)
    with pytest.raises(AttributeError, match="no accuracy; it has mae, rmse, r2"):
        done.accuracy  # noqa: B018
    with pytest.raises(KeyError, match="no metric 'map' in this report; it has mae"):
        done["map"]
    bare = report_of({"mean": Metric()}, np.ones((4, 2)))
    with pytest.raises(AttributeError, match="no label; it has mean"):
        bare.label  # noqa: B018
    assert not hasattr(bare, "predicted") and bare.groups.tolist() == [0, 1, 2, 3]
    again = pickle.loads(pickle.dumps(done))
    assert str(again) == str(done) and again.metrics == done.metrics


def test_beats_knows_which_way_is_better():
    good, bad = [numbers(0.1)] * 3, [numbers(1.0)] * 3
    for metric in ("mae", "r2"):
        assert beats(good, bad, metric) and not beats(bad, good, metric)
    gap = paired_difference(good[0], bad[0], 200, metric="mae")
    assert gap.value == pytest.approx(good[0]["mae"].value - bad[0]["mae"].value)
    assert gap.low < gap.value < gap.high < 0
    assert paired_difference(good[0], bad[0], 200, 1, "mae") != gap
    with pytest.raises(KeyError, match="no metric 'accuracy'"):
        beats(good, bad)
    with pytest.raises(ValueError, match="3 and 4 seeds"):
        beats(good, [*bad, bad[0]], "mae")


def test_reports_of_other_samples_are_not_compared():
    label, predicted = predictions(6, 0.6, n=50)
    one = report(label, predicted, label)
    with pytest.raises(ValueError, match="different samples"):
        paired_difference(one, report(label, predicted, predicted))
    with pytest.raises(ValueError, match="different samples"):
        paired_difference(one, report(label[1:], predicted[1:], label[1:]))
    statistics = np.stack([label, predicted], axis=1)
    bare = report_of(CLASSES, statistics, label)
    assert paired_difference(one, bare).value == 0
    named = report(label, predicted, [f"voice {i}" for i in label])
    with pytest.raises(ValueError, match="different samples"):
        paired_difference(one, named)


def test_what_a_report_of_any_task_refuses():
    ones = np.ones((4, 2))
    with pytest.raises(ValueError, match="no metrics"):
        report_of({}, ones)
    with pytest.raises(ValueError, match="sample 2: its statistics"):
        report_of(CLASSES, [[0, 0], [1, 1], [0, np.nan]])
    with pytest.raises(ValueError, match=r"groups have shape \[4, 1\]"):
        report_of(CLASSES, ones, np.ones((4, 1)))
    with pytest.raises(ValueError, match=r"label has shape \[3\]; expected 4 rows"):
        report_of(CLASSES, ones, label=[1, 1, 1])
    with pytest.raises(ValueError, match=r"predicted has shape \[\]; expected 4 rows"):
        report_of(CLASSES, ones, predicted=1)
    texts = report_of(CLASSES, ones, label=list("abcd"), predicted=torch.ones(4, 3))
    assert texts.label.tolist() == list("abcd") and texts.predicted.shape == (4, 3)


def test_a_model_is_judged_by_its_predictions_in_whatever_batches():
    model = build(ConcatFusion, Classify(D_MODEL, N_CLASSES, dropout=0.5)).train()
    data = TensorData(batch_of(7))
    whole = predict(model, data)
    assert whole.shape == (7,) and not model.training
    for size in (1, 3, 6, 7, 8):
        assert (predict(model, data, batch_size=size) == whole).all()
    done = evaluate(model, data, np.arange(7) // 2, resamples=300)
    assert str(done) == str(report(data.label, whole, np.arange(7) // 2, 300))
    assert (done.predicted == whole).all() and (done.label == data.label.numpy()).all()


def test_what_is_drawn_unless_told():
    for function, resamples in (
        (report, 2000),
        (report_of, 2000),
        (evaluate, 2000),
        (paired_difference, 10_000),
    ):
        parameters = inspect.signature(function).parameters
        assert parameters["resamples"].default == resamples


def test_a_difference_of_nothing_is_no_win():
    label, predicted = predictions(3, 0.6, n=30)
    runs = [report(label, predicted)] * 3
    assert not beats(runs, runs)
    runs = [numbers(0.5)] * 3
    assert not beats(runs, runs, "mae") and not beats(runs, runs, "r2")
    only_predicted = report([0, 1], [0, 5])
    assert only_predicted.confusion.shape == (6, 6)
    assert report([0, 5], [0, 1]).confusion.shape == (6, 6)
