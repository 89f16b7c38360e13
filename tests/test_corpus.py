import numpy as np
import pytest
import torch

from mmlearn.data.corpus import Corpus
from mmlearn.data.split import split


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
        ({"label": np.zeros((6, 1), np.int64)}, r"label is int64 \(6, 1\).*reshape"),
        ({"label": np.int64(0)}, r"label is int64 \(\); expected int64 \[N\]"),
        ({"label": np.zeros(6, bool)}, r"label is bool \(6,\).*Fix: \.astype"),
        ({"label": np.array([0, np.nan] * 3)}, r"label .*rows that are NaN \(3\)"),
        ({"label": np.array(list("abcabc"))}, r"label is <U1 .*return_inverse=True"),
        ({"label": ["a"] * 6}, r"label is <U1 .*return_inverse=True"),
        ({"groups": [None] * 6}, r"groups is object .*return_inverse=True"),
        ({"groups": None}, r"groups is object \(\)"),
        (
            {"groups": np.array([0, 1, 2**63, 3, 4, 5], dtype=np.uint64)},
            r"groups is 9223372036854775808 in row 2, too large for int64",
        ),
        (
            {"groups": np.ma.array([0, 1, 2, 3, 4, 5], mask=[0, 1, 0, 0, 1, 0])},
            "groups has 2 masked rows",
        ),
        ({"label": np.uint8([0, 1, 255, 0, 1, 2])}, "row 2 has label 255"),
        ({"label": None}, r"label is None, but label_names are \('a', 'b', 'c'\)"),
        ({"label_names": ()}, "row 0 has label 0; expected a name in label_names"),
        ({"columns": {"text": "abcdef"}}, "text is one str; expected an array or a"),
        ({"columns": {"size": np.array(3)}}, "size is one ndarray"),
    ],
)
def test_a_corpus_that_does_not_fit(change: dict[str, object], words: str) -> None:
    facts = {name: getattr(make(), name) for name in Corpus.__dataclass_fields__}
    with pytest.raises(ValueError, match=words):
        Corpus(**{**facts, **change})


@pytest.mark.parametrize(
    "kind", [*(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))]
)
def test_integers_of_any_kind(kind: str) -> None:
    facts = {name: getattr(make(), name) for name in Corpus.__dataclass_fields__}
    label, groups = (
        np.array([2, 0, 1, 2, 0, 1], kind),
        np.array([9, 9, 4, 4, 0, 1], kind),
    )
    for values in ((label, groups), (label.tolist(), groups.tolist())):
        corpus = Corpus(**{**facts, "label": values[0], "groups": values[1]})
        assert corpus.label.dtype == corpus.groups.dtype == np.int64
        assert corpus.label.tolist() == [2, 0, 1, 2, 0, 1]
        assert corpus.groups.tolist() == [9, 9, 4, 4, 0, 1]
    column = np.array([[2, 0], [0, 0]] * 3, kind)[:, 0]  # not contiguous
    column.flags.writeable = False
    assert Corpus(**{**facts, "label": column}).label.tolist() == [2, 0] * 3


def test_integers_of_torch_and_large_ones() -> None:
    facts = {name: getattr(make(), name) for name in Corpus.__dataclass_fields__}
    groups = torch.tensor([-(2**63), 2**63 - 1, 2**53 + 1, 2**53, 0, 1])
    corpus = Corpus(**{**facts, "groups": groups})
    assert corpus.groups.tolist() == groups.tolist()  # none is rounded


def test_int64_is_not_copied() -> None:
    facts = {name: getattr(make(), name) for name in Corpus.__dataclass_fields__}
    assert np.shares_memory(Corpus(**facts).label, facts["label"])


def test_data_without_classes() -> None:
    facts = {name: getattr(make(), name) for name in Corpus.__dataclass_fields__}
    corpus = Corpus(**{**facts, "label": None, "label_names": ()})
    assert len(corpus) == 6 and corpus.label is None
    for rows in ([4, 0], slice(1, 3), np.arange(6) == 2):
        part = corpus[rows]
        assert part.label is None and part.label_names == ()
        assert part["text"] == make()[rows]["text"]
        assert part.groups.tolist() == make()[rows].groups.tolist()
    parts = split(corpus.groups, (0.5, 0.5), label=corpus.label)
    assert sorted(np.concatenate(parts).tolist()) == list(range(6))
    with pytest.raises(ValueError, match="text has 5 rows, groups has 6"):
        Corpus(
            **{**facts, "label": None, "label_names": (), "columns": {"text": [1] * 5}}
        )


def test_no_rows_at_all() -> None:
    empty = Corpus("none", {}, [], (), [], "CC0", "here")
    assert len(empty) == 0 and empty.label.dtype == empty.groups.dtype == np.int64
