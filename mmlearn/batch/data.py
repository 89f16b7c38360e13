"""Data sets: anything that has a length and gives the batch for an index."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from mmlearn.batch.arrays import tensor_of
from mmlearn.batch.check import check_batch
from mmlearn.batch.padded import Batch, Padded

CHUNK = 1024  # samples that are looked at, or read, at once


@runtime_checkable
class Data(Protocol):
    """What `fit` and `evaluate` take.

    `data[index]`, index int64 [B], gives a Batch; the same index gives the same batch.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, index: Tensor) -> Batch: ...


class TensorData:
    """A data set that lives on one device as tensors, for data that fits there.

    `data[index]` with an int64 tensor or a slice gives a Batch; `len(data)` is N. The
    whole set is checked once, at construction, in chunks, so that the check takes
    little memory.

    Args:
        columns: modality -> Padded or Tensor, and the targets, "label" -> int64 [N].

    Raises:
        TypeError: naming the column, when it is not numbers or Padded.
        ValueError: as `check_batch` does.
    """

    def __init__(self, columns: Batch) -> None:
        self.columns = {name: _column(name, x) for name, x in columns.items()}
        lengths = {name: len(x) for name, x in self.columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns have unequal lengths: {lengths}")
        if not self.columns or len(self) == 0:
            check_batch(self.columns)  # says what is missing
        for start in range(0, len(self), CHUNK):
            rows = slice(start, min(start + CHUNK, len(self)))
            names = [f"sample {i}" for i in range(rows.start, rows.stop)]
            check_batch(self[rows], names=names)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, index: Tensor | slice) -> Batch:
        return {key: column[index] for key, column in self.columns.items()}

    @property
    def label(self) -> Tensor:
        """The labels, int64 [N].

        Raises:
            KeyError: when the data has no labels.
        """
        label = self.columns.get("label")
        if not isinstance(label, Tensor):
            raise KeyError(f"the data has no label, only {sorted(self.columns)}")
        return label

    def to(self, device: torch.device | str) -> TensorData:
        """The same data on another device; it is not checked again."""
        moved = TensorData.__new__(TensorData)  # it has been checked already
        moved.columns = {key: x.to(device) for key, x in self.columns.items()}
        return moved

    def take(self, rows: Tensor | np.ndarray | Sequence[int]) -> TensorData:
        """The data set of some rows: integers [n], or a mask bool [N].

        Raises:
            TypeError: when the rows are neither.
            IndexError: when a row is out of range, or a mask is not [N].
            ValueError: when there are none.
        """
        index = rows_of(rows, len(self))
        taken = TensorData.__new__(TensorData)  # it has been checked already
        taken.columns = self[index]
        return taken

    def without(self, *modalities: str) -> TensorData:
        """The same samples without some modalities, as if never recorded.

        Raises:
            KeyError: for a modality that is not there.
            ValueError: when none is left.
        """
        for name in modalities:
            if name not in self.columns:
                raise KeyError(f"no {name!r} to leave out of {sorted(self.columns)}")
        return TensorData(
            {k: x for k, x in self.columns.items() if k not in modalities}
        )


class MappedData:
    """A data set that stays on disk: arrays that are read one batch at a time.

    `fit` and `evaluate` check its values, one batch at a time.

    Args:
        columns: name -> array [N, ...], such as `np.load(file, mmap_mode="r")` or a
            column of a corpus; targets too.
        prepare: turns the tensors of the rows into the batch that a model reads: films
            from uint8 to float, a length to a mask. It must give the same for the same
            rows; random variation in training belongs in the `augment` of `fit`.
        rows: the rows that this set consists of, int64 [n]; all by default.

    Raises:
        ValueError: when columns have unequal lengths, or there are no rows.
        TypeError: as `rows_of` does.
        IndexError: as `rows_of` does.
    """

    def __init__(
        self,
        columns: Mapping[str, np.ndarray],
        prepare: Callable[[dict[str, Tensor]], Batch] | None = None,
        rows: Tensor | np.ndarray | Sequence[int] | None = None,
    ) -> None:
        lengths = {name: len(x) for name, x in columns.items()}
        if len(set(lengths.values())) != 1 or 0 in lengths.values():
            raise ValueError(
                f"columns have the lengths {lengths}; expected one, 1 or more"
            )
        self.columns, self.prepare = dict(columns), prepare
        size = next(iter(lengths.values()))
        self.rows = torch.arange(size) if rows is None else rows_of(rows, size)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Tensor | slice) -> Batch:
        rows = self.rows[index.cpu() if isinstance(index, Tensor) else index].numpy()
        # np.array copies out of the map: the tensor is the batch's own.
        read = {k: tensor_of(np.array(x[rows]), k) for k, x in self.columns.items()}
        return dict(read) if self.prepare is None else self.prepare(read)

    def take(self, rows: Tensor | np.ndarray | Sequence[int]) -> MappedData:
        """The data set of some of its rows; see `rows_of` for what is refused."""
        chosen = self.rows[rows_of(rows, len(self))]
        return MappedData(self.columns, self.prepare, chosen)


def on_device(data: Data, device: torch.device) -> Data:
    """Data that can live on a device, there; other data as it is."""
    return data.to(device) if isinstance(data, TensorData) else data


def to_device(batch: Batch, device: torch.device) -> Batch:
    """A batch on the device; what is already there is not copied."""
    if not isinstance(batch, dict):
        raise TypeError(
            f"the data gives a {type(batch).__name__} for an index; expected a dict of "
            "tensors. Fix: of a corpus, mmlearn.prepare makes the data, and its "
            "apply(corpus) that of other rows"
        )
    return {name: column.to(device) for name, column in batch.items()}


def rows_of(rows: Tensor | np.ndarray | Sequence[int], size: int) -> Tensor:
    """Rows as int64 [n] on the CPU, from integers [n] or a mask bool [size].

    Raises:
        TypeError: when they are neither.
        IndexError: when a row is outside 0..size - 1, or a mask is not [size].
        ValueError: when there are none.
    """
    array = rows.cpu().numpy() if isinstance(rows, Tensor) else np.asarray(rows)
    if array.ndim != 1 or (array.dtype.kind not in "biu" and len(array)):
        raise TypeError(
            f"rows are {array.dtype} {list(array.shape)}; expected integers [n] or a "
            f"mask bool [{size}]"
        )
    if array.dtype == bool:
        if len(array) != size:
            raise IndexError(f"the mask has {len(array)} rows; expected {size}")
        array = np.flatnonzero(array)
    if len(array) == 0:
        raise ValueError("no row is chosen; expected at least one")
    if array.min() < 0 or array.max() >= size:
        bad = array[(array < 0) | (array >= size)][0]
        raise IndexError(f"row {bad}; expected 0..{size - 1}")
    return torch.from_numpy(array.astype(np.int64))


def digest(data: Any) -> str:
    """A number, as text, that tells data sets apart by every value in every column.

    Read in order and in chunks, so that it works for data larger than memory.
    """
    total = 0
    for start in range(0, len(data), CHUNK):
        batch = data[torch.arange(start, min(start + CHUNK, len(data)))]
        for name, column in sorted(batch.items()):
            padded = isinstance(column, Padded)
            for part in [column.values, column.mask] if padded else [column]:
                total = checksum(part, name, total)
    return f"{total:08x}"


def checksum(values: Tensor, name: str, before: int = 0) -> int:
    """The crc32 of a tensor's name, type, shape and values, continued from `before`."""
    array = values.detach().cpu().contiguous()
    facts = f"{name} {array.dtype} {list(array.shape)}".encode()
    flat = array.reshape(-1).view(torch.uint8)
    return zlib.crc32(flat.numpy().data, zlib.crc32(facts, before))


def _column(name: str, column: Any) -> Padded | Tensor:
    """A column as it is, or a NumPy array as a tensor.

    Raises:
        TypeError: naming the column, for anything else.
        ValueError: for a single number.
    """
    if isinstance(column, np.ndarray) and column.dtype.kind in "biuf":
        column = tensor_of(column, name)
    if not isinstance(column, Padded | Tensor):
        raise TypeError(
            f"{name} is {type(column).__name__}; expected a tensor, an array of "
            "numbers or Padded (texts are numbered first, see mmlearn.preprocess.text)"
        )
    if isinstance(column, Tensor) and column.ndim == 0:
        raise ValueError(f"{name} is a single number; expected one per sample, [N]")
    return column
