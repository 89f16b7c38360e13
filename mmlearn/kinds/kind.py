"""Which kind a column is, by its type and axes: a name decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from torch import Tensor, nn

from mmlearn.batch import Padded
from mmlearn.data.corpus import Corpus
from mmlearn.kinds.films import Films
from mmlearn.kinds.pictures import Pictures
from mmlearn.kinds.recordings import Recordings
from mmlearn.kinds.sounds import Sounds
from mmlearn.kinds.texts import Texts
from mmlearn.kinds.vectors import Vectors


class Kind(Protocol):
    """A column that knows its training rows: a corpus to what an encoder reads."""

    def __call__(self, corpus: Corpus) -> Tensor | Padded:
        """What the encoder reads of these rows."""
        ...

    def encoder(self, d_model: int, pool: bool, dropout: float) -> nn.Module:
        """The default encoder for it."""
        ...


Fit = Callable[[Corpus, str], Kind]

# The type's letter (see numpy.dtype.kind), its bytes (0: any), and the axes.
_KINDS: dict[tuple[str, int, int], Fit] = {
    ("u", 1, 4): Pictures.fit,
    ("u", 1, 5): Films.fit,
    ("i", 2, 2): Sounds.fit,
    ("f", 0, 2): Vectors.fit,
    ("f", 0, 3): Recordings.fit,
}


def kind_of(corpus: Corpus, column: str) -> Fit | None:
    """How to fit a column; None for numbers [N], which go into a `Table` together.

    Raises:
        TypeError: when it is of no kind that a model reads; says which there are.
    """
    values = corpus[column]
    if isinstance(values, list):
        return Texts.fit
    letter, size, axes = values.dtype.kind, values.dtype.itemsize, values.ndim
    if letter in "fiu" and axes == 1:
        return None
    fit = _KINDS.get((letter, 0 if letter == "f" else size, axes))
    if fit is None:
        raise TypeError(
            f"corpus {corpus.name}: {column!r} is {values.dtype} "
            f"{list(np.shape(values))}; expected pictures uint8 [N, 3, H, W], films "
            "uint8 [N, T, 3, H, W], sounds int16 [N, T], recordings float [N, T, C], "
            "vectors float [N, F], numbers [N], or texts (a list)"
        )
    return fit
