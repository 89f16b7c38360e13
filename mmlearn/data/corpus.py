"""A corpus: aligned columns, the label of each row, and which rows belong together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, overload

import numpy as np

from mmlearn.data import integers

Column = np.ndarray | list[Any]


@dataclass(frozen=True, eq=False, repr=False)
class Corpus:
    """N rows, each with a value in every column.

    A column of series [N, T, ...] (sounds, films, recordings) has its rows' lengths in
    the column `NAME_length`, or `length`.

    `corpus["image"]` is a column; `corpus[rows]` is the corpus of these rows, where
    rows is an index array, a boolean mask [N] or a slice (a slice copies no array).

    Args:
        columns: name -> an array `[N, ...]` or a list of N texts.
        label: integers [N] of any kind, kept as int64: an index into `label_names`; or
            None for data without classes.
        label_names: the classes; () without a label.
        groups: integers [N] of any kind, kept as int64: rows with one number (a family
            of emoji, a voice) must stay on one side of a split, and are drawn together
            in intervals.
        rates: column -> how many steps per second a series has, where that is known.
        channels: column -> the names of a recording's channels, where they have some.

    Raises:
        ValueError: naming what is wrong, when a column, the label or the groups do not
            have N rows, label or groups are not integers, a label is not an index into
            label_names, there are names without a label, or a rate is of no column or
            not positive.
    """

    name: str
    columns: Mapping[str, Column]
    label: np.ndarray | Any  # Any, so that who knows it is there need not ask
    label_names: tuple[str, ...]
    groups: np.ndarray
    licence: str
    source: str
    rates: Mapping[str, float] = field(default_factory=dict)
    channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for what in ("label", "groups"):
            if (values := getattr(self, what)) is not None or what == "groups":
                whole = integers.as_int64(f"corpus {self.name}: {what}", values)
                object.__setattr__(self, what, whole)
        first = "groups" if self.label is None else "label"
        n = len(getattr(self, first))
        for what, column in {**self.columns, "groups": self.groups}.items():
            if not isinstance(column, list) and np.ndim(column) == 0:
                raise ValueError(
                    f"corpus {self.name}: {what} is one {type(column).__name__}; "
                    f"expected an array or a list of {n} values"
                )
            if len(column) != n:
                raise ValueError(
                    f"corpus {self.name}: {what} has {len(column)} rows, "
                    f"{first} has {n}"
                )
        for name, rate in self.rates.items():
            if name not in self.columns or not (rate > 0 and math.isfinite(rate)):
                raise ValueError(
                    f"corpus {self.name}: the rate of {name!r} is {rate}; expected a "
                    f"positive number for one of {', '.join(self.columns)}"
                )
        self._check_label()

    def _check_label(self) -> None:
        if self.label is None:
            if self.label_names:
                raise ValueError(
                    f"corpus {self.name}: label is None, but label_names are "
                    f"{tuple(self.label_names)}; expected () without a label"
                )
            return
        wrong = np.flatnonzero((self.label < 0) | (self.label >= len(self.label_names)))
        if len(wrong):
            names = len(self.label_names)
            raise ValueError(
                f"corpus {self.name}: row {wrong[0]} has label {self.label[wrong[0]]}; "
                f"expected {f'0 ... {names - 1}' if names else 'a name in label_names'}"
            )

    def __repr__(self) -> str:
        """Its columns and sizes, not their values."""
        sizes = {
            name: f"list [{len(column)}]"
            if isinstance(column, list)
            else f"{column.dtype} {list(column.shape)}"
            for name, column in self.columns.items()
        }
        columns = ", ".join(f"{name} {size}" for name, size in sizes.items())
        classes = f"{len(self.label_names)} classes" if self.label_names else "no label"
        groups = len(np.unique(self.groups))
        return f"Corpus({self.name!r}: {columns}; {classes}; {groups} groups)"

    def __len__(self) -> int:
        return len(self.groups)

    @overload
    def __getitem__(self, key: str) -> Any: ...
    @overload
    def __getitem__(self, key: slice | np.ndarray | list[int]) -> Corpus: ...

    def __getitem__(self, key: str | slice | np.ndarray | list[int]) -> Any:
        """A column by its name, or the corpus of some rows.

        Raises:
            KeyError: when there is no such column; with the names there are.
            TypeError: when rows are neither integers, nor a mask, nor a slice.
            IndexError: when a row is out of range, or a mask is not [N].
        """
        if isinstance(key, str):
            if key not in self.columns:
                raise KeyError(
                    f"no column {key!r}; there are {', '.join(self.columns)}"
                )
            return self.columns[key]
        rows = key if isinstance(key, slice) else self.rows(key)
        return replace(
            self,
            columns={name: _take(c, rows) for name, c in self.columns.items()},
            label=None if self.label is None else self.label[rows],
            groups=self.groups[rows],
        )

    def lengths(self, column: str) -> np.ndarray:
        """How many steps of each row are real, int64 [N]; T where no column says.

        Raises:
            KeyError: when there is no such column.
            ValueError: when a length is not 0 ... T; names the row.
        """
        steps = self[column].shape[1]
        name = f"{column}_length" if f"{column}_length" in self.columns else "length"
        if name not in self.columns:
            return np.full(len(self), steps, dtype=np.int64)
        found = integers.as_int64(f"corpus {self.name}: {name}", self.columns[name])
        wrong = np.flatnonzero((found < 0) | (found > steps))
        if len(wrong):
            raise ValueError(
                f"corpus {self.name}: row {wrong[0]} has {name} {found[wrong[0]]}; "
                f"expected 0 ... {steps}"
            )
        return found

    def rows(self, key: np.ndarray | list[int]) -> np.ndarray:
        """Rows as indices 0 ... N - 1, of indices or a mask; the errors of `[rows]`."""
        rows = np.asarray(key)
        if rows.size == 0 and rows.ndim == 1 and rows.dtype != bool:
            rows = rows.astype(np.int64)  # np.asarray([]) is float
        if rows.ndim != 1 or rows.dtype.kind not in "iub":
            raise TypeError(
                f"rows are {rows.dtype} {rows.shape}; expected integers [n], a boolean "
                f"mask [{len(self)}] or a slice (for one row: corpus[[3]])"
            )
        if rows.dtype == bool:
            if len(rows) != len(self):
                raise IndexError(f"the mask has {len(rows)} rows, not {len(self)}")
            return np.flatnonzero(rows)
        wrong = rows[(rows < -len(self)) | (rows >= len(self))]
        if len(wrong):
            raise IndexError(f"row {wrong[0]} of a corpus of {len(self)} rows")
        return np.where(rows < 0, rows + len(self), rows)


def _take(column: Column, rows: np.ndarray | slice) -> Column:
    if isinstance(column, np.ndarray) or isinstance(rows, slice):
        return column[rows]
    return [column[row] for row in rows]
