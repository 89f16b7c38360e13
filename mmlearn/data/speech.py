"""Spoken emoji names: synthetic speech, in several languages and voices.

The names are those of the emoji corpus (Unicode CLDR through the package emoji). The
speech is formant synthesis by espeak-ng, clear and even: it is called synthetic
wherever a number comes from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from mmlearn.data import emoji
from mmlearn.data.corpus import Corpus
from mmlearn.data.decode.clip import RATE
from mmlearn.data.store import packages
from mmlearn.data.store.cache import Built, Recipe, cached
from mmlearn.data.synth.clips import clips, padded
from mmlearn.data.synth.espeak import IRREPRODUCIBLE

# Without Japanese: espeak-ng does not know kanji. In 1,339 of the 1,906 names it says
# "Chinese letter", in English, for each of them.
LANGUAGES = tuple(code for code in emoji.LANGUAGES if code != "ja")
VOICES = ("Andy", "Mario", "f4")
LONGEST = 16  # characters: 1,495 of the 1,906 English names, in at most 1.4 s

# espeak-ng's name of a language where it is not the emoji corpus' own.
_SPOKEN = {"en": "en-us", "pt": "pt-br", "zh": "cmn"}


def load(
    languages: Sequence[str] = ("en",),
    voices: Sequence[str] = VOICES,
    longest: int | None = LONGEST,
    groups: Literal["voice", "family"] = "voice",
) -> Corpus:
    """The spoken names, by default N = 4485; built at the first call, then cached.

    A row is one name in one language by one voice: all names of a language and voice,
    in the emoji corpus' order, then the next voice, then the next language. A clip is
    the same whatever other languages and voices are asked for.

    Columns:
        waveform: int16 [N, T], mono at 8 kHz, without silence around the name, loudest
            sample 29,490 (0.9 of full scale), zeros after `length`.
        length: int64 [N], samples.
        text: the name that is spoken.
        language, voice, emoji: texts; `emoji` is the character.
        family: int64 [N], the number of the emoji's family, as in the emoji corpus.

    The label is the emoji's group. N x T x 2 bytes are kept: 95 MB by default, about
    80 MB per voice and language with all names.

    Args:
        languages: of `LANGUAGES`.
        voices: of `espeak.variants()`, spoken in each language; those in
            `digits.TWINS` sound almost like another.
        longest: characters of a name; longer ones are left out. None: all names.
        groups: "voice", to test on unseen voices, or "family", on unseen emoji.

    Raises:
        ModuleNotFoundError: when it must be built and espeakng-loader is missing.
        ValueError: for a language or voice that is unknown, named twice, or cannot be
            spoken correctly or twice alike, and when nothing is left to speak.
    """
    if groups not in ("voice", "family"):
        raise ValueError(f'groups is {groups!r}; expected "voice" or "family"')
    made = recipe(languages, voices, longest)
    built = cached(made)
    columns = dict(built.columns)
    label = np.asarray(columns.pop("group"))
    number = {voice: i for i, voice in enumerate(voices)}
    by_voice = np.array([number[voice] for voice in columns["voice"]], dtype=np.int64)
    return Corpus(
        name=made.name,
        columns=columns,
        label=label,
        label_names=tuple(built.notes["group"]),
        groups=by_voice if groups == "voice" else np.asarray(columns["family"]),
        licence=made.licence,
        source=made.source,
        rates={"waveform": RATE},
    )


def recipe(
    languages: Sequence[str] = ("en",),
    voices: Sequence[str] = VOICES,
    longest: int | None = LONGEST,
) -> Recipe:
    """How the corpus is built, and what its cache entry is keyed by.

    Raises:
        ValueError: as `load` does.
    """
    check_several("languages", languages)
    check_several("voices", voices)
    if "ja" in languages:
        raise ValueError(
            'language "ja" cannot be spoken: espeak-ng does not know kanji, it says '
            '"Chinese letter" for each; take others of ' + ", ".join(LANGUAGES)
        )
    for language in languages:
        if language not in LANGUAGES:
            raise ValueError(
                f"no names in language {language!r}; there are {', '.join(LANGUAGES)}"
            )
    check_voices(voices)
    kept = "all names" if longest is None else f"names of up to {longest} characters"
    return Recipe(
        name="speech",
        key={
            "builder": 1,
            "languages": list(languages),
            "voices": list(voices),
            "spoken": _SPOKEN,
            "longest": longest,
            "rate": RATE,
            "emoji": emoji.recipe().key,
            "packages": [packages.identity(packages.ESPEAK)],
        },
        build=lambda: _build(languages, voices, longest),
        licence="names from Unicode CLDR (BSD-3-Clause); the speech is generated here",
        source=f"{kept} of emoji, spoken in {', '.join(languages)}; speech: synthetic, "
        "formant synthesis by espeak-ng",
        tools=("scipy", "espeakng-loader"),
    )


def check_several(what: str, values: Sequence[str]) -> None:
    """Refuse a text where several are expected, none, and one that is named twice.

    Raises:
        ValueError: naming them.
    """
    if isinstance(values, str):
        raise ValueError(f"{what} is {values!r}; expected several: ({values!r},)")
    if not values or len(set(values)) < len(values):
        raise ValueError(f"{what} are {list(values)}; expected one or more, each once")


def check_voices(voices: Sequence[str]) -> None:
    """Refuse a voice that cannot be spoken twice alike.

    Raises:
        ValueError: naming it.
    """
    for voice in voices:
        if voice in IRREPRODUCIBLE:
            raise ValueError(
                f"voice {voice!r} sounds different at each build; see espeak.variants()"
            )


def _build(
    languages: Sequence[str], voices: Sequence[str], longest: int | None
) -> Built:
    corpus = emoji.load()
    rows = [
        (language, voice, i)
        for language in languages
        for voice in voices
        for i, name in enumerate(corpus[f"name_{language}"])
        if longest is None or len(name) <= longest
    ]
    if not rows:
        raise ValueError(f"no name has {longest} characters or fewer")
    texts = [corpus[f"name_{language}"][i] for language, _, i in rows]
    speakers = [f"{_SPOKEN.get(x, x)}+{voice}" for x, voice, _ in rows]
    waveform, length = padded(clips(speakers, texts))
    packages.check(packages.ESPEAK)
    chosen = np.array([i for _, _, i in rows])
    return Built(
        {
            "waveform": waveform,
            "length": length,
            "text": texts,
            "language": [language for language, _, _ in rows],
            "voice": [voice for _, voice, _ in rows],
            "emoji": [corpus["emoji"][i] for i in chosen],
            "family": corpus.groups[chosen],
            "group": corpus.label[chosen],
        },
        {"group": list(corpus.label_names)},
    )
