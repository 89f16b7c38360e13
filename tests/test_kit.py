"""A kit: packed here from a few wheels, installed with an empty home and no network."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mmlearn.classroom.network import CUT_OFF
from mmlearn.course import install, kit, launch, pack, place, sums, systems
from mmlearn.course.kit import Kit
from mmlearn.course.paths import ROOT, CourseError
from mmlearn.course.stack import CURRENT, TORCHTEXT
from mmlearn.data import command
from mmlearn.data.store import cache
from mmlearn.data.store.cache import Built, Recipe

PYTHON = "{}.{}".format(*sys.version_info[:2])
VERSIONS = {name: importlib.metadata.version(name) for name in ("setuptools", "idna")}
# As the course's own, with one package in place of two hundred.
PROJECT = """
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"
[project]
name = "mmlearn-course"
version = "0.1.0"
dependencies = ["idna"]
[project.optional-dependencies]
"""
LAB = """
import sys
def main(arguments):
    import idna
    print("lab", *arguments, "with", idna.__file__)
    return 7
"""


def wheel_of(name: str, folder: Path) -> None:
    """Make the wheel again from which a pure package was installed here."""
    about = importlib.metadata.distribution(name)
    version = about.version
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for file in about.files or []:
            if ".." not in file.parts and "__pycache__" not in file.parts:
                wheel.write(str(file.locate()), file.as_posix())


def a_course(folder: Path) -> Path:
    """A copy of the course that asks for little, and whose lab says so and ends."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "mmlearn", folder / "mmlearn", ignore=ignored)
    shutil.copy(ROOT / "course.py", folder)
    (folder / "mmlearn/course/lab.py").write_text(LAB)
    extras = "".join(f"{extra} = []\n" for extra in CURRENT.extras.split(","))
    (folder / "pyproject.toml").write_text(
        f'{PROJECT}{extras}[tool.setuptools.packages.find]\ninclude = ["mmlearn*"]\n'
    )
    pins = "".join(f"{name}=={version}\n" for name, version in VERSIONS.items())
    (folder / "constraints.txt").write_text(pins)
    (folder / "notebooks").mkdir()
    (folder / "notebooks/00-first.ipynb").write_text("{}")
    (folder / "hand-ins").mkdir()  # the teacher's, and nobody else's
    (folder / "hand-ins/anna.ipynb").write_text("{}")
    return folder


class Toy:
    """Stands for a corpus's module."""

    @staticmethod
    def recipe() -> Recipe:
        columns = {"x": np.arange(500)}
        return Recipe("toy", {}, lambda: Built(columns), "CC0", "made here")

    @classmethod
    def load(cls) -> np.ndarray:
        return np.asarray(cache.cached(cls.recipe()).columns["x"])


@pytest.fixture(scope="module")
def packed(tmp_path_factory) -> Path:
    """A kit of the small course; what was said is in `said.txt` beside it."""
    here = tmp_path_factory.mktemp("packed")
    shop = here / "shop"
    shop.mkdir()
    for name in VERSIONS:
        wheel_of(name, shop)
    with pytest.MonkeyPatch.context() as patch, (here / "said.txt").open("w") as said:
        patch.setattr(pack, "ROOT", a_course(here / "course"))
        patch.setattr(pack, "LOG", here / "pip.log")
        patch.setattr(pack, "here", lambda: CURRENT)  # whose pins the small course has
        patch.setattr(command, "CORPORA", {"toy": Toy})
        patch.setattr(sys, "stdout", said)
        patch.setenv("MMLEARN_CACHE", str(here / "cache"))
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(shop))
        assert pack.main([str(here / "kit")]) == 0
    return here / "kit"


@pytest.fixture
def copied(packed, tmp_path) -> Path:
    """A copy of it, to be damaged; its path has a space."""
    return shutil.copytree(packed, tmp_path / "a copy")


def test_it_holds_the_course_wheels_data_and_checksums_and_nobodys_own(packed):
    there = {path.name for path in packed.iterdir()}
    expected = {"course.py", "mmlearn", "notebooks", "pyproject.toml"}
    files = {"kit.json", "KIT.txt", "constraints.txt", sums.NAME}
    assert there == expected | files | {"wheels", "data"}
    wheels = sorted(path.name.split("-")[0] for path in (packed / "wheels").iterdir())
    assert wheels == ["idna", "setuptools"]
    assert "GPL-3" in (packed / "KIT.txt").read_text()
    assert not packed.with_name("kit.part").exists()
    listed = (packed / sums.NAME).read_text().splitlines()
    files = [path for path in packed.rglob("*") if path.is_file()]
    assert len(listed) == len(files) - 1  # all but the list itself
    for line in listed:
        expected, name = line.split("  ")
        assert hashlib.sha256((packed / name).read_bytes()).hexdigest() == expected


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="asks git what is ours")
def test_all_of_the_course_is_packed():
    listed = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True)
    assert {name.split("/")[0] for name in listed.split()} == set(pack.PARTS)


def test_the_size_is_said(packed):
    said = packed.with_name("said.txt").read_text()
    assert f"wheels, {systems.here()} with Python {PYTHON}: 2 files, " in said
    megabytes = re.search(r"^the kit: ([\d,]+) MB, each file", said, re.MULTILINE)
    files = [path for path in packed.rglob("*") if path.name != sums.NAME]
    size = sum(path.stat().st_size for path in files if path.is_file())
    assert megabytes is not None and int(megabytes[1]) == round(size / 1e6)
    # What is installed is what the wheels hold, and a tenth more.
    (unpacked,) = kit.read(packed).unpacked.values()
    held = 0
    for path in (packed / "wheels").iterdir():
        with zipfile.ZipFile(path) as wheel:
            held += sum(len(wheel.read(name)) for name in wheel.namelist())
    assert unpacked == held
    assert kit.read(packed).gigabytes_needed(PYTHON) == pytest.approx(1.1 * held / 1e9)


@pytest.mark.skipif(sys.platform != "linux", reason="cuts off the network as on Linux")
def test_with_nothing_but_python_an_empty_home_and_no_network(packed, tmp_path):
    """From a stick into a copy of the course; then that one is moved."""
    if subprocess.run([*CUT_OFF, "true"], capture_output=True).returncode:
        pytest.skip("unshare is not there, or not allowed")
    home, checkout = tmp_path / "home", a_course(tmp_path / "my course")
    home.mkdir()
    bare_python = str(Path(sys.base_prefix, "bin", f"python{PYTHON}"))
    bare = {
        "HOME": str(home),
        "PATH": os.defpath,
        "PIP_INDEX_URL": "http://127.0.0.1:9",
    }

    def lab(folder: Path, *arguments: str) -> str:
        python = [*CUT_OFF, bare_python, "course.py", "lab"]
        done = subprocess.run(
            [*python, *arguments], cwd=folder, env=bare, capture_output=True, text=True
        )
        assert done.returncode == 7, done.stdout + done.stderr
        return done.stdout

    said = lab(checkout, "--from", os.path.relpath(packed, checkout), "--no-browser")
    assert "all checksums right" in said
    assert f"lab --no-browser with {checkout / '.venv'}" in said
    (entry,) = (packed / "data").iterdir()
    assert files_of(home / ".cache/mmlearn-course") == {
        f"{entry.name}/{name}": content for name, content in files_of(entry).items()
    }
    assert [path.name for path in home.iterdir()] == [".cache"]

    moved = checkout.rename(tmp_path / "elsewhere")
    said = lab(moved)
    assert f"This folder was {checkout}" in said and "Installing" not in said
    assert f"lab with {moved / '.venv'}" in said
    shown = subprocess.run([moved / ".venv/bin/pip", "--version"], capture_output=True)
    assert str(moved).encode() in shown.stdout
    assert "This folder was" not in lab(moved)


def files_of(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("part", ["wheels", "data", "notebooks"])
@pytest.mark.parametrize("harm", ["damaged", "missing"])
def test_what_is_damaged_or_missing_is_named(copied, part, harm):
    kit.check(kit.read(copied))
    file = sorted(path for path in (copied / part).rglob("*") if path.is_file())[-1]
    content = file.read_bytes()
    if harm == "missing":
        file.unlink()
    else:
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))  # one bit
    with pytest.raises(CourseError, match=rf"{re.escape(str(file))} is {harm}.*Fix: "):
        kit.check(kit.read(copied))
    file.write_bytes(content)
    kit.check(kit.read(copied))


def test_what_was_not_packed_is_not_installed(copied):
    (copied / "wheels/idna-99-py3-none-any.whl").write_bytes(b"")
    with pytest.raises(CourseError, match=r"idna-99.*was not packed.*Fix: take it"):
        kit.check(kit.read(copied))


@pytest.mark.parametrize("content", [None, "", "no sums\n", "abc  course.py\n"])
def test_a_list_of_checksums_that_is_gone_or_cut_off(copied, content):
    if content is None:
        (copied / sums.NAME).unlink()
    else:
        (copied / sums.NAME).write_text(content)
    with pytest.raises(CourseError, match=rf"{sums.NAME} is (missing|damaged). Fix"):
        kit.check(kit.read(copied))


def test_a_file_may_be_changed_where_its_line_is_taken_out(copied):
    (copied / "notebooks/00-first.ipynb").write_text('{"mine": 1}')
    lines = (copied / sums.NAME).read_text().splitlines(keepends=True)
    kept = [line for line in lines if "00-first" not in line]
    (copied / sums.NAME).write_text("".join(kept))
    kit.check(kit.read(copied))


@pytest.mark.parametrize("content", [None, "{", "[]", '{"stack": "current"}'])
def test_what_is_no_kit(tmp_path, capsys, content):
    if content is not None:
        (tmp_path / kit.NAME).write_text(content)
    said = "is damaged" if content else "is no kit"
    assert launch.main(["lab", "--from", str(tmp_path)]) == 1
    err = capsys.readouterr().err
    assert said in err and "Fix: " in err and err.count("\n") == 1


def test_from_without_a_folder(capsys):
    assert launch.main(["lab", "--from"]) == launch.main(["lab", "--from="]) == 1
    assert capsys.readouterr().err.count("name the kit's folder") == 2


def test_a_kit_for_others_is_refused_before_anything_is_made(tmp_path):
    a_python = f"{systems.here()} {PYTHON}"
    other = Kit(tmp_path, "current", {"windows-arm64 3.12": 1, "linux-arm 3.12": 1})
    said = kit.problem(other, CURRENT, PYTHON)
    assert said is not None and f"this is {a_python}. Fix: " in said
    assert "windows-arm64 3.12, linux-arm 3.12" in said
    right = Kit(tmp_path, "current", {a_python: 1})
    assert kit.problem(right, CURRENT, PYTHON) is None
    said = kit.problem(right, TORCHTEXT, PYTHON)
    assert said is not None and "--stack current" in said


def test_a_kit_of_other_pins_is_refused(copied, tmp_path):
    checkout = a_course(tmp_path / "course")
    (checkout / "constraints.txt").write_text("idna==0.1\n")
    chosen = install.Place(checkout, CURRENT, kit.read(copied))
    with pytest.raises(CourseError, match="for other pins"):
        install.ensure(chosen)
    assert not chosen.folder.exists()


def test_the_kit_says_how_much_disk_it_takes(copied, monkeypatch):
    content = json.loads((copied / kit.NAME).read_text())
    content["unpacked"] = {kit.target(PYTHON): 10**18}
    (copied / kit.NAME).write_text(json.dumps(content))
    monkeypatch.setattr(kit, "check", lambda chosen: None)
    with pytest.raises(CourseError, match=r"needs 1100000000 GB"):
        install.ensure(install.Place(copied, CURRENT, kit.read(copied)))


def test_pip_sees_the_kit_and_nothing_else(tmp_path):
    chosen = install.Place(tmp_path, CURRENT, Kit(tmp_path / "a kit", "current", {}))
    options = install.pip_command(chosen)[4:]
    assert options[:3] == ["--no-index", "--find-links", str(tmp_path / "a kit/wheels")]
    settings = {"PIP_FIND_LINKS": "/other", "PIP_CONSTRAINT": "x", "HOME": "/home/me"}
    seen = kit.settings_of_pip(settings)
    assert "PIP_FIND_LINKS" not in seen and "PIP_CONSTRAINT" not in seen
    assert seen["HOME"] == "/home/me" and seen["PIP_CONFIG_FILE"] == os.devnull


def test_data_that_are_there_are_left_alone_and_half_a_copy_is_none(
    packed, tmp_path, monkeypatch
):
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "kept"))
    (entry,) = (packed / "data").iterdir()

    def full(source, target):
        Path(target).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(kit.shutil, "copyfile", full)
        with pytest.raises(CourseError, match=r"No space left.*set MMLEARN_CACHE"):
            kit.take_data(kit.read(packed))
        assert list((tmp_path / "kept").iterdir()) == []
    assert kit.take_data(kit.read(packed)) == [entry.name]
    mine = tmp_path / "kept" / entry.name / "mine"
    mine.touch()
    assert kit.take_data(kit.read(packed)) == [] and mine.exists()
    monkeypatch.setattr(command, "CORPORA", {"toy": Toy})
    monkeypatch.setattr(
        Toy,
        "recipe",
        staticmethod(
            lambda: Recipe(
                "toy", {}, lambda: pytest.fail("built again"), "CC0", "made here"
            )
        ),
    )
    np.testing.assert_array_equal(Toy.load(), np.arange(500))


def test_an_environment_of_an_older_course_is_not_taken_for_moved(tmp_path):
    """Its stamp has no folder: it is right where it is; elsewhere pip is called."""
    checkout = a_course(tmp_path / "course")
    there = install.Place(checkout)
    there.python.parent.mkdir(parents=True)
    there.python.touch()
    there.stamp.write_text(place.digest(there))
    assert install.ready(there) and place.moved_from(there) is None
    moved = install.Place(checkout.rename(tmp_path / "moved"))
    assert not install.ready(moved) and place.moved_from(moved) is None


def packing(*arguments: str) -> str:
    """What `pack` says where it refuses."""
    with pytest.raises(CourseError) as refused:
        pack.main(list(arguments))
    return str(refused.value)


def test_a_folder_that_cannot_be_packed_into(tmp_path, monkeypatch):
    monkeypatch.setattr(pack, "_fill", lambda *arguments: pytest.fail("went on"))
    assert "is there already. Fix: " in packing(str(tmp_path))
    assert "in the course itself (notebooks)" in packing(str(ROOT / "notebooks/kit"))
    for version in ("3.9", "3.x", "3", "3.99"):
        said = packing(str(tmp_path / "kit"), "--python", version)
        assert f"--python is '{version}'. Fix: name one from 3.11" in said
    with pytest.raises(SystemExit):
        pack.main([str(tmp_path / "kit"), "--for", "amiga"])


def test_a_packing_that_fails_leaves_nothing(tmp_path, monkeypatch):
    (tmp_path / "kit.part").mkdir()  # an earlier one was killed
    (tmp_path / "kit.part/half.whl").touch()
    seen = []

    def full(part, stack, others):
        seen.extend(part.iterdir())
        (part / "wheels").mkdir()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pack, "_fill", full)
    assert "No space left on device. Fix: " in packing(str(tmp_path / "kit"))
    assert seen == [] and list(tmp_path.iterdir()) == []


def test_the_folder_is_the_one_that_is_meant_where_one_stands(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    seen = launch.seen_from_the_checkout
    expected = ["pack", str(tmp_path / "kit"), "--for", "windows-x86_64"]
    assert seen(["pack", "kit", "--for", "windows-x86_64"]) == expected
    assert seen(["test", "tests/test_a.py"]) == ["test", "tests/test_a.py"]
    assert seen(["pack", "--help"]) == ["pack", "--help"]


@pytest.mark.parametrize(
    ("ready", "named", "taken"),
    [(False, False, True), (True, False, False), (True, True, True)],
)
def test_in_a_kit_its_own_wheels_and_data_are_used(
    copied, monkeypatch, ready, named, taken
):
    """Without `--from`; what was cleared is not copied again at each call."""
    seen: list[object] = []
    monkeypatch.setattr(launch, "ROOT", copied)
    monkeypatch.setattr(install, "ready", lambda place: ready)
    monkeypatch.setattr(
        install, "ensure", lambda place: seen.append(place.kit) or place.python
    )
    monkeypatch.setattr(kit, "take_data", lambda chosen: seen.append("data"))
    monkeypatch.setattr(launch, "hand_over", lambda command: seen.append(command) or 0)
    assert launch.main(["lab", *(["--from", str(copied)] if named else [])]) == 0
    chosen, *data, command = seen
    assert chosen == kit.read(copied)
    assert data == (["data"] if taken else [])
    assert command[1:] == ["-m", "mmlearn", "lab"]
