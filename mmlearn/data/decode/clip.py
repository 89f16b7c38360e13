"""A sound to another sampling rate, and to a clip: one spoken word without silence."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np

RATE = 8_000  # Hz, of the corpora's clips


def to_clip(sound: np.ndarray, rate: int) -> np.ndarray:
    """Resample a sound [T] in -1 ... 1 to 8 kHz, trim silence, set its peak.

    Integers are taken too: only the proportions count. Silence is what lies before the
    first and after the last sample above 1/100 of the loudest, less 10 ms.

    Returns:
        Int16 [T']; its loudest sample is 29,490, 0.9 of full scale.

    Raises:
        TypeError: as `resample` does.
        ValueError: as `resample` does; and when a sample is not finite, or all are
            zero.
    """
    sound = _samples(sound)
    if not np.isfinite(sound).all():
        raise ValueError(
            f"sample {np.argmin(np.isfinite(sound))} is not a finite number"
        )
    if not np.any(sound):
        raise ValueError("it is empty, or silent from end to end")
    sound = resample(sound, rate, RATE)
    loud = np.flatnonzero(np.abs(sound) > np.abs(sound).max() / 100)
    margin = RATE // 100
    sound = sound[max(loud[0] - margin, 0) : loud[-1] + 1 + margin]
    peak = np.abs(sound).max()
    return np.round(sound / peak * 0.9 * 32_767).astype(np.int16)


def resample(sound: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """A sound [T] at `rate` Hz as float [T'] at `wanted` Hz; integers keep their unit.

    The ratio of the two is approximated with a denominator of at most 1000: exact for
    all rates in use, and off by less than 1 in 100,000 for one such as 44,101 Hz, whose
    filter would have 900,000 taps.

    Raises:
        TypeError: when the samples are neither floats nor integers.
        ValueError: when they are not [T], or a rate is not positive, or one is 1000
            times the other.
    """
    from scipy.signal import resample_poly

    sound = _samples(sound)
    if rate < 1 or wanted < 1:
        raise ValueError(f"{rate} Hz to {wanted} Hz; expected positive rates")
    ratio = Fraction(wanted, rate).limit_denominator(1_000)
    if ratio == 0:
        raise ValueError(f"{rate} Hz to {wanted} Hz; expected a factor below 1000")
    if ratio == 1:
        return sound
    up, down = ratio.numerator, ratio.denominator
    done: np.ndarray = resample_poly(
        sound, up, down, window=_low_pass(max(up, down)).astype(sound.dtype)
    )
    return done


def _samples(sound: np.ndarray) -> np.ndarray:
    """The sound as floats: in integers, the filter's taps would all be 0."""
    sound = np.asarray(sound)
    if sound.dtype.kind not in "fiu":
        raise TypeError(f"samples are {sound.dtype}; expected floats or integers")
    if sound.ndim != 1:
        raise ValueError(f"samples are {list(sound.shape)}; expected [T], one channel")
    if sound.dtype in (np.float32, np.float64):
        return sound
    return sound.astype(np.float64)


@lru_cache(maxsize=8)
def _low_pass(factor: int) -> np.ndarray:
    # scipy's own filter; designed anew for each clip, it would take most of the build.
    from scipy.signal import firwin

    taps: np.ndarray = firwin(20 * factor + 1, 1 / factor, window=("kaiser", 5.0))
    return taps
