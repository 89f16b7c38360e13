"""python -m mmlearn.classroom.routes: write the README's routes, with their minutes.

The minutes are sums of the rows `Study` and `Run` of each notebook's table.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat

from mmlearn.course.paths import NOTEBOOKS, ROOT, all_notebooks, appendices, number

TERM = "a term"
ROUTES = {
    "half a day": ("before-you-start", "05"),
    "a day": ("00", "05", "07"),
    TERM: (),  # all lessons
}
ANSWERS = {
    "half a day": "how two modalities become one answer",
    "a day": "from a program that does not run to a result that one may believe",
    TERM: "everything, in order: a lesson a week",
}
HEADER = "| time | notebooks | question | study | run |\n|---|---|---|---|---|"
BLOCK = re.compile(re.escape(HEADER) + r"\n(?:\|.*\n)+")


@dataclass(frozen=True)
class Times:
    """What a notebook's table says: minutes to study, seconds to run."""

    study: int
    run: int


def times(path: Path) -> Times:
    """The times of a notebook, from its first cell.

    Raises:
        ValueError: when there is none there.
    """
    cells = nbformat.read(path, as_version=4).cells
    found = {}
    for row in ("Study", "Run"):
        cell = re.search(
            rf"(?m)^\|[ *]*{row}[ *]*\| *(\d+) (minute|second)", cells[0].source
        )
        if cell is None:
            raise ValueError(f"{path.name} has no row `{row}` with a number and a unit")
        found[row] = int(cell[1]) * (60 if cell[2] == "minute" else 1)
    return Times(math.ceil(found["Study"] / 60), found["Run"])


def table(folder: Path = NOTEBOOKS) -> str:
    """The table of routes, of the notebooks in a folder."""
    lessons = {number(path): path for path in all_notebooks(folder)}
    paths = {number(path): path for path in appendices(folder)} | lessons
    rows = []
    for name, wanted in ROUTES.items():
        chosen = list(wanted or lessons)
        each = [times(paths[number]) for number in chosen]
        study, run = sum(t.study for t in each), sum(t.run for t in each)
        whole = ", ".join(one.replace("-", " ") for one in chosen)
        if not wanted:
            whole = f"{chosen[0]} to {chosen[-1]}"
        rows.append(
            f"| {name} | {whole} | {ANSWERS[name]} | {study} minutes "
            f"| {math.ceil(run / 60)} minutes |"
        )
    return "\n".join([HEADER, *rows, ""])


def write(readme: Path = ROOT / "README.md") -> None:
    """Put the table in place of the one that stands there."""
    text = readme.read_text(encoding="utf-8")
    assert len(BLOCK.findall(text)) == 1, "no table of routes to replace"
    readme.write_text(BLOCK.sub(lambda _: table(), text), encoding="utf-8")


if __name__ == "__main__":
    write()
