"""Sounds at another rate, and clips."""

import numpy as np
import pytest

from mmlearn.data.decode import clip


def tone(rate: int, hertz: float = 440.0, seconds: float = 0.5) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 44_101, 48_000])
def test_a_tone_keeps_its_pitch_and_length(rate: int) -> None:
    done = clip.resample(tone(rate), rate, 16_000)
    assert abs(len(done) - 8_000) <= 2
    inner = slice(500, -500)  # the ends ring
    np.testing.assert_allclose(done[inner], tone(16_000)[: len(done)][inner], atol=0.02)


def test_what_the_new_rate_cannot_hold_is_gone() -> None:
    high = clip.resample(tone(44_100, 7_000), 44_100, 8_000)
    assert np.abs(high[200:-200]).max() < 0.01


def test_a_rate_nearly_the_same_changes_nothing() -> None:
    sound = tone(16_000)
    assert clip.resample(sound, 16_000, 16_000) is sound
    assert clip.resample(sound, 16_001, 16_000) is sound


def test_a_clip_is_trimmed_and_as_loud_as_all() -> None:
    silence = np.zeros(4_000)
    made = clip.to_clip(np.r_[silence, 0.1 * tone(8_000), silence], 8_000)
    assert made.dtype == np.int16
    assert 4_000 <= len(made) <= 4_000 + 2 * 80
    assert np.abs(made.astype(int)).max() == 29_490


def test_clip_refuses() -> None:
    with pytest.raises(ValueError, match="sample 2 is not a finite number"):
        clip.to_clip(np.array([0.0, 1.0, np.nan]), 8_000)
    for silent in (np.zeros(9), np.zeros(0)):
        with pytest.raises(ValueError, match="silent from end to end"):
            clip.to_clip(silent, 8_000)


@pytest.mark.parametrize("kind", ["int16", "int32", "uint8", "float16", "float32"])
def test_samples_of_any_kind_of_number(kind: str) -> None:
    """The taps of the filter, made integers too, would all be 0."""
    sound = np.round(100 * tone(16_000) + 100).astype(kind)
    expected = clip.resample(sound.astype(np.float64), 16_000, 8_000)
    found = clip.resample(sound, 16_000, 8_000)
    assert found.dtype.kind == "f"
    np.testing.assert_allclose(found, expected, atol=1e-3)
    loud = np.int16([0, -32_768, 16_384, 0] * 50)  # whose absolute value overflows
    made, same = clip.to_clip(loud, 8_000), clip.to_clip(loud / 32_768, 8_000)
    np.testing.assert_array_equal(made, same)
    assert made.min() == -29_490


def test_resampling_refuses() -> None:
    with pytest.raises(TypeError, match="samples are bool; expected floats or integ"):
        clip.resample(np.zeros(9, bool), 16_000, 8_000)
    for made in (clip.resample, lambda sound, *_: clip.to_clip(sound, 8_000)):
        with pytest.raises(ValueError, match=r"samples are \[9, 1\]; expected \[T\]"):
            made(np.ones((9, 1)), 16_000, 8_000)
    for rates in ((0, 8_000), (8_000, 0), (-1, 8_000)):
        with pytest.raises(ValueError, match="expected positive rates"):
            clip.resample(tone(8_000), *rates)
    with pytest.raises(ValueError, match="a factor below 1000"):
        clip.resample(tone(8_000), 384_000, 100)
