"""Numbers on their way in: every type, order and layout, and nothing wrapped."""

import numpy as np
import pytest
import torch

from mmlearn.preprocess.arrays import as_tensor, whole_numbers
from mmlearn.preprocess.table import MOST_LEVELS, table_rows

INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]


@pytest.mark.parametrize("kind", INTEGERS)
def test_integers_of_every_type_are_the_same_numbers(kind):
    array = np.array([[3, 0], [127, 5]], dtype=kind)
    frozen = array.copy()
    frozen.flags.writeable = False
    for form in (
        array,
        frozen,
        array[::-1][::-1],
        array.astype(f">{array.dtype.str[1:]}"),
    ):
        found = whole_numbers(form, "codes")
        assert found.dtype == torch.int64 and found.tolist() == array.tolist()
    assert whole_numbers(array[::-1], "codes").tolist() == [[127, 5], [3, 0]]
    if kind in ("int8", "uint8", "int16", "int32", "int64") or hasattr(torch, kind):
        tensor = torch.tensor(array.tolist()).to(getattr(torch, kind))
        assert whole_numbers(tensor, "codes").tolist() == array.tolist()


def test_floats_that_are_whole_are_numbers_and_others_are_refused():
    assert whole_numbers([1.0, 2.0], "lengths").tolist() == [1, 2]
    for wrong in ([1.0, 2.5], [1, float("nan")], [1, float("inf")], [0, 1e30]):
        with pytest.raises(
            ValueError, match=r"lengths hold .* at \[1\]; expected whole"
        ):
            whole_numbers(torch.tensor(wrong), "lengths")
    for wrong in (torch.tensor([True]), np.array([True]), ["3"], None, [[1], [2, 3]]):
        with pytest.raises(TypeError, match="lengths"):
            whole_numbers(wrong, "lengths")
    with pytest.raises(ValueError, match=r"lengths: found 1844\d+ at \[1\]"):
        whole_numbers(np.array([1, 2**64 - 1], dtype=np.uint64), "lengths")
    if hasattr(torch, "uint64"):
        beyond = torch.tensor([1, -1]).to(torch.uint64)
        with pytest.raises(ValueError, match=r"at \[1\]; expected whole"):
            whole_numbers(beyond, "lengths")


def test_as_tensor_shares_what_torch_can_share():
    array = np.arange(3.0)
    as_tensor(array)[0] = 7
    assert array[0] == 7
    with pytest.raises(TypeError, match="expected numbers"):
        as_tensor(np.array(["a"]))


@pytest.mark.parametrize("kind", INTEGERS)
def test_codes_of_every_integer_type(kind):
    codes = np.array([[3, 0], [5, 1]], dtype=kind)
    rows = table_rows(np.zeros((2, 1)), codes, [6, 2])
    assert rows.tolist() == [[0, 0, 4, 1], [0, 0, 6, 2]]
    with pytest.raises(
        ValueError, match=r"row 1, category 0: found 5; expected 0\.\.4"
    ):
        table_rows(np.zeros((2, 1)), codes, [5, 2])


def test_an_unsigned_minus_one_is_no_missing_one():
    codes = np.array([[0], [-1]]).astype(np.uint8)
    with pytest.raises(ValueError, match="row 1, category 0: found 255"):
        table_rows(np.zeros((2, 0)), codes, [6])
    assert table_rows(np.zeros((2, 0)), codes, [256]).tolist() == [[1], [256]]
    with pytest.raises(ValueError, match=r"found 18374686479671623680 at \[1, 0\]"):
        table_rows(np.zeros((2, 0)), codes.astype(np.uint64) << 56, [6])


@pytest.mark.parametrize("far", [1e39, -3.5e38, np.inf])
def test_numbers_beyond_float32(far):
    numbers = np.array([[0, 1], [2, far]])
    with pytest.raises(
        ValueError, match=r"row 1, number 1: found .*that float32 holds"
    ):
        table_rows(numbers, np.zeros((2, 0)), [])
    numbers[1, 1] = 3.4e38
    assert table_rows(numbers, np.zeros((2, 0)), [])[1, 1] == np.float32(3.4e38)


def test_numbers_in_half_precision_and_columns_of_any_type_when_there_are_none():
    half = torch.tensor([[0.5, torch.nan]], dtype=torch.float16)
    rows = table_rows(half, np.zeros((1, 0)), [])
    assert rows.dtype == torch.float32 and rows.tolist() == [[0.5, 0, 0, 1]]
    only = table_rows(np.zeros((1, 0), dtype=int), np.array([[2]], np.int16), (3,))
    assert only.tolist() == [[3]]


@pytest.mark.parametrize(
    ("levels", "error", "message"),
    [
        ([0], ValueError, r"levels\[0\] is 0; expected 1 to 16777216"),
        ([-3], ValueError, r"levels\[0\] is -3"),
        ([MOST_LEVELS + 1], ValueError, "would be rounded"),
        ([True], TypeError, r"levels\[0\] is True; expected a whole number"),
        ([2.0], TypeError, r"levels\[0\] is 2.0"),
        ([3, 4], ValueError, "categories have 1 columns, levels 2"),
    ],
)
def test_levels(levels, error, message):
    with pytest.raises(error, match=message):
        table_rows(np.zeros((1, 0)), np.array([[0]]), levels)


def test_levels_of_any_integer_type_and_the_last_category_is_exact():
    for levels in (np.array([MOST_LEVELS]), torch.tensor([MOST_LEVELS])):
        rows = table_rows(np.zeros((1, 0)), np.array([[MOST_LEVELS - 1]]), levels)
        assert int(rows[0, 0]) == MOST_LEVELS


def test_codes_that_are_no_integers():
    for codes in (np.array([[True]]), np.array([[1.0]]), torch.tensor([[False]])):
        with pytest.raises(
            TypeError, match=r"categories are .*; expected whole numbers"
        ):
            table_rows(np.zeros((1, 0)), codes, [2])
