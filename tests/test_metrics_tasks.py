"""The metrics of each task, against scikit-learn, torchmetrics, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn import metrics as sklearn
from torchmetrics.functional.classification import multilabel_average_precision
from torchmetrics.functional.retrieval import retrieval_precision, retrieval_recall
from torchmetrics.functional.text import char_error_rate, word_error_rate

from mmlearn.metrics import (
    CLASSES,
    ERROR_RATE,
    MAE,
    MAP,
    MICRO_MAP,
    R2,
    RANKING,
    REGRESSION,
    RMSE,
    TAGS,
    best_cut,
    errors,
    expected_cuts,
    f1_at,
    intervals,
    precision_at,
    ranking_between,
    recall_at,
)
from mmlearn.metrics import ranking as ranking_module

RNG = np.random.default_rng(0)


def resampled(metric, statistics: np.ndarray, groups: np.ndarray, resamples: int):
    """The interval by the slow road: rows repeated, then the plain value."""
    _, group = np.unique(groups, return_inverse=True)
    total = group.max() + 1
    share = np.full(total, 1 / total)
    drawn = np.random.default_rng(0).multinomial(total, share, size=resamples)
    values = [metric.value(np.repeat(statistics, row[group], axis=0)) for row in drawn]
    return np.quantile(values, [0.025, 0.975])


def check_interval(metric, statistics: np.ndarray, groups: int = 12) -> None:
    by = np.random.default_rng(1).integers(0, groups, len(statistics))
    found = metric.interval(statistics, by, resamples=80)
    assert found.value == metric.value(statistics)
    assert found.low < found.value < found.high
    expected = resampled(metric, statistics, by, 80)
    np.testing.assert_allclose([found.low, found.high], expected, rtol=1e-9)


# Classes


@pytest.mark.parametrize("classes", [2, 5, 90])
def test_classes_are_those_of_scikit_learn(classes: int) -> None:
    label = RNG.integers(0, classes, 200)
    predicted = np.where(
        RNG.random(200) < 0.6, label, RNG.integers(0, classes + 2, 200)
    )
    statistics = np.stack([label, predicted], axis=1)
    scores = sklearn.precision_recall_fscore_support(
        label, predicted, labels=np.unique(label), average="macro", zero_division=0
    )
    expected = dict(zip(("precision", "recall", "f1"), scores, strict=False))
    expected["accuracy"] = sklearn.accuracy_score(label, predicted)
    for name, metric in CLASSES.items():
        assert metric.value(statistics) == expected[name], name
        if classes < 90:  # where no resample lacks a class
            check_interval(metric, statistics, groups=40)


def test_labels_that_are_missing() -> None:
    statistics = np.array([[0, 0, 1], [1, 0, 1], [-1, 3, 0], [7, 0.5, 0]])
    plain = statistics[:2, :2]
    found = intervals(CLASSES, statistics, resamples=100)
    for name, metric in CLASSES.items():
        assert metric.value(statistics) == metric.value(plain), name
        assert metric.value(statistics) == found[name].value
        assert np.isnan(metric.value(statistics * [1, 1, 0])), "none is known"
        nothing = metric.interval(statistics * [1, 1, 0], resamples=9)
        assert str(nothing) == "not defined (on these 0 groups)"


def test_classes_that_are_none() -> None:
    with pytest.raises(ValueError, match="row 1: predicted is -1"):
        CLASSES["f1"].value([[0, 0], [0, -1]])
    with pytest.raises(ValueError, match=r"row 1: label is 1000000; .* below 1000000"):
        CLASSES["accuracy"].value([[999_999, 0], [1e6, 0]])
    assert CLASSES["recall"].value([[999_999, 999_999], [0, 1]]) == 0.5
    with pytest.raises(ValueError, match=r"found 4 columns .* expected 2 or 3"):
        CLASSES["recall"].value(np.zeros((3, 4)))


# Tags


def tagged(n: int = 60, tags: int = 4, known: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(5)
    scores = rng.integers(0, 12, (n, tags)) / 12  # with ties
    targets = rng.random((n, tags)) < 0.2 + scores / 2
    return np.concatenate([scores, targets, rng.random((n, tags)) < known], axis=1)


def test_average_precision_is_that_of_scikit_learn_and_torchmetrics() -> None:
    statistics = tagged()
    scores, targets, _ = np.split(statistics, 3, axis=1)
    for metric, average in ((MAP, "macro"), (MICRO_MAP, "micro")):
        expected = sklearn.average_precision_score(targets, scores, average=average)
        assert metric.value(statistics) == pytest.approx(expected)
        theirs = multilabel_average_precision(
            torch.tensor(scores), torch.tensor(targets).long(), 4, average
        )
        assert metric.value(statistics) == pytest.approx(theirs.item(), abs=1e-6)
        check_interval(metric, statistics)


def test_unknown_tags_are_looked_at_nowhere() -> None:
    statistics = tagged(known=0.6)
    scores, targets, known = np.split(statistics, 3, axis=1)
    seen = known > 0
    by_tag = [
        sklearn.average_precision_score(targets[k, i], scores[k, i])
        for i, k in enumerate(seen.T)
    ]
    assert MAP.value(statistics) == pytest.approx(np.mean(by_tag))
    micro = sklearn.average_precision_score(targets[seen], scores[seen])
    assert MICRO_MAP.value(statistics) == pytest.approx(micro)
    noise = RNG.random(scores.shape)
    changed = [np.where(seen, x, noise * 9) for x in (scores, targets)]
    changed = np.concatenate([*changed, known * 3], axis=1)
    for name, metric in TAGS.items():
        assert metric.value(changed) == metric.value(statistics), name
        if name != "recall@5":  # of four tags: always 1
            check_interval(metric, statistics)


def test_tags_without_a_positive_are_no_part_of_the_mean() -> None:
    statistics = np.array([[0.9, 0.5, 1, 0, 1, 1], [0.8, 0.6, 0, 0, 1, 1]])
    assert MAP.value(statistics) == 1
    nothing = statistics * [1, 1, 0, 0, 1, 1]
    assert np.isnan(MAP.value(nothing)) and np.isnan(MICRO_MAP.value(nothing))
    assert np.isnan(MAP.interval(nothing, resamples=20).low)
    # Three groups with a positive of tag 0, of which a resample may lack all.
    some = MAP.interval(np.repeat(statistics, 2, axis=0), [0, 1, 2, 3], resamples=500)
    assert 0.3 < some.low < some.high == 1
    unknown = np.concatenate([statistics[:, :4], [[1, 1], [0, 0]]], axis=1)
    assert MAP.interval(unknown, resamples=20).why == "1 group"


def test_equal_scores_are_one_step() -> None:
    alike = np.array([[0.5, 1, 1], [0.5, 0, 1], [0.5, 0, 1], [0.5, 1, 1]])
    assert MAP.value(alike) == 0.5 == MAP.value(alike[::-1])


@pytest.mark.parametrize("k", [1, 2, 3])
def test_precision_and_recall_at_k_are_those_of_torchmetrics(k: int) -> None:
    rng = np.random.default_rng(7)
    scores = rng.permuted(np.tile(np.arange(5.0), (30, 1)), axis=1)
    targets = (rng.random((30, 5)) < 0.4).astype(float)
    statistics = np.concatenate([scores, targets, np.ones((30, 5))], axis=1)
    rows = [
        (torch.tensor(s), torch.tensor(t).long())
        for s, t in zip(scores, targets, strict=True)
    ]
    precision = [float(retrieval_precision(*row, top_k=k)) for row in rows]
    recall = [float(retrieval_recall(*row, top_k=k)) for row in rows if row[1].any()]
    assert precision_at(k).value(statistics) == pytest.approx(np.mean(precision))
    assert recall_at(k).value(statistics) == pytest.approx(np.mean(recall))
    check_interval(precision_at(k), statistics)
    check_interval(recall_at(k), statistics)


def test_at_k_with_ties_and_with_fewer_tags() -> None:
    def row(scores, targets, known):
        return np.array([[*scores, *targets, *known]], dtype=float)

    alike = row([1, 1, 1, 1], [1, 0, 0, 0], [1, 1, 1, 1])
    assert precision_at(1).value(alike) == 0.25, "not 1 for the first of the tags"
    assert recall_at(2).value(alike) == 0.5
    partly = row([3, 1, 1, 0], [1, 1, 0, 0], [1, 1, 1, 1])
    assert precision_at(2).value(partly) == 0.75 == recall_at(2).value(partly)
    few = row([3, 9, 1, 9], [1, 1, 0, 1], [1, 0, 1, 0])
    assert precision_at(5).value(few) == 0.5 and recall_at(5).value(few) == 1
    none = np.concatenate([few, row([1, 2, 3, 4], [0, 0, 0, 0], [1, 1, 1, 1])])
    assert precision_at(1).value(none) == 0.5 and recall_at(1).value(none) == 1
    unknown = row([1, 2, 3, 4], [1, 1, 1, 1], [0, 0, 0, 0])
    both = np.concatenate([few, unknown])
    assert precision_at(5).value(both) == 0.5 and recall_at(5).value(both) == 1
    assert precision_at(5).interval(both, resamples=9).why == "1 group"
    assert np.isnan(precision_at(1).value(unknown))
    assert np.isnan(recall_at(1).value(unknown))


def test_what_tags_refuse() -> None:
    with pytest.raises(ValueError, match=r"found 4 columns .* expected \[scores C"):
        MAP.value(np.zeros((2, 4)))
    bad = tagged(3, 2)
    bad[1, 3] = bad[2, 2] = 0.5
    with pytest.raises(ValueError, match=r"sample 1, tag 1: the target is 0\.5;"):
        TAGS["precision@1"].value(bad)
    for make in (precision_at, recall_at):
        with pytest.raises(ValueError, match="k is 0"):
            make(0)
    partly = MAP.interval([[1, 2, 1, 0, 1, 0], [2, 1, 0, 1, 1, 1]], resamples=9)
    assert not partly.why.startswith("1 group"), "a sample with one known tag counts"
    assert TAGS["precision@1"] == precision_at(1) and TAGS["recall@5"] == recall_at(5)
    assert TAGS["precision@5"] == precision_at(5)
    for metric in TAGS.values():
        assert metric.higher and metric.bounds == (0, 1) and metric.breakdown == 0


@pytest.mark.parametrize("threshold", [0.4, [0.2, 0.4, 0.6, 0.8]])
def test_f1_at_a_threshold_is_that_of_scikit_learn(threshold) -> None:
    statistics = tagged()
    scores, targets, _ = np.split(statistics, 3, axis=1)
    given = scores >= np.array(threshold)
    for micro, average in ((False, "macro"), (True, "micro")):
        metric = f1_at(threshold, micro)
        expected = sklearn.f1_score(targets, given, average=average)
        assert metric.value(statistics) == pytest.approx(expected)
        check_interval(metric, statistics)
        partly = tagged(known=0.6)
        known = np.tile(partly[:, 8:], 3)
        other = np.where(known > 0, partly, 1 - partly)
        other[:, 8:] = partly[:, 8:]
        assert metric.value(other) == metric.value(partly)


def test_f1_leaves_out_what_is_not_known_and_tags_that_are_nowhere() -> None:
    # tag 0: one of two given is right; tag 1: unknown once, and there nowhere else.
    statistics = np.array([[0.9, 0.9, 1, 1, 1, 0], [0.8, 0.9, 0, 0, 1, 1]])
    assert f1_at(0.5).value(statistics) == 2 / 3
    assert f1_at(0.5, micro=True).value(statistics) == 2 / 4
    assert f1_at(2).value(statistics) == 0
    assert np.isnan(f1_at(0.5).value(statistics * [1, 1, 0, 0, 1, 1]))
    with pytest.raises(ValueError, match="3 thresholds for 2 tags"):
        f1_at([0.1, 0.2, 0.3]).value(statistics)
    for bad in (np.nan, [0.5, np.inf], []):
        with pytest.raises(ValueError, match="expected finite numbers"):
            f1_at(bad)


def test_the_best_cut_is_the_best_of_all() -> None:
    scores, targets, known = np.split(tagged(known=0.7), 3, axis=1)
    for there in (None, known):
        cut = best_cut(scores, targets, there)
        seen = np.ones(scores.shape, bool) if there is None else there > 0
        all_of_them = [
            sklearn.f1_score(targets[seen], scores[seen] >= t)
            for t in np.linspace(-0.01, 1.01, 400)
        ]
        assert cut.f1 == pytest.approx(max(all_of_them))
        again = sklearn.f1_score(targets[seen], scores[seen] >= cut.threshold)
        assert cut.f1 == pytest.approx(again)
    assert (
        best_cut(torch.tensor([1, 0.5, 0.25]), [True, True, False]).threshold == 0.375
    )
    assert best_cut([0.9, 0.1], [1, 1]).threshold == 0.1, "nothing is below"
    assert best_cut([0.5, 0.5, 0.4], [1, 0, 1]).f1 == pytest.approx(0.8)


def test_honest_probabilities_tell_their_best_cut_without_labels() -> None:
    generator = np.random.default_rng(3)
    p = generator.beta([0.3, 1.0], [3.0, 1.0], (100_000, 2))
    found = expected_cuts(p)
    for i in range(2):
        best = best_cut(p[:, i], generator.random(100_000) < p[:, i])
        assert found[i] == pytest.approx(best.f1 / 2, abs=0.005)
        assert found[i] == pytest.approx(best.threshold, abs=0.03)
    sure = expected_cuts(torch.tensor([[1.0, 0.0], [0.0, 0.0], [1.0, 0.0]]))
    assert sure.tolist() == [0.5, 0.0], "nobody has the second: nothing to expect"
    for bad in ([0.1, 0.2], np.zeros((0, 2))):
        with pytest.raises(ValueError, match=r"expected \[N, C\]"):
            expected_cuts(bad)
    for odd in (1.5, -0.1, np.nan):
        with pytest.raises(ValueError, match="sample 1, tag 0: the probability is"):
            expected_cuts([[0.5, 0.5], [odd, 0.5]])


def test_what_the_best_cut_refuses() -> None:
    with pytest.raises(ValueError, match=r"scores are \[2\], targets \[3\]"):
        best_cut([0.1, 0.2], [0, 1, 1])
    with pytest.raises(ValueError, match="NaN or infinite"):
        best_cut([0.1, np.nan], [0, 1])
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        best_cut([0.1, 0.2], [0, 2])
    with pytest.raises(ValueError, match="no target is 1"):
        best_cut([0.1, 0.2], [1, 0], [0, 1])


# A number


@pytest.mark.parametrize("offset", [0.0, 1e6, -1e8])
def test_regression_is_that_of_scikit_learn(offset: float) -> None:
    rng = np.random.default_rng(0)
    target = offset + rng.normal(size=50)
    predicted = target + 0.5 * rng.normal(size=50)
    statistics = np.stack([predicted, target], axis=1)
    error = sklearn.mean_absolute_error(target, predicted)
    assert MAE.value(statistics) == pytest.approx(error)
    squared = sklearn.mean_squared_error(target, predicted)
    assert RMSE.value(statistics) == pytest.approx(squared**0.5)
    explained = sklearn.r2_score(target, predicted)
    assert R2.value(statistics) == pytest.approx(explained, abs=1e-7)
    if offset == 0:
        for metric in REGRESSION.values():
            check_interval(metric, statistics)


def test_targets_that_are_missing_or_constant() -> None:
    statistics = np.array([[1, 2, 1], [2, 2, 1], [5, 3, 1], [9, 1e9, 0]])
    for name, metric in REGRESSION.items():
        plain = metric.value(statistics[:3, :2])
        assert metric.value(statistics) == plain, name
        assert np.isnan(metric.value(statistics * [1, 1, 0])), name
    assert MAE.value(statistics) == 1 and RMSE.value(statistics) == (5 / 3) ** 0.5
    assert R2.value(statistics) == pytest.approx(1 - 5 / (2 / 3))
    constant = np.array([[1.0, 0.1]] * 10)
    assert np.isnan(R2.value(constant)) and MAE.value(constant) == pytest.approx(0.9)
    assert str(R2.interval(constant, resamples=9)).startswith("not defined")
    for number in (0.1, 1 / 3, 1e9 / 3, -7.7e-9, 12345.678):
        for n in range(2, 40):
            alike = np.stack([np.arange(n) * number, np.full(n, number)], axis=1)
            assert np.isnan(R2.value(alike)), (number, n)
    # A resample of two groups holds one of them twice half of the time; only those
    # that hold both have targets that vary.
    for third in (0.0, 1 / 3):
        two = np.array([[1, 1 + third], [2.5, 2 + third]])
        half = R2.interval(two - [third, 0], [0, 1], resamples=300)
        assert half.value == pytest.approx(R2.value(two - [third, 0]))
        if not half.why:
            assert (half.low, half.high) != (half.value, half.value)
            assert np.isfinite(half.high) and half.low == -np.inf
    assert not MAE.higher and not RMSE.higher and R2.higher
    assert MAE.bounds == RMSE.bounds == (0, np.inf) and R2.bounds == (-np.inf, 1)
    with pytest.raises(ValueError, match="regression: found 1 columns"):
        MAE.value([[1.0]])


# Pairs


def ranked_by_hand(query: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Ranks from 1, one query at a time, where no two are as near."""
    return np.array(
        [
            1 + sum(q @ c > q @ candidates[i] for c in candidates)
            for i, q in enumerate(query)
        ]
    )


@pytest.mark.parametrize("chunk", [2**22, 1, 90])
def test_recall_at_k_and_the_median_rank(
    monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(ranking_module, "CHUNK", chunk)
    a = RNG.normal(size=(40, 6))
    b = a + RNG.normal(size=a.shape)
    statistics = np.concatenate([a, b, np.ones((40, 1))], axis=1)
    ways = {
        "image to text": ranked_by_hand(a, b),
        "text to image": ranked_by_hand(b, a),
    }
    metrics = ranking_between("image", "text", ks=(1, 5))
    found = intervals(metrics, statistics, resamples=20)
    for k in (1, 5):
        recalls = [(rank <= k).mean() for rank in ways.values()]
        for name, recall in zip(ways, recalls, strict=True):
            assert found[f"{name} recall@{k}"].value == recall
            relevant = torch.eye(40, dtype=torch.long)
            left, right = (a, b) if name.startswith("image") else (b, a)
            each = [
                float(retrieval_recall(row, one, top_k=k))
                for row, one in zip(torch.tensor(left @ right.T), relevant, strict=True)
            ]
            assert recall == pytest.approx(np.mean(each))
        assert found[f"recall@{k}"].value == pytest.approx(np.mean(recalls))
    for name, rank in ways.items():
        assert found[f"{name} median rank"].value == np.median(rank)
    assert len(found) == 2 + 2 * 2 + 2


def test_the_rank_is_among_all_samples_also_when_resampled() -> None:
    rng = np.random.default_rng(2)
    a = rng.normal(size=(31, 3))
    b = a + rng.normal(size=a.shape)
    statistics = np.concatenate([a, b, np.ones((31, 1))], axis=1)
    group = rng.permutation(31) % 8
    rank = ranked_by_hand(a, b)
    counts = np.random.default_rng(0).multinomial(8, np.full(8, 1 / 8), size=60)
    drawn = [rank.repeat(row[group]) for row in counts]
    for name, of in (
        ("a to b recall@5", lambda x: (x <= 5).mean()),
        ("a to b median rank", np.median),
    ):
        expected = np.quantile([of(x) for x in drawn], [0.025, 0.975])
        found = RANKING[name].interval(statistics, group, resamples=60)
        np.testing.assert_allclose([found.low, found.high], expected)
        assert found.value == RANKING[name].value(statistics) == of(rank)


def test_the_median_of_each_resample() -> None:
    median = RANKING["b to a median rank"]
    prepared = np.zeros((7, 9))
    prepared[:, median.column] = [4, 1, 9, 2, 2.5, 7, 3]
    prepared[:, median.present] = [1, 1, 1, 1, 1, 1, 0]
    group = np.array([0, 1, 1, 2, 3, 2, 4])
    counts = np.random.default_rng(0).integers(0, 3, (50, 5)).astype(float)
    counts[:, 1] += 1
    counts[0] = [0, 0, 0, 0, 3]
    found = median.draws(prepared, group, 5)(counts)
    assert np.isnan(found[0]), "only samples that are not present were drawn"
    for row, one in zip(counts[1:, group][:, :6], found[1:], strict=True):
        assert one == np.median(prepared[:6, median.column].repeat(row.astype(int)))


def test_embeddings_that_are_all_alike_are_chance() -> None:
    alike = np.ones((20, 2 * 3 + 1))
    for k in (1, 5, 10):
        assert RANKING[f"recall@{k}"].value(alike) == pytest.approx(k / 20)
        assert RANKING[f"b to a recall@{k}"].value(alike) == pytest.approx(k / 20)
    assert RANKING["a to b median rank"].value(alike) == 10.5
    assert ranking_between(ks=[50])["recall@50"].value(alike) == 1


def test_pairs_of_which_a_side_is_missing() -> None:
    rng = np.random.default_rng(3)
    a, present = rng.normal(size=(12, 4)), np.arange(12) % 3 > 0
    b = np.where(present[:, None], a + rng.normal(size=a.shape), 0)
    statistics = np.concatenate([a, b, present[:, None]], axis=1)
    for name, metric in RANKING.items():
        assert metric.value(statistics) == metric.value(statistics[present]), name
        nothing = statistics * ([1] * 8 + [0])
        assert np.isnan(metric.value(nothing)), name
        assert np.isnan(metric.interval(nothing, resamples=9).low), name
        groups = np.where(present, 0, np.arange(12))
        assert metric.interval(statistics, groups, resamples=9).why == "1 group", name


def test_what_ranking_refuses_and_which_way_is_better() -> None:
    for width in (1, 4):
        with pytest.raises(ValueError, match=f"found {width} columns .* 2 P . 1"):
            RANKING["recall@1"].value(np.zeros((3, width)))
    with pytest.raises(ValueError, match="k is 0"):
        ranking_between(ks=[1, 0])
    for name, metric in RANKING.items():
        assert metric.higher == ("recall" in name)
        assert metric.bounds == ((0, 1) if metric.higher else (1, np.inf))
    assert RANKING["recall@1"].value([[1.0, 1, 1]]) == 1


# Sequences


def test_error_rates_are_those_of_torchmetrics() -> None:
    pairs = [("the cat sat", "a cat sat down"), ("", "yes"), ("kitten", "sitting")]
    pairs += [
        ("lawn flaw", "lawn"),
        ("a", "a b"),
        ("abc", "abc"),
        ("flaw lawn", "lawn"),
        ("ab", "ba"),
    ]
    found, wanted = ([pair[side] for pair in pairs] for side in (0, 1))
    letters = [(errors(f, w), len(w)) for f, w in pairs]
    words = [(errors(f.split(), w.split()), len(w.split())) for f, w in pairs]
    rate = float(char_error_rate(found, wanted))
    assert ERROR_RATE.value(letters) == pytest.approx(rate)
    rate = float(word_error_rate(found, wanted))
    assert ERROR_RATE.value(words) == pytest.approx(rate)
    assert [errors(*pair) for pair in pairs[2:]] == [3, 5, 2, 0, 5, 2]
    assert errors("", "") == 0
    assert errors([1, 2, 3], []) == 3 == errors([], "abc")
    check_interval(ERROR_RATE, np.array(letters * 4, dtype=float))


def test_what_sequences_refuse() -> None:
    assert not ERROR_RATE.higher and ERROR_RATE.bounds == (0, np.inf)
    assert np.isnan(ERROR_RATE.value([[0.0, 0]]))
    for bad in ([1.0, -2], [-1.0, 2]):
        with pytest.raises(ValueError, match="sample 1: errors and length are"):
            ERROR_RATE.value([[0.0, 1], bad])
    with pytest.raises(ValueError, match="sequence: found 3 columns"):
        ERROR_RATE.value([[0.0, 1, 1]])
