"""A tree of folders: one per class, or first one per split (train, test)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from mmlearn.data import names
from mmlearn.data.decode.files import PICTURES, SOUNDS
from mmlearn.data.own import metadata
from mmlearn.data.own.listing import Listing, count, inside, some

Kind = Literal["picture", "sound"]
KINDS: dict[Kind, frozenset[str]] = {"picture": PICTURES, "sound": SOUNDS}

SPLITS = frozenset(
    (
        *("train", "training", "valid", "validation", "val", "dev", "development"),
        *("test", "testing", "eval", "evaluation"),
    )
)


def kind_of(path: str) -> Kind | None:
    """What a file is by its ending: a picture, a sound, or neither."""
    ending = Path(path).suffix.lower()
    return next((kind for kind, endings in KINDS.items() if ending in endings), None)


def splits(folder: Path) -> list[Path]:
    """The folders of the splits, sorted; none where the folder is one corpus.

    Splits are folders such as train and test (`SPLITS`) that hold a metadata.csv or
    class folders, in a folder without a metadata.csv of its own.

    Raises:
        ValueError: when there are folders with data beside them.
    """
    if (folder / metadata.NAME).exists():
        return []
    below = [path for path in sorted(folder.iterdir()) if path.is_dir()]
    found = [path for path in below if _is_split(path)]
    others = [
        path.name for path in below if path not in found and any(_data(path, None))
    ]
    if found and others:
        raise ValueError(
            f"{folder.name}: {some(path.name + '/' for path in found)} look like "
            f"splits, but {some(name + '/' for name in others)} with data stands "
            "beside; expected splits only, or classes only"
        )
    return found


def _is_split(path: Path) -> bool:
    if names.clean(path.name).casefold() not in SPLITS:
        return False
    if (path / metadata.NAME).exists():
        return True
    return any(child.is_dir() for child in path.iterdir())


def _data(folder: Path, kind: Kind | None) -> list[str]:
    """Its files that are data by their ending, hidden ones not."""
    return [
        file
        for file in inside(folder)
        if (kind_of(file) if kind is None else kind_of(file) == kind)
        and not any(part.startswith(".") for part in file.split("/"))
    ]


def read(folder: Path, kind: Kind | None, classes: bool) -> Listing:
    """The files of a tree as rows (file_name, label): class/any/where/file.png.

    Without classes, every picture or sound below the folder is a row (file_name). Other
    and hidden files are strays; metadata.csv's own task is in `metadata`.

    Args:
        kind: needed where the tree holds pictures and sounds.

    Raises:
        ValueError: when there are none, or of both kinds.
    """
    other = [name for name in inside(folder) if name.lower().startswith("metadata.")]
    if other:
        raise ValueError(f"{folder.name}: found {other[0]}; expected {metadata.NAME}")
    found = [f for f in _data(folder, kind) if "/" in f or not classes]
    kinds = {each: [f for f in found if kind_of(f) == each] for each in KINDS}
    if kinds["picture"] and kinds["sound"]:
        raise ValueError(
            f"{folder.name}: found {count(len(kinds['picture']), 'picture')} and "
            f"{count(len(kinds['sound']), 'sound')} ({kinds['sound'][0]} ...); say "
            'kind="picture" or kind="sound", or write a metadata.csv that pairs them'
        )
    if not found:
        layout = "class/picture.png" if classes else "pictures or sounds"
        raise ValueError(
            f"{folder.name}: no {kind or 'picture and no sound'} in it; expected "
            f"{metadata.NAME} or {layout}{'' if not classes else ' (label=None: all)'}"
        )
    header = ("file_name", "label") if classes else ("file_name",)
    rows = [[file, file.split("/")[0]][: len(header)] for file in found]
    return Listing(folder, header, rows, list(found), _empty(folder, found, classes))


def _empty(folder: Path, found: list[str], classes: bool) -> list[str]:
    """What to say of folders that are not classes, since nothing in them is data."""
    there = {file.split("/")[0] for file in found}
    below = sorted(path.name for path in folder.iterdir() if path.is_dir())
    bare = [f"{name}/" for name in below if name not in there]
    if not (classes and bare):
        return []
    return [f"left out {count(len(bare), 'folder')} without data: {some(bare)}"]
