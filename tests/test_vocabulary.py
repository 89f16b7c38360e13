"""Words and numbers; that they are torchtext's is shown in test_torchtext.py."""

from __future__ import annotations

import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlearn import with_torchtext
from mmlearn.preprocess.vocabulary import Vocabulary

CORPUS = [["b", "a", "c"], ["b", "d", "a"], ["b"]]
words = st.text("abcé多🦊 ", min_size=1, max_size=2)
corpora = st.lists(st.lists(words, max_size=6), max_size=8)


def test_it_counts_then_spells():
    vocabulary = Vocabulary.build(CORPUS)
    assert vocabulary.get_itos() == ["<pad>", "<unk>", "b", "a", "c", "d"]
    assert vocabulary(["a", "never", "b"]) == [3, 1, 2]
    assert vocabulary["c"] == 4 and "never" not in vocabulary and len(vocabulary) == 6
    assert vocabulary.lookup_tokens([2, 1]) == ["b", "<unk>"]
    assert vocabulary.lookup_indices(["b"]) == vocabulary.forward(["b"]) == [2]
    assert vocabulary.get_stoi()["d"] == 5 and vocabulary.get_default_index() == 1
    assert Vocabulary.build(CORPUS, min_freq=2).get_itos()[2:] == ["b", "a"]
    assert Vocabulary.build(CORPUS, max_tokens=3).get_itos() == ["<pad>", "<unk>", "b"]
    last = Vocabulary.build(CORPUS, specials=["<unk>"], special_first=False)
    assert last.get_itos() == ["b", "a", "c", "d", "<unk>"] and last["never"] == 4


@given(corpora, st.integers(1, 4))
def test_every_word_kept_is_as_frequent_as_said_and_none_is_forgotten(corpus, least):
    vocabulary = Vocabulary.build(corpus, min_freq=least, specials=())
    counts = Counter(word for sentence in corpus for word in sentence)
    assert set(vocabulary.get_itos()) == {w for w, n in counts.items() if n >= least}
    found = [(-counts[word], word) for word in vocabulary.get_itos()]
    assert found == sorted(found)
    numbers = vocabulary(vocabulary.get_itos())
    assert numbers == list(range(len(vocabulary)))
    assert vocabulary.lookup_tokens(numbers) == vocabulary.get_itos()


def test_new_words():
    vocabulary = Vocabulary.build(CORPUS)
    vocabulary.append_token("z")
    assert vocabulary["z"] == 6 and len(vocabulary) == 7
    vocabulary.insert_token("y", 0)
    assert vocabulary(["y", "<pad>", "z"]) == [0, 1, 7]
    # As in torchtext: the default is a number, and it stays where it is.
    assert vocabulary["never"] == 1 and vocabulary.lookup_token(1) == "<pad>"
    vocabulary.set_default_index(None)
    with pytest.raises(KeyError, match="no default is set"):
        vocabulary(["never"])


def test_a_vocabulary_can_be_gone_through():
    vocabulary = Vocabulary.build(CORPUS)
    assert list(vocabulary) == vocabulary.get_itos()
    assert Vocabulary(list(vocabulary)).get_stoi() == vocabulary.get_stoi()


def test_what_is_no_word_is_refused():
    vocabulary = Vocabulary.build(CORPUS)
    for call in (vocabulary, Vocabulary):
        with pytest.raises(TypeError, match="found the text 'ab'; expected a list"):
            call("ab")
    with pytest.raises(TypeError, match="found the text 'b'; expected a list"):
        Vocabulary.build(["b"])
    with pytest.raises(TypeError, match="found the text '<unk>'; expected a list"):
        Vocabulary.build(CORPUS, specials="<unk>")
    for new in (
        vocabulary.append_token,
        lambda token: vocabulary.insert_token(token, 0),
    ):
        with pytest.raises(TypeError, match="found 5; expected a word"):
            new(5)
    for no_word in (2, None, b"a"):
        with pytest.raises(TypeError, match=r"expected a word \(of spaCy: token\.text"):
            vocabulary(["a", no_word])
    with pytest.raises(TypeError, match="index is '<unk>'; expected a whole number"):
        vocabulary.set_default_index("<unk>")
    assert vocabulary.get_stoi() == Vocabulary.build(CORPUS).get_stoi()


def test_copies_are_copies():
    vocabulary = Vocabulary(["a"])
    vocabulary.get_itos().append("b")
    vocabulary.get_stoi()["b"] = 1
    assert vocabulary.get_itos() == ["a"] and "b" not in vocabulary


def test_refusals():
    with pytest.raises(ValueError, match="'a' occurs twice"):
        Vocabulary(["a", "b", "a"])
    with pytest.raises(ValueError, match=r"max_tokens is 2, of which .* take 2"):
        Vocabulary.build(CORPUS, max_tokens=2)
    vocabulary = Vocabulary(["a", "b"])
    for number in (-1, 2):
        with pytest.raises(IndexError, match=f"has the number {number}; .* 0 to 1"):
            vocabulary.lookup_tokens([0, number])
    for number in (-1, 3):
        with pytest.raises(IndexError, match=f"index is {number}; expected 0 to 2"):
            vocabulary.insert_token("c", number)
    for new in (vocabulary.append_token, lambda word: vocabulary.insert_token(word, 0)):
        with pytest.raises(ValueError, match="'b' is there already: it is 1"):
            new("b")
    assert vocabulary.get_itos() == ["a", "b"]


@pytest.mark.parametrize("fault", [None, "raise OSError('undefined symbol')", "x = 1"])
def test_without_torchtext_it_says_how_to_get_it(monkeypatch, tmp_path, fault):
    # Set first, so that nothing of the stand-in is left for other tests.
    loaded = [name for name in sys.modules if name.split(".")[0] == "torchtext"]
    for name in ("torchtext", *loaded):
        monkeypatch.setitem(sys.modules, name, None)
    if fault is not None:
        for name in ("torchtext", *loaded):
            sys.modules.pop(name, None)
    if fault:  # its library with another torch, and one that is older than 0.18
        (tmp_path / "torchtext.py").write_text(fault)
        monkeypatch.syspath_prepend(str(tmp_path))
    for call in (with_torchtext.load, Vocabulary(["a"]).to_torchtext):
        with pytest.raises(ImportError, match=r"course\.py lab --stack torchtext"):
            call()
