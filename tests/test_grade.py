"""Hand-ins of every kind are graded, by our own check, and none stops the others."""

from __future__ import annotations

import ast
import csv
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
import torch
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from mmlearn.classroom import grade, network, score
from mmlearn.classroom.fill import filled
from mmlearn.classroom.judge import (
    BROKE,
    EMPTY,
    LATE,
    MISSING,
    RIGHT,
    WRONG,
    Judge,
    Verdict,
    verdict,
)
from mmlearn.classroom.needed import Recorder, needed
from mmlearn.classroom.submissions import cells_of, lesson_of, submissions
from mmlearn.classroom.tasks import lessons
from mmlearn.classroom.wire import pack, unpack
from mmlearn.course.paths import NOTEBOOKS, CourseError
from mmlearn.exercises.compare import difference
from mmlearn.exercises.exercise import CORRECT, Exercise, Question

pytestmark = pytest.mark.once  # the judge looks at exercises, which are tested there

LESSONS = lessons(NOTEBOOKS)
LESSON = next(lesson for lesson in LESSONS if lesson.topic == "fusion")
NAMES = [task.name for task in LESSON.tasks]
SECONDS = 9.0


def blank() -> NotebookNode:
    """Notebook 05 as far as an exercise needs it."""
    cells = [new_markdown_cell(f"# {LESSON.title}"), new_code_cell("import torch")]
    cells += [new_code_cell(task.source) for task in LESSON.tasks]
    return new_notebook(cells=cells)


def solved() -> NotebookNode:
    notebook = blank()
    for cell, task in zip(notebook.cells[2:], LESSON.tasks, strict=True):
        cell.source = filled(LESSON, task)
    return notebook


def cell(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(c for c in notebook.cells if f".{name}.check(" in c.source)


def wrong(notebook: NotebookNode) -> None:
    source = "def attend(q, k, v):\n    return (q @ k.mT).softmax(dim=-1) @ v\n\n\n"
    cell(notebook, "attend").source = source + "exercise.attend.check(attend)"


def syntax_error(notebook: NotebookNode) -> None:
    broken = cell(notebook, "veto")
    broken.source = 'answer = {"vote": 1,,}\nexercise.veto.check(answer)'


def endless(notebook: NotebookNode) -> None:
    loop = "def attend(q, k, v):\n    while True:\n        pass\n\n\n"
    cell(notebook, "attend").source = loop + "exercise.attend.check(attend)"


TAMPERED = """from mmlearn.exercises import exercise as engine
from mmlearn.exercises import fusion

for kind in (engine.Exercise, engine.Question):
    kind.check = lambda self, answer: print("Correct.")
    kind.verdict = kind.judge = lambda self, answer: "Correct."
engine.difference = lambda found, expected: None
fusion.attend.cases = fusion.attend.cases[:0]
"""


def tampered(notebook: NotebookNode) -> None:
    wrong(notebook)
    notebook.cells.insert(1, new_code_cell(TAMPERED))
    attend = cell(notebook, "attend")
    attend.source = TAMPERED + attend.source
    cell(
        notebook, "softness"
    ).source = "exercise.softness.check({'without': 'rises', 'with': 'stays'})"


def deleted(notebook: NotebookNode) -> None:
    notebook.cells.remove(cell(notebook, "attend"))


def hand_in(folder: Path, name: str, change: Callable[[NotebookNode], None]) -> None:
    notebook = solved()
    change(notebook)
    nbformat.write(notebook, folder / f"{name}.ipynb")


@pytest.fixture(scope="module")
def grades(tmp_path_factory: pytest.TempPathFactory) -> dict[str, grade.Grade]:
    """Ten hand-ins, graded once."""
    folder = tmp_path_factory.mktemp("hand-ins")
    hand_in(folder, "a-right", lambda notebook: None)
    nbformat.write(blank(), folder / "b-blank.ipynb")
    hand_in(folder, "c-wrong", wrong)
    hand_in(folder, "d-syntax", syntax_error)
    hand_in(folder, "e-endless", endless)
    hand_in(folder, "f-tampered", tampered)
    hand_in(folder, "g-deleted", deleted)
    (folder / "h-unreadable.ipynb").write_bytes(b"\xff\x00{")
    other = new_notebook(cells=[new_code_cell("print(1)"), new_code_cell("x.check(1)")])
    nbformat.write(other, folder / "i-other.ipynb")
    (folder / "j-empty").mkdir()
    found = grade.grade(folder, SECONDS)
    assert len(found) == 10
    return {one.name: one for one in found}


def kinds(one: grade.Grade) -> dict[str, str]:
    return {name: verdict.kind for name, verdict in one.verdicts.items()}


def expected(**other: str) -> dict[str, str]:
    return {name: other.get(name, RIGHT) for name in NAMES}


def test_ten_hand_ins_give_ten_right_lines(grades: dict[str, grade.Grade]) -> None:
    assert kinds(grades["a-right"]) == expected()
    assert kinds(grades["b-blank"]) == dict.fromkeys(NAMES, EMPTY)
    assert kinds(grades["c-wrong"]) == expected(attend=WRONG)
    assert kinds(grades["d-syntax"]) == expected(veto=BROKE)
    assert kinds(grades["e-endless"]) == expected(attend=LATE)
    odd = kinds(grades["f-tampered"])
    assert odd.pop("attend") in (WRONG, BROKE) and odd.pop("softness") == WRONG
    assert odd.pop("masked_softmax") in (RIGHT, BROKE) and set(odd.values()) == {RIGHT}
    assert kinds(grades["g-deleted"]) == expected(attend=MISSING)
    problems = {name: one.problem for name, one in grades.items() if one.problem}
    assert list(problems) == ["h-unreadable", "i-other", "j-empty"]
    assert "is no notebook" in problems["h-unreadable"]
    assert "no notebook of this course" in problems["i-other"]
    assert "there is no notebook in the folder" in problems["j-empty"]


def test_what_is_said_of_them(grades: dict[str, grade.Grade]) -> None:
    said = grades["c-wrong"].verdicts["attend"].said
    assert said == "The scores are not divided by √d: is the width d of q used?"
    assert "SyntaxError" in grades["d-syntax"].verdicts["veto"].said
    assert "over 3 seconds" in grades["e-endless"].verdicts["attend"].said
    assert grades["c-wrong"].line() == ("c-wrong", "05", "6 of 7", "wrong: attend")
    assert grades["j-empty"].line()[3].startswith("not graded: ")


def test_the_csv_has_a_line_for_each_exercise(
    grades: dict[str, grade.Grade], tmp_path: Path
) -> None:
    grade.write(list(grades.values()), tmp_path / "g.csv")
    with (tmp_path / "g.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert tuple(rows[0]) == ("name", "exercise", "verdict", "said")
    assert len(rows) == 1 + 7 * len(NAMES) + 3
    assert ["c-wrong", "05 attend", "wrong"] in [row[:3] for row in rows]
    assert ["j-empty", "", "not graded"] in [row[:3] for row in rows]
    with pytest.raises(CourseError, match="Cannot write"):
        grade.write([], tmp_path / "none" / "g.csv")


def test_where_the_room_is_stuck(grades: dict[str, grade.Grade]) -> None:
    lines = grade.stuck(list(grades.values()))
    assert lines[0] == "\nWhere the room is stuck:" and "05 attend: 2 of 5" in lines[1]
    assert grade.stuck([]) == []


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    nbformat.write(blank(), folder / "anna.ipynb")
    (folder / "ben.pdf").write_bytes(b"%PDF")
    (folder / "\x1b[31mcarl").mkdir()
    file = tmp_path / "g.csv"
    assert grade.main([str(folder), "--csv", str(file), "--seconds", "5"]) == 0
    said = capsys.readouterr().out
    assert "anna" in said and "0 of 7" in said and "ben.pdf is no notebook" in said
    assert "\x1b" not in said and file.exists()


@pytest.mark.parametrize(
    "arguments",
    [[], ["a", "b"], ["a", "--seconds", "x"], ["a", "--seconds", "0"], ["a", "--csv"]],
)
def test_what_grade_does_not_understand(arguments: list[str]) -> None:
    with pytest.raises(CourseError, match=r"is not understood\. Fix: "):
        grade.main(arguments)


def test_a_folder_without_hand_ins(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"has no hand-ins\. Fix: "):
        grade.main([str(tmp_path)])
    with pytest.raises(CourseError, match="There is no folder"):
        grade.main([str(tmp_path / "none")])


def test_folders_hold_the_notebooks_of_one_learner(tmp_path: Path) -> None:
    for path in ("anna/05/a.ipynb", "anna/b.ipynb", "anna/.ipynb_checkpoints/a.ipynb"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "grades.csv").touch()
    (found,) = submissions(tmp_path)
    assert [path.name for path in found.paths] == ["a.ipynb", "b.ipynb"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"cells": 1}', "[" * 100_000])
def test_what_is_no_notebook(content: str, tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text(content)
    with pytest.raises(ValueError, match=r"a\.ipynb is no notebook"):
        cells_of(tmp_path / "a.ipynb")


def test_a_lesson_is_known_by_what_is_left_of_it() -> None:
    notebook = blank()
    assert lesson_of(notebook.cells, LESSONS) == LESSON
    assert lesson_of(notebook.cells[:1], LESSONS) == LESSON
    assert lesson_of(notebook.cells[4:5], LESSONS) == LESSON
    assert lesson_of(notebook.cells[1:2], LESSONS) is None
    assert lesson_of([], LESSONS) is None


# What a hand-in's process cannot do


def test_a_verdict_is_ours_whatever_comes_back() -> None:
    right = LESSON.one("look_up")
    assert isinstance(right, Question)
    said = verdict(LESSON, "look_up", {"value": pack(right.answer)})
    assert said == Verdict(RIGHT, CORRECT)
    for told in (
        {},
        {"value": {"is": "tensor"}},
        {"value": {"is": "array", "dtype": "O", "shape": [1], "items": [1]}},
        {"value": [1]},
        {"found": []},
        {"raised": "SystemExit"},
    ):
        assert verdict(LESSON, "attend", told).kind == BROKE
    none = [[None, None]] * 3
    assert verdict(LESSON, "attend", {"found": none}).kind == WRONG
    assert verdict(LESSON, "attend", {"found": [[None, 5]] * 3}).kind == BROKE
    assert verdict(LESSON, "attend", {"value": 3}).kind == WRONG


HOSTILE = {
    "attend": "import os\nos._exit(0)\nexercise.attend.check(print)",
    "masked_softmax": "!sleep 600\nexercise.masked_softmax.check(print)",
    "veto": "print('x' * 10**6)\ninput()\nexercise.veto.check({'vote': 1, 'late': 2})",
}


def test_a_hand_in_that_ends_or_sleeps_costs_its_own_line_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mmlearn.classroom.worker.SLEEP", 1)
    notebook = solved()
    for name, source in HOSTILE.items():
        cell(notebook, name).source = source
    with Judge(SECONDS) as judge:
        found = judge.judge(LESSON, notebook.cells)
    wanted = expected(attend=BROKE, masked_softmax=LATE, veto=BROKE)
    assert {name: one.kind for name, one in found.items()} == wanted
    assert "EOFError" in found["veto"].said or "not" in found["veto"].said


def test_one_right_answer_among_several_tries_will_do() -> None:
    notebook = solved()
    notebook.cells += [new_code_cell("exercise.veto.check(3)")]
    notebook.cells[0] = new_code_cell("%matplotlib inline\nexercise.look_up.check(...)")
    with Judge(SECONDS) as judge:
        found = judge.judge(LESSON, notebook.cells)
    assert {name: one.kind for name, one in found.items()} == expected()


def test_without_a_network_where_that_can_be_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network.cut_off.cache_clear()
    monkeypatch.setattr(network.shutil, "which", lambda name: None)
    assert network.cut_off() == ()
    nbformat.write(blank(), tmp_path / "a.ipynb")
    assert grade.main([str(tmp_path)]) == 0
    assert "could not cut off the network" in capsys.readouterr().out
    monkeypatch.undo()
    network.cut_off.cache_clear()
    if not network.cut_off():
        pytest.skip("unshare is not there, or not allowed")
    notebook = solved()
    source = (
        "import socket\nnames = [name for _, name in socket.if_nameindex()]\n"
        "assert names == ['lo'], names\n"
        "try:\n    socket.create_connection(('192.0.2.1', 80), timeout=3)\n"
        "except OSError as error:\n    reached = error.errno\n"
        "assert reached == 101, reached\n"
    )
    cell(notebook, "veto").source = source + cell(notebook, "veto").source
    with Judge(SECONDS) as judge:
        found = judge.judge(LESSON, notebook.cells)
    assert found["veto"] == Verdict(RIGHT, CORRECT)


# Values on their way


VALUES: list[Any] = [
    None,
    True,
    3,
    10**30,
    0.1,
    math.inf,
    "√d",
    2 + 1j,
    [1, (2.0, "a")],
    {"a": [1], 2: {3, 4}},
    frozenset({1}),
    np.arange(6, dtype=np.int16).reshape(2, 3),
    np.array([1 + 2j]),
    np.array(["a", "bc"]),
    np.float32(0.1),
    torch.tensor(2.5),
    torch.rand(2, 3, dtype=torch.float64, requires_grad=True),
    torch.tensor([[True, False]]),
    torch.zeros(0, 3, dtype=torch.int64),
    torch.ones(2, dtype=torch.bfloat16),
    torch.complex(torch.ones(2), torch.zeros(2)).conj(),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    back = unpack(pack(value))
    assert difference(back, value) is None
    assert type(back) is type(value) or isinstance(value, torch.Tensor)


def test_what_has_no_form_equals_nothing() -> None:
    assert unpack(pack(...)) is ...
    for value in (print, object(), torch.zeros(200_000), np.array([None])):
        back = unpack(pack(value))
        assert difference(back, value) is not None


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.number)
def test_every_right_answer_survives_the_way(lesson: Any) -> None:
    for task in lesson.tasks:
        one = lesson.one(task.name)
        if isinstance(one, Exercise):
            outcomes = one.outcomes(one._solution)
            found = [[pack(value), complaint] for value, complaint in outcomes]
            said = verdict(lesson, task.name, {"found": found})
        else:
            said = verdict(lesson, task.name, {"value": pack(one.answer)})
        assert said.kind == RIGHT, task.name


# Which cells run


def run_for(*sources: str) -> list[int]:
    """The cells that the last one needs."""
    trees = [ast.parse(source) for source in sources]
    recorder = Recorder(["x"])
    trees[-1] = recorder.visit(trees[-1])
    return sorted(needed(trees, {len(trees) - 1: ["x"]}))


@pytest.mark.parametrize(
    ("sources", "cells"),
    [
        (
            ["import torch", "y = 1", "def f(y): return torch.a(y)\ne.x.check(f)"],
            [0, 2],
        ),
        (["a = 1", "b = a", "c = 1", "e.x.check(b)"], [0, 1, 3]),
        (["d = {}", "d['k'] = 1", "d.get(1)", "e.x.check(d)"], [0, 1, 3]),
        (["a = 1", "a = 2\ne.x.check(a)"], [1]),
        (["a = 1", "a = a + 1\ne.x.check(a)"], [0, 1]),
        (["from m import *", "e.x.check(a)"], [0, 1]),
        (["q = 1", "e.x.check([q for q in range(3)])"], [1]),
        (["e = 1", "e.x.hint()\ne.x.solution()\ne.x.check(1)"], [1]),
        (["def f(): return g()", "def g(): return 1", "e.x.check(f)"], [0, 2]),
    ],
)
def test_which_cells_an_answer_needs(sources: list[str], cells: list[int]) -> None:
    assert run_for(*sources) == cells


# A learner's own score


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(score, "WORK", tmp_path)
    yield tmp_path


def test_score_shows_what_is_solved_and_what_is_left(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(work, "05-mine", wrong)
    notebook = blank()
    cell(notebook, "attend").source = filled(LESSON, LESSON.tasks[2])
    nbformat.write(notebook, work / "05-mine-2.ipynb")
    (work / "broken.ipynb").write_text("{")
    start = time.monotonic()
    assert score.main([]) == 0
    assert time.monotonic() - start < 120
    said = capsys.readouterr().out
    assert "Left out: broken.ipynb" in said
    assert f"{LESSON.title}  7 of 7  nothing" in said and "all" in said
    (work / "05-mine-2.ipynb").unlink()
    assert score.main(["5"]) == 0
    said = capsys.readouterr().out
    assert "Exercise 3 · write it" in said and "divided by √d" in said


def test_a_score_of_nothing(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CourseError, match=r"No notebook to score .* Fix: "):
        score.main([])
    with pytest.raises(CourseError, match="no notebook 77 with exercises"):
        score.main(["77"])
    nbformat.write(blank(), work / "05-mine.ipynb")
    assert score.main([]) == 0
    assert "0 of 7  not begun" in capsys.readouterr().out
