"""Rows of a Hugging Face data set, read from its shards as batches are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from mmlearn.batch import Batch
from mmlearn.batch.data import rows_of


class Rows(Protocol):
    """What `datasets.Dataset` offers: a length, and columns of the rows asked for."""

    def __len__(self) -> int:
        """How many rows there are, in all shards."""
        ...

    def __getitem__(self, rows: list[int]) -> dict[str, Any]:
        """Name of each column -> its values in these rows."""
        ...


class ShardData:
    """What `fit` and `evaluate` take, of a data set in shards on the disk.

    `datasets.load_dataset("parquet", data_files=[...])` maps the shards into memory:
    only the rows of a batch are read. What streams (`datasets.IterableDataset`) has
    no length and no row 7: an epoch in an order of its own, and a training that goes on
    where it stopped, need both. It is for a loop of one's own.

    Args:
        dataset: a `datasets.Dataset`, with `.with_format("numpy")` for arrays.
        make: the columns of some rows -> a batch, such as
            `lambda rows: {"image": normalise(rows["image"], mean, std), ...}`.
        rows: of the data set, int64 [N]; all of them by default.

    Raises:
        TypeError: when the data set has no length.
        ValueError: when a row is not in it, as `rows_of` says.
    """

    def __init__(
        self,
        dataset: Rows,
        make: Callable[[dict[str, Any]], Batch],
        rows: Tensor | np.ndarray | Sequence[int] | None = None,
    ) -> None:
        if not hasattr(dataset, "__len__"):
            raise TypeError(
                f"found a {type(dataset).__name__}, which has no length; expected a "
                "datasets.Dataset: load_dataset(..., streaming=False)"
            )
        size = len(dataset)
        self.dataset, self.make = dataset, make
        self.rows = torch.arange(size) if rows is None else rows_of(rows, size)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Tensor | slice) -> Batch:
        index = index.cpu() if isinstance(index, Tensor) else index
        return self.make(self.dataset[self.rows[index].tolist()])

    def take(self, rows: Tensor | np.ndarray | Sequence[int]) -> ShardData:
        """The data set of some of its rows; see `rows_of` for what is refused."""
        chosen = self.rows[rows_of(rows, len(self))]
        return ShardData(self.dataset, self.make, chosen)
