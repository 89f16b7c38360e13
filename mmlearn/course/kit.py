"""A kit: a folder from which the course is installed without a network.

It is a copy of the course with `wheels/` and `data/` beside it, `kit.json`, which
says for which Pythons the wheels are, and a checksum of each file. `pack` makes one.
Standard library only.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmlearn.course import sums, systems
from mmlearn.course.paths import CourseError
from mmlearn.course.stack import Stack
from mmlearn.data.store import place

NAME = "kit.json"
WHEELS = "wheels"
DATA = "data"
ROOM = 1.1  # what an installation takes, in units of what its wheels hold


@dataclass(frozen=True)
class Kit:
    """What `kit.json` says.

    Args:
        folder: where the kit is.
        stack: the name of its stack.
        unpacked: "system Python", as "linux-x86_64 3.11" -> the bytes its wheels hold.
    """

    folder: Path
    stack: str
    unpacked: Mapping[str, int]

    @property
    def wheels(self) -> Path:
        """The folder of the wheels."""
        return self.folder / WHEELS

    def gigabytes_needed(self, python: str) -> float:
        """The space that the installation takes, in units of 10^9 bytes."""
        return ROOM * self.unpacked[target(python)] / 1e9


def target(python: str) -> str:
    """This system and a Python ("3.11"), as a kit names them."""
    return f"{systems.here()} {python}"


def write(kit: Kit) -> None:
    """Write `kit.json`."""
    said = {"stack": kit.stack, "unpacked": dict(kit.unpacked)}
    (kit.folder / NAME).write_text(json.dumps(said, indent=1), encoding="utf-8")


def read(folder: Path) -> Kit:
    """The kit in a folder.

    Raises:
        CourseError: when there is none.
    """
    try:
        said = json.loads((folder / NAME).read_text(encoding="utf-8"))
        return Kit(folder, said["stack"], said["unpacked"])
    except (FileNotFoundError, NotADirectoryError):
        raise CourseError(
            f"{folder} is no kit: it has no {NAME}. Fix: name the folder that "
            "`python3 course.py pack` made."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise CourseError(f"{folder / NAME} is damaged. Fix: {sums.AGAIN}.") from None


def inside(root: Path) -> Kit | None:
    """The kit that this checkout itself is, if it is one."""
    return read(root) if (root / NAME).exists() else None


def problem(kit: Kit, stack: Stack, python: str) -> str | None:
    """Why the kit has no wheels for this system, Python and stack; None if it has."""
    if kit.stack != stack.name:
        return (
            f"The kit in {kit.folder} is for the stack {kit.stack}, not "
            f"{stack.name}. Fix: call this with --stack {kit.stack}, or pack one with "
            f"--stack {stack.name}."
        )
    if target(python) in kit.unpacked:
        return None
    return (
        f"The kit in {kit.folder} is for {', '.join(kit.unpacked)}; this is "
        f"{target(python)}. Fix: call this with such a Python, or pack one for this "
        f"system and Python (`pack DIR --for {systems.here()} --python {python}`)."
    )


def check(kit: Kit) -> None:
    """Compare all files with their checksums.

    Raises:
        CourseError: naming the file that is missing, damaged or not of the kit.
    """
    count = sums.check(kit.folder, closed=(WHEELS, DATA))
    print(f"The kit in {kit.folder}: {count} files, all checksums right.")


def take_data(kit: Kit) -> list[str]:
    """Copy what was built into this machine's cache; return the names of what is new.

    Each is copied beside its place and renamed, so that there is never half of one.

    Raises:
        CourseError: when the cache cannot be written, or the disk is full.
    """
    there = sorted((kit.folder / DATA).iterdir())
    try:
        cache = place.folder()
        cache.mkdir(parents=True, exist_ok=True)
        missing = [entry for entry in there if not (cache / entry.name).exists()]
        for entry in missing:
            # As the cache calls what is being built: it takes away what is left over.
            part = cache / f"{entry.name}.building-{os.getpid()}"
            try:
                shutil.copytree(entry, part, copy_function=shutil.copyfile)
                part.rename(cache / entry.name)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    except (OSError, RuntimeError) as error:
        raise CourseError(
            f"The kit's data cannot be copied: {error}. Fix: make space, or set "
            "MMLEARN_CACHE to a folder that can be written, and call this again."
        ) from error
    return [entry.name for entry in missing]


def settings_of_pip(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for pip with a kit: no setting of its own leads it elsewhere."""
    rest = {k: v for k, v in environment.items() if not k.startswith("PIP_")}
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    return {**rest, **quiet, "PIP_NO_CACHE_DIR": "1", "PIP_CONFIG_FILE": os.devnull}


def take_option(arguments: Sequence[str]) -> tuple[Path | None, list[str]]:
    """Take `--from DIR` (or `--from=DIR`) out: the folder, and what is left.

    Raises:
        CourseError: when `--from` comes without a folder.
    """
    rest: list[str] = []
    chosen = None
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--from" or argument.startswith("--from="):
            chosen = argument.partition("=")[2] or next(waiting, "")
        else:
            rest.append(argument)
    if chosen == "":
        raise CourseError(
            "--from is followed by nothing. Fix: name the kit's folder, as in "
            "`lab --from /media/stick/kit`."
        )
    return (Path(chosen).expanduser().resolve() if chosen else None), rest
