"""Build a corpus once, keep it in a folder, and check it at every load.

An entry is a folder named by corpus and content key: a `.npy` for each array, a
`.json` for each list, files that are kept as they are, and `manifest.json` with sizes,
checksums, versions and licence. It is built in a temporary sibling under a file lock,
written to disk and renamed, once: so there is never half an entry. Nothing is
overwritten; another key is another folder.

It lies in the folder that MMLEARN_CACHE names, or in the user's cache folder.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import platform
import re
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from mmlearn.data.corpus import Column
from mmlearn.data.store import checked
from mmlearn.data.store.checked import DamagedError, compare
from mmlearn.data.store.place import folder

FORMAT = 1
_MANIFEST = "manifest.json"
_BUILDING = ".building-"
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))  # no EDQUOT on Windows
_LOCK = re.compile(r"\.[a-z][a-z0-9_]*\.lock")
_ENTRY = re.compile(r"[a-z][a-z0-9_]*-[0-9a-f]{16}")


@dataclass(frozen=True)
class Built:
    """What a build returns: columns of N rows, and notes that are not rows.

    Args:
        files: path in the entry's folder -> content, of files that are kept as they
            are. A load checks them, and does not read them into memory.
    """

    columns: Mapping[str, Column]
    notes: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """How to build a corpus, and the key: all that the result depends on.

    Args:
        key: JSON: the builder's version, parameters, and the identities of the packages
            that the data come from. A change in it makes another entry.
        tools: packages that do the work; their versions are in the manifest, not in the
            key, so that a load does not need them.
    """

    name: str
    key: Mapping[str, Any]
    build: Callable[[], Built]
    licence: str
    source: str
    tools: tuple[str, ...] = ()


def entry(recipe: Recipe) -> Path:
    """The folder in which this recipe's corpus is, or will be."""
    text = json.dumps([FORMAT, recipe.name, recipe.key], sort_keys=True)
    return folder() / f"{recipe.name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def cached(recipe: Recipe) -> Built:
    """Load the recipe's corpus; build it first where there is none, or a damaged one.

    Arrays are mapped copy-on-write: quick, shared, and what you change in memory never
    reaches the file. Sizes and crc32 of every file are compared with the manifest.

    Raises:
        OSError: when the disk is full or the folder cannot be written; says what to do.
    """
    where = entry(recipe)
    if where.exists():
        try:
            return _load(where)
        except DamagedError as fault:
            warnings.warn(
                f"cache entry {where.name}: {fault}; building it again", stacklevel=2
            )
    with _lock(where):
        if where.exists():  # another process may have built or repaired it meanwhile
            try:
                return _load(where)
            except DamagedError:
                with _writing(where):
                    where.rename(f"{where}{_BUILDING}damaged")
        _sweep(recipe.name)
        _store(recipe, recipe.build(), where)
        return _load(where)


def _store(recipe: Recipe, built: Built, where: Path) -> None:
    need = sum(checked.size_of(column) for column in built.columns.values())
    need += sum(map(len, built.files.values()))
    with _writing(where, need):
        # Not mkdtemp: in a shared cache the other users must be able to read it.
        temporary = where.with_name(f"{where.name}{_BUILDING}{os.getpid()}")
        temporary.mkdir()
        try:
            _write(temporary, recipe, built)
            temporary.rename(where)
            _sync(where.parent)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise


def _load(where: Path) -> Built:
    manifest = read_manifest(where)
    columns: dict[str, Column] = {}
    for name, facts in manifest["files"].items():
        file = where / name
        compare(file, facts["bytes"], facts["crc32"])
        if facts["values"] is None:  # a file that is kept as it is
            continue
        if file.suffix == ".npy":
            columns[file.stem] = np.load(
                file,
                mmap_mode="c" if facts["values"] else None,  # an empty one has no map
                allow_pickle=False,
            )
        else:
            columns[file.stem] = json.loads(file.read_text("utf-8"))
    return Built(columns, manifest["notes"])


def read_manifest(where: Path) -> dict[str, Any]:
    """The manifest of an entry.

    Raises:
        DamagedError: when it is missing, not JSON, or not what was written.
    """
    try:
        manifest = json.loads((where / _MANIFEST).read_text("utf-8"))
        own = manifest.pop("sha256")
    except FileNotFoundError:
        raise DamagedError(f"{_MANIFEST} is missing") from None
    except (ValueError, KeyError, AttributeError, TypeError):
        raise DamagedError(f"{_MANIFEST} cannot be read") from None
    if own != _hash(manifest):
        raise DamagedError(f"{_MANIFEST} is not as it was written")
    return dict(manifest)


def verify(where: Path) -> None:
    """Compare every file of an entry with the sha256 in its manifest.

    Raises:
        DamagedError: naming the first file that is missing or differs.
    """
    for name, facts in read_manifest(where)["files"].items():
        compare(where / name, facts["bytes"], facts["crc32"])
        with (where / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != facts["sha256"]:
                raise DamagedError(f"{name} has another sha256 than when it was built")


def entries() -> list[Path]:
    """The folders of all entries, sorted by name."""
    return [path for path in _children() if _ENTRY.fullmatch(path.name)]


def clear() -> tuple[list[str], int]:
    """Remove all entries and what killed builds left: their names, and bytes freed.

    The locks go too, and the folder, unless it was chosen or somebody else's files are
    in it: those are not touched.

    Raises:
        OSError: when something cannot be removed; with what it was.
    """
    names, freed = [], 0
    for path in _children():
        if not _ENTRY.fullmatch(path.name.partition(_BUILDING)[0]):
            continue
        with _lock(path):
            size = sum(f.stat().st_size for f in path.rglob("*") if f.is_file())
            shutil.rmtree(path)
        names.append(path.name)
        freed += size
    for path in _children():
        if _LOCK.fullmatch(path.name):
            # One that is held, by a build that goes on, stays.
            with suppress(OSError, Timeout), FileLock(path, timeout=0):
                path.unlink()
    if not os.environ.get("MMLEARN_CACHE"):
        with suppress(OSError):  # it is not empty, or not there
            folder().rmdir()
    return names, freed


def _children() -> list[Path]:
    return sorted(folder().iterdir()) if folder().is_dir() else []


def _write(temporary: Path, recipe: Recipe, built: Built) -> None:
    manifest = {
        "format": FORMAT,
        "name": recipe.name,
        "key": recipe.key,
        "rows": len(next(iter(built.columns.values()))),
        "files": {
            **checked.write_columns(temporary, built.columns),
            **checked.write_files(temporary, built.files),
        },
        "notes": built.notes,
        "licence": recipe.licence,
        "source": recipe.source,
        "versions": {
            "python": platform.python_version(),
            **{tool: version(tool) for tool in ("numpy", *recipe.tools)},
        },
        "built": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    manifest = json.loads(json.dumps(manifest))  # tuples become lists, as when read
    text = json.dumps({**manifest, "sha256": _hash(manifest)}, indent=1)
    with (temporary / _MANIFEST).open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    _sync(temporary)


def _hash(manifest: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def _sync(directory: Path) -> None:
    """Write a folder's names to disk (Windows has no such call)."""
    if os.name == "posix":
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sweep(name: str) -> None:
    """Remove what builds left that were killed; to be called under the lock."""
    for path in _children():
        if path.name.startswith(f"{name}-") and _BUILDING in path.name:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _lock(where: Path) -> Iterator[None]:
    """One process at a time builds, or removes, entries of this corpus."""
    name = where.name.partition("-")[0]
    with _writing(where):
        where.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(where.parent / f".{name}.lock")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _writing(where: Path, need: int = 0) -> Iterator[None]:
    """Turn the operating system's errors into ones that say what to do."""
    try:
        yield
    except OSError as error:
        amount = f"{need / 1e6:.0f} MB" if need else "space"
        if error.errno in _FULL:
            raise OSError(
                error.errno,
                f"the disk is full: {where.name} needs {amount} in {where.parent}. "
                f"Free some, or set MMLEARN_CACHE to a folder on another disk.",
            ) from None
        raise OSError(
            error.errno,
            f"{where.parent} cannot be written ({error.strerror or error}): "
            f"{where.name} is to be kept there. Set MMLEARN_CACHE to another folder.",
        ) from None
