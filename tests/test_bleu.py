"""BLEU: as the library has it, with intervals by group, and what it refuses."""

from __future__ import annotations

import random

import numpy as np
import pytest
from torchmetrics.text import BLEUScore

from mmlearn.metrics.bleu import BLEU, bleu_statistics, runs


def drawn(seed: int, n: int = 12) -> tuple[list[list[str]], list[list[list[str]]]]:
    draw = random.Random(seed)

    def sentence(shortest: int) -> list[str]:
        return draw.choices("abcde", k=draw.randint(shortest, 9))

    said = [sentence(0) for _ in range(n)]
    wanted = [[sentence(1) for _ in range(draw.randint(1, 3))] for _ in range(n)]
    return said, wanted


@pytest.mark.parametrize("seed", range(30))
def test_it_is_the_librarys(seed):
    said, wanted = drawn(seed)
    texts = [[" ".join(words) for words in each] for each in wanted]
    theirs = BLEUScore(4)([" ".join(words) for words in said], texts).item()
    assert BLEU.value(bleu_statistics(said, wanted)) == pytest.approx(theirs, abs=1e-6)


def test_by_hand():
    """The cat on the mat: matches are clipped, and what is too short is punished."""
    wanted = [[["the", "cat", "is", "on", "the", "mat"]]]
    table = bleu_statistics([["the", "the", "the", "cat"]], wanted)
    assert table[0].tolist() == [3, 1, 0, 0, 4, 3, 2, 1, 4, 6]
    assert BLEU.value(table) == 0, "no run of three is shared"
    short = bleu_statistics([["the", "cat", "is", "on"]], wanted)
    assert BLEU.value(short) == pytest.approx(np.exp(1 - 6 / 4))


def test_a_set_is_not_a_mean_of_sentences():
    said = [["a", "b", "c", "d"], ["a", "b", "c"]]
    table = bleu_statistics(said, [[words] for words in said])
    assert BLEU.value(table) == 1 and BLEU.value(table[1:]) == 0


def test_runs_are_counted_as_often_as_they_stand():
    assert runs(["a", "b", "a", "b"], 2) == {("a", "b"): 2, ("b", "a"): 1}
    assert not runs(["a"], 2)


def test_its_interval_is_by_group():
    said, wanted = drawn(3, n=60)
    said = [words if i % 2 else wanted[i][0] for i, words in enumerate(said)]
    table = bleu_statistics(said, wanted)
    one, many = BLEU.interval(table, np.arange(60) // 2), BLEU.interval(table)
    assert one.value == many.value and one.low < one.value < one.high
    copies = np.repeat(table, 4, axis=0)
    alike = BLEU.interval(copies, np.repeat(np.arange(60), 4))
    assert alike.high - alike.low == pytest.approx(many.high - many.low, rel=1e-6)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="1 sentences were written and 2 have"):
        bleu_statistics([["a"]], [[["a"]], [["b"]]])
    with pytest.raises(ValueError, match="sample 1 has no reference"):
        bleu_statistics([["a"], ["a"]], [[["a"]], []])
    for said, wanted in (("a cat", [["a"]]), (["a"], "a cat"), (["a"], ["a cat"])):
        with pytest.raises(TypeError, match="sample 0: found the text"):
            bleu_statistics([said], [wanted])
