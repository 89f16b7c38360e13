"""Fetch the wheels of a stack: for this system, and for others by name.

pip's own settings hold: its index, its cache, its proxy.
"""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mmlearn.course.paths import CourseError
from mmlearn.course.pip_says import explain, state
from mmlearn.course.screen import Progress
from mmlearn.course.stack import Stack, requirements
from mmlearn.course.systems import SYSTEMS

SECONDS_BETWEEN_LOOKS = 0.3
# What has several builds of one version: with CUDA, or for the CPU alone.
PAIR = ("torch", "torchvision")


def wanted(root: Path, stack: Stack) -> list[str]:
    """What the course asks for itself, and what builds it, as pip's requirements."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    builders = tomllib.loads(text)["build-system"]["requires"]
    return [*builders, *requirements(root, stack)]


def pins(root: Path, stack: Stack) -> list[str]:
    """The lines `name==version`, torch's with the build that is installed here."""
    lines = (root / stack.pins).read_text(encoding="utf-8").splitlines()
    lines = [line.strip() for line in lines if line.strip() and line[0] != "#"]
    return [_build_of_here(line) for line in lines]


def _build_of_here(pin: str) -> str:
    """`torch==2.15.0+cpu` where that one is installed: what is small stays small."""
    name, _, version = pin.partition("==")
    try:
        installed = importlib.metadata.version(name) if name in PAIR else ""
    except importlib.metadata.PackageNotFoundError:
        return pin
    return f"{name}=={installed}" if installed.startswith(f"{version}+") else pin


@dataclass(frozen=True)
class Pip:
    """Calls pip, draws its progress, and says in one line why it failed.

    Args:
        log: the file of what it said last.
        total: how many packages there may be.
    """

    log: Path
    total: int

    def __call__(self, *arguments: str) -> str | None:
        """Run pip; return what it said where it failed, None where it did not."""
        command = [sys.executable, "-m", "pip", *arguments, "--no-input"]
        with self.log.open("wb") as output:
            pip = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                self._watch(pip)
            except BaseException:
                pip.terminate()
                pip.wait()
                raise
        return self._said() if pip.returncode else None

    def _watch(self, pip: subprocess.Popen[bytes]) -> None:
        with Progress() as progress:
            while pip.poll() is None:
                share, step = state(self._said(), 0, self.total)
                progress.update(2 * share, step)  # half of it is to install them
                time.sleep(SECONDS_BETWEEN_LOOKS)

    def _said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


def gather_here(
    folder: Path, requirements: Sequence[str], pinned: Sequence[str], log: Path
) -> list[Path]:
    """Fetch the wheels of this system and Python; what has none is built.

    Raises:
        CourseError: when pip fails, with the cause and its fix.
    """
    with tempfile.TemporaryDirectory() as place:
        asked, held = Path(place, "asked.txt"), Path(place, "pins.txt")
        asked.write_text("\n".join(requirements), encoding="utf-8")
        held.write_text("\n".join(pinned), encoding="utf-8")
        pip = Pip(log, len(pinned))
        options = ("--constraint", str(held), "--requirement", str(asked))
        said = pip("wheel", "--wheel-dir", str(folder), *options)
    if said is not None:
        raise CourseError(f"{explain(said)} (All that pip said: {log})")
    return sorted(folder.glob("*.whl"))


def gather_for(
    name: str,
    python: str,
    folder: Path,
    requirements: Sequence[str],
    pinned: Sequence[str],
    log: Path,
) -> list[Path]:
    """Fetch the wheels of another system, and of its Python ("3.12").

    pip fetches for other systems, but compares a requirement's conditions with this
    one: so the requirements are followed here, level by level, and pip fetches.

    Raises:
        CourseError: naming what has no wheel there, or the cause why pip failed.
    """
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        shop = Shop(name, python, Path(place), Pip(log, len(pinned)))
        for pin in pinned:
            package, _, version = pin.partition("==")
            # A build such as +cpu is that of this system.
            shop.pins[canonicalize_name(package)] = version.partition("+")[0]
        shop.follow(map(Requirement, requirements))
        if shop.lacking:
            raise CourseError(
                f"No wheel for {name} and Python {python}: "
                f"{', '.join(sorted(shop.lacking))}. Fix: pack the kit on such a "
                "machine, where pip builds what has no wheel, or for another Python."
            )
        return [wheel.replace(folder / wheel.name) for wheel in shop.wheels.values()]


@dataclass
class Shop:
    """Wheels for one system: what is asked for there, fetched with all it needs."""

    name: str
    python: str
    folder: Path
    pip: Pip
    pins: dict[str, str] = field(default_factory=dict)
    wheels: dict[str, Path] = field(default_factory=dict)  # by the package's name
    lacking: set[str] = field(default_factory=set)

    def follow(self, requirements: Iterable[Requirement]) -> None:
        """Fetch what these requirements lead to."""
        done: set[tuple[str, str]] = set()
        asked = self.asked(requirements, "")
        while asked:
            self.fetch({package for package, _ in asked} - self.wheels.keys())
            done |= asked
            # An extra of a package asks for more of the same wheel.
            reached = [
                self.asked(needs(self.wheels[package]), extra)
                for package, extra in asked
                if package in self.wheels
            ]
            asked = set().union(*reached) - done

    def asked(
        self, requirements: Iterable[Requirement], extra: str
    ) -> set[tuple[str, str]]:
        """The packages, each with "" or an extra, that are asked for on this system."""
        markers = SYSTEMS[self.name].markers(self.python) | {"extra": extra}
        return {
            (canonicalize_name(requirement.name), part)
            for requirement in requirements
            if requirement.marker is None or requirement.marker.evaluate(markers)
            for part in ("", *requirement.extras)
        }

    def fetch(self, packages: set[str]) -> None:
        """Let pip fetch the wheels of these packages; what it lacks is noted."""
        unpinned = sorted(packages - self.pins.keys())
        if unpinned:
            raise CourseError(
                f"{self.name} asks for {', '.join(unpinned)}, and no version is "
                "pinned. Fix: add it to the pins (CONTRIBUTING.md, 'Pins')."
            )
        wanted = {f"{package}=={self.pins[package]}" for package in packages}
        wanted -= self.lacking
        tags = [f"--platform={tag}" for tag in SYSTEMS[self.name].tags]
        while wanted:
            said = self.pip(
                "download",
                *("--no-deps", "--only-binary=:all:", f"--dest={self.folder}"),
                *(f"--python-version={self.python}", "--implementation=cp"),
                *tags,
                *sorted(wanted),
            )
            if said is None:
                break
            missing = re.search(r"No matching distribution found for (\S+)", said)
            if missing is None or missing[1] not in wanted:
                raise CourseError(
                    f"{explain(said)} (All that pip said: {self.pip.log})"
                )
            self.lacking.add(missing[1])
            wanted.remove(missing[1])
        for wheel in self.folder.glob("*.whl"):
            self.wheels[canonicalize_name(wheel.name.partition("-")[0])] = wheel


def needs(wheel: Path) -> list[Requirement]:
    """What a wheel's own metadata ask for."""
    with zipfile.ZipFile(wheel) as archive:
        inside = [name for name in archive.namelist() if name.endswith("/METADATA")]
        (file,) = [name for name in inside if name.count("/") == 1]
        text = archive.read(file).decode("utf-8")
    return [
        Requirement(line)
        for line in HeaderParser().parsestr(text).get_all("Requires-Dist", [])
    ]


def unpacked_bytes(wheels: Iterable[Path]) -> int:
    """What the wheels hold, unpacked."""
    total = 0
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            total += sum(file.file_size for file in archive.infolist())
    return total
