"""The inputs of a recipe, exchanged for a folder of one's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mmlearn.course.paths import CourseError
from mmlearn.data import folder
from mmlearn.data.corpus import Corpus
from mmlearn.experiments.recipe import Taken

_NAMES = ("file_name", "split")  # columns that say where a row is from, not what it is


def on_folder(taken: Taken, data: Path) -> Taken:
    """The same recipe on a folder, or a table, whose path is the parameter `data`.

    A recipe takes a corpus and the names of columns (`read`, `picture`, `words`), which
    are chosen by what the folder has; or the path of a folder.

    Raises:
        CourseError: when the folder cannot be read, when it lacks a picture or a text
            that the recipe needs, and for a recipe that takes arrays.
    """
    parameters = {"data": str(data.resolve())} | taken.parameters
    paths = [name for name in taken.assigned if name.endswith("_folder")]
    if paths:
        inputs = "\n".join(f"{name} = data" for name in paths)
        return replace(taken, inputs=inputs, parameters=parameters)
    if "corpus" not in taken.assigned:
        raise CourseError(
            f"This recipe takes {', '.join(taken.assigned)}, not a folder. Fix: leave "
            "--data out, and put them into its first cell; or take another recipe."
        )
    try:
        corpus = folder.load(data)
    except (ValueError, OSError) as fault:
        raise CourseError(f"{data} cannot be read: {fault}") from None
    lines = ["corpus = folder.load(data)"]
    for name in taken.assigned:
        if name != "corpus":
            lines.append(f"{name} = {_chosen(name, corpus)!r}")
    return replace(
        taken,
        inputs="\n".join(lines),
        imports=(*taken.imports, "from mmlearn.data import folder"),
        parameters=parameters,
    )


def pictures_and_texts(corpus: Corpus) -> tuple[list[str], list[str]]:
    """The names of a corpus' columns of pictures, and of those of texts."""
    pictures = [name for name, x in corpus.columns.items() if _is_picture(x)]
    texts = [
        name
        for name, x in corpus.columns.items()
        if isinstance(x, list) and name not in _NAMES
    ]
    return pictures, texts


def _chosen(name: str, corpus: Corpus) -> Any:
    """The column, or columns, that a recipe's input of this name stands for."""
    pictures, texts = pictures_and_texts(corpus)
    if name == "read":
        return [*pictures, *texts] or None
    found = {"picture": pictures, "words": texts}.get(name)
    if found is None:
        raise CourseError(
            f"The recipe's input {name} cannot be read from a folder. Fix: leave "
            "--data out, and change its first cell."
        )
    if not found:
        what = "pictures" if name == "picture" else "texts"
        raise CourseError(
            f"The recipe needs a column of {what}; the folder has "
            f"{', '.join(corpus.columns)}."
        )
    return found[0]


def _is_picture(column: Any) -> bool:
    return (
        isinstance(column, np.ndarray) and column.dtype == np.uint8 and column.ndim == 4
    )
