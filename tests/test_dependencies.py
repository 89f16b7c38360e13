"""Requirements, the pins of each stack and conda's files agree, and with what is here.

What needs the metadata of installed packages is tested for the stack that is here; the
tests run on each.
"""

from __future__ import annotations

import ast
import importlib.metadata
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from mmlearn.course import preflight
from mmlearn.course.paths import ROOT
from mmlearn.course.stack import CURRENT, STACKS, TORCHTEXT, Stack, here
from mmlearn.data.store import packages

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]
EXTRAS = PROJECT["optional-dependencies"]
STACK = here()
PYTHONS = [f"3.{minor}" for minor in range(11, STACK.newest[1] + 1)]
DATA = {canonicalize_name(package.distribution) for package in packages.PACKAGES}

every_stack = pytest.mark.parametrize("stack", STACKS.values(), ids=list(STACKS))

LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
MACOS = {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"}
WINDOWS = {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"}
MACHINES = {"platform_machine": "x86_64", "implementation_name": "cpython"}


def pinned(stack: Stack) -> list[Requirement]:
    """The lines of a stack's file of pins."""
    lines = (ROOT / stack.pins).read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def pins_of(stack: Stack) -> dict[str, str]:
    """Name -> exact version."""
    return {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in pinned(stack)
    }


PINS = pins_of(STACK)


def names(requirements: list[str]) -> list[str]:
    return [canonicalize_name(Requirement(text).name) for text in requirements]


def asked_for(stack: Stack = STACK) -> list[str]:
    chosen = stack.extras.split(",")
    return [
        *PROJECT["dependencies"],
        *(text for extra in chosen for text in EXTRAS[extra]),
    ]


def needed(system: dict[str, str], python: str) -> set[str]:
    """Names of all packages that a system needs, from the metadata of those here."""
    environment = {**MACHINES, **system, "python_version": python}
    environment["python_full_version"] = f"{python}.5"
    found: set[tuple[str, str]] = set()
    rest = [Requirement(text) for text in asked_for()]
    while rest:
        requirement = rest.pop()
        name = canonicalize_name(requirement.name)
        for extra in ("", *requirement.extras):
            if (name, extra) in found:
                continue
            found.add((name, extra))
            try:
                texts = importlib.metadata.requires(name) or []
            except importlib.metadata.PackageNotFoundError:
                continue  # of another system: nothing is known of what it needs
            for text in texts:
                need = Requirement(text)
                marker = need.marker
                if marker is None or marker.evaluate({**environment, "extra": extra}):
                    rest.append(need)
    return {name for name, _ in found}


def test_it_cannot_be_taken_for_the_other_project():
    assert PROJECT["name"] == "mmlearn-course"
    assert "Private :: Do Not Upload" in PROJECT["classifiers"]
    call = re.compile(r"pip install (\S+ )*mmlearn\b")
    for path in (
        *ROOT.glob("*.md"),
        *ROOT.glob("*.yml"),
        *(ROOT / "mmlearn").rglob("*.py"),
    ):
        assert not call.search(path.read_text(encoding="utf-8")), path


@every_stack
def test_every_pin_is_exact_and_stands_once(stack):
    lines = pinned(stack)
    assert all(re.fullmatch(r"==[^*,]+", str(pin.specifier)) for pin in lines)
    assert len(lines) == len(pins_of(stack))


@every_stack
def test_all_that_is_asked_for_is_pinned(stack):
    assert set(names(asked_for(stack))) <= set(pins_of(stack))


def test_the_last_stack_of_torchtext_is_what_it_is_said_to_be():
    pins = pins_of(TORCHTEXT)
    last = {"torch": "2.3.1", "torchvision": "0.18.1", "torchtext": "0.18.0"}
    assert {name: pins[name] for name in last} == last
    assert Version(pins["numpy"]) < Version("2")
    assert "torchtext" not in pins_of(CURRENT)


# Why each version of the two stacks differs, where it does.
DIFFER = {
    "torch torchvision triton": "torchtext's library is built for this torch",
    "numpy": "torch 2.3 is built for numpy 1",
    "opencv-python-headless": "version 5 wants numpy 2",
    "pandas pyarrow": "newer ones want numpy 2",
    "thinc blis spacy confection smart-open weasel": "thinc 8.3 wants numpy 2",
    "typer click": "spaCy 3.7 imports a name that click 8.2 moved",
    "transformers tokenizers huggingface-hub sentence-transformers": "torch 2.3",
}


def test_two_stacks_differ_only_where_they_have_to():
    current, last = pins_of(CURRENT), pins_of(TORCHTEXT)
    differ = {
        name for name in current if last.get(name, current[name]) != current[name]
    }
    assert differ == {name for group in DIFFER for name in group.split()}


@pytest.mark.parametrize(
    "system", [LINUX, MACOS, WINDOWS], ids=lambda s: s["sys_platform"]
)
@pytest.mark.parametrize("python", PYTHONS)
def test_all_that_is_needed_is_pinned(system, python):
    assert needed(system, python) <= set(PINS)


def test_no_pin_is_left_over():
    systems = [
        needed(system, python)
        for system in (LINUX, MACOS, WINDOWS)
        for python in PYTHONS
    ]
    # What a package of Windows, or of another Python, needs in turn is not known here:
    # it is not installed. papermill wants aiohttp on Python 3.12 only.
    in_turn = {"intel-openmp", "tbb"} if STACK is TORCHTEXT else set()
    in_turn |= {"aiohappyeyeballs", "aiosignal", "frozenlist", "multidict"}
    in_turn |= {"propcache", "yarl"}
    assert set(PINS) - in_turn <= set.union(*systems)


def test_what_is_here_is_what_is_pinned():
    for name in needed(LINUX, "3.11") & set(PINS):
        try:
            found = Version(importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            continue  # of another system or Python
        # The CPU wheels of torch add +cpu to the version, and are what is pinned.
        assert Version(PINS[name]) == Version(found.public), f"{name} {found}"


def test_every_pin_admits_every_supported_python():
    oldest = "{}.{}.0".format(*preflight.OLDEST)
    newest = "{}.{}.99".format(*STACK.newest)
    for name in PINS:
        try:
            wants = importlib.metadata.metadata(name).get("Requires-Python", "")
        except importlib.metadata.PackageNotFoundError:
            continue
        admits = SpecifierSet(wants)
        assert admits.contains(oldest) and admits.contains(newest), f"{name} {wants}"


def test_requires_python_is_what_the_launcher_checks():
    wants = SpecifierSet(PROJECT["requires-python"])
    for minor in range(8, 17):
        version = f"3.{minor}.0"
        assert wants.contains(version) == preflight.supported((3, minor)), version


def test_nothing_is_asked_for_twice():
    texts = asked_for(TORCHTEXT)
    assert sorted(names(texts)) == sorted(set(names(texts)))
    assert all(not Requirement(text).specifier for text in texts), "pins go apart"


def test_course_py_installs_all_extras():
    assert set(TORCHTEXT.extras.split(",")) == set(EXTRAS) - {"grid", "shards"}
    assert set(CURRENT.extras.split(",")) == set(EXTRAS) - {"torchtext"}


def imported(folder: Path) -> set[str]:
    """Top-level names that the files of a folder import, anywhere in them."""
    roots = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                roots |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                roots.add((node.module or "").split(".")[0])
    return roots


def test_the_package_depends_on_what_it_imports_or_reads():
    used = imported(ROOT / "mmlearn")
    providers = importlib.metadata.packages_distributions()
    base = set(names(PROJECT["dependencies"]))
    assert base | set(names(EXTRAS["speech"])) >= DATA
    for name in base - DATA:
        modules = {m for m, d in providers.items() if name in map(canonicalize_name, d)}
        assert modules & used, f"{name} is asked for, and nothing imports it"
    for name in DATA:
        modules = {m for m, d in providers.items() if name in map(canonicalize_name, d)}
        assert not modules & used, f"{name} is there for its data, and is imported"


def test_what_the_package_and_its_tests_import_is_asked_for():
    providers = importlib.metadata.packages_distributions()
    asked = set(names(asked_for())) | {"mmlearn-course"}
    for module in imported(ROOT / "mmlearn") | imported(ROOT / "tests"):
        for distribution in providers.get(module, [])[:1]:
            assert canonicalize_name(distribution) in asked, module


def imported_in_notebooks() -> set[str]:
    """Top-level names that the notebooks' cells import; a cell may fail on purpose."""
    roots = set()
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            meant = "raises-exception" in cell["metadata"].get("tags", [])
            if cell["cell_type"] == "code" and not meant:
                source = "".join(cell["source"])
                roots |= set(re.findall(r"^\s*(?:from|import) (\w+)", source, re.M))
    return roots


def test_what_the_notebooks_import_is_there_without_the_extra_for_tests():
    providers = importlib.metadata.packages_distributions()
    asked = set(names(PROJECT["dependencies"])) | set(names(EXTRAS["course"]))
    for module in imported_in_notebooks():
        for distribution in providers.get(module, [])[:1]:
            assert canonicalize_name(distribution) in asked | {"mmlearn-course"}, module


def test_data_packages_are_pinned_to_the_version_whose_checksum_is_known():
    for package in packages.PACKAGES:
        for stack in STACKS.values():
            pin = pins_of(stack)[canonicalize_name(package.distribution)]
            assert pin == package.version


CONDA = {CURRENT: "environment.yml", TORCHTEXT: "environments/torchtext.yml"}


def conda_parts(stack: Stack) -> tuple[list[str], list[str]]:
    """What conda installs by itself, and what it gives to pip."""
    path = ROOT / CONDA[stack]
    parts = yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]
    by_pip = next(part["pip"] for part in parts if isinstance(part, dict))
    return [part for part in parts if isinstance(part, str)], by_pip


@every_stack
def test_conda_gives_pip_the_same_pins_and_extras(stack):
    options = [line for line in conda_parts(stack)[1] if line.startswith("-")]
    constraint, editable = (option.split(" ") for option in options)
    assert (constraint[0], editable[0]) == ("--constraint", "--editable")
    # conda starts pip in the folder of the file.
    folder = (ROOT / CONDA[stack]).parent
    assert (folder / constraint[1]).resolve() == ROOT / stack.pins
    project, extras = editable[1].rstrip("]").split("[")
    assert (folder / project).resolve() == ROOT
    assert extras == stack.extras


@every_stack
def test_condas_python_is_one_that_is_supported(stack):
    by_conda, _ = conda_parts(stack)
    version = next(part for part in by_conda if part.startswith("python="))
    major, minor = version.removeprefix("python=").split(".")
    assert preflight.supported((int(major), int(minor)), stack)


@every_stack
def test_conda_and_pip_install_nothing_twice(stack):
    by_conda, by_pip = conda_parts(stack)
    conda = {re.split(r"[=<> ]", part)[0] for part in by_conda}
    assert conda == {"python", "pip"}, "all else comes by pip, with its pin"
    assert not conda & set(pins_of(stack))
    assert len(by_pip) == len(set(by_pip))


@every_stack
def test_what_condas_file_names_belongs_to_the_course(stack):
    named = {line for line in conda_parts(stack)[1] if not line.startswith("-")}
    must = {"jupyterlab", "torch", "torchvision", "spacy"}
    must |= {"matplotlib", "nbval", "scikit-learn"}
    must |= {"torchtext"} if stack is TORCHTEXT else set()
    assert must <= named <= set(names(asked_for(stack)))


def test_environment_yml_says_where_torchtext_is():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    said = " ".join(line for line in text.splitlines() if line.startswith("#"))
    assert "torchtext" in said and "torch 2.3" in said
    assert CONDA[TORCHTEXT] in said
    assert "torchtext" not in " ".join(conda_parts(CURRENT)[1])
