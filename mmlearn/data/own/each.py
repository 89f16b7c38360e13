"""Every file of a column, read side by side; what cannot be read is one error."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from mmlearn.data.own.listing import Listing, count

T = TypeVar("T")


def each(
    rows: Listing, files: Sequence[Path | None], read: Callable[[Path], T]
) -> Iterator[tuple[int, T]]:
    """Each row's number and its file, read; rows without a file are passed over.

    Decoders let other threads run, so as many files are read at once as there are
    processors. A file of several rows is read again.

    Raises:
        ValueError: at the end, with row and name of the first five that cannot be read.
    """
    faults = []
    there = [(i, file) for i, file in enumerate(files) if file is not None]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = [(i, file, pool.submit(read, file)) for i, file in there]
        for i, file, result in waiting:
            try:
                yield i, result.result()
            except (ValueError, OSError) as fault:
                name = file.relative_to(rows.folder).as_posix()
                text = str(fault).replace(str(file), name)
                where = rows.where[i]
                faults.append(text if where == name else f"{where}: {text}")
    if faults:
        rest = len(faults) - 5
        more = [f"and {count(rest, 'other file')}"] if rest > 0 else []
        raise ValueError("\n".join((*faults[:5], *more)))
