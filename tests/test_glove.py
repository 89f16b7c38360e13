"""Word vectors: the installed GloVe, text files, and what is refused."""

import gzip
from pathlib import Path

import numpy as np
import pyarrow
import pytest
import torch
from pyarrow import parquet
from torch import nn

from mmlearn.data import glove
from mmlearn.data.glove import WordVectors
from mmlearn.data.store import packages
from mmlearn.encoders.vectors import start_from
from mmlearn.preprocess.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def installed() -> WordVectors:
    return glove.load()


def small() -> WordVectors:
    values = [[1, 0], [3, 0.3], [0, 2], [0, 0], [-1, 0]]
    return WordVectors(["a", "b", "c", "zero", "e"], np.array(values, np.float32))


def write(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "some.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# The package


def test_the_installed_vectors(installed: WordVectors) -> None:
    assert len(installed) == 400_000 and installed.values.shape == (400_000, 50)
    assert installed.words[:3] == ["the", ",", "."]
    # As in the first line of the makers' own glove.6B.50d.txt.
    expected = np.array([0.418, 0.24968, -0.41242, 0.1217], np.float32)
    np.testing.assert_array_equal(installed.vector("the")[:4], expected)


def test_changes_do_not_reach_the_file(installed: WordVectors) -> None:
    before = float(installed.values[0, 0])
    installed.values[0, 0] = 7
    try:
        assert glove.load().values[0, 0] == np.float32(before)
    finally:
        installed.values[0, 0] = before


def test_neighbours_as_by_hand(installed: WordVectors) -> None:
    query = installed.vector("octopus")
    first = installed.values[:50_000].astype(np.float64)
    cosine = first @ query / np.linalg.norm(first, axis=1) / np.linalg.norm(query)
    some = WordVectors(installed.words[:50_000], installed.values[:50_000])
    found = some.nearest(query, 5)
    assert [some.words[i] for i in np.argsort(-cosine)[:5]] == [w for w, _ in found]
    expected = np.sort(cosine)[::-1][:5]
    np.testing.assert_allclose([c for _, c in found], expected, rtol=1e-5)


def test_a_folder_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(packages.GLOVE.variable, str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"no file .*emb\.npy"):
        glove.load()
    np.save(tmp_path / "glove_6B_50d_emb.npy", np.eye(2, dtype=np.float32))
    table = pyarrow.table({"index": ["x", "y"], "rank": [1, 2]})
    parquet.write_table(table, tmp_path / "glove_6B_index.parquet")
    with pytest.raises(ValueError, match=r"columns \['index', 'rank'\]; expected one"):
        glove.load()
    parquet.write_table(table.select([0]), tmp_path / "glove_6B_index.parquet")
    assert glove.load().words == ["x", "y"]
    monkeypatch.setenv(packages.GLOVE.variable, str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match="MMLEARN_GLOVE"):
        glove.load()


def test_a_pickle_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(packages.GLOVE.variable, str(tmp_path))
    np.save(tmp_path / "glove_6B_50d_emb.npy", np.array([{}]), allow_pickle=True)
    table = pyarrow.table({"index": ["x"]})
    parquet.write_table(table, tmp_path / "glove_6B_index.parquet")
    with pytest.raises(ValueError, match="Python objects"):
        glove.load()


# Looking up


def test_a_vector_is_a_copy() -> None:
    vectors = small()
    vectors.vector("a")[0] = 9
    np.testing.assert_array_equal(vectors.vector("a"), [1, 0])
    assert "a" in vectors and "A" not in vectors and 3 not in vectors


def test_an_unknown_word() -> None:
    with pytest.raises(KeyError, match=r"is none of the 5 words"):
        small().vector("dog")
    with pytest.raises(KeyError, match=r"'A' is none of .*; try it in lower case"):
        small().vector("A")


def test_nearest_goes_by_cosine_and_leaves_out() -> None:
    vectors = small()
    one = np.array([5, 0], np.float32)
    assert [w for w, _ in vectors.nearest(one, 2)] == ["a", "b"]
    assert vectors.nearest(one, 1) == [("a", 1.0)]
    left = vectors.nearest(one, 4, without=["a", "unknown"])
    assert [w for w, _ in left] == ["b", "c", "zero", "e"]
    assert left[-1] == ("e", -1.0) and left[2] == ("zero", 0.0)


@pytest.mark.parametrize(
    ("vector", "count", "without", "message"),
    [
        ([1.0, 0, 0], 1, (), r"vector is \[3\] .*expected \[2\]"),
        ([0.0, 0], 1, (), "of length 0"),
        ([np.nan, 0], 1, (), "of length nan"),
        ([1.0, 0], 0, (), "count is 0; expected 1 to 5"),
        ([1.0, 0], 5, ("a", "a"), "count is 5; expected 1 to 4"),
    ],
)
def test_what_nearest_refuses(vector, count, without, message) -> None:
    with pytest.raises(ValueError, match=message):
        small().nearest(np.array(vector), count, without)


def test_what_makes_no_table() -> None:
    ones = np.ones((2, 3), np.float32)
    with pytest.raises(ValueError, match=r"values is \[2, 3\] for 1 words"):
        WordVectors(["a"], ones)
    with pytest.raises(ValueError, match=r"values is \[2\]"):
        WordVectors(["a", "b"], np.ones(2, np.float32))
    with pytest.raises(ValueError, match="'a' occurs twice"):
        WordVectors(["a", "a"], ones)
    with pytest.raises(TypeError, match="values is float64; expected float32"):
        WordVectors(["a", "b"], ones.astype(np.float64))


# Text files


def test_a_text_file(tmp_path: Path) -> None:
    text = "the 1 -2.5e-1\n. . . 3 4 \r\nçà 5 6"
    vectors = glove.read(write(tmp_path, text))
    assert vectors.words == ["the", ". . .", "çà"]
    np.testing.assert_array_equal(vectors.values, [[1, -0.25], [3, 4], [5, 6]])
    assert vectors.values.dtype == np.float32
    assert glove.read(tmp_path / "some.txt", limit=2).words == ["the", ". . ."]


def test_a_first_line_of_counts_is_skipped(tmp_path: Path) -> None:
    vectors = glove.read(str(write(tmp_path, "2 3\na 1 2 3\nb 4 5 6\n")))
    assert vectors.words == ["a", "b"] and vectors.values.shape == (2, 3)


def test_text_and_package_agree(tmp_path: Path, installed: WordVectors) -> None:
    lines = [
        " ".join([word, *map(str, installed.vector(word))])
        for word in ("the", "octopus")
    ]
    vectors = glove.read(write(tmp_path, "\n".join(lines)))
    np.testing.assert_array_equal(
        vectors.vector("octopus"), installed.vector("octopus")
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "some.txt: no line with a word"),
        ("3 2\n", "some.txt: no line with a word"),
        ("alone\n", "line 1: found 'alone'; expected a word and its numbers"),
        ("a 1 2\nb 1\n", "line 2: found 'b 1'; expected a word and 2 numbers"),
        ("a 1 2\n\nb 1 2", "line 2: found ''; expected a word and 2 numbers"),
        ("a 1 2\n 1 2\n", "line 2: found ' 1 2'; expected a word"),
        ("a 1 2\nb 1 x\n", "line 2: 'b': could not convert .*2 finite numbers"),
        ("a 1 2\nb 1 nan\n", "line 2: 'b': NaN or infinity; expected 2 finite"),
        ("a 1 2\nb 3 4\na 5 6\n", "line 3: 'a' is in line 1 too"),
        (b"a 1 2\n\xff 3 4\n", "line 2: not UTF-8"),
        (gzip.compress(b"a 1 2\n", mtime=0), "some.txt: it is packed; unpack it first"),
        (b"PK\x03\x04...", "some.txt: it is packed; unpack it first"),
        (b"PK 1 2\nb 1", "line 2: found 'b 1'"),
    ],
)
def test_an_error_names_the_line(tmp_path: Path, text, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        glove.read(write(tmp_path, text))


def test_other_errors_of_reading(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        glove.read(tmp_path / "nothing.txt")
    with pytest.raises(ValueError, match="limit is 0; expected 1 or more"):
        glove.read(write(tmp_path, "a 1"), limit=0)


# As torchtext's, and into an embedding


def test_vectors_of_words_as_a_tensor() -> None:
    vectors = small()
    found = vectors.get_vecs_by_tokens(["c", "A", "nobody"])
    torch.testing.assert_close(found, torch.tensor([[0.0, 2], [0, 0], [0, 0]]))
    found = vectors.get_vecs_by_tokens(["A", "b"], lower_case_backup=True)
    torch.testing.assert_close(found, torch.tensor([[1.0, 0], [3, 0.3]]))
    torch.testing.assert_close(vectors.get_vecs_by_tokens("c"), torch.tensor([0.0, 2]))
    found[0] = 9
    assert vectors.values[0].tolist() == [1, 0]


@pytest.mark.parametrize("kind", [nn.Embedding, nn.EmbeddingBag])
def test_an_embedding_starts_from_vectors(kind: type[nn.Module]) -> None:
    vocabulary = Vocabulary(["a", "dog", "c", "e"])
    embedding = kind(4, 2, padding_idx=3)
    before = embedding.weight.detach().clone()
    known = start_from(embedding, vocabulary, small())
    assert known.tolist() == [True, False, True, False]
    assert embedding.weight.tolist()[::2] == [[1, 0], [0, 2]]
    assert torch.equal(embedding.weight[1], before[1])
    assert not embedding.weight[3].any(), "the row of the padding is zero"
    embedding(torch.tensor([[0, 1]])).sum().backward()
    assert embedding.weight.grad[0].any(), "it does not go on learning"


def test_what_an_embedding_cannot_start_from() -> None:
    with pytest.raises(ValueError, match=r"none of the 2 words \(dog, A \.\.\.\)"):
        start_from(nn.Embedding(2, 2), Vocabulary(["dog", "A"]), small())
    one = Vocabulary(["a"])
    with pytest.raises(
        ValueError, match="has 2 rows; expected one for each of the 1 w"
    ):
        start_from(nn.Embedding(2, 2, padding_idx=1), one, small())
    with pytest.raises(ValueError, match="has 3 numbers per word; expected 2, as the"):
        start_from(nn.Embedding(1, 3), one, small())
    with pytest.raises(TypeError, match="token 1 is 3; expected a word"):
        small().get_vecs_by_tokens(["a", 3])  # type: ignore[list-item]
