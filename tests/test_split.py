"""No group on two sides, whatever the groups."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlearn.data.split import split

GROUPS = st.lists(st.integers(-5, 30), min_size=3, max_size=120).filter(
    lambda groups: len(set(groups)) >= 3
)
FRACTIONS = st.lists(st.integers(1, 9), min_size=2, max_size=3).map(
    lambda parts: [part / sum(parts) for part in parts]
)


@settings(deadline=None)
@given(GROUPS, FRACTIONS, st.integers(0, 99), st.booleans())
def test_every_row_once_and_no_group_on_two_sides(
    groups: list[int], fractions: list[float], seed: int, with_label: bool
) -> None:
    array = np.array(groups)
    label = (array * 7 + np.arange(len(array))) % 4 if with_label else None
    parts = split(array, fractions, seed, label)
    assert len(parts) == len(fractions)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(groups)))
    sides = [set(array[part].tolist()) for part in parts]
    assert all(sides)  # no part is empty
    assert sum(map(len, sides)) == len(set(groups))  # so they are disjoint
    for part in parts:
        assert part.dtype == np.int64
        assert (np.diff(part) > 0).all()
    for a, b in zip(parts, split(array, fractions, seed, label), strict=True):
        np.testing.assert_array_equal(a, b)


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), min_size=3, max_size=40), st.integers(0, 99))
def test_each_class_with_enough_groups_is_on_every_side(
    classes: list[int], seed: int
) -> None:
    """Groups of one class each: group g holds g % 4 + 1 rows of class classes[g]."""
    sizes = [g % 4 + 1 for g in range(len(classes))]
    groups = np.repeat(np.arange(len(classes)), sizes)
    label = np.repeat(classes, sizes)
    parts = split(groups, seed=seed, label=label)
    for name in set(classes):
        if classes.count(name) >= 3:
            assert all((label[part] == name).any() for part in parts)


def test_sizes_come_near_the_fractions() -> None:
    groups = np.repeat(np.arange(200), np.arange(200) % 7 + 1)
    for seed in range(5):
        parts = split(groups, (0.6, 0.2, 0.2), seed)
        shares = np.array([len(part) for part in parts]) / len(groups)
        np.testing.assert_allclose(shares, (0.6, 0.2, 0.2), atol=0.01)


def test_seeds_differ() -> None:
    groups = np.arange(50)
    drawn = {tuple(split(groups, seed=seed)[2].tolist()) for seed in range(5)}
    assert len(drawn) == 5


def test_group_numbers_do_not_matter_but_their_order() -> None:
    groups = np.array([3, 3, 9, 9, 9, 20, 4, 4])
    for a, b in zip(split(groups), split(groups * 1000 - 7), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"groups": np.zeros(9, int)}, "1 groups for 3 parts"),
        ({"groups": np.zeros(0, int)}, "0 groups for 3 parts"),
        ({"groups": np.zeros((9, 1), int)}, r"groups is int64 \(9, 1\)"),
        ({"groups": np.linspace(0, 1, 9)}, r"groups is float64 \(9,\)"),
        ({"fractions": (0.6, 0.2)}, "sum to 1"),
        ({"fractions": (1.2, -0.2)}, "positive"),
        ({"fractions": (1.0, 0.0)}, "positive"),
        ({"fractions": (1.0,)}, "two or more"),
        ({"fractions": (float("nan"), 0.5)}, "positive"),
        ({"label": np.zeros(8, int)}, "label has 8 rows, groups 9"),
        ({"label": np.array(["a"] * 9)}, "expected integers"),
        ({"label": np.zeros((9, 1), int)}, r"label is int64 \(9, 1\).*reshape"),
        (
            {"groups": list("abcdefghi")},
            r"np\.unique\(names, return_inverse=True\)\[1\]",
        ),
        ({"groups": np.array(list("abcdefghi"), object)}, "return_inverse=True"),
        ({"groups": np.arange(9.0)}, r"expected integers \[N\]\. Fix: \.astype\(int\)"),
        ({"groups": np.array([np.nan, *range(8)])}, r"rows that are NaN \(1\)"),
        ({"groups": np.arange(9) > 3}, r"groups is bool \(9,\)"),
        ({"groups": 3}, r"groups is int64 \(\); expected integers \[N\]"),
        ({"groups": []}, "0 groups for 3 parts"),
        ({"groups": np.ma.array(range(9), mask=[1] + 8 * [0])}, "1 masked rows"),
    ],
)
def test_errors(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        split(**{"groups": np.arange(9), **arguments})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kind", ["int8", "uint8", "int32", "uint16", "uint64", "int64"]
)
def test_integers_of_any_kind(kind: str) -> None:
    groups = np.random.default_rng(0).integers(0, 100, 200)
    label = groups % 3
    expected = split(groups, label=label)
    for made in (
        (groups.astype(kind), label.astype(kind)),
        (groups.tolist(), label.tolist()),
        (torch.as_tensor(groups.astype(kind)), torch.as_tensor(label)),
        (np.ma.array(groups), label),
        (np.stack([groups, label], axis=1).astype(kind)[:, 0], label),
    ):
        for one, other in zip(split(made[0], label=made[1]), expected, strict=True):
            np.testing.assert_array_equal(one, other)


def test_numbers_near_2_to_the_64_stay_apart() -> None:
    """As floats, these three would be one group."""
    groups = np.array([2**64 - 1, 2**64 - 2, 2**64 - 3], dtype=np.uint64)
    assert [len(part) for part in split(groups, (0.3, 0.3, 0.4))] == [1, 1, 1]
