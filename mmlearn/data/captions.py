"""The captions of a corpus: one or several for each picture."""

from __future__ import annotations

import re

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
