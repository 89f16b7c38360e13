"""Files of a folder that no row names: they are left out, and said."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmlearn.data.own import layouts, metadata
from mmlearn.data.own.listing import Listing, count, inside, some


def left_out(
    rows: Listing,
    paths: Mapping[str, Sequence[Path | None]],
    beside: Sequence[str],
    path: Path,
) -> list[str]:
    """What to say of them: one remark, or none.

    Args:
        rows: what was read.
        paths: each file column's files.
        beside: files that were read beside them.
        path: what was asked for.
    """
    if not path.is_dir():
        return []
    used = {
        Path(os.path.normpath(file)).relative_to(rows.folder).as_posix()
        for files in paths.values()
        for file in files
        if file is not None
    }
    used |= set(beside)
    used |= {metadata.NAME, *(f"{split}/{metadata.NAME}" for split in rows.split)}
    strays = [
        file
        for file in inside(rows.folder)
        if file not in used and not layouts.is_list(Path(file).name)
    ]
    if not strays:
        return []
    return [f"left out {count(len(strays), 'stray file')}: {some(strays)}"]
