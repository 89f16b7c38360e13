"""Wheels for other systems: what is asked for there, in place of what is asked here."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from packaging.tags import Tag
from packaging.utils import parse_wheel_filename

from mmlearn.course import systems, wheels
from mmlearn.course.paths import ROOT, CourseError
from mmlearn.course.stack import CURRENT, TORCHTEXT

WINDOWS = "windows-x86_64"
# name -> what it asks for. `torch` is as the real one: CUDA's packages on Linux only.
INDEX = {
    "lab": ["shell[fast]", "winpty; os_name == 'nt'", "cuda; sys_platform == 'linux'"],
    "shell": ["quick; extra == 'fast'", "slow; extra == 'slow'", "lab"],
    "quick": ["old; python_version < '3.12'"],
    "winpty": [],
    "cuda": [],
    "old": [],
}
PINS = [f"{name}==1" for name in INDEX]


@pytest.fixture
def index(monkeypatch) -> list[list[str]]:
    """pip's place is taken by an index of small wheels; the list has its calls."""
    calls: list[list[str]] = []

    def pip(self, *arguments: str) -> str | None:
        calls.append(list(arguments))
        dest = next(part for part in arguments if part.startswith("--dest="))
        for pin in (part for part in arguments if re.fullmatch(r"\w+==1", part)):
            name = pin.removesuffix("==1")
            if name not in INDEX or name in lacking:
                return f"ERROR: No matching distribution found for {pin}"
            a_wheel(Path(dest.partition("=")[2]), name, INDEX[name])
        return None

    lacking: set[str] = set()
    monkeypatch.setattr(wheels.Pip, "__call__", pip)
    monkeypatch.setattr(wheels.Pip, "lacking", lacking, raising=False)
    return calls


def a_wheel(folder: Path, name: str, needs: list[str]) -> None:
    lines = [f"Name: {name}", *(f"Requires-Dist: {need}" for need in needs), "", "Text"]
    with zipfile.ZipFile(folder / f"{name}-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}-1.dist-info/METADATA", "\n".join(lines))
        wheel.writestr(f"{name}/vendor/x-2.dist-info/METADATA", "Requires-Dist: no")


def gather(folder: Path, system: str, python: str, pins: list[str] = PINS) -> set[str]:
    target = folder / "wheels"
    target.mkdir()
    found = wheels.gather_for(system, python, target, ["lab"], pins, folder / "log")
    assert sorted(found) == sorted(target.iterdir())
    assert [path.name for path in folder.iterdir()] == ["wheels"], "something was left"
    return {path.name.partition("-")[0] for path in found}


@pytest.mark.parametrize(
    ("system", "python", "expected"),
    [
        (WINDOWS, "3.12", {"lab", "shell", "quick", "winpty"}),
        (WINDOWS, "3.11", {"lab", "shell", "quick", "winpty", "old"}),
        ("macos-arm64", "3.13", {"lab", "shell", "quick"}),
        ("linux-x86_64", "3.12", {"lab", "shell", "quick", "cuda"}),
    ],
)
def test_what_a_system_asks_for_comes_and_nothing_else(
    index, tmp_path, system, python, expected
):
    assert gather(tmp_path, system, python) == expected
    for call in index:
        assert call[:3] == ["download", "--no-deps", "--only-binary=:all:"]
        assert f"--python-version={python}" in call
        tags = {part.partition("=")[2] for part in call if "--platform" in part}
        assert tags == set(systems.SYSTEMS[system].tags)
    asked = [part for call in index for part in call if part.endswith("==1")]
    assert len(asked) == len(set(asked)), "a wheel was fetched twice"


def test_all_that_have_no_wheel_are_named(index, tmp_path):
    wheels.Pip.lacking.update({"winpty", "quick"})
    with pytest.raises(CourseError, match=r"x86_64 and .* quick==1, winpty==1. Fix"):
        gather(tmp_path, WINDOWS, "3.12")
    assert list((tmp_path / "wheels").iterdir()) == []


def test_what_is_not_pinned_is_not_fetched(index, tmp_path):
    with pytest.raises(CourseError, match="asks for winpty, and no version is pinned"):
        gather(tmp_path, WINDOWS, "3.12", [pin for pin in PINS if "winpty" not in pin])


def test_another_failure_of_pip_is_explained(tmp_path, monkeypatch):
    said = "ERROR: Could not install: [Errno 28] No space left on device"
    monkeypatch.setattr(wheels.Pip, "__call__", lambda self, *arguments: said)
    with pytest.raises(CourseError, match=r"disk is full.*said: .*log"):
        gather(tmp_path, WINDOWS, "3.12")


def test_pips_words_come_back_where_it_fails(tmp_path):
    pip = wheels.Pip(tmp_path / "log", 3)
    assert pip("--version") is None
    assert "unknown command" in (pip("fetchh") or "")


def test_the_build_that_is_installed_is_the_one_that_is_packed(tmp_path, monkeypatch):
    (tmp_path / "constraints.txt").write_text("# torch\nnumpy==2\ntorch==3.1\n\n")
    for here, packed in (("3.1+cpu", "3.1+cpu"), ("3.1", "3.1"), ("3.0+cpu", "3.1")):
        monkeypatch.setattr(wheels.importlib.metadata, "version", {"torch": here}.get)
        assert wheels.pins(tmp_path, CURRENT) == ["numpy==2", f"torch=={packed}"]


def test_a_build_of_this_system_is_not_asked_for_another(index, tmp_path):
    gather(tmp_path, WINDOWS, "3.12", [pin.replace("==1", "==1+cpu") for pin in PINS])
    assert not any("+cpu" in part for call in index for part in call)


@pytest.mark.parametrize("stack", [CURRENT, TORCHTEXT])
def test_what_is_wanted_is_what_an_installation_asks_for(stack):
    asked = wheels.wanted(ROOT, stack)
    assert {"torch", "jupyterlab", "espeakng-loader", "pytest"} <= set(asked)
    assert any(part.startswith("setuptools") for part in asked), "it builds the package"
    assert ("torchtext" in asked) is (stack is TORCHTEXT)


def test_a_wheel_of_each_system_fits_its_tags():
    names = {
        "windows-x86_64": "win_amd64",
        "macos-arm64": "macosx_14_0_arm64",
        "linux-x86_64": "manylinux_2_27_x86_64",
    }
    assert set(names) == set(systems.SYSTEMS)
    for name, tag in names.items():
        assert tag in systems.SYSTEMS[name].tags
        file = f"torch-2.15.0-cp312-cp312-{tag}.whl"
        assert parse_wheel_filename(file)[3] == {Tag("cp312", "cp312", tag)}


def test_what_wheels_hold_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("a.txt", "a" * 70_000)
        wheel.writestr("b.txt", "b" * 30_000)
    assert (tmp_path / "a.whl").stat().st_size < 1_000
    assert wheels.unpacked_bytes([tmp_path / "a.whl"]) == 100_000
