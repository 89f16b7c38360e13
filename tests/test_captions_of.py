"""A corpus' captions: all that are there, of every row, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from mmlearn.data.captions import captions_of
from mmlearn.data.corpus import Corpus
from mmlearn.preprocess.text import any_words


def corpus_of(**columns) -> Corpus:
    return Corpus(
        name="own",
        columns={"image": np.zeros((2, 3, 4, 4), np.uint8), **columns},
        label=None,
        label_names=(),
        groups=np.arange(2),
        licence="own",
        source="own",
    )


def test_all_captions_of_a_row_are_found():
    corpus = corpus_of(
        caption=["a cat\n on sand", "两只猫"], caption_2=["", "a key"], text=["x", "y"]
    )
    assert captions_of(corpus) == [["a cat on sand"], ["两只猫", "a key"]]


def test_what_is_refused():
    with pytest.raises(ValueError, match="own has no captions, only image, text"):
        captions_of(corpus_of(text=["x", "y"]))
    with pytest.raises(ValueError, match="row 1 has no caption"):
        captions_of(corpus_of(caption=["x", " \n"], caption_2=["", ""]))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A red cat's tail.", ["a", "red", "cat's", "tail"]),
        ("两只red猫\uff0c在沙上\uff01", ["两", "只", "red", "猫", "在", "沙", "上"]),
        ("Ein Bär, 2 Füße", ["ein", "bär", "2", "füße"]),
        ("ねこ", ["ね", "こ"]),
        ("...", []),
    ],
)
def test_words_of_any_language(text, words):
    assert any_words(text) == words


def test_one_word_for_both_spellings():
    assert any_words("cafe\u0301") == any_words("caf\u00e9") == ["caf\u00e9"]
    with pytest.raises(TypeError):
        any_words(None)  # type: ignore[arg-type]
