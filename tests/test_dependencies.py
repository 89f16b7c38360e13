"""pyproject.toml, constraints.txt and environment.yml agree, and with what is here."""

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

from mmlearn.course import install, preflight
from mmlearn.course.paths import ROOT
from mmlearn.data import packages

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]
EXTRAS = PROJECT["optional-dependencies"]
LINES = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
PINNED = [Requirement(line) for line in LINES if line and not line.startswith("#")]
PINS = {canonicalize_name(pin.name): pin for pin in PINNED}
DATA = {canonicalize_name(package.distribution) for package in packages.PACKAGES}

LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
MACOS = {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"}
WINDOWS = {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"}
MACHINES = {"platform_machine": "x86_64", "implementation_name": "cpython"}


def names(requirements: list[str]) -> list[str]:
    return [canonicalize_name(Requirement(text).name) for text in requirements]


def asked_for() -> list[str]:
    return [
        *PROJECT["dependencies"],
        *(text for extra in EXTRAS.values() for text in extra),
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


def test_every_pin_is_exact_and_stands_once():
    assert all(re.fullmatch(r"==[^*,]+", str(pin.specifier)) for pin in PINNED)
    assert len(PINNED) == len(PINS)


@pytest.mark.parametrize(
    "system", [LINUX, MACOS, WINDOWS], ids=lambda s: s["sys_platform"]
)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_all_that_is_needed_is_pinned(system, python):
    assert needed(system, python) <= set(PINS)


def test_no_pin_is_left_over():
    systems = [needed(system, "3.11") for system in (LINUX, MACOS, WINDOWS)]
    assert set(PINS) <= set.union(*systems)


def test_what_is_here_is_what_is_pinned():
    for name in needed(LINUX, "3.11") & set(PINS):
        try:
            found = Version(importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            continue  # of another system or Python
        # The CPU wheels of torch add +cpu to the version, and are what is pinned.
        assert PINS[name].specifier.contains(found.public), f"{name} {found}"


def test_every_pin_admits_every_supported_python():
    oldest = "{}.{}.0".format(*preflight.OLDEST)
    newest = "{}.{}.99".format(*preflight.NEWEST)
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
    once = names(asked_for())
    assert sorted(once) == sorted(set(once))
    assert all(not Requirement(text).specifier for text in asked_for()), "pins go apart"


def test_course_py_installs_all_extras():
    assert set(install.EXTRAS.split(",")) == set(EXTRAS)


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
        pin = PINS[canonicalize_name(package.distribution)]
        assert str(pin.specifier) == f"=={package.version}"


CONDA = (ROOT / "environment.yml").read_text(encoding="utf-8")
CONDA_PARTS = yaml.safe_load(CONDA)["dependencies"]
BY_CONDA = [part for part in CONDA_PARTS if isinstance(part, str)]
BY_PIP = next(part["pip"] for part in CONDA_PARTS if isinstance(part, dict))
NAMED = [line for line in BY_PIP if not line.startswith("-")]


def test_conda_gives_pip_the_same_pins_and_extras():
    options = [line for line in BY_PIP if line.startswith("-")]
    assert options == [
        "--constraint constraints.txt",
        f"--editable .[{install.EXTRAS}]",
    ]


def test_condas_python_is_one_that_is_supported():
    version = next(part for part in BY_CONDA if part.startswith("python="))
    major, minor = version.removeprefix("python=").split(".")
    assert preflight.supported((int(major), int(minor)))


def test_conda_and_pip_install_nothing_twice():
    conda = {re.split(r"[=<> ]", part)[0] for part in BY_CONDA}
    assert conda == {"python", "pip"}, "all else comes by pip, with its pin"
    assert not conda & set(PINS)
    assert len(NAMED) == len(set(NAMED))


def test_what_environment_yml_names_belongs_to_the_course():
    must = {"jupyterlab", "torch", "torchvision", "spacy"}
    must |= {"matplotlib", "nbval", "scikit-learn"}
    assert must <= set(NAMED) <= set(names(asked_for()))


def test_torchtext_is_explained_and_not_installed():
    said = " ".join(line for line in CONDA.splitlines() if line.startswith("#"))
    assert "torchtext" in said and "torch 2.3" in said
    assert "environments/torchtext.txt" in said
    assert "torchtext" not in PINS and "torchtext" not in NAMED
