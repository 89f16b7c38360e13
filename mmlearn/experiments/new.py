"""python -m mmlearn new NAME --from 05: a notebook of your own from a lesson's recipes.

    python -m mmlearn new mine --from 05 --data photos

It runs at once, by hand or by `python -m mmlearn run`: its parameters stand in one
cell, its imports in another, and what it finds is kept.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from mmlearn.course.paths import NOTEBOOKS, ROOT, WORK, CourseError, choose
from mmlearn.experiments.inputs import on_folder
from mmlearn.experiments.recipe import STAGES, Taken, take

_TITLES = {
    "data": "Data",
    "model": "Model",
    "training": "Training",
    "evaluation": "Evaluation",
}
_KEEP = "from mmlearn.experiments import keep"
_MIXED = "from mmlearn.experiments.fusions import mixed"


def main(arguments: Sequence[str]) -> int:
    """Write the notebook and say where it is.

    Raises:
        CourseError: for a lesson or a recipe that there is not, a folder that cannot be
            read, and where a notebook of that name is there already.
    """
    made = argparse.ArgumentParser(
        "python -m mmlearn new", description=__doc__.split("\n\n")[0]
    )
    made.add_argument("name")
    made.add_argument("--from", dest="lesson", required=True, metavar="NN")
    made.add_argument("--cells", help="the names of the recipes, with commas between")
    made.add_argument("--data", type=Path, help="a folder, or a table, of your own")
    asked = made.parse_args(arguments)
    path = write(asked.name, asked.lesson, asked.cells, asked.data)
    print(f"{path}\nRun it: python -m mmlearn run {path}")
    return 0


def write(
    name: str, lesson: str, cells: str | None = None, data: Path | None = None
) -> Path:
    """Write NAME.ipynb, in work/ of a checkout, else here; return its path.

    Raises:
        CourseError: as `main` says.
    """
    if not re.fullmatch(r"[\w-]+", name.removesuffix(".ipynb")):
        raise CourseError(f"{name!r} is no name; expected letters, digits, - and _.")
    target = (WORK if WORK.parent == ROOT and NOTEBOOKS.is_dir() else Path()) / name
    target = target.with_suffix(".ipynb")
    if target.exists():
        raise CourseError(f"{target} is there already. Fix: another name.")
    source = choose(NOTEBOOKS, [lesson])[0]
    recipes = recipes_of(nbformat.read(source, as_version=4))
    wanted = (
        [part.strip() for part in cells.split(",")] if cells else [next(iter(recipes))]
    )
    for each in wanted:
        if each not in recipes:
            raise CourseError(
                f"Notebook {lesson} has no recipe {each!r}; it has "
                f"{', '.join(recipes)}."
            )
    notebook = experiment(name, source.stem, [recipes[each] for each in wanted], data)
    target.parent.mkdir(exist_ok=True)
    part = target.with_suffix(".part")
    nbformat.write(notebook, part)
    part.replace(target)
    return target


def recipes_of(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """The recipes of a lesson by their names: the cells' ids, without `recipe-`."""
    return {
        cell.id.removeprefix("recipe-"): cell.source
        for cell in notebook.cells
        if "recipe" in cell.metadata.get("tags", [])
    }


def experiment(
    name: str, lesson: str, sources: Sequence[str], data: Path | None = None
) -> nbformat.NotebookNode:
    """The notebook of these recipes; with `data`, on a folder of your own.

    Raises:
        CourseError: as `on_folder` does.
    """
    taken = [take(source) for source in sources]
    if data is not None:
        taken = [on_folder(each, data) for each in taken]
    parameters: dict[str, Any] = {}
    for each in taken:
        parameters |= {k: x for k, x in each.parameters.items() if k not in parameters}
    cells = [
        new_markdown_cell(
            f"# {name}\n\nFrom the recipes of mmlearn's notebook {lesson}. What do you "
            "want to know? What do you expect?"
        ),
        _code(_parameters(parameters), "parameters"),
        _code(_imports(taken)),
    ]
    for number, each in enumerate(taken, start=1):
        cells += _cells(each, f" {number}" if len(taken) > 1 else "")
    cells.append(
        new_markdown_cell("## Notes\n\nWhat was found, and what follows from it?")
    )
    made = new_notebook(cells=cells)
    made.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    for place, cell in enumerate(made.cells):
        cell["id"] = f"cell-{place}"
    return made


def _code(source: str, *tags: str) -> nbformat.NotebookNode:
    cell = new_code_cell(source)
    if tags:
        cell.metadata["tags"] = list(tags)
    return cell


def _parameters(values: dict[str, Any]) -> str:
    from mmlearn.experiments.fusions import FUSIONS, LATE

    lines = []
    for name, value in values.items():
        written = f'"{value}"' if isinstance(value, str) else repr(value)
        if name == "fusion":
            names = ", ".join(f'"{each}"' for each in (LATE, *FUSIONS))
            lines.append(f"fusion: Literal[\n    {names}\n] = {written}")
        else:
            lines.append(f"{name} = {written}")
    if "fusion" in values:
        lines.insert(0, "from typing import Literal\n")
    return "\n".join(lines) or 'note = ""'


def _imports(taken: Sequence[Taken]) -> str:
    """All imports once: first the others', then ours, each in the order of names."""
    lines = {line for each in taken for line in each.imports}
    text = "\n".join("\n".join(each.stages.values()) for each in taken)
    lines |= {_KEEP} if "keep(" in text else set()
    lines |= {_MIXED} if "mixed(" in text else set()
    if any(each.history for each in taken):
        lines |= {"from mmlearn import plot", "from mmlearn.experiments import figures"}
    gathered: dict[str, set[str]] = {}
    plain = set()
    for line in lines:
        statement = ast.parse(line).body[0]
        if isinstance(statement, ast.ImportFrom):
            names = gathered.setdefault(statement.module or "", set())
            names |= {ast.unparse(alias) for alias in statement.names}
        else:
            plain.add(line)
    froms = {f"from {m} import {', '.join(sorted(n))}" for m, n in gathered.items()}
    ours = {line for line in plain | froms if line.split()[1].startswith("mmlearn")}
    parts = [sorted(part) for part in (plain - ours, froms - ours, ours) if part]
    return "\n".join(line for part in parts for line in part)


def _cells(taken: Taken, number: str) -> list[nbformat.NotebookNode]:
    """A heading and a cell for each stage that the recipe has."""
    cells = [
        new_markdown_cell(f"## Data{number}\n\nYour data: {taken.about}."),
        _code(taken.inputs),
    ]
    for stage in STAGES:
        source = taken.stages[stage]
        if not source:
            continue
        if stage != "data":
            cells.append(new_markdown_cell(f"## {_TITLES[stage]}{number}"))
        cells.append(_code(source))
        if stage == "training" and taken.history:
            alt = "Loss on the training and the validation split, epoch by epoch"
            cells.append(
                _code(f'alt = "{alt}"\nplot.show(figures.trained(history), alt=alt)')
            )
    return cells
