"""Texts as they come: lists, arrays, columns, and one spelling of each letter."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlearn.preprocess.strings import composed, many_texts
from mmlearn.preprocess.text import basic_english, encode, tokenizer
from mmlearn.preprocess.vocabulary import Vocabulary

ONE, TWO = "caf\u00e9", "cafe\u0301"
words = tokenizer("en")
vocabulary = Vocabulary.build([["cat", "dog", ONE]])


class Column:
    """What encode sees of a column of a table: rows in order, and one axis."""

    ndim = 1

    def __init__(self, rows):
        self.rows = rows

    def __iter__(self):
        return iter(self.rows)


@pytest.mark.parametrize(
    "form", [list, tuple, np.array, lambda x: np.array(x, dtype=object), Column, iter]
)
def test_texts_of_every_form(form):
    found = encode(form(["cat dog", "dog"]), words, vocabulary)
    cat, dog = vocabulary(["cat", "dog"])
    assert found.values.tolist() == [[cat, dog], [dog, 0]]


@pytest.mark.parametrize(
    "encoded", [lambda x: encode(x, words, vocabulary), many_texts]
)
def test_what_is_no_list_of_texts(encoded):
    with pytest.raises(TypeError, match=r"found the text 'cat'; .* pass \['cat'\]"):
        encoded("cat")
    with pytest.raises(TypeError, match="found the text b'cat'"):
        encoded(b"cat")
    for wrong in (None, 3, {"cat": 1}, {"cat"}, np.array("cat"), np.array([["cat"]])):
        with pytest.raises(TypeError, match=r"found a .*; expected N texts"):
            encoded(wrong)
    with pytest.raises(ValueError, match="found no text; expected one or more"):
        encoded([])


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (None, TypeError, "sample 1: found None; expected a text"),
        (float("nan"), TypeError, "sample 1: found nan; expected a text"),
        (b"dog", TypeError, "sample 1: found b'dog'; expected a text: decode it"),
        (3, TypeError, "sample 1: found 3"),
        (["dog"], TypeError, r"sample 1: found \['dog'\]"),
        ("", ValueError, "sample 1: found ''; expected words"),
        ("\u3000\n", ValueError, "sample 1: found '.*'; expected words"),
        ("a\ud800", ValueError, "sample 1: found .* not valid Unicode"),
    ],
)
def test_the_sample_is_named(wrong, error, message):
    for texts in (["cat", wrong], np.array(["cat", wrong, None], dtype=object)[:2]):
        with pytest.raises(error, match=message):
            encode(texts, words, vocabulary)


@pytest.mark.parametrize(
    ("tokenize", "message"),
    [
        (lambda said: "dog", "the tokeniser gives 'dog'; expected a list of words"),
        (lambda said: None, "the tokeniser gives None"),
        (lambda said: [None], "the tokeniser gives None, a NoneType"),
        (lambda said: [b"dog"], "the tokeniser gives b'dog', a bytes"),
    ],
)
def test_a_tokeniser_of_ones_own(tokenize, message):
    with pytest.raises(TypeError, match=f"sample 0: {message}"):
        encode(["dog"], tokenize, vocabulary)
    with pytest.raises(ValueError, match="sample 0: the tokeniser finds no word"):
        encode(["dog"], lambda said: [], vocabulary)
    once = encode(["dog cat"], lambda said: (w for w in said.split()), vocabulary)
    assert once.values.tolist() == [vocabulary(["dog", "cat"])]


@pytest.mark.parametrize("tokenize", [words, str.split, basic_english, list])
@pytest.mark.parametrize("built_from", [ONE, TWO])
def test_one_number_in_either_spelling(tokenize, built_from):
    assert ONE != TWO and composed(TWO) == ONE
    known = Vocabulary.build([tokenize("a " + built_from)])
    one, two = (encode([said], tokenize, known).values for said in (ONE, TWO))
    assert one.tolist() == two.tolist()
    assert known["<unk>"] not in one[0].tolist(), "known in both"


def test_a_vocabulary_finds_either_spelling_and_keeps_what_it_was_given():
    for there, other in ((ONE, TWO), (TWO, ONE)):
        known = Vocabulary.build([["dog", there]])
        assert known[there] == known[other] != known["<unk>"]
        assert other in known and known.get_itos().count(there) == 1
        assert "cafe" not in known
    both = Vocabulary.build([[ONE, TWO, TWO]])  # as in torchtext: two words ...
    assert both[ONE] != both[TWO]
    numbers = encode([ONE, TWO], str.split, both).values  # ... and one for encode
    assert numbers[0].tolist() == numbers[1].tolist() == [both[TWO]]
    both.insert_token("x", 0)
    assert both.lookup_token(both[TWO]) == TWO
    none = Vocabulary([ONE])
    assert none([TWO]) == [0]
    with pytest.raises(KeyError, match="no default is set"):
        none(["cafe"])


@given(st.text(min_size=1))
def test_any_two_spellings_of_a_text_are_one(said):
    if not said.strip():
        return
    known = Vocabulary.build([list("abc e\u0301\u00e9\u00c5")])
    forms = [unicodedata.normalize(form, said) for form in ("NFC", "NFD")]
    one, two = (encode([form], list, known).values.tolist() for form in forms)
    assert one == two
    assert words(forms[0]) == words(forms[1])


def test_one_text_at_a_time():
    assert words(TWO) == [ONE]
    for tokenize in (words, basic_english):
        with pytest.raises(TypeError, match="found None; expected a text"):
            tokenize(None)
    assert basic_english(TWO) == [TWO], "as torchtext cuts it"


def test_words_of_a_vocabulary_in_arrays_and_numbers_of_any_type():
    known = Vocabulary(np.array(["a", "b"]))
    assert known.get_itos() == ["a", "b"] and type(known.get_itos()[0]) is str
    assert known.lookup_tokens(np.array([1, 0], dtype=np.uint8)) == ["b", "a"]
    known.set_default_index(np.int64(1))
    assert known["never"] == 1 and type(known.get_default_index()) is int
    for wrong in (True, 1.0, "a"):
        with pytest.raises(TypeError, match="expected a whole number"):
            known.set_default_index(wrong)
        with pytest.raises(TypeError, match="expected a whole number"):
            known.lookup_token(wrong)
    for wrong in ({"a": 5}, {"a"}):
        with pytest.raises(TypeError, match="expected a list"):
            Vocabulary(wrong)
    with pytest.raises(TypeError, match="found a dict; expected a list of words"):
        Vocabulary.build([{"a": 3}])
