"""The manner of the lessons (CONTRIBUTING.md): what of it can be counted.

Rules as in rules.py: each takes a Draft and yields findings, with cell and fix.
tests/test_manner.py applies them, and shows that each catches its fault.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator

import nbformat
from lessons import Cell, source
from rules import (
    HOSTED,
    Draft,
    Findings,
    is_folded,
    linked_in,
    printed,
    slug,
    tags,
    terms,
)

from mmlearn.course import solutions

MOST_VERDICTS = 2  # printed True or False
MOST_IN_A_ROW = 3  # code cells without a word between
LEAST_WORDS, MOST_WORDS, MOST_CELLS = 1_200, 2_800, 60
LEAST_TOUR, MOST_TOUR = 5, 12
WORDS_A_MINUTE, MINUTES_A_CELL, MINUTES_AN_EXERCISE = 120, 0.75, 7
OFF_BY = 0.3  # how far the minutes of study may be from what the lesson has
KINDS = ("predict first", "on paper", "find the fault", "write it", "your own data")
NEEDED = ("predict first", "on paper", "find the fault", "your own data")
EXERCISE = re.compile(r"(?m)^\*\*Exercise (\d+) · ([^.*]+)\.\*\*")
# Terms that are everyday words as well: a lesson may use them before they are taught.
EVERYDAY = {"activation", "bias", "channel", "family", "gate", "grid", "group", "head",
            "key", "label", "layer", "mask", "query", "record", "seed", "step",
            "token", "value", "weight"}  # fmt: skip


def open_code(draft: Draft) -> list[tuple[int, Cell]]:
    """The code cells that a reader reads."""
    return [(i, cell) for i, cell in draft.code() if not is_folded(cell)]


def prose_words(draft: Draft) -> int:
    """Words of the prose: no formulas, targets of links, sources, folded solutions.

    The line on hosted services, the same in each, does not count either.
    """
    cells = [source(c) for _, c in draft.prose() if "solution" not in tags(c)]
    text = "\n".join(cells).replace(HOSTED, "")
    text = re.sub(r"(?ms)^\*\*Sources\.\*\*.*?(?=^\*\*|\Z)", "", text)
    text = re.sub(r"(?s)\$\$.*?\$\$|\$[^$\n]+\$", " ", text)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return len(re.findall(r"\w[\w'.,/-]*", text))


def exercise_kinds(draft: Draft) -> list[str]:
    """The kinds of the exercises that the prose announces, in order."""
    return [kind for _, kind in EXERCISE.findall(draft.words())]


def verdicts(draft: Draft) -> Findings:
    said = {
        i: len(re.findall(r"\b(?:True|False)\b", printed(cell)))
        for i, cell in draft.code()
    }
    if (n := sum(said.values())) > MOST_VERDICTS:
        where = [i for i, count in said.items() if count]
        yield (
            f"{n} True or False are printed, at most {MOST_VERDICTS} expected: cells "
            f"{where}. Fix: print the number with its spread, assert in silence."
        )


def rows_of_code(draft: Draft) -> Findings:
    row = 0
    for i, cell in enumerate(draft.notebook["cells"]):
        if cell["cell_type"] == "markdown" and "solution" not in tags(cell):
            row = 0
        elif cell["cell_type"] == "code" and source(cell) and not is_folded(cell):
            row += 1
            if row == MOST_IN_A_ROW + 1:
                fault = f"more than {MOST_IN_A_ROW} code cells without a word between"
                yield draft.at(i, fault, "say what comes, or what was seen")


def folded(draft: Draft) -> Findings:
    """What only draws is folded, and nothing else is."""
    for i, cell in draft.code():
        text = source(cell)
        draws = re.search(r"\bplot\.show\(|\bdisplay\(", text)
        if is_folded(cell) and not draws:
            yield draft.at(i, "folded, but draws nothing", "show the code")
        if is_folded(cell) and "drawing" not in tags(cell):
            yield draft.at(i, "folded without its tag", "tag it `drawing`")
        if "recipe" not in tags(cell) and not is_folded(cell) and "plot.show(" in text:
            fix = "`jupyter.source_hidden` in its metadata, tag `drawing`"
            yield draft.at(i, "drawing code in the reader's way", fix)


def length(draft: Draft) -> Findings:
    words, cells = prose_words(draft), len(open_code(draft))
    if not LEAST_WORDS <= words <= MOST_WORDS:
        yield f"{words} words, {LEAST_WORDS} to {MOST_WORDS} expected. Fix: cut."
    if cells > MOST_CELLS:
        yield f"{cells} open code cells, at most {MOST_CELLS} expected. Fix: cut."


def mechanism(draft: Draft) -> Findings:
    if not any("Diagram(" in source(cell) for _, cell in draft.code("drawing")):
        yield "no drawing of a mechanism. Fix: draw one with `plot.Diagram`."


def kinds(draft: Draft) -> Findings:
    found = exercise_kinds(draft)
    if missing := [kind for kind in NEEDED if kind not in found]:
        yield (
            f"no exercise of the kinds {missing}. Fix: announce one with "
            "`**Exercise N · KIND.**`."
        )
    if odd := [kind for kind in found if kind not in KINDS]:
        yield f"exercises of the kinds {odd}. Fix: one of {list(KINDS)}."
    numbers = [int(n) for n, _ in EXERCISE.findall(draft.words())]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"exercises are numbered {numbers}. Fix: 1, 2, 3 in their order."


def solved(draft: Draft) -> Findings:
    """After each exercise stands its solution, folded, as `store` writes it."""
    notebook = nbformat.from_dict(copy.deepcopy(draft.notebook))
    for cell in notebook.cells:
        cell.source = source(cell)
    before = [cell.source for cell in notebook.cells]
    solutions.fold(notebook)
    if [cell.source for cell in notebook.cells] != before:
        yield f"the folded solutions are not those of now. Fix: {draft.store()}."


def tour(draft: Draft) -> Findings:
    n = sum("tour" in tags(cell) for cell in draft.notebook["cells"])
    if not LEAST_TOUR <= n <= MOST_TOUR:
        yield (
            f"{n} cells are tagged tour, {LEAST_TOUR} to {MOST_TOUR} expected. Fix: "
            "tag what half an hour needs."
        )


def study(draft: Draft) -> Findings:
    """The minutes of study fit what there is to read, to run and to solve."""
    stated = re.search(r"Study\**\s*\|\s*(\d+) minutes", draft.words())
    if stated is None:
        return  # `opening` in rules.py says so
    due = (
        prose_words(draft) / WORDS_A_MINUTE
        + len(open_code(draft)) * MINUTES_A_CELL
        + len(exercise_kinds(draft)) * MINUTES_AN_EXERCISE
    )
    if abs(int(stated[1]) / due - 1) > OFF_BY:
        fault = f"{stated[1]} minutes of study, where the cells make {due:.0f}"
        yield draft.at(0, fault, f"say about {round(due, -1):.0f} minutes")


def too_early(draft: Draft) -> Findings:
    """A term that a later lesson teaches is linked where it is used before."""
    text = (draft.course.folder / "glossary.md").read_text(encoding="utf-8")
    prose = _plain(draft)
    linked = linked_in(draft.words())
    for term, number in taught(text):
        if number <= draft.number or term in EVERYDAY or slug(term) in linked:
            continue
        if found := re.search(rf"(?i)(?<![\w-]){re.escape(term)}(?![\w-])", prose):
            yield (
                f"{found[0]!r} is taught in {number} only. Fix: link it where it "
                f"first stands, [{term}](glossary.md#{slug(term)})."
            )


def taught(glossary: str) -> Iterator[tuple[str, str]]:
    """Each term of the glossary, and the number of the notebook that teaches it."""
    for term, body in terms(glossary).items():
        if where := re.search(r" · notebook (\d\d)\n", body):
            yield term, where[1]


def _plain(draft: Draft) -> str:
    """The prose without code, formulas, targets of links, and the closing cell."""
    cells = [source(c) for _, c in draft.prose()[:-1] if "solution" not in tags(c)]
    text = "\n".join(cells)
    text = re.sub(r"(?s)\$\$.*?\$\$|\$[^$\n]+\$|`[^`]*`", " ", text)
    return re.sub(r"\]\([^)]*\)", "]", text)


MANNER = (
    verdicts,
    rows_of_code,
    folded,
    length,
    mechanism,
    kinds,
    solved,
    tour,
    study,
    too_early,
)


def manners(draft: Draft) -> list[str]:
    """What is not in the course's manner, in words; empty when all is well."""
    return [fault for rule in MANNER for fault in rule(draft)]
