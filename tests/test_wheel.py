"""The wheel: built, installed in an empty folder, and used without the checkout."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from mmlearn.course.paths import NOTEBOOKS, ROOT
from mmlearn.experiments.new import recipes_of

pytestmark = pytest.mark.once  # the wheel is the same

RECIPE = "03-convolution.ipynb"  # pictures of a class each; about 5 s


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder with nothing in it but what the wheel installs."""
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    shutil.copytree(
        ROOT / "mmlearn",
        source / "mmlearn",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    subprocess.run(
        [*build, "--outdir", str(place), str(source)], check=True, capture_output=True
    )
    (wheel,) = place.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet"]
    subprocess.run([*pip, "--target", str(place / "site"), str(wheel)], check=True)
    return place / "site"


def python(installed: Path, place: Path, *arguments: str) -> str:
    """What Python says there, with the wheel's package before the checkout's."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_it_is_the_wheels_package_that_is_used(installed, tmp_path):
    said = python(installed, tmp_path, "-c", "import mmlearn; print(mmlearn.__file__)")
    assert Path(said.strip()) == installed / "mmlearn/__init__.py"


def test_every_file_of_the_package_is_in_it(installed):
    def files(folder: Path) -> set[str]:
        return {str(path.relative_to(folder)) for path in folder.rglob("*.py")}

    assert files(installed / "mmlearn") == files(ROOT / "mmlearn")


def test_a_recipe_runs_without_the_checkout(installed, tmp_path):
    recipe = next(
        iter(recipes_of(nbformat.read(NOTEBOOKS / RECIPE, as_version=4)).values())
    )
    (tmp_path / "recipe.py").write_text(recipe, encoding="utf-8")
    assert "accuracy" in python(installed, tmp_path, "recipe.py")


def test_an_experiment_runs_without_the_checkout(installed, tmp_path):
    shutil.copy(NOTEBOOKS / "experiments/scaling.ipynb", tmp_path)
    run = ("-m", "mmlearn", "run", "scaling.ipynb", "-p", "epochs=1", "-p", "share=0.1")
    assert "1 finished" in python(installed, tmp_path, *run)
    assert "accuracy" in python(installed, tmp_path, "-m", "mmlearn", "compare", "runs")


@pytest.mark.parametrize(
    "command", [("lab",), ("run", "05"), ("new", "x", "--from", "5")]
)
def test_what_needs_the_notebooks_says_so(installed, tmp_path, command):
    said = python(installed, tmp_path, "-m", "mmlearn", *command)
    assert "Traceback" not in said
    assert "in a clone of the course's repository" in said
