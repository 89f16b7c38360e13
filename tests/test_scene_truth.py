"""What of a caption is true: both true sentences count, and each fault by its part."""

from __future__ import annotations

import pytest

from mmlearn.data import scenes
from mmlearn.data.scene_truth import OPPOSITE, PARTS, right, sentence, true_captions

ONE = "a small red cat above a large blue key on sand"
TURNED = "a large blue key below a small red cat on sand"
TWO = "two small red cats left of a large blue key on sand"


def wrong(caption: str, wanted: str) -> set[str]:
    return {part for part, is_right in right(caption, wanted).items() if not is_right}


def test_the_sentences_that_are_true():
    assert true_captions(ONE) == [ONE, TURNED] and true_captions(TURNED) == [
        TURNED,
        ONE,
    ]
    assert true_captions(TWO) == [TWO]
    with pytest.raises(ValueError, match="no caption of a scene"):
        true_captions("a cat")


def test_turned_sentences_are_sentences_and_as_true_of_the_boxes():
    corpus = scenes.load(counts=(40, 2, 2))
    for caption in corpus["caption"]:
        assert sentence(scenes.content(caption)) == caption
        for one in true_captions(caption):
            assert scenes.content(one) is not None
            assert caption in true_captions(one)
    assert all(
        OPPOSITE[OPPOSITE[relation]] == relation for relation in scenes.RELATIONS
    )


def test_both_true_sentences_are_right():
    assert not wrong(ONE, ONE) | wrong(TURNED, ONE) | wrong(TWO, TWO)


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("cat", "dog", "things"),
        ("key", "bell", "things"),
        ("red", "green", "colours"),
        ("large", "small", "sizes"),
        ("above", "below", "relation"),
        ("sand", "snow", "ground"),
    ],
)
def test_a_fault_counts_in_its_part(old, new, part):
    for caption in (ONE, TURNED):
        if old in caption:
            assert wrong(caption.replace(old, new), ONE) == {part, "everything"}


def test_a_wrong_number_and_no_sentence():
    assert wrong(TWO.replace("two", "three"), TWO) == {"number", "everything"}
    assert wrong("a cat", ONE) == set(PARTS)
