"""Rows of a corpus that become tensors batch by batch: more than memory holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mmlearn.batch import Batch
from mmlearn.batch.data import rows_of
from mmlearn.data.corpus import Corpus
from mmlearn.preparation import Preparation, inputs_of, targets_of


class LazyData:
    """A data set of some rows of a corpus; its inputs are made as they are asked for.

    The corpus' columns may lie on the disk: `np.load(file, mmap_mode="r")`. Targets are
    small, and are made at once: `columns` holds them. A batch is padded to its own
    longest sample.
    """

    def __init__(
        self,
        corpus: Corpus,
        how: Preparation,
        rows: Tensor | np.ndarray | Sequence[int] | None = None,
    ) -> None:
        size = len(corpus)
        self.corpus, self.how = corpus, how
        self.rows = torch.arange(size) if rows is None else rows_of(rows, size)
        light = {n: c for n, c in corpus.columns.items() if np.ndim(c) < 2}
        targeted = Corpus(
            corpus.name,
            light,
            corpus.label,
            corpus.label_names,
            corpus.groups,
            corpus.licence,
            corpus.source,
        )
        self.columns: Batch = targets_of(targeted[self.rows.numpy()], how)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Tensor | slice) -> Batch:
        index = index.cpu() if isinstance(index, Tensor) else index
        made = inputs_of(self.corpus[self.rows[index].numpy()], self.how)
        return made | {name: column[index] for name, column in self.columns.items()}

    def take(self, rows: Tensor | np.ndarray | Sequence[int]) -> LazyData:
        """The data set of some of its rows; see `rows_of` for what is refused."""
        chosen = self.rows[rows_of(rows, len(self))]
        return LazyData(self.corpus, self.how, chosen)
