"""Penguins: a table of measures and categories, some of them missing.

344 adult penguins of three species near Palmer Station, Antarctica (Horst, Hill and
Gorman, 2020; Gorman, Williams and Fraser, 2014), from the package palmerpenguins.
"""

from __future__ import annotations

import csv
import math

import numpy as np

from mmlearn.data.corpus import Column, Corpus
from mmlearn.data.store import packages
from mmlearn.data.store.cache import Built, Recipe, cached

NUMBERS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
CATEGORIES = {
    "island": ("Biscoe", "Dream", "Torgersen"),
    "sex": ("female", "male"),
}
SPECIES = ("Adelie", "Chinstrap", "Gentoo")
_MISSING = "NA"


def load() -> Corpus:
    """The penguins corpus, N = 344; built at the first call, then from the cache.

    Columns:
        bill_length_mm, bill_depth_mm, flipper_length_mm, body_mass_g: float64 [N], NaN
            where missing (two birds have none of the four).
        island: text, never missing.
        sex: "female", "male", or "" where missing (11).
        year: int64 [N], 2007 to 2009.

    The label is the species. Each bird is a group of its own: the table does not say
    which birds shared a nest, or came back in another year.

    Raises:
        FileNotFoundError: when it must be built and palmerpenguins is missing.
        ValueError: when the table is not as expected; names line and column.
    """
    made = recipe()
    columns = dict(cached(made).columns)
    label = np.asarray(columns.pop("species"))
    return Corpus(
        name=made.name,
        columns=columns,
        label=label,
        label_names=SPECIES,
        groups=np.arange(len(label), dtype=np.int64),
        licence=made.licence,
        source=made.source,
    )


def recipe() -> Recipe:
    """How the corpus is built, and what its cache entry is keyed by."""
    return Recipe(
        name="penguins",
        key={"builder": 1, "packages": [packages.identity(packages.PENGUINS)]},
        build=_build,
        licence="CC0",
        source="measured near Palmer Station by K. Gorman and the Palmer Station LTER, "
        "shipped by palmerpenguins",
    )


def _build() -> Built:
    packages.check(packages.PENGUINS)
    file = packages.find(packages.PENGUINS)
    with file.open(encoding="utf-8", newline="") as stream:
        table = csv.DictReader(stream)
        header = tuple(table.fieldnames or ())
        rows = list(table)
    expected = {"species", *NUMBERS, *CATEGORIES, "year"}
    if set(header) != expected:
        raise ValueError(
            f"{file.name}: found the columns {list(header)}; expected "
            f"{sorted(expected)}"
        )
    if not rows:
        raise ValueError(f"{file.name}: found no row; expected one per penguin")

    def cells(name: str) -> list[tuple[str, str]]:
        """Where each cell of a column stands, and what is in it."""
        lines = enumerate(rows, start=2)  # line 1 is the header
        return [(f"{file.name}, line {i}, {name}", row[name] or "") for i, row in lines]

    columns: dict[str, Column] = {
        name: np.array([_number(*cell) for cell in cells(name)]) for name in NUMBERS
    }
    for name, levels in CATEGORIES.items():
        columns[name] = [_category(*cell, ("", *levels)) for cell in cells(name)]
    columns["year"] = np.array([int(_number(*cell)) for cell in cells("year")])
    species = [_category(*cell, SPECIES) for cell in cells("species")]
    columns["species"] = np.array([SPECIES.index(name) for name in species])
    return Built(columns)


def _number(where: str, cell: str) -> float:
    try:
        value = math.nan if cell == _MISSING else float(cell)
    except ValueError:
        value = math.inf
    if math.isinf(value) or (math.isnan(value) and where.endswith("year")):
        raise ValueError(f"{where}: found {cell!r}; expected a number")
    return value


def _category(where: str, cell: str, levels: tuple[str, ...]) -> str:
    found = "" if cell == _MISSING else cell
    if found not in levels:
        expected = ", ".join(level or _MISSING for level in levels)
        raise ValueError(f"{where}: found {cell!r}; expected one of {expected}")
    return found
