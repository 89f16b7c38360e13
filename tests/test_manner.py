"""The lessons keep the course's manner; each rule of manner.py catches its fault."""

from __future__ import annotations

import copy
import json

import nbformat
import pytest
from lessons import Cell, source
from manner import MANNER, manners, prose_words
from rules import Course, Draft, stale
from test_notebooks import code, picture, printed, prose, stored

from mmlearn.course import solutions
from mmlearn.course.paths import NOTEBOOKS, all_notebooks, appendices
from mmlearn.exercises import first_program

COURSE = Course.of(NOTEBOOKS)
LESSONS = all_notebooks(NOTEBOOKS)
every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


@every_lesson
def test_a_lesson_is_in_the_manner(path):
    found = manners(Draft.read(path, COURSE))
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("path", appendices(NOTEBOOKS), ids=lambda path: path.stem)
def test_an_appendix_has_its_solutions(path):
    notebook = nbformat.read(path, as_version=4)
    before = [cell.source for cell in notebook.cells]
    solutions.fold(notebook)
    assert [cell.source for cell in notebook.cells] == before


# A made-up lesson that keeps every rule, and what each rule catches

TEXT = " ".join(["word"] * 1300)
OPENING = "# 03 · Convolution\n\n| | |\n|---|---|\n| **Study** | 50 minutes |\n"
DRAWING = "drawing = plot.Diagram(4, 2)\nplot.show(drawing.figure, alt='Boxes.')"
CALL = "exercise.{0}.check(...)\n# exercise.{0}.hint()      exercise.{0}.solution()"


def folded(text: str, *tags: str) -> Cell:
    cell = code(text, *tags, outputs=[picture("Boxes.")])
    cell["metadata"]["jupyter"] = {"source_hidden": True}
    return cell


def with_ids(cells: list[Cell]) -> dict:
    for i, cell in enumerate(cells):
        cell["id"] = f"c{i}"
    notebook = nbformat.from_dict({"metadata": {}, "cells": copy.deepcopy(cells)})
    for cell in notebook.cells:
        cell.source = source(cell)
    solutions.fold(notebook)
    return stored(json.loads(json.dumps(notebook)))


def lesson() -> list[Cell]:
    cells = [
        prose(OPENING),
        code("from mmlearn.exercises import first_program as exercise"),
        prose("## What does a filter see?\n\n" + TEXT),
        folded(DRAWING, "drawing"),
        code("print(0.93)", says="0.93 [0.89, 0.96]\n"),
        prose("**Exercise 1 · predict first.** How many are left?"),
        code(CALL.format("numbers_left"), "exercise", says="Not attempted yet.\n"),
        prose("**Exercise 2 · on paper.** And here?"),
        prose("**Exercise 3 · find the fault.** One line is wrong."),
        prose("**Exercise 4 · your own data.** Take 30 photographs."),
        prose("## Recap\n\n- One.\n\n**Sources.** LeCun (1998).\n\n**Next.** 05."),
    ]
    for i in (0, 2, 4, 6, 10):
        cells[i]["metadata"].setdefault("tags", []).append("tour")
    return cells


def draft(cells: list[Cell]) -> Draft:
    return Draft("03", with_ids(cells), COURSE)


def changed(i: int, old: str, new: str) -> Draft:
    cells = lesson()
    text = source(cells[i])
    assert text.count(old) == 1, text
    cells[i]["source"] = [text.replace(old, new)]
    return draft(cells)


def with_metadata(i: int, **metadata) -> Draft:
    cells = lesson()
    cells[i]["metadata"] = metadata
    return draft(cells)


def in_a_row(n: int) -> Draft:
    cells = lesson()
    cells[5:5] = [code("1"), folded(DRAWING, "drawing"), *[code("1")] * (n - 2)]
    return draft(copy.deepcopy(cells))


def with_cells(n: int) -> Draft:
    cells = lesson()
    for _ in range(n - 3):
        cells[5:5] = [copy.deepcopy(code("1")), prose("Look.")]
    return draft(cells)


def with_verdicts(text: str) -> Draft:
    cells = lesson()
    cells[4]["outputs"] = [printed(text)]
    return draft(cells)


def with_solution(text: str) -> Draft:
    made = draft(lesson())
    (cell,) = [c for c in made.notebook["cells"] if "solution" in str(c["metadata"])]
    cell["source"] = [text]
    return made


def test_a_good_lesson_is_in_the_manner():
    assert manners(draft(lesson())) == []
    assert manners(in_a_row(3)) == []
    assert manners(with_verdicts("a: True, b: False\n")) == []
    assert manners(with_verdicts("Truely 0.93, Falsehood\n")) == []
    for text in ("`loss` say", "$loss$ say", "[loss](glossary.md#loss) say"):
        assert manners(changed(2, "filter see", text)) == []


WRONG = [
    (with_verdicts("True True\nFalse\n"), "3 True or False are printed, at most 2"),
    (in_a_row(4), "more than 3 code cells without a word between"),
    (with_metadata(3, tags=["drawing"]), "drawing code in the reader's way"),
    (
        with_metadata(3, tags=[], jupyter={"source_hidden": True}),
        "folded without its tag",
    ),
    (
        with_metadata(4, tags=["drawing", "tour"], jupyter={"source_hidden": True}),
        "folded, but draws nothing",
    ),
    (changed(2, TEXT, TEXT[: 5 * 900]), "words, 1200 to 2800 expected"),
    (changed(2, TEXT, TEXT + TEXT + " word" * 250), "words, 1200 to 2800 expected"),
    (with_cells(61), "61 open code cells, at most 60"),
    (changed(3, "plot.Diagram", "plot.contact_sheet"), "no drawing of a mechanism"),
    (changed(5, "predict first", "write it"), "of the kinds ['predict first']"),
    (changed(7, "on paper", "on water"), "no exercise of the kinds ['on paper']"),
    (changed(7, "on paper", "on water"), "exercises of the kinds ['on water']"),
    (changed(8, "Exercise 3", "Exercise 4"), "numbered [1, 2, 4, 4]"),
    (with_solution("another"), "the folded solutions are not those of now"),
    (with_metadata(2, tags=[]), "4 cells are tagged tour"),
    (changed(0, "50 minutes", "20 minutes"), "20 minutes of study, where"),
    (changed(0, "50 minutes", "90 minutes"), "say about 40 minutes"),
    (changed(2, "filter see", "cross-entropy say"), "'cross-entropy' is taught in 06"),
    (changed(2, "filter see", "LSTM say"), "[lstm](glossary.md#lstm)"),
]


@pytest.mark.parametrize(("wrong", "fault"), WRONG, ids=[fault for _, fault in WRONG])
def test_each_rule_catches_its_fault(wrong, fault):
    found = manners(wrong)
    assert any(fault in text for text in found), found
    assert all("Fix: " in text and text.endswith(".") for text in found)


def test_no_rule_is_without_a_fault():
    for rule in MANNER:
        assert any(list(rule(wrong)) for wrong, _ in WRONG), rule.__name__


def test_what_is_no_prose_is_not_counted():
    more = "$$a b$$ $c d$ [e f](g-h.md)\n\n**Sources.** i j\n\n**Next.** k"
    cells = [prose("three"), prose("one two"), prose(more)]
    cells[0]["metadata"]["tags"] = ["solution"]
    left = ["one", "two", "e", "f", "Next", "k"]
    assert prose_words(Draft("03", {"cells": cells}, COURSE)) == len(left)


# Folded solutions


def test_a_solution_is_the_exercises_own_and_follows_it(capsys):
    cells = draft(lesson()).notebook["cells"]
    (i,) = [
        i for i, c in enumerate(cells) if "exercise" in c["metadata"].get("tags", [])
    ]
    first_program.numbers_left.solution()
    text = source(cells[i + 1])
    value, *why = capsys.readouterr().out.strip().splitlines()
    assert f"```python\n{value}\n```" in text
    assert why and all(line in text for line in why)
    assert "<summary>Solution of exercise 1</summary>" in text
    assert cells[i + 1]["metadata"]["tags"] == ["solution"]


def test_folding_twice_changes_nothing_and_the_digest_stays():
    notebook = nbformat.from_dict(copy.deepcopy(draft(lesson()).notebook))
    for cell in notebook.cells:
        cell.source = source(cell)
    before = copy.deepcopy(notebook)
    solutions.fold(notebook)
    assert notebook == before
    assert not list(stale(Draft("03", notebook, COURSE)))


def test_an_older_solution_is_replaced_and_an_orphan_removed():
    notebook = nbformat.from_dict(copy.deepcopy(draft(lesson()).notebook))
    for cell in notebook.cells:
        cell.source = source(cell)
    good = copy.deepcopy(notebook)
    where = next(
        i for i, c in enumerate(good.cells) if "solution" in c.metadata.get("tags", [])
    )
    notebook.cells[where].source = "old"
    notebook.cells.insert(1, copy.deepcopy(notebook.cells[where]))
    solutions.fold(notebook)
    assert notebook == good


def test_a_notebook_without_exercises_stays_as_it_is():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    before = copy.deepcopy(notebook)
    solutions.fold(notebook)
    assert notebook == before
