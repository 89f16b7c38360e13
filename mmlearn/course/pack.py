"""python -m mmlearn pack DIR: a kit from which the course installs without a network.

It holds the course, the wheels of its stack, what was built of the data, and a
checksum of each file; `course.py lab --from DIR` reads it. Wheels for other systems
come along by name: `pack DIR --for windows-x86_64 --python 3.12`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from mmlearn.course import kit, preflight, sums, systems, wheels
from mmlearn.course.paths import ROOT, CourseError
from mmlearn.course.stack import Stack, here

# The course itself: what else lies in a checkout may be somebody's own.
PARTS = (
    *(".ci", ".gitignore", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "README.md"),
    *("TEACHING.md", "constraints.txt", "course.py", "environment.yml"),
    *("environments", "mmlearn", "notebooks", "pyproject.toml", "tests"),
)
LEFTOVERS = ("__pycache__", ".ipynb_checkpoints", ".unfinished", "*.part")
LOG = ROOT / "install-pack.log"
NOTE = """\
A kit of the course mmlearn: it installs without a network.

What a machine needs: {targets}.

On it, copy this whole folder to a disk that can be written to, and call in the copy

    python3 course.py lab        (on Windows: py course.py lab)

or, in a copy of the course that is there already,

    python3 course.py lab --from THIS_FOLDER

Each file has its checksum in {sums}: it is compared before anything is installed.

Licences: each wheel has its own inside. One, espeakng-loader, carries the speech
synthesiser espeak-ng, which is GPL-3: who passes this kit on passes that on too, under
its terms (its source: the project espeak-ng). `python3 course.py data list` names the
licences of the data.
"""


def main(arguments: Sequence[str]) -> int:
    """Make the kit, say how large it is, and return 0.

    Raises:
        CourseError: when it cannot be made; nothing of it is left then.
    """
    parser = argparse.ArgumentParser(prog="python -m mmlearn pack", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="not there yet")
    parser.add_argument(
        "--for",
        dest="systems",
        nargs="+",
        choices=systems.SYSTEMS,
        default=[],
        help="other systems",
    )
    mine = "{}.{}".format(*sys.version_info[:2])
    parser.add_argument("--python", default=mine, help="their Python, as 3.12")
    options = parser.parse_args(arguments)
    targets = {(name, options.python): None for name in options.systems}
    targets.pop((systems.here(), mine), None)
    _check_python(options.python, here())
    folder = options.folder.expanduser().resolve()
    _check_place(folder)
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        _fill(part, here(), list(targets))
        part.rename(folder)
    except OSError as error:
        raise CourseError(
            f"Not packed: {error}. Fix: see that {folder.parent} can be written to and "
            "has space, then call this again."
        ) from error
    except KeyboardInterrupt:
        print("Interrupted: nothing is left. pip keeps what it has downloaded.")
        return 130
    finally:
        shutil.rmtree(part, ignore_errors=True)
    print(f"It is in {folder}. There: python3 course.py lab")
    return 0


def _check_python(text: str, stack: Stack) -> None:
    major, _, minor = text.partition(".")
    numbers = major.isdigit() and minor.isdigit()
    if not numbers or not preflight.supported((int(major), int(minor)), stack):
        raise CourseError(
            "--python is {!r}. Fix: name one from {}.{} to {}.{}.".format(
                text, *preflight.OLDEST, *stack.newest
            )
        )


def _check_place(folder: Path) -> None:
    if folder.exists():
        raise CourseError(
            f"{folder} is there already. Fix: name a folder that is not there yet, or "
            "delete that one."
        )
    inside = [part for part in PARTS if folder.is_relative_to(ROOT / part)]
    if inside:
        raise CourseError(
            f"{folder} lies in the course itself ({inside[0]}). Fix: name a folder "
            "outside of it."
        )


def _fill(part: Path, stack: Stack, others: Sequence[tuple[str, str]]) -> None:
    for name in PARTS:
        copy_part(ROOT / name, part / name)
    copied = copy_data(part / kit.DATA)
    print(f"data: {megabytes(copied)}")
    unpacked = gather(part / kit.WHEELS, stack, others)
    kit.write(kit.Kit(part, stack.name, unpacked))
    text = NOTE.format(targets=" or ".join(map(describe, unpacked)), sums=sums.NAME)
    (part / "KIT.txt").write_text(text, encoding="utf-8")
    size = sums.write(part)
    print(f"the kit: {megabytes(size)}, each file with its checksum in {sums.NAME}")
    for target, size in unpacked.items():
        print(f"installed, on {describe(target)}: {megabytes(round(kit.ROOM * size))}")


def describe(target: str) -> str:
    """`linux-x86_64 3.11` in words."""
    system, python = target.split(" ")
    return f"{system} with Python {python}"


def copy_part(source: Path, copy: Path) -> None:
    """Copy a file or a folder of the course, where it is there."""
    if source.is_dir():
        ignored = shutil.ignore_patterns(*LEFTOVERS)
        shutil.copytree(source, copy, ignore=ignored)
    elif source.exists():
        shutil.copy(source, copy)


def copy_data(folder: Path) -> int:
    """Build what is missing, copy what the course's corpora are now; say its bytes.

    Raises:
        CourseError: when a corpus cannot be built; it says which above.
    """
    from mmlearn.data import command
    from mmlearn.data.store import cache

    if command.prepare():
        raise CourseError(
            "The data cannot be built. Fix: `python3 course.py doctor` says why."
        )
    folder.mkdir()
    for module in command.CORPORA.values():
        entry = cache.entry(module.recipe())
        cache.verify(entry)
        shutil.copytree(entry, folder / entry.name)
    return size_of(folder.rglob("*"))


def gather(
    folder: Path, stack: Stack, others: Sequence[tuple[str, str]]
) -> dict[str, int]:
    """Fetch all wheels; system and Python -> what its wheels hold, unpacked."""
    folder.mkdir()
    asked, pinned = wheels.wanted(ROOT, stack), wheels.pins(ROOT, stack)
    python = "{}.{}".format(*sys.version_info[:2])
    print(
        "wheels: fetching. On Linux torch carries CUDA, several GB, unless pip's\n"
        "settings name PyTorch's index of CPU wheels (README, 'Less disk').",
        flush=True,
    )
    found = {kit.target(python): wheels.gather_here(folder, asked, pinned, LOG)}
    for name, python in others:
        print(f"wheels for {name} and Python {python}", flush=True)
        found[f"{name} {python}"] = wheels.gather_for(
            name, python, folder, asked, pinned, LOG
        )
    for target, files in found.items():
        size = megabytes(size_of(files))
        print(f"wheels, {describe(target)}: {len(files)} files, {size}")
    return {target: wheels.unpacked_bytes(files) for target, files in found.items()}


def size_of(files: Iterable[Path]) -> int:
    """The bytes of files together."""
    return sum(path.stat().st_size for path in files if path.is_file())


def megabytes(size: int) -> str:
    """Bytes in words: 3_512_000_000 is `3,512 MB`."""
    return f"{size / 1e6:,.0f} MB"
