from dataclasses import replace

import numpy as np
import pytest
from own_corpus import own_corpus

from mmlearn import prepare
from mmlearn.data import watch
from mmlearn.data.corpus import Corpus
from mmlearn.data.windows import cut


def two_devices():
    """Row 0: 10 steps of a, b late; row 1: 5 steps of a, without b. At 5 Hz."""
    a = np.arange(20, dtype=np.float32).reshape(2, 10, 1)
    b = np.full((2, 8, 2), np.nan, dtype=np.float32)
    b[0, 4:] = 7
    return Corpus(
        name="two",
        columns={
            "a": a,
            "a_length": np.array([10, 5]),
            "b": b,
            "b_length": np.array([8, 0]),
            "who": ["ann", "ben"],
        },
        label=np.array([1, 0]),
        label_names=("x", "y"),
        groups=np.array([3, 4]),
        licence="",
        source="",
        rates={"a": 5, "b": 5},
    )


def test_windows_know_their_start_label_group_and_row():
    windows = cut(two_devices(), seconds=0.8, hop=0.6)
    assert windows["start"].tolist() == [0, 0.6, 1.2, 0]
    assert windows["row"].tolist() == [0, 0, 0, 1]
    assert windows["a"][:, :, 0].tolist() == [
        *([0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9], [10, 11, 12, 13]),
    ]
    assert windows.label.tolist() == [1, 1, 1, 0]
    assert windows.groups.tolist() == [3, 3, 3, 4]
    assert windows["who"] == ["ann", "ann", "ann", "ben"]
    assert windows["b_length"].tolist() == [4, 4, 2, 0]
    assert np.isnan(windows["b"][0]).all() and np.isnan(windows["b"][3]).all()
    assert windows["b"][1, 1:].tolist() == [[7, 7]] * 3
    assert windows.rates == {"a": 5, "b": 5}


def test_windows_without_a_value_are_left_out():
    corpus = two_devices()
    corpus["a"][0, 4:8] = np.nan
    corpus["b"][:] = np.nan
    windows = cut(corpus, seconds=0.8)
    assert windows["start"].tolist() == [0, 0]


def test_windows_of_the_watch_train_as_recordings_do(capsys):
    windows = cut(watch.load(), seconds=2)
    assert windows["sensor"].shape[1:] == (100, 6)
    data = prepare(windows)
    assert data.modalities == ["sensor"]  # not when a window begins
    assert data.train.columns["sensor"].values.shape[1:] == (100, 6)
    people = [set(found.tolist()) for found in data.groups.values()]
    assert not people[0] & people[2]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"columns": "a"}, r"expected a list: \['a'\]"),
        ({"seconds": 0.01}, "expected a step at least"),
        ({"seconds": 1, "hop": 0.01}, "0.01 s apart"),
        ({"seconds": 3}, "no recording has a window of 3 s; the longest lasts 2 s"),
    ],
)
def test_windows_that_cannot_be_cut(settings, message):
    with pytest.raises(ValueError, match=message):
        cut(two_devices(), **({"columns": ["a"], "seconds": 1} | settings))


def test_a_series_that_is_not_cut_does_not_come_along():
    windows = cut(two_devices(), 0.8, columns=["a"])
    assert "b" not in windows.columns and "b_length" not in windows.columns


def test_columns_of_other_rates_are_refused():
    with pytest.raises(ValueError, match="expected one for all columns"):
        cut(own_corpus(), seconds=0.1)
    with pytest.raises(ValueError, match="expected one for all columns"):
        cut(replace(two_devices(), rates={}), 1, columns=["a"])
