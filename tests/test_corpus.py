import numpy as np
import pytest

from mmlearn.data.corpus import Corpus


def make(n: int = 6) -> Corpus:
    return Corpus(
        name="toy",
        columns={
            "image": np.arange(n * 4).reshape(n, 2, 2),
            "text": [f"row {i}" for i in range(n)],
        },
        label=np.arange(n, dtype=np.int64) % 3,
        label_names=("a", "b", "c"),
        groups=np.arange(n, dtype=np.int64) // 2,
        licence="CC0",
        source="made here",
    )


def test_columns_and_length() -> None:
    corpus = make()
    assert len(corpus) == 6
    assert corpus["text"][5] == "row 5"
    assert corpus["image"].shape == (6, 2, 2)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (np.array([4, 0]), [4, 0]),
        ([4, 0, 4], [4, 0, 4]),
        (np.array([-1]), [5]),
        (np.array([True, False, False, True, False, False]), [0, 3]),
        (slice(1, 6, 2), [1, 3, 5]),
        ([], []),
        (np.array([2], dtype=np.uint8), [2]),
    ],
)
def test_rows_of_every_column(rows: slice | np.ndarray, expected: list[int]) -> None:
    part = make()[rows]
    assert part["text"] == [f"row {i}" for i in expected]
    np.testing.assert_array_equal(part["image"], make()["image"][expected])
    assert part.label.tolist() == [i % 3 for i in expected]
    assert part.groups.tolist() == [i // 2 for i in expected]
    assert (part.name, part.label_names) == ("toy", ("a", "b", "c"))
    assert part.label.dtype == np.int64


def test_a_slice_copies_nothing() -> None:
    corpus = make()
    assert np.shares_memory(corpus[1:3]["image"], corpus["image"])


def test_frozen() -> None:
    with pytest.raises(AttributeError):
        make().name = "other"  # type: ignore[misc]


def test_unknown_column() -> None:
    with pytest.raises(KeyError, match="no column 'sound'; there are image, text"):
        make()["sound"]


@pytest.mark.parametrize("rows", [3, np.array([0.5]), np.array([[1]]), ["a"]])
def test_rows_of_a_wrong_kind(rows: np.ndarray) -> None:
    with pytest.raises(TypeError, match=r"expected integers \[n\], a boolean mask"):
        make()[rows]


@pytest.mark.parametrize(
    ("rows", "words"),
    [([6], "row 6 of a corpus of 6"), ([-7], "row -7"), ([True], "mask has 1 rows")],
)
def test_rows_out_of_range(rows: list[int], words: str) -> None:
    with pytest.raises(IndexError, match=words):
        make()[rows]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"columns": {"text": ["one"]}}, "text has 1 rows, label has 6"),
        ({"groups": np.zeros(5, np.int64)}, "groups has 5 rows, label has 6"),
        (
            {"label": np.array([0, 1, 2, 3, 0, 0])},
            r"row 3 has label 3; expected 0",
        ),
        ({"label": np.array([0, -1, 0, 0, 0, 0])}, r"row 1 has label -1"),
        ({"label": np.zeros(6)}, r"label is float64 \(6,\); expected int64"),
        ({"groups": np.zeros((6, 1), np.int64)}, r"groups is int64 \(6, 1\)"),
    ],
)
def test_a_corpus_that_does_not_fit(change: dict[str, object], words: str) -> None:
    facts = {name: getattr(make(), name) for name in Corpus.__dataclass_fields__}
    with pytest.raises(ValueError, match=words):
        Corpus(**{**facts, **change})
