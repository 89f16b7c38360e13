"""Small folders of files to try a program on, before it meets a folder of your own.

Each is in a form in which people keep such data: pictures or recordings, and beside
them a `metadata.csv`, or names that say it all. The pictures are OpenMoji's, or scenes
that a program draws of them; all speech is synthetic. Read them and copy them, but
leave them as they are: they lie in the cache, where a folder that was changed is built
again at the next call.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from PIL import Image

from mmlearn.data import digits, emoji
from mmlearn.data import scenes as drawn
from mmlearn.data.decode.clip import RATE, to_clip
from mmlearn.data.own import metadata
from mmlearn.data.store import packages
from mmlearn.data.store.cache import Built, Recipe, cached, entry
from mmlearn.data.synth.espeak import RATE as ESPEAK_RATE
from mmlearn.data.synth.espeak import speak

TAGGED, CAPTIONED, READ = 160, 200, 120  # rows
SCENES = (280, 60, 60)
TAGS = (
    *("animal", "plant", "fruit", "vegetable", "food", "face", "clothing", "vehicle"),
    *("sports", "music", "weather", "tool"),
)
SPEAKERS = (
    *("Andy", "Annie", "Mario", "Mike", "adam", "anika", "aunty", "belinda"),
    *("boris", "david", "ed", "f1", "f4", "grandma", "klatt", "paul"),
)
WORDS = (
    *("cat", "dog", "horse", "mouse", "bear", "lemon", "pear", "tomato"),
    *("pizza", "house", "train", "rocket", "star", "guitar"),
)
_THINGS = ("Animals & Nature", "Food & Drink", "Travel & Places", "Objects")
Files = dict[str, bytes]  # path in the folder -> content


def tagged() -> Path:
    """160 pictures of emoji with keywords.

    metadata.csv: file_name; keywords, such as "fruit; red", many of them rare; family,
    the number of those that are variants of one thing.

    Raises:
        FileNotFoundError: as `emoji.load` does.
    """
    return _folder("tagged")


def captioned() -> Path:
    """200 pictures of emoji with one to three captions each.

    metadata.csv: file_name; caption, caption_2 and caption_3, of which the later ones
    may be empty; family, the number of those that are variants of one thing.

    Raises:
        FileNotFoundError: as `emoji.load` does.
    """
    return _folder("captioned")


def scenes() -> Path:
    """400 scenes that a program draws, each with the sentence that says all of it.

    metadata.csv: file_name, caption.

    Raises:
        FileNotFoundError: as `emoji.load` does.
    """
    return _folder("scenes")


def spoken() -> Path:
    """224 recordings, WAV at 22,050 Hz: 14 words, spoken by 16 synthetic voices.

    metadata.csv: file_name; transcript; speaker; family, the number of the emoji that
    the word names.

    Raises:
        ModuleNotFoundError: when it must be built and espeakng-loader is missing.
    """
    return _folder("spoken")


def digits_spoken() -> Path:
    """320 recordings, WAV at 8 kHz: digits, spoken by eight synthetic voices.

    The layout of the Free Spoken Digit Dataset: {digit}_{speaker}_{index}.wav, and no
    list beside. The index tells the accent, of four.

    Raises:
        ModuleNotFoundError: when it must be built and espeakng-loader is missing.
    """
    return _folder("digits_spoken")


def read_aloud() -> Path:
    """120 short texts, read by one synthetic voice: WAV at 22,050 Hz.

    The layout of LJ Speech: wavs/, and a metadata.csv without a header, a line each of
    id|text|normalised text.

    Raises:
        ModuleNotFoundError: when it must be built and espeakng-loader is missing.
    """
    return _folder("read_aloud")


def recipes() -> dict[str, Recipe]:
    """How each folder is built, and what its cache entry is keyed by."""
    pictures, scene = emoji.recipe(), drawn.recipe(counts=SCENES)
    speech = {"espeak": packages.identity(packages.ESPEAK)}
    drawings = ("CC BY-SA 4.0 (OpenMoji pictures)", "OpenMoji 17.0 pictures, names")
    voices = ("the speech is generated here", "synthetic speech by espeak-ng")
    spoken_names = {**speech, "emoji": dict(pictures.key)}
    return {
        "tagged": _recipe("tagged", _tagged, pictures.key, *drawings),
        "captioned": _recipe("captioned", _captioned, pictures.key, *drawings),
        "scenes": _recipe("scenes", _scenes, scene.key, scene.licence, scene.source),
        "spoken": _recipe("spoken", _spoken, spoken_names, *voices),
        "digits_spoken": _recipe("digits_spoken", _digits, speech, *voices),
        "read_aloud": _recipe("read_aloud", _read_aloud, spoken_names, *voices),
    }


def _recipe(
    name: str,
    make: Callable[[], Files],
    made_of: Mapping[str, Any],
    licence: str,
    source: str,
) -> Recipe:
    def build() -> Built:
        files = make()
        below = {f"{name}/{path}": content for path, content in files.items()}
        rows = [path for path in files if path != metadata.NAME]
        return Built({"file": rows}, files=below)

    return Recipe(
        name=f"examples_{name}",
        key={"builder": 1, "made of": dict(made_of)},
        build=build,
        licence=licence,
        source=source,
        tools=("pillow", "soundfile"),
    )


def _folder(name: str) -> Path:
    """The folder with its files, built where it is missing or was changed."""
    made = recipes()[name]
    cached(made)
    return entry(made) / name


def _tagged() -> Files:
    corpus = emoji.load()
    known = [
        row for row, words in enumerate(corpus["keywords"]) if set(words) & {*TAGS}
    ]
    rows = [row for row in known if corpus.label_names[corpus.label[row]] != "Flags"]
    rows = _some(rows, TAGGED)
    table = [("file_name", "keywords", "family")]
    for row in rows:
        words = "; ".join(word for word in corpus["keywords"][row] if ";" not in word)
        table.append((_slug(corpus["name_en"][row]), words, str(corpus.groups[row])))
    return _pictures(table, corpus["image"][rows])


def _captioned() -> Files:
    corpus = emoji.load()
    things = [corpus.label_names.index(name) for name in _THINGS]
    rows = _some(np.flatnonzero(np.isin(corpus.label, things)), CAPTIONED)
    table = [("file_name", "caption", "caption_2", "caption_3", "family")]
    for number, row in enumerate(rows):
        name, words = corpus["name_en"][row], corpus["keywords"][row]
        said = [name]
        said += [f"{name}, {words[0]}"] if words else []
        said += [", ".join(words[:3])] if len(words) > 2 and number % 3 else []
        said += [""] * (3 - len(said))
        table.append((_slug(name), *said, str(corpus.groups[row])))
    return _pictures(table, corpus["image"][rows])


def _scenes() -> Files:
    corpus = drawn.load(counts=SCENES)
    table = [("file_name", "caption")]
    table += [(f"{i:03}.png", text) for i, text in enumerate(corpus["caption"])]
    return _pictures(table, corpus["image"])


def _spoken() -> Files:
    corpus = emoji.load()
    family = {
        name: str(number)
        for name, number in zip(corpus["name_en"], corpus.groups, strict=True)
    }
    spoken = [(speaker, word) for word in WORDS for speaker in SPEAKERS]
    table = [("file_name", "transcript", "speaker", "family")]
    table += [
        (f"{word}_{speaker}.wav", word, speaker, family[word])
        for speaker, word in spoken
    ]
    sounds = speak([(f"en-us+{speaker}", word) for speaker, word in spoken])
    files = {
        row[0]: _wav(sound, ESPEAK_RATE)
        for row, sound in zip(table[1:], sounds, strict=True)
    }
    return {metadata.NAME: _csv(table), **files}


def _digits() -> Files:
    spoken = [
        (digit, speaker, index)
        for digit in range(10)
        for speaker in SPEAKERS[::2]
        for index in range(len(digits.ACCENTS))
    ]
    sounds = speak(
        [
            (f"{digits.ACCENTS[i]}+{who}", digits.WORDS[digit])
            for digit, who, i in spoken
        ]
    )
    return {
        f"{digit}_{who}_{i}.wav": _wav(to_clip(sound / 32_768, ESPEAK_RATE), RATE)
        for (digit, who, i), sound in zip(spoken, sounds, strict=True)
    }


def _read_aloud() -> Files:
    names = emoji.load()["name_en"]
    short = [name for name in names if re.fullmatch("[a-z]+( [a-z]+)*", name)]
    texts = sorted(_some([name for name in short if len(name) <= 9], READ))
    sounds = speak([(f"en-us+{SPEAKERS[0]}", text) for text in texts])
    lines, files = [], {}
    for i, (text, sound) in enumerate(zip(texts, sounds, strict=True), start=1):
        lines.append(f"RA001-{i:04}|{text.capitalize()}.|{text}\n")
        files[f"wavs/RA001-{i:04}.wav"] = _wav(sound, ESPEAK_RATE)
    return {metadata.NAME: "".join(lines).encode(), **files}


def _some(rows: Sequence[Any] | np.ndarray, count: int) -> list[Any]:
    """So many of them, evenly spread."""
    return [rows[i * len(rows) // count] for i in range(count)]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") + ".png"


def _pictures(table: Sequence[tuple[str, ...]], images: np.ndarray) -> Files:
    """The pictures uint8 [N, 3, H, W] under the names in the table's first column."""
    files = {}
    for row, image in zip(table[1:], images, strict=True):
        file = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(image.transpose(1, 2, 0))).save(
            file, "PNG"
        )
        files[row[0]] = file.getvalue()
    return {metadata.NAME: _csv(table), **files}


def _csv(table: Sequence[tuple[str, ...]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue().encode()


def _wav(sound: np.ndarray, rate: int) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, sound, rate, format="WAV", subtype="PCM_16")
    return file.getvalue()
