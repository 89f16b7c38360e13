"""A language model of letters: the formula on another road, and what it refuses."""

from __future__ import annotations

import math

import pytest
import torch

from mmlearn.ctc_beam import beam_search
from mmlearn.ngrams import END, ByWord, Ngrams

TEXTS = [[1, 2, 1], [1, 2], [2, 2, 1]]


def test_by_hand():
    model = Ngrams(TEXTS, letters=3, order=2)
    # Of 11 symbols (with three ends) 4 are the letter 1, and 3 different ones occur.
    one = (4 + 3 * (1 / 3)) / (11 + 3)
    assert model.probability([], 1) == pytest.approx(one)
    # After 2 came 1 (twice), 2 and the end.
    assert model.probability([1, 2], 1) == pytest.approx((2 + 3 * one) / (4 + 3))
    assert model([1, 2], 1) == pytest.approx(math.log((2 + 3 * one) / 7))


@pytest.mark.parametrize("order", [1, 2, 4])
def test_it_is_a_distribution_after_any_text(order):
    model = Ngrams(TEXTS, letters=5, order=order)
    for text in ([], [1], [2, 2, 1], [4, 3, 3, 3, 3]):
        chances = [model.probability(text, letter) for letter in range(5)]
        assert sum(chances) == pytest.approx(1) and min(chances) > 0


def test_longer_memory_is_less_surprised_by_what_it_has_seen():
    bits = [Ngrams(TEXTS, 3, order).bits(TEXTS) for order in (1, 2, 3)]
    assert bits[0] > bits[1] > bits[2]
    assert Ngrams([], 4).bits([[1, 2]]) == pytest.approx(2)  # one of four


def test_it_tips_a_beam_that_sound_leaves_open():
    log_probs = torch.tensor([[0.02, 0.5, 0.48]]).log()
    assert beam_search(log_probs)[0] == [1]
    model = Ngrams([[2], [2], [2]], letters=3)
    assert beam_search(log_probs, language=model, end=END)[0] == [2]


SPACE = 3
WORDS = Ngrams(TEXTS, letters=4, order=3)


@pytest.mark.parametrize("text", [[], [1], [1, SPACE], [2, 2, SPACE, 1, 2, 1]])
def test_by_word_it_is_a_distribution_too(text):
    model = ByWord(WORDS, SPACE, more=0.3)
    chances = [math.exp(model(text, letter)) for letter in range(4)]
    assert sum(chances) == pytest.approx(1)
    assert chances[SPACE] / chances[END] == pytest.approx(0.3 / 0.7)


def test_by_word_what_stands_before_the_space_does_not_matter():
    model = ByWord(WORDS, SPACE)
    assert model([1, 2], 1) == WORDS([1, 2], 1)
    for before in ([2], [1, 1, 1], [1, SPACE, 2]):
        assert model([*before, SPACE, 1, 2], 1) == WORDS([1, 2], 1)


def test_refusals():
    with pytest.raises(ValueError, match="order is 0"):
        Ngrams(TEXTS, 3, order=0)
    with pytest.raises(ValueError, match=r"text 1: letter 3; expected 1\.\.2"):
        Ngrams([[1], [2, 3]], 3)
    with pytest.raises(ValueError, match="there is no text"):
        Ngrams(TEXTS, 3).bits([])
    with pytest.raises(ValueError, match="more is 1; expected a number between"):
        ByWord(WORDS, SPACE, more=1)
