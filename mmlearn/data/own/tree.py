"""A tree of folders: one per class, or first one per split (train, test)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from mmlearn.data import names
from mmlearn.data.decode.files import PICTURES, SOUNDS
from mmlearn.data.decode.video import FILMS
from mmlearn.data.own import metadata
from mmlearn.data.own.listing import Listing, count, inside, some

Kind = Literal["picture", "sound", "film", "recording"]
KINDS: dict[Kind, frozenset[str]] = {
    "picture": PICTURES,
    "sound": SOUNDS,
    "film": FILMS,
    "recording": frozenset((".csv", ".tsv")),
}

SPLITS = frozenset(
    (
        *("train", "training", "valid", "validation", "val", "dev", "development"),
        *("test", "testing", "eval", "evaluation"),
    )
)


def kind_of(path: str) -> Kind | None:
    """What a file is by its ending: a picture, sound, film or recording, or none."""
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
    """Its files that are data by their ending, hidden ones not.

    Beside pictures, sounds or films a csv file is no recording but a list of them.
    """
    kinds = {
        file: kind_of(file)
        for file in inside(folder)
        if not any(part.startswith(".") for part in file.split("/"))
    }
    if kind is None and any(
        found not in (None, "recording") for found in kinds.values()
    ):
        kinds = {f: None if k == "recording" else k for f, k in kinds.items()}
    return [f for f, k in kinds.items() if k is not None and kind in (None, k)]


def read(folder: Path, kind: Kind | None, classes: bool) -> Listing:
    """The files of a tree as rows (file_name, label): class/any/where/file.png.

    Without classes, every file of data below the folder is a row (file_name). Other
    and hidden files are strays; metadata.csv's own task is in `metadata`.

    Args:
        kind: needed where the tree holds several.

    Raises:
        ValueError: when there are none, or of several kinds.
    """
    other = [name for name in inside(folder) if name.lower().startswith("metadata.")]
    if other:
        raise ValueError(f"{folder.name}: found {other[0]}; expected {metadata.NAME}")
    every = _data(folder, kind)
    found = [file for file in every if "/" in file or not classes]
    kinds = {each: [f for f in found if kind_of(f) == each] for each in KINDS}
    there = [each for each in KINDS if kinds[each]]
    if len(there) > 1:
        raise ValueError(
            f"{folder.name}: found {count(len(kinds[there[0]]), there[0])} and "
            f"{count(len(kinds[there[1]]), there[1])} ({kinds[there[1]][0]} ...); say "
            f'kind="{there[0]}" or kind="{there[1]}", or write a {metadata.NAME} that '
            "pairs them"
        )
    if not found and every:
        what = count(len(every), kind_of(every[0]) or "file")
        raise ValueError(
            f"{folder.name}: found {what} directly in the folder ({every[0]} ...); "
            "expected a folder for each class. Fix: label=None where there are no "
            "classes, or from_name=... where the names of the files say them"
        )
    if not found:
        layout = "class/picture.png" if classes else "pictures, sounds, films"
        raise ValueError(
            f"{folder.name}: no {kind or 'picture, sound, film or recording'} in it; "
            f"expected {metadata.NAME} or {layout}"
            f"{'' if not classes else ' (label=None: all)'}"
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
