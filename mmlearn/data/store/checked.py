"""Columns and files that are counted and checked, when written and when read."""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from mmlearn.data.corpus import Column


class DamagedError(Exception):
    """An entry whose files are not what its manifest says."""


def compare(file: Path, size: int, crc32: int) -> None:
    """Check that a file has the size and the crc32 it was written with.

    Raises:
        DamagedError: naming the file, when it is missing or differs.
    """
    try:
        found = file.stat().st_size
    except FileNotFoundError:
        raise DamagedError(f"{file.name} is missing") from None
    if found != size:
        raise DamagedError(f"{file.name} has {found:,} bytes, not {size:,}")
    crc = 0
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            crc = zlib.crc32(block, crc)
    if crc != crc32:
        raise DamagedError(f"{file.name} has another crc32 than when it was built")


def write_columns(
    folder: Path, columns: Mapping[str, Column]
) -> dict[str, dict[str, Any]]:
    """Write each column to the folder and to disk; file name -> its facts.

    Raises:
        TypeError: for an array of objects.
    """
    files: dict[str, dict[str, Any]] = {}
    for name, column in columns.items():
        if isinstance(column, np.ndarray):
            file = folder / f"{name}.npy"
            values = column.size
        else:
            file, values = folder / f"{name}.json", len(column)
        files[file.name] = _written(file, values, partial(_write_column, column=column))
    return files


def write_files(folder: Path, files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """Write files below the folder and to disk; path -> its facts."""
    facts = {}
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        facts[name] = _written(file, None, partial(Checked.write, block=content))
    return facts


def _written(
    file: Path, values: int | None, write: Callable[[Checked], object]
) -> dict[str, Any]:
    """Write a file to disk, and say what was written."""
    with file.open("wb") as stream:
        checked = Checked(stream)
        write(checked)
        stream.flush()
        os.fsync(stream.fileno())
    return {
        "bytes": checked.size,
        "values": values,
        "crc32": checked.crc32,
        "sha256": checked.sha256.hexdigest(),
    }


class Checked:
    """A file that counts and checks what is meant to be written."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.size, self.crc32 = stream, 0, 0
        self.sha256 = hashlib.sha256()

    def write(self, block: bytes | memoryview) -> int:
        """Write a block of bytes, and count it."""
        self.size += len(block)
        self.crc32 = zlib.crc32(block, self.crc32)
        self.sha256.update(block)
        return self.stream.write(block)


def _write_column(stream: Checked, column: Column) -> None:
    if not isinstance(column, np.ndarray):
        stream.write(json.dumps(column).encode())
        return
    if column.dtype.hasobject:
        raise TypeError("an array of objects cannot be cached: make it a list")
    column = np.ascontiguousarray(column)
    # Not np.save: on a full disk it raises an OSError without the error's number.
    header = np.lib.format.header_data_from_array_1_0(column)
    np.lib.format.write_array_header_1_0(stream, header)
    if column.size:
        stream.write(column.reshape(-1).view(np.uint8).data)


def size_of(column: Column) -> int:
    """Roughly the bytes that a column needs on disk."""
    if isinstance(column, np.ndarray):
        return column.nbytes
    return len(json.dumps(column))
