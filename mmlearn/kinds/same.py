"""New rows are of the form that the training rows had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmlearn.data.corpus import Corpus


def check_same(
    corpus: Corpus, column: str, shape: Sequence[int], rate: float | None = None
) -> Any:
    """The column, an array whose last axes and rate are those of training.

    Args:
        shape: the last axes of the training rows' array.
        rate: steps per second of a series; None for what is no series.

    Raises:
        TypeError: when the column is a list of texts.
        ValueError: when the axes or the rate differ; says which were expected.
    """
    values = corpus[column]
    if isinstance(values, list):
        raise TypeError(
            f"corpus {corpus.name}: {column!r} holds texts; expected an array of "
            f"{list(shape)} per row, as in training"
        )
    found = values.shape[values.ndim - len(shape) :]
    if tuple(found) != tuple(shape):
        raise ValueError(
            f"corpus {corpus.name}: {column!r} is {list(values.shape)}; expected "
            f"{list(shape)} in the last axes, as in training"
        )
    if corpus.rates.get(column) != rate:
        raise ValueError(
            f"corpus {corpus.name}: {column!r} has {corpus.rates.get(column)} steps a "
            f"second; expected {rate}, as in training"
        )
    return values
