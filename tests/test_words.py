"""Spoken words: alike in every build, a voice for each word in turn."""

import numpy as np
import pytest

from mmlearn.data import words
from mmlearn.data.decode.clip import RATE
from mmlearn.data.synth.clips import clips, padded

pytest.importorskip("espeakng_loader", reason="the extra `speech` is not installed")


def test_words_take_their_voices_in_turn():
    corpus = words.load(("Andy", "f4"), count=31)
    assert len(corpus) == 31 and corpus["waveform"].dtype == np.int16
    assert corpus["voice"] == ["Andy"] * 16 + ["f4"] * 15
    np.testing.assert_array_equal(corpus["rank"][:3], [0, 2, 4])
    frequent = words.most_frequent(31)
    assert frequent[:3] == ["the", "and", "for"]
    assert corpus["text"] == [*frequent[::2], *frequent[1::2]]
    np.testing.assert_array_equal(np.bincount(corpus.groups), [16, 15])
    assert corpus.rates["waveform"] == RATE and "synthetic" in corpus.source


def test_a_clip_is_what_the_voice_says():
    spoken = clips(["en-us+Andy", "en-us+Andy", "en-us+f4"], ["the", "for", "and"])
    corpus = words.load(("Andy", "f4"), count=3)
    waveform, length = padded([spoken[0], spoken[1], spoken[2]])
    np.testing.assert_array_equal(corpus["length"], length)
    np.testing.assert_array_equal(corpus["waveform"], waveform)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"voices": "Andy"}, "expected several"),
        ({"voices": ("Andy", "Andy")}, "each once"),
        ({"voices": ("whisper",)}, "sounds different at each build"),
        ({"voices": ("Andy", "f4"), "count": 1}, "a word or more for each of 2 voices"),
        ({"voices": ("Andy",), "count": 10**7}, r"count is 10000000; there are \d+"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        words.load(**arguments)
