"""Metrics against scikit-learn, intervals against theory, and what is refused."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from mmlearn.evaluate import beats, paired_difference, report


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
