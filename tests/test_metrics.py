"""The bootstrap by group, and what metrics are handed."""

from __future__ import annotations

import dataclasses
import inspect
import pickle

import numpy as np
import pytest
import torch
from scipy.stats import binomtest

from mmlearn.metrics import (
    ACCURACY,
    CLASSES,
    MAE,
    MAP,
    Interval,
    Metric,
    bootstrap,
    intervals,
    of_columns,
    paired,
    ratio,
)
from mmlearn.metrics.inputs import (
    as_array,
    as_groups,
    as_statistics,
    positive,
    whole_numbers,
)
from mmlearn.metrics.ranking import RANKING

KINDS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
HITS = np.array([[1, 0], [1, 1], [0, 0], [1, 1], [0, 1], [1, 1.0]])  # 4 of 6 right


def slow(right: np.ndarray, groups: np.ndarray, resamples: int) -> np.ndarray:
    """Accuracies of resamples: groups drawn and laid side by side, one at a time."""
    names = np.unique(groups)
    share = np.full(len(names), 1 / len(names))
    drawn = np.random.default_rng(0).multinomial(len(names), share, size=resamples)
    return np.array(
        [
            np.concatenate(
                [
                    np.tile(right[groups == name], times)
                    for name, times in zip(names, counts, strict=True)
                ]
            ).mean()
            for counts in drawn
        ]
    )


def test_the_interval_is_that_of_groups_laid_side_by_side() -> None:
    rng = np.random.default_rng(3)
    right, groups = rng.random(60) < 0.7, rng.integers(0, 9, 60)
    expected = np.quantile(slow(right, groups, 200), [0.025, 0.975])
    statistics = np.stack([np.ones(60), right], axis=1)
    found = ACCURACY.interval(statistics, groups, resamples=200)
    np.testing.assert_allclose([found.low, found.high], expected, rtol=1e-12)
    assert found.value == right.mean() == ACCURACY.value(statistics)
    other = ACCURACY.interval(statistics, groups, resamples=200, seed=1)
    assert (other.low, other.high) != (found.low, found.high)


@pytest.mark.parametrize("chunk", [1, 7, 100])
def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    rng = np.random.default_rng(0)
    statistics, groups = rng.integers(0, 5, (40, 2)), rng.integers(0, 6, 40)
    whole = intervals(CLASSES, statistics, groups, resamples=50)
    monkeypatch.setattr(bootstrap, "CHUNK", chunk)
    assert intervals(CLASSES, statistics, groups, resamples=50) == whole
    sizes = [counts.shape for counts in bootstrap.draw_groups(6, 50, 0)]
    rows = max(1, chunk // 6)
    assert sizes[0] == (rows, 6) and sum(size[0] for size in sizes) == 50


def test_memory_of_a_chunk() -> None:
    first = next(iter(bootstrap.draw_groups(50_000, 2000, 0)))
    assert first.shape == (2**22 // 50_000, 50_000) and first.dtype == np.float64
    seen: list[int] = []

    def note(counts: np.ndarray) -> np.ndarray:
        seen.append(len(counts))
        return counts[:, 0]

    counts = np.arange(10.0)[:, None]
    assert bootstrap.in_chunks(note, 2**22 // 4)(counts).tolist() == list(range(10))
    assert seen == [4, 4, 2]
    bootstrap.in_chunks(note, 2**30)(counts[:2])
    bootstrap.in_chunks(note, 0)(counts[:2])
    assert seen == [4, 4, 2, 1, 1, 2]


@pytest.mark.parametrize("groups", [2, 3, 13, 378])
@pytest.mark.parametrize("right", [0, 1])
def test_all_alike_is_the_interval_of_clopper_and_pearson(
    groups: int, right: int
) -> None:
    exact = binomtest(right * groups, groups).proportion_ci(0.95, "exact")
    statistics = np.stack([np.ones(2 * groups), np.full(2 * groups, right)], axis=1)
    found = ACCURACY.interval(statistics, np.arange(groups).repeat(2), resamples=50)
    assert found.value == right
    np.testing.assert_allclose([found.low, found.high], [exact.low, exact.high])
    assert (found.low if right == 0 else found.high) == right, "no less and no more"


def test_all_alike_between_the_bounds_or_without_a_bound() -> None:
    share = 1 - 0.025 ** (1 / 4)
    half = np.tile([[0, 0], [0, 1]], (4, 1))  # half right in each group
    found = ACCURACY.interval(half, np.arange(4).repeat(2), resamples=20)
    assert found.value == 0.5
    assert found.low == pytest.approx(0.5 - share * 0.5)
    assert found.high == pytest.approx(0.5 + share * 0.5)
    error = MAE.interval(np.tile([[1.0, 1.1]], (4, 1)), resamples=20)
    assert error.value == pytest.approx(0.1) and error.high == np.inf
    assert error.low == pytest.approx(0.1 * (1 - share))


@pytest.mark.parametrize("error", [1e9 / 3, 0.1, 1e-15 / 3])
def test_rounding_is_no_spread_and_small_numbers_are_no_rounding(error: float) -> None:
    """The same error in groups of 1, 2 ... 9 samples: sums of it round in many ways."""
    groups = np.arange(1, 10).repeat(np.arange(1, 10))
    alike = np.stack([np.full(45, error), np.zeros(45)], axis=1)
    found = MAE.interval(alike, groups, resamples=200)
    assert found.value == pytest.approx(error) and found.high == np.inf
    assert found.low == pytest.approx(error * 0.025 ** (1 / 9))
    unlike = alike * np.array([1.0, 2.0]).repeat([30, 15])[:, None]
    found = MAE.interval(unlike, groups, resamples=200)
    assert 0.999 * error < found.low < found.high < 2.001 * error
    other = np.stack([np.full(45, 3 * error), np.zeros(45)], axis=1)
    gap = paired(MAE, other, alike, groups, resamples=200)
    assert gap.value == pytest.approx(2 * error)
    assert (gap.low, gap.high) == (-np.inf, np.inf)


def test_between_knows_no_breakdown_unless_told() -> None:
    found = bootstrap.between(0.5, np.full(9, 0.5), 30, (0.0, 1.0))
    assert found.low < 0.5 < found.high
    noise = np.array([0, 1e-16, -1e-16, 0])
    assert bootstrap.between(0.0, noise, 9, (-1.0, 1.0), scale=1.0).low < -0.3
    assert bootstrap.between(0.0, noise, 9, (-1.0, 1.0)).low > -2e-16


def test_how_often_is_drawn_unless_told() -> None:
    counts = []

    def count(counted: np.ndarray) -> np.ndarray:
        counts.append(len(counted))
        return counted[..., 0]

    metric = Metric(count)
    metric.interval(HITS)
    intervals({"it": metric}, HITS)
    assert counts == [2, 2000] * 2
    counts.clear()
    paired(metric, HITS, HITS[::-1])
    assert counts.count(10_000) == 2
    for other in (ACCURACY, CLASSES["f1"], MAP, RANKING["a to b median rank"]):
        options = inspect.signature(other.interval).parameters
        assert options["resamples"].default == 2000 and options["seed"].default == 0


def test_what_a_median_says_when_all_are_alike() -> None:
    """Less than half of others cannot move a median: six groups alike settle it."""
    median = RANKING["a to b median rank"]
    assert median.breakdown == 0.5
    for groups, known in ((5, False), (6, True)):
        found = bootstrap.between(3.0, np.full(9, 3.0), groups, (1.0, np.inf), 0.5)
        expected = (3.0, 3.0) if known else (1.0, np.inf)
        assert (found.low, found.high) == expected


def test_no_interval_below_two_groups_or_two_resamples() -> None:
    found = ACCURACY.interval(HITS, np.zeros(6), resamples=20)
    assert found.value == pytest.approx(2 / 3)
    assert np.isnan([found.low, found.high]).all()
    assert str(found) == "0.667 (no interval: 1 group)"
    once = ACCURACY.interval(HITS, resamples=1)
    assert np.isnan(once.low) and str(once) == "0.667 (no interval: 1 resample)"
    assert ACCURACY.interval(HITS, resamples=2).low < 2 / 3


def test_groups_without_a_say_do_not_count() -> None:
    known = np.array([1, 1, 0, 0])
    statistics = np.stack([[0, 0, 0, 0], [0, 1, 1, 1], known], axis=1)
    for name, metric in CLASSES.items():
        found = metric.interval(statistics, [0, 0, 1, 2], resamples=50)
        assert found.why == "1 group", name
        assert found.value == pytest.approx(
            {"precision": 1, "f1": 2 / 3}.get(name, 0.5)
        )


def test_resamples_in_which_it_is_not_defined_are_left_out() -> None:
    drawn = np.array([np.nan, 0.2, 0.4, 0.6])
    found = bootstrap.between(0.4, drawn, 5, (0.0, 1.0))
    assert (found.low, found.high) == tuple(
        np.quantile([0.2, 0.4, 0.6], [0.025, 0.975])
    )
    drawn = np.array([np.nan, np.nan, 0.4, 0.6])
    assert bootstrap.between(0.4, drawn, 5, (0.0, 1.0)).low == pytest.approx(0.405)
    drawn = np.array([np.nan, np.nan, np.nan, 0.6])
    found = bootstrap.between(0.4, drawn, 5, (0.0, 1.0))
    assert str(found) == "0.400 (no interval: not defined in 3 of 4 resamples)"
    drawn = np.array([np.nan, np.nan, np.nan, 0.4, 0.6])
    assert bootstrap.between(0.4, drawn, 5, (0.0, 1.0)).why
    found = bootstrap.between(np.nan, drawn, 5, (0.0, 1.0))
    assert str(found) == "not defined (on these 5 groups)" and np.isnan(found.low)


def test_how_an_interval_reads() -> None:
    assert str(Interval(0.5, 0.25, 1)) == "0.500 [0.250, 1.000]"
    assert str(Interval(0.5, np.nan, np.nan)) == "0.500 (no interval)"
    assert str(Interval(0.5, 0.25, np.nan)) == "0.500 (no interval)"
    assert str(Interval(np.nan, np.nan, np.nan)) == "not defined"
    assert str(Interval(0, 0, 0)) == "0.000 [0.000, 0.000]"
    assert str(Interval(0.0, -0.0001, 0.001)) == "0.000 [-0.000, 0.001]"
    assert str(Interval(1e-6, 2e-7, 0.00012)) == "1e-06 [2e-07, 0.00012]"
    assert str(Interval(0.0, -0.0005, 0)) == "0.000 [-0.001, 0.000]"
    assert str(Interval(0.3, 0.0001, 0.9)) == "0.300 [0.000, 0.900]"


def test_a_metric_of_ones_own() -> None:
    rms = Metric(lambda s: np.sqrt(s[..., 0] / s[..., 1]), higher=False)
    statistics = np.array([[9.0, 1], [16, 1], [0, 1]])
    assert rms.value(statistics) == pytest.approx((25 / 3) ** 0.5)
    assert rms.bounds == (-np.inf, np.inf) and rms.breakdown == 0 and not rms.higher
    assert Metric().higher and Metric().reduce is ratio
    found = rms.interval(torch.tensor(statistics), ["a", "b", "c"], resamples=500)
    assert found.low == 0 and found.high == pytest.approx(4)


def test_a_ratio_over_nothing_is_not_defined() -> None:
    nothing = Metric()
    assert np.isnan(nothing.value([[0.0, 0], [0, 0]]))
    assert np.isnan(nothing.value([[1.0, 0]]))
    found = nothing.interval([[1.0, 1], [0, 1], [0, 0], [0, 0]], resamples=400)
    assert found.value == 0.5 and found.low == 0 and found.high == 1


# Paired


def test_a_paired_difference_of_ratios_is_exact() -> None:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 4, 300)
    a, b = (np.where(rng.random(300) < x, label, 4) for x in (0.7, 0.5))
    groups = rng.integers(0, 30, 300)
    one, other = (np.stack([label, x], axis=1) for x in (a, b))
    found = paired(ACCURACY, one, other, groups, resamples=500)
    difference = (a == label).astype(float) - (b == label)
    size, total = np.bincount(groups), np.bincount(groups, weights=difference)
    counts = np.random.default_rng(0).multinomial(30, np.full(30, 1 / 30), size=500)
    low, high = np.quantile((counts @ total) / (counts @ size), [0.025, 0.975])
    assert (found.value, found.low, found.high) == (difference.mean(), low, high)
    assert paired(ACCURACY, one, other, groups, 500, seed=1) != found


def test_a_paired_difference_of_other_metrics_draws_both_alike() -> None:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, 60)
    a, b = (np.where(rng.random(60) < x, label, 0) for x in (0.8, 0.4))
    one, other = (np.stack([label, x], axis=1) for x in (a, b))
    f1 = CLASSES["f1"]
    found = paired(f1, one, other, resamples=60)
    counts = np.random.default_rng(0).multinomial(60, np.full(60, 1 / 60), size=60)
    drawn = []
    for row in counts:
        index = np.arange(60).repeat(row)
        drawn.append(f1.value(one[index]) - f1.value(other[index]))
    expected = np.quantile(drawn, [0.025, 0.975])
    np.testing.assert_allclose([found.low, found.high], expected, rtol=1e-12)
    assert found.value == pytest.approx(f1.value(one) - f1.value(other))


def test_ratios_over_other_weights_are_subtracted_after_dividing() -> None:
    a, b = np.array([[1.0, 2], [1, 2]]), np.array([[1.0, 4], [1, 2]])
    assert paired(Metric(), a, b, resamples=20).value == pytest.approx(1 / 2 - 1 / 3)


@pytest.mark.parametrize("groups", [2, 5, 6])
def test_the_same_difference_in_each_group(groups: int) -> None:
    """Six groups that all say so are enough, five are not: as in a sign test."""
    zeros, ones = np.zeros(groups), np.ones(groups)
    a, b = np.stack([zeros, zeros], axis=1), np.stack([zeros, ones], axis=1)
    found = paired(ACCURACY, a, b, resamples=20)
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(2 * 0.025 ** (1 / groups) - 1)
    assert (found.low > 0) == (groups >= 6)
    back = paired(ACCURACY, b, a, resamples=20)
    assert (back.low, back.high) == (-1, -found.low)


def test_no_difference() -> None:
    label = np.arange(6) % 2
    one = np.stack([label, np.zeros(6)], axis=1)
    same = paired(ACCURACY, one, one.copy(), resamples=20)
    assert (same.value, same.low, same.high) == (0, 0, 0)
    assert np.isnan(paired(ACCURACY, one, one, np.zeros(6), 20).low), "one group"
    # Wrong on the same samples, but in another way: other samples may tell.
    other = one.copy()
    other[label == 1, 1] = 2
    found = paired(ACCURACY, one, other, resamples=20)
    assert found.value == 0 and found.low == -found.high < -0.4
    two = paired(ACCURACY, HITS[:2], HITS[:2], resamples=20)
    assert (two.low, two.high) == (0, 0), "two groups are enough"
    nothing = np.zeros((4, 2))
    assert np.isnan(paired(Metric(), nothing, nothing, resamples=20).value)


def test_who_has_a_say_in_a_difference() -> None:
    a = np.array([[1.0, 1], [0, 0]])
    b = np.array([[0.0, 0], [1, 1]])
    assert np.isnan(paired(Metric(), a, b, resamples=1).low)
    assert paired(Metric(), a, b, resamples=50).why != "1 group"
    both = np.array([[1.0, 1], [0, 1], [0, 0]])
    alone = np.array([[1.0, 1], [0, 0], [0, 0]])
    assert paired(Metric(), both, alone, resamples=50).why == ""


def test_how_far_a_difference_may_reach() -> None:
    """From the least minus the most to the most minus the least."""
    grade = Metric(bounds=(1.0, 6.0))
    best, worst = np.array([[6.0, 1]] * 4), np.array([[1.0, 1]] * 4)
    share = 1 - 0.025 ** (1 / 4)
    found = paired(grade, best, worst, resamples=20)
    assert (found.value, found.high) == (5, 5)
    assert found.low == pytest.approx(5 - share * 10)
    second = np.array([[2.0, 1]] * 4)
    found = paired(grade, worst, second, resamples=20)
    assert found.value == -1 and found.low == pytest.approx(-1 - share * 4)
    assert found.high == pytest.approx(-1 + share * 6)


def test_rounding_is_judged_by_the_larger_of_the_two() -> None:
    """A tiny error minus a large one, the same in groups of 1, 2 ... 9 samples."""
    groups = np.arange(1, 10).repeat(np.arange(1, 10))
    root = Metric(lambda s: np.sqrt(s[..., 0] / s[..., 1]), bounds=(0.0, np.inf))
    large = np.stack([np.full(45, 1e9 / 3), np.ones(45)], axis=1)
    small = np.stack([np.zeros(45), np.ones(45)], axis=1)
    for a, b in ((large, small), (small, large)):
        found = paired(root, a, b, groups, resamples=100)
        assert (found.low, found.high) == (-np.inf, np.inf)


def test_paired_refuses_other_shapes() -> None:
    with pytest.raises(ValueError, match=r"A has statistics \[6, 2\], B \[5, 2\]"):
        paired(ACCURACY, HITS, HITS[:5])


# Several tasks side by side


def test_metrics_of_some_columns() -> None:
    both = np.concatenate([HITS, [[9, 7.0]] * 6], axis=1)
    assert of_columns(ACCURACY, 0, 2).value(both) == ACCURACY.value(HITS) == 4 / 6
    assert of_columns(Metric(), 2, 4).value(both) == pytest.approx(9 / 7)
    metrics = {f"group {name}": of_columns(m, 0, 2) for name, m in CLASSES.items()}
    metrics["age mae"] = of_columns(MAE, 2, 4)
    found = intervals(metrics, both, resamples=20)
    alone = intervals(CLASSES, HITS, resamples=20)
    assert found["age mae"].value == 2
    assert all(found[f"group {name}"] == alone[name] for name in CLASSES)
    with pytest.raises(ValueError, match="found 2 columns of statistics; expected 4"):
        metrics["age mae"].value(HITS)
    assert pickle.loads(pickle.dumps(metrics)) == metrics


def test_what_several_metrics_read_is_computed_once() -> None:
    calls = []

    def first(statistics: np.ndarray) -> np.ndarray:
        calls.append(1)
        return statistics

    metrics = {name: Metric(whole=first) for name in "ab"}
    assert len(intervals(metrics, [[1.0, 2], [2, 2]], resamples=5)) == 2
    assert calls == [1]


def test_macro_metrics_have_bounds() -> None:
    for metric in CLASSES.values():
        assert metric.bounds == (0, 1) and metric.higher and metric.breakdown == 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        ACCURACY.higher = False  # type: ignore[misc]


# What is handed in


@pytest.mark.parametrize("kind", KINDS)
def test_integers_of_any_kind(kind: str) -> None:
    values = np.array([0, 100, 3, 127], dtype=kind)
    for given in (values, values[::-1][::-1], torch.from_numpy(values), list(values)):
        found = whole_numbers("label", given)
        assert found.dtype == np.int64 and found.tolist() == [0, 100, 3, 127]
    assert (found * 127)[-1] == 127 * 127


@pytest.mark.parametrize(
    "given",
    [
        [0.0, 2.0],
        np.array([0, 2], dtype=np.float16),
        torch.tensor([0.0, 2.0], dtype=torch.bfloat16, requires_grad=True),
        np.array([0, 2], dtype=object),
        np.array([0.0, np.int8(2)], dtype=object),
        (0, 2),
    ],
)
def test_whole_floats_and_pythons_own(given: object) -> None:
    found = whole_numbers("label", given)
    assert found.dtype == np.int64 and found.tolist() == [0, 2]


def test_bools_are_0_and_1_and_nothing_is_nothing() -> None:
    assert whole_numbers("label", np.array([True, False])).tolist() == [1, 0]
    assert whole_numbers("label", []).shape == (0,)
    assert whole_numbers("label", np.array([], dtype=object)).dtype == np.int64
    largest = np.array([2**63 - 1], dtype=np.int64)
    assert whole_numbers("label", np.array([2**62])).tolist() == [2**62]
    assert whole_numbers("label", [2.0**62]).tolist() == [2**62]
    assert whole_numbers("label", largest).tolist() == [2**63 - 1]
    with pytest.raises(ValueError, match="row 1: label is 9"):
        whole_numbers("label", [0, 2.0**63])
    with pytest.raises(ValueError, match="row 0"):
        whole_numbers("label", largest.astype(np.uint64) + np.uint64(1))


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ([0, 1, -1], "row 2: label is -1; expected a whole number, 0 or more"),
        (np.array([0, -3], dtype=np.int8), "row 1: label is -3"),
        ([0, 0.5], "row 1: label is 0.5"),
        ([0, np.nan], "row 1: label is nan"),
        ([np.inf, 0], "row 0: label is inf"),
        ([0, 1e300], "row 1: label is 1e"),
        (np.array([0, 2**63], dtype=np.uint64), "row 1: label is 9223372036854775808"),
        (np.array([0, None], dtype=object), "row 1: label is None"),
        (np.array([0, "1"], dtype=object), "row 1: label is '1'"),
        (["a", "b"], r"label is <U1; expected whole numbers"),
        ([1j], "label is complex128"),
        (3, r"label has shape \[\]; expected \[N\]"),
        ([[0], [1]], r"label has shape \[2, 1\]; expected \[N\]"),
        ([[0.2, 0.8]], r"label has shape \[1, 2\]; .*argmax\(axis=1\)"),
        (np.zeros((2, 2, 2)), r"label has shape \[2, 2, 2\]; expected \[N\]"),
        (np.ma.masked_array([0, 1], [True, False]), "masked values"),
    ],
)
def test_what_is_no_class(values: object, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        whole_numbers("label", values)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (None, [0, 1, 2, 3]),
        (["b", "a", "b", "a"], [1, 0, 1, 0]),
        (["Ann", "Ann ", " Ann", "Bo"], [0, 0, 0, 1]),
        (["Zoe\u0308", "Zo\u00eb", "a  b", "a b"], [0, 0, 1, 1]),
        (np.array(["b", "a", "b", "a"], dtype=object), [1, 0, 1, 0]),
        (np.array([7, 5, 7, 5], dtype=object), [1, 0, 1, 0]),
        (torch.tensor([9, 9, 3, 4]), [2, 2, 0, 1]),
        (np.array([9, 9, 3, 4], dtype=np.uint8), [2, 2, 0, 1]),
        ([1.5, 1.5, -2, 0], [2, 2, 0, 1]),
        ([True, False, True, True], [1, 0, 1, 1]),
        (np.array(["2020", "2021", "2020", "2020"], dtype="M8[Y]"), [0, 1, 0, 0]),
        (np.array([b"x", b"y", b"x", b"x"]), [0, 1, 0, 0]),
    ],
)
def test_groups_of_any_kind(groups: object, expected: list[int]) -> None:
    names, numbers = as_groups(groups, 4)
    assert names.shape == (4,) and numbers.tolist() == expected


@pytest.mark.parametrize(
    ("groups", "match"),
    [
        ([[0], [1]], r"groups have shape \[2, 1\]; expected \[2\]"),
        ([0, 1, 2], r"shape \[3\]; expected \[2\]"),
        (0, r"shape \[\]; expected \[2\]"),
        ([0, np.nan], "row 1: the group is nan"),
        (np.array(["2020", "NaT"], dtype="M8[D]"), "row 1: the group is NaT"),
        ([None, "a"], "groups hold NoneType, str"),
        ([None, None], "groups hold NoneType;"),
        (np.array([1, "1"], dtype=object), "groups hold int, str"),
        ([1j, 2j], "groups are complex128"),
    ],
)
def test_what_is_no_group(groups: object, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        as_groups(groups, 2)


@pytest.mark.parametrize(
    ("statistics", "match"),
    [
        ([[1, 2], [np.nan, 0]], r"sample 1: its statistics are \[nan, 0.0\]"),
        ([[np.inf, 2], [0, 0]], "sample 0"),
        ([1.0, 2.0], r"shape \[2\]; expected \[N, K\]"),
        (np.zeros((0, 2)), r"shape \[0, 2\]"),
        (np.zeros((2, 0)), r"shape \[2, 0\]"),
        ([["a"]], "statistics are <U1; expected numbers"),
    ],
)
def test_what_are_no_statistics(statistics: object, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        as_statistics(statistics)
    with pytest.raises(ValueError, match=match):
        Metric().value(statistics)


def test_statistics_of_any_kind() -> None:
    for given in (HITS.astype(bool), torch.tensor(HITS).bfloat16(), HITS.tolist()):
        found = as_statistics(given)
        assert found.dtype == np.float64 and found.sum() == HITS.sum()
    assert as_array(torch.ones(2, dtype=torch.bfloat16)).dtype == np.float64


@pytest.mark.parametrize("value", [0, -1, 1.0, 2.5, True, np.True_, "3", None])
def test_what_is_no_count(value: object) -> None:
    with pytest.raises(ValueError, match=r"resamples is .*1 or more"):
        ACCURACY.interval(HITS, resamples=value)  # type: ignore[arg-type]


def test_counts() -> None:
    assert positive("k", np.uint8(3)) == 3 and positive("k", 1) == 1


def test_a_rare_class_that_is_always_missed_pulls_no_interval_up():
    """A resample without it is no model that knows all classes."""
    label, predicted = np.r_[np.ones(38), np.zeros(2)], np.ones(40)
    from mmlearn.evaluate import report

    found = report(label, predicted)
    assert found.recall.value == 0.5
    assert found.recall.high < 0.6
    assert found.precision.high < 0.6
    assert found.f1.high < 0.6
