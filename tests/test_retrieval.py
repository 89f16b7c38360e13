"""Search: ranks among several right answers, galleries, captions, pieces, an index."""

from __future__ import annotations

import itertools
import sys
from math import comb
from pathlib import Path

import numpy as np
import pytest
import torch

from mmlearn import MultimodalModel, faiss_process, neighbours, seed_everything
from mmlearn.batch import Padded
from mmlearn.data.captions import captions, of_texts
from mmlearn.data.corpus import Corpus
from mmlearn.encoders import FeatureEncoder, PiecesEncoder
from mmlearn.evaluate import one_side
from mmlearn.fusion import Separate
from mmlearn.heads import Contrast
from mmlearn.kinds import Characters, Sentences, kind_of_texts
from mmlearn.kinds.characters import numbered, numbers_of, pieces
from mmlearn.kinds.keep import as_json, from_json
from mmlearn.metrics.retrieval import (
    chance,
    first_rank,
    gallery_recall,
    recall_report,
    told,
)
from mmlearn.studies import index

# --- ranks and galleries -------------------------------------------------------------


def test_the_first_right_candidate_counts():
    queries, candidates = np.eye(2), np.array([[0.9, 0], [1, 0], [0.5, 0.8], [0, 0.6]])
    before, right = first_rank(queries, candidates, [7, 8], [7, 5, 8, 8])
    assert before.tolist() == [1, 0] and right.tolist() == [1, 2]


def test_a_model_that_says_the_same_of_all_is_not_perfect():
    alike = np.ones((9, 2))
    before, _ = first_rank(alike, alike, np.arange(9), np.arange(9))
    assert (before == 4).all()


def test_relatives_of_the_right_one_are_no_rivals():
    near = np.array([[1.0, 0.9, 0.8, 0.1]])
    before, right = first_rank([[1.0]], near.T, [3], [0, 3, 3, 3])
    assert before.tolist() == [1] and right.tolist() == [3]


def test_a_query_without_an_answer_is_named():
    with pytest.raises(ValueError, match="query 1 is of group 9"):
        first_rank(np.eye(2), np.eye(2), [0, 9], [0, 1])


@pytest.mark.parametrize("k", [1, 2])
def test_the_recall_in_a_gallery_is_that_of_all_galleries(k):
    others, before, size = 6, 2, 4
    drawn = list(itertools.combinations(range(others), size - 1))
    hit = np.mean([sum(i < before for i in gallery) < k for gallery in drawn])
    assert gallery_recall([before], others, size, k)[0] == pytest.approx(hit)


def test_the_formula_of_the_lesson():
    found = gallery_recall([0, 3, 9], 9, 5)
    expected = [comb(9 - r, 4) / comb(9, 4) for r in (0, 3, 9)]
    np.testing.assert_allclose(found, expected)


def test_the_whole_gallery_and_a_gallery_of_one():
    before = np.array([0, 1, 5])
    assert gallery_recall(before, 9, 10, 2).tolist() == [1, 1, 0]
    assert gallery_recall(before, 9, 1).tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="size is 11; expected 1 to 10"):
        gallery_recall(before, 9, 11)


def test_chance_is_what_a_random_order_gets():
    assert chance(np.ones(5), 50, 10) == pytest.approx(0.2)
    assert chance([2], 4, 1) == pytest.approx(0.5)
    assert chance([1], 3, 10) == 1


def test_recall_has_intervals_by_group():
    before, groups = np.array([0, 0, 4, 20] * 10), np.arange(40) // 4
    found = recall_report(before, groups)
    assert found["recall@1"].value == 0.5 and found["recall@5"].value == 0.75
    assert found["recall@1"].low < 0.5 or found["recall@1"].low == 0.5


def test_a_search_is_told_with_chance_and_gallery():
    same = np.arange(40) // 2
    line = told(np.eye(20)[same], np.eye(20), same, np.arange(20), same)
    assert line.startswith("of 20 candidates: R@1 1.000 [") and "(chance 0.050)" in line


# --- captions ------------------------------------------------------------------------


def folder(**columns: list[str]) -> Corpus:
    pictures = np.zeros((3, 3, 4, 4), np.uint8)
    pictures[2] = 9  # the first two rows hold one picture
    made = {"image": pictures, **columns}
    return Corpus("own", made, None, (), np.array([4, 4, 6]), "own", "own")


def test_a_row_for_each_caption():
    found = captions(folder(caption=["a", "b", " "], caption_2=["", "c", "d"]))
    assert found["text"] == ["a", "b", "c", "d"]
    assert found["row"].tolist() == [0, 0, 0, 2]
    assert found.groups.tolist() == [4, 4, 4, 6]


def test_what_has_no_captions():
    with pytest.raises(KeyError, match="no texts caption, only image, note"):
        captions(folder(note=["a", "b", "c"]))
    with pytest.raises(ValueError, match="caption are empty in all 3 rows"):
        captions(folder(caption=["", " ", ""]))


# --- pieces of words -----------------------------------------------------------------


def test_the_pieces_of_a_word():
    assert list(pieces("At")) == [
        *(" ", "a", "t", " "),
        *(" a", "at", "t "),
        *(" at", "at ", " at "),
    ]
    assert list(pieces(" at\n")) == list(pieces("AT"))


def test_numbers_are_those_of_every_machine():
    assert numbered("猫", 8192) == numbered("猫", 8192)
    assert numbered("a", 100)[1] == 3904355907 % 100  # crc32 of "a"
    assert all(0 <= n < 50 for n in numbered("a longer text", 50))


def test_an_accent_is_one_however_it_was_written():
    assert numbered("caf\u00e9") == numbered("cafe\u0301")


def test_an_empty_text_is_missing():
    found = numbers_of(["a", "", "猫"])
    assert found.mask.any(dim=1).tolist() == [True, False, True]
    assert numbers_of([""]).values.shape == (1, 1)


def test_padding_changes_no_text_and_neither_does_order():
    seed_everything(0)
    encoder = PiecesEncoder(64, 8).eval()
    one = numbers_of(["cat"], 64)
    two = numbers_of(["cat", "a far longer text"], 64)
    torch.testing.assert_close(encoder(one).values, encoder(two).values[:1])
    garbage = two.values.masked_fill(~two.mask, 63)
    torch.testing.assert_close(
        encoder(Padded(garbage, two.mask)).values, encoder(two).values
    )
    torch.testing.assert_close(
        encoder(Padded(one.values.flip(1), one.mask)).values, encoder(one).values
    )


def test_a_text_that_is_missing_gives_a_masked_token():
    found = PiecesEncoder(64, 8)(numbers_of(["", "b"], 64))
    assert found.mask.tolist() == [[False], [True]]
    assert (found.values[0] == 0).all() and found.values.shape == (2, 1, 8)
    with pytest.raises(TypeError):
        PiecesEncoder(64, 8)(torch.zeros(2, 3))


def test_characters_are_a_kind():
    corpus = of_texts(["cat", "猫"])
    kind = Characters.fit(corpus, "text")
    assert kind(corpus).values.dtype == torch.int64
    assert isinstance(kind.encoder(8, True, 0.1), PiecesEncoder)
    assert from_json(as_json(kind)) == kind and "any language" in str(kind)
    wrong = Corpus("x", {"text": np.zeros(2)}, None, (), np.arange(2), "", "")
    with pytest.raises(TypeError, match="expected texts, a list"):
        kind(wrong)


def test_english_goes_to_the_network_that_has_read_it():
    pytest.importorskip("transformers")
    assert isinstance(kind_of_texts(["a cat", "un café et autre chose"]), Sentences)
    assert isinstance(kind_of_texts(["一只猫", "a cat"]), Characters)
    assert isinstance(kind_of_texts(["кошка"]), Characters)


# --- towers --------------------------------------------------------------------------


def towers() -> MultimodalModel:
    seed_everything(0)
    encoders = {n: FeatureEncoder(5, 8, hidden=6) for n in ("image", "text")}
    head = Contrast("image", "text", 8, width=4)
    return MultimodalModel(encoders, Separate(["image", "text"], 8), head)


def test_one_side_is_what_both_together_give():
    model = towers().eval()
    batch = {"image": torch.randn(7, 5), "text": torch.randn(7, 5)}
    both = model(batch)
    for name, side in (("image", "a"), ("text", "b")):
        found = one_side(model, name, batch[name], batch_size=3)
        torch.testing.assert_close(found, both[side].detach())
    with pytest.raises(KeyError, match="does not compare 'sound'"):
        one_side(model, "sound", batch["image"])


def test_a_hidden_layer_is_one_more():
    plain, deep = FeatureEncoder(5, 8), FeatureEncoder(5, 8, hidden=6)
    count = [sum(p.numel() for p in each.parameters()) for each in (plain, deep)]
    assert count == [10 + 5 * 8 + 8, 10 + 5 * 6 + 6 + 6 * 8 + 8]


@pytest.mark.parametrize("loss", ["softmax", "sigmoid"])
def test_what_is_the_same_is_not_pushed_apart(loss):
    """By another road: the loss of each row over the candidates that are left."""
    seed_everything(0)
    head = Contrast("image", "text", 8, width=4, loss=loss, same="family")
    same = torch.tensor([3, 5, 3, 7])
    a, b = (torch.nn.functional.normalize(torch.randn(4, 4), dim=1) for _ in "ab")
    output = {"a": a, "b": b, "present": torch.ones(4, dtype=torch.bool)}
    output |= {"scale": torch.tensor(5.0), "same": same}
    output |= {"bias": torch.tensor(-2.0)} if loss == "sigmoid" else {}
    scores, total = 5 * a @ b.mT, torch.tensor(0.0)
    for i in range(4):
        left = [j for j in range(4) if j == i or same[j] != same[i]]
        at = left.index(i)
        if loss == "softmax":
            rows = scores[i, left], scores[left, i]
            total -= sum(x.log_softmax(dim=0)[at] for x in rows) / 2
        else:
            signs = torch.tensor([1.0 if j == i else -1.0 for j in left])
            total -= (signs * (scores[i, left] - 2)).sigmoid().log().sum()
    torch.testing.assert_close(head.loss(output, {}).mean, total / 4)


def test_a_batch_without_that_column_is_refused():
    model = towers()
    head = Contrast("image", "text", 8, same="family")
    model = MultimodalModel(model.encoders, model.fusion, head)
    batch = {"image": torch.randn(4, 5), "text": torch.randn(4, 5)}
    with pytest.raises(ValueError, match="no column 'family'"):
        head.loss(model(batch), batch)


# --- an index ------------------------------------------------------------------------

with_faiss = pytest.mark.skipif(not neighbours.installed(), reason="needs faiss")


def some(n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    vectors = index.made_up(n, "scattered", 10)
    return vectors, index.beside(vectors, 12)


@with_faiss
def test_the_exact_search_is_a_sorted_product():
    vectors, queries = some()
    found = neighbours.search(vectors, queries, k=5)
    order = (-(queries @ vectors.T)).argsort(axis=1)[:, :5]
    assert (found.exact == order).all() and set(found.seconds) == {"exact"}


@with_faiss
def test_lists_hold_what_is_nearest_to_their_centres():
    vectors, queries = some()
    found = neighbours.search(vectors, queries, k=5, lists=8, probes=(2, 8))
    lists = (vectors @ found.centres.T).argmax(axis=1)
    opened = (-(queries @ found.centres.T)).argsort(axis=1)[:, :2]
    for row, query, there in zip(found.by_probes[2], queries, opened, strict=True):
        near = np.where(np.isin(lists, there), vectors @ query, -np.inf)
        assert (row == (-near).argsort()[:5]).all()
    assert found.recall(8) == 1 and 0 < found.recall(2) < 1


def test_faiss_never_meets_torch():
    """Two copies of OpenMP in one process abort it on macOS."""
    code = Path(faiss_process.__file__).read_text("utf-8").split('"""', 2)[2]
    assert "torch" not in code and "mmlearn" not in code
    assert "faiss" not in sys.modules


def test_what_an_index_cannot_search():
    vectors, queries = some(20)
    cases = [
        ({"vectors": vectors[0]}, r"vectors is \[64\]; expected \[N, D\]"),
        ({"queries": queries[:, :3]}, "vectors have 64 numbers, queries 3"),
        ({"vectors": np.full((2, 64), np.nan)}, "row 0 holds a number not finite"),
        ({"k": 21}, "k is 21; expected 1 to 20"),
        ({"lists": 21}, "lists is 21; expected 0 to 20"),
        ({"lists": 4, "probes": (1, 5)}, "probes has 5; expected 1 to 4"),
    ]
    for changed, message in cases:
        arguments = {"vectors": vectors, "queries": queries, "k": 5} | changed
        with pytest.raises(ValueError, match=message):
            neighbours.search(**arguments)


def test_without_faiss_one_line_says_so(monkeypatch):
    monkeypatch.setattr(neighbours, "installed", lambda: False)
    with pytest.raises(ImportError, match="pip install faiss-cpu"):
        neighbours.search(*some(20), k=5)


@with_faiss
def test_a_failing_process_says_its_last_line(monkeypatch, tmp_path):
    script = tmp_path / "fails.py"
    script.write_text("raise SystemExit('no memory')", encoding="utf-8")
    monkeypatch.setattr(faiss_process, "__file__", str(script))
    with pytest.raises(RuntimeError, match="code 1: no memory"):
        neighbours.search(*some(20), k=5)


@with_faiss
def test_the_record_of_times_can_be_made_and_read(tmp_path):
    index.main(tmp_path, sizes=(400,))
    rows = index.read(tmp_path)
    assert list(rows[0]) == list(index.read()[0])
    assert {row["kind"] for row in rows} == {"scattered", "clumps"}
    assert [float(r["recall@10"]) for r in rows if r["probes"] == "exact"] == [1, 1]


def test_the_record_goes_to_a_million():
    rows = index.read()
    assert {int(row["vectors"]) for row in rows} == set(index.SIZES)
    largest = [r for r in rows if r["vectors"] == "1000000" and r["probes"] != "exact"]
    assert min(float(r["times faster"]) for r in largest) > 5
