"""Pictures with any number of captions each: by picture, or a row for each caption."""

from __future__ import annotations

import re

import numpy as np

from mmlearn.data.corpus import Corpus

_COLUMN = re.compile(r"caption(_\d+)?")


def captions_of(corpus: Corpus) -> list[list[str]]:
    """Each row's captions: those of the columns caption, caption_2 ... that are there.

    So `folder.load` gives them, from a metadata.csv or in a layout of Flickr8k, where a
    picture with fewer than others has empty cells. Line breaks become spaces.

    Raises:
        ValueError: when there is no such column of texts, and naming the row, when all
            its captions are empty.
    """
    columns = [x for name, x in corpus.columns.items() if _COLUMN.fullmatch(name)]
    columns = [column for column in columns if isinstance(column, list)]
    if not columns:
        raise ValueError(
            f"corpus {corpus.name} has no captions, only "
            f"{', '.join(corpus.columns)}; expected a column of texts, `caption`"
        )
    found = []
    for row, cells in enumerate(zip(*columns, strict=True)):
        texts = [" ".join(cell.split()) for cell in cells if cell.strip()]
        if not texts:
            raise ValueError(
                f"corpus {corpus.name}: row {row} has no caption; expected one or more"
            )
        found.append(texts)
    return found


def captions(corpus: Corpus, prefix: str = "caption", picture: str = "image") -> Corpus:
    """A row for each caption of a corpus of pictures.

    Reads all text columns whose name begins with `prefix` (caption, caption_2, ...);
    empty cells are no captions. Rows of the corpus that hold one and the same picture
    (a list with a row for each caption) are one picture here.

    Columns:
        text: list of M captions.
        row: int64 [M], the row of the picture in `corpus`, the first that holds it.

    The label is None, groups are those of the corpus.

    Raises:
        KeyError: when no column begins with the prefix.
        ValueError: when there is no caption at all.
    """
    names = [
        name
        for name, column in corpus.columns.items()
        if name.startswith(prefix) and isinstance(column, list)
    ]
    if not names:
        raise KeyError(
            f"corpus {corpus.name} has no texts {prefix}, only "
            f"{', '.join(corpus.columns)}"
        )
    pairs = [
        (row, text)
        for name in names
        for row, text in enumerate(corpus[name])
        if text.strip()
    ]
    if not pairs:
        raise ValueError(
            f"corpus {corpus.name}: {', '.join(names)} are empty in all "
            f"{len(corpus)} rows; expected some captions"
        )
    seen: dict[bytes, int] = {}
    first = [seen.setdefault(x.tobytes(), i) for i, x in enumerate(corpus[picture])]
    rows = np.array([first[row] for row, _ in pairs], dtype=np.int64)
    return Corpus(
        name=f"captions of {corpus.name}",
        columns={"text": [text for _, text in pairs], "row": rows},
        label=None,
        label_names=(),
        groups=corpus.groups[rows],
        licence=corpus.licence,
        source=corpus.source,
    )


def of_texts(texts: list[str]) -> Corpus:
    """Texts alone as a corpus, for the kinds that read texts: its column is "text"."""
    rows = np.arange(len(texts))
    return Corpus("texts", {"text": texts}, None, (), rows, "your own", "your own")
