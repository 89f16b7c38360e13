"""Folders in the layouts that well-known data sets are handed out in.

    flickr8k/captions.txt  Images/1.jpg ...       a header `image,caption`
    flickr8k/Flickr8k.token.txt  Flicker8k_Dataset/1.jpg ...
             Flickr_8k.trainImages.txt  Flickr_8k.devImages.txt ...   (the splits)

Flickr8k (Hodosh, Young and Hockenmaier, 2013) has several captions for each picture: a
row is a picture, with columns caption, caption_2 ... The layouts of recordings are in
`own.spoken`.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from mmlearn.data.own import metadata, spoken
from mmlearn.data.own.listing import Listing, count, some
from mmlearn.data.own.spoken import text_of

CAPTIONS, TOKENS = "captions.txt", "Flickr8k.token.txt"
_PARTS = re.compile(r"(?i)flickr_?8k\.(train|dev|valid|test)images\.txt")
_PICTURES = (".jpg", ".jpeg", ".png")


def read(folder: Path, by_name: bool = True) -> Listing | None:
    """The rows of a folder in one of these layouts; None when it is in none.

    Args:
        by_name: whether names such as 7_jackson_32.wav may say digit and speaker.

    Raises:
        ValueError: naming the line, for one that is not of the layout, and the picture
            or the recording, for one that is missing.
    """
    if (folder / metadata.NAME).is_file():
        return spoken.read(folder, by_name)
    if (folder / CAPTIONS).is_file():
        return _captioned(folder, CAPTIONS, _pairs(folder / CAPTIONS))
    if (folder / TOKENS).is_file():
        return _captioned(folder, TOKENS, _tokens(folder / TOKENS))
    return spoken.read(folder, by_name)


def is_list(name: str) -> bool:
    """Whether a file of this name says what the others are, and is no data itself."""
    return (
        name in (CAPTIONS, TOKENS, spoken.VALIDATED)
        or name.endswith(spoken.TRANSCRIPTS)
        or _PARTS.fullmatch(name) is not None
    )


def _pairs(file: Path) -> list[tuple[str, str, str]]:
    """Where, picture and caption, of `image,caption`; a caption may hold commas."""
    reader = csv.reader(io.StringIO(text_of(file), newline=""))
    found: list[tuple[str, str, str]] = []
    for row in reader:
        where = f"{file.name} line {reader.line_num}"
        if not row or (not found and row[0].strip().lower() == "image"):
            continue
        if len(row) < 2:
            raise ValueError(
                f"{where}: found {row[0]!r}; expected a picture, a caption"
            )
        found.append((where, row[0].strip(), ",".join(row[1:])))
    return found


def _tokens(file: Path) -> list[tuple[str, str, str]]:
    """The same of `1.jpg#0`, a tab, and a caption."""
    found = []
    for number, line in enumerate(text_of(file).splitlines(), start=1):
        where = f"{file.name} line {number}"
        if not line.strip():
            continue
        name, tab, caption = line.partition("\t")
        picture, sharp, which = name.partition("#")
        if not (tab and sharp and which.strip().isdigit()):
            raise ValueError(
                f"{where}: found {line[:40]!r}; expected 1.jpg#0, a tab and a caption"
            )
        found.append((where, picture.strip(), caption))
    return found


def _captioned(folder: Path, source: str, pairs: list[tuple[str, str, str]]) -> Listing:
    """A row for each picture, in the order of the captions."""
    if not pairs:
        raise ValueError(f"{source} has no caption")
    there = {
        path.name: path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in _PICTURES
    }
    captions: dict[str, list[str]] = {}
    first: dict[str, str] = {}
    for where, picture, caption in pairs:
        if not caption.strip():
            raise ValueError(
                f"{where}: {picture} has an empty caption; expected a text"
            )
        captions.setdefault(picture, []).append(" ".join(caption.split()))
        first.setdefault(picture, where)
    missing = [name for name in captions if name not in there]
    remarks = []
    if missing:
        gone = [f"{first[name]}: no picture {name}" for name in missing]
        if len(missing) == len(captions):
            raise ValueError(f"{gone[0]} in {folder.name}/; expected it below there")
        # A known fault of Flickr8k's own list: a name without a picture.
        what = count(len(gone), "picture")
        remarks.append(f"left out the captions of {what} ({some(gone, 2)})")
    kept = {name: said for name, said in captions.items() if name in there}
    most = max(map(len, kept.values()))
    header = ("file_name", "caption", *(f"caption_{i + 1}" for i in range(1, most)))
    rows = [
        [there[name], *said, *[""] * (most - len(said))] for name, said in kept.items()
    ]
    places = [f"{first[name]} ({name})" for name in kept]
    split = _splits(folder, list(kept), remarks)
    if split:
        chosen = [i for i, part in enumerate(split) if part]
        header = (*header, "split")
        rows = [[*rows[i], split[i]] for i in chosen]
        places = [places[i] for i in chosen]
    return Listing(folder, header, rows, places, remarks)


def _splits(folder: Path, pictures: list[str], remarks: list[str]) -> list[str]:
    """Each picture's split by the lists beside, "" for none; [] without lists."""
    part: dict[str, str] = {}
    for file in sorted(folder.iterdir()):
        if found := _PARTS.fullmatch(file.name):
            split = {"dev": "valid"}.get(found[1].lower(), found[1].lower())
            for name in text_of(file).split():
                if part.setdefault(name, split) != split:
                    raise ValueError(
                        f"{file.name}: {name} is in the list of {part[name]} too"
                    )
    if not part:
        return []
    if rest := [name for name in pictures if name not in part]:
        remarks.append(
            f"left out {count(len(rest), 'picture')} of no split ({some(rest, 2)})"
        )
    return [part.get(name, "") for name in pictures]
