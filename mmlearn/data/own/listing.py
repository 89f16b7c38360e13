"""What a folder of samples says of itself, as rows of texts; nothing is decoded."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from mmlearn.data import names


@dataclass(frozen=True)
class Listing:
    """N rows of texts, from metadata.csv or from a tree of folders.

    Args:
        folder: what paths in it are relative to.
        where: how an error names each row.
        remarks: what was left out or assumed.
        split: each row's split, [] for none.
    """

    folder: Path
    header: tuple[str, ...]
    rows: list[list[str]]
    where: list[str]
    remarks: list[str]
    split: list[str] = field(default_factory=list)

    def spelt(self, name: str) -> str:
        """A column's name as the header has it, where it is spelt differently."""
        same = [each for each in self.header if names.key(each) == names.key(name)]
        return same[0] if same and name not in self.header else name

    def has(self, name: str) -> bool:
        """Whether there is such a column, however it is spelt."""
        return self.spelt(name) in self.header

    def column(self, name: str) -> list[str]:
        """The cells of a column, list of N.

        Raises:
            ValueError: when there is no such column; with the names there are.
        """
        if name not in self.header:
            raise ValueError(
                f"{self.folder.name}: no column {name!r}; "
                f"there are {', '.join(self.header)}"
            )
        number = self.header.index(name)
        return [row[number] for row in self.rows]


def is_file_column(name: str) -> bool:
    """Whether a column holds paths: `file_name`, `image_file_name` ..."""
    return name == "file_name" or name.endswith("_file_name")


def inside(folder: Path) -> list[str]:
    """All files below a folder, as sorted relative paths; a link to a folder is one."""
    found = []
    for where, folders, files in os.walk(folder):
        links = [name for name in folders if Path(where, name).is_symlink()]
        for name in (*files, *links):
            found.append(Path(where, name).relative_to(folder).as_posix())
    return sorted(found)


def locate(folder: Path, written: str) -> Path:
    r"""The file that a row means, in the folder and not outside.

    Taken as written; or without spaces around it, with / for Windows' \, or with its
    accents composed or apart, as other systems write them.

    Raises:
        FileNotFoundError: when there is none; with one that differs in case only.
        ValueError: when the path leaves the folder, by "..", a link, or from the root.
    """
    slashed = written.strip().replace("\\", "/")
    forms = [unicodedata.normalize(form, slashed) for form in ("NFC", "NFD")]
    for name in dict.fromkeys((written, written.strip(), slashed, *forms)):
        try:
            path = folder / name
            if not path.resolve().is_relative_to(folder.resolve()):
                raise PermissionError
            if path.is_file():
                return path
        except PermissionError:
            raise ValueError(
                f"{written!r} leaves the folder; expected a path below {folder.name}/"
            ) from None
        except (OSError, ValueError):  # too long a name, or a NUL in it: no such file
            continue
    raise FileNotFoundError(f"no file {written!r} in {folder.name}/{_near(path)}")


def _near(path: Path) -> str:
    try:
        others = [other.name for other in path.parent.iterdir()]
    except (OSError, ValueError):
        return ""
    near = [name for name in others if name.casefold() == path.name.casefold()]
    return f" (there is {near[0]})" if near else ""


def some(words: Iterable[str], most: int = 5) -> str:
    """The first words, and how many more there are: "a, b and 7 more"."""
    words = list(words)
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def count(number: int, what: str) -> str:
    """A number and its noun: "1 file", "2 files"."""
    plural = f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{number:,} {what if number == 1 else plural}"
