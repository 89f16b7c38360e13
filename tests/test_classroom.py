"""Editions of the notebooks: what is in them, and what is not."""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
import torch

from mmlearn.classroom import edition, routes, slides
from mmlearn.classroom.fill import filled
from mmlearn.classroom.tasks import CHECK, Lesson, Task, lessons, tags
from mmlearn.course.paths import (
    NOTEBOOKS,
    ROOT,
    CourseError,
    all_notebooks,
    appendices,
    number,
)
from mmlearn.course.solutions import TAG
from mmlearn.exercises.exercise import CORRECT, Exercise

pytestmark = pytest.mark.once  # the editions are the same

LESSONS = lessons(NOTEBOOKS)
SOURCES = [*all_notebooks(NOTEBOOKS), *appendices(NOTEBOOKS)]
TASKS = [
    pytest.param(lesson, task, id=f"{lesson.number}-{task.name}")
    for lesson in LESSONS
    for task in lesson.tasks
]
every_task = pytest.mark.parametrize(("lesson", "task"), TASKS)


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("editions")
    for kind in edition.KINDS:
        assert edition.main([kind, str(out / kind)]) == 0
    return out


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def test_every_lesson_has_its_exercises_found() -> None:
    cells = {number(path): read(path).cells for path in SOURCES}
    for lesson in LESSONS:
        marked = [cell for cell in cells[lesson.number] if "exercise" in tags(cell)]
        assert len(lesson.tasks) == len(marked), lesson.number
    assert {lesson.number for lesson in LESSONS} >= {
        number(path) for path in all_notebooks(NOTEBOOKS)
    }


# For students


def test_the_students_notebooks_are_the_others_less_solutions_and_outputs(
    editions: Path,
) -> None:
    for path in SOURCES:
        theirs = read(editions / "student" / "notebooks" / path.name)
        nbformat.validate(theirs)
        kept = [cell for cell in read(path).cells if TAG not in tags(cell)]
        assert [c.id for c in theirs.cells] == [c.id for c in kept]
        assert [c.source for c in theirs.cells] == [c.source for c in kept]
        for one, other in zip(theirs.cells, kept, strict=True):
            assert one.get("attachments") == other.get("attachments")
            assert not one.get("outputs") and one.get("execution_count") is None


# Lines of a solution that a lesson itself shows: a fault's surroundings, a formula.
SHOWN = {
    "pad_and_mask": 5,  # the exercise is to mend one of these lines
    "nearest": 2,  # the lesson's own search by cosine
    "receptive_field": 1,
    "calibration_error": 2,  # total = 0.0, inside = index == k
}


def body(one: Exercise) -> Iterator[str]:
    """The lines of a solution below its first."""
    code = textwrap.dedent(inspect.getsource(one._solution))
    function = ast.parse(code).body[0]
    assert isinstance(function, ast.FunctionDef)
    for line in code.split("\n")[function.body[0].lineno - 1 :]:
        if re.search(r"\w", line):
            yield line.strip()


@every_task
def test_no_solution_is_in_the_students_notebooks(
    lesson: Lesson, task: Task, editions: Path
) -> None:
    folder = editions / "student" / "notebooks"
    texts = [
        cell.source for path in folder.glob("*.ipynb") for cell in read(path).cells
    ]
    whole = "\n".join(texts)
    lines = {line.strip() for line in whole.split("\n")}
    one = lesson.one(task.name)
    if isinstance(one, Exercise):
        own = list(body(one))
        found = [line for line in own if line in lines]
        assert len(found) <= SHOWN.get(task.name, 0) and len(found) < len(own), found
    else:
        said = [part for part in re.split(r"(?<=[.?:]) ", one.why) if len(part) > 20]
        assert [part for part in said if part in whole] == []
    assert f"Solution of {task.title.split(' · ')[0].lower()}" not in whole


def test_links_of_the_students_lead_somewhere(editions: Path) -> None:
    root = editions / "student"
    texts = [(path, path.read_text(encoding="utf-8")) for path in root.rglob("*.md")]
    for path in root.rglob("*.ipynb"):
        prose = [c.source for c in read(path).cells if c.cell_type == "markdown"]
        texts.append((path, "\n".join(prose)))
    links = 0
    for path, text in texts:
        if path.name == "CONTRIBUTING.md":
            continue  # its links are examples
        for link in re.findall(r"\]\((?!\w+:|#)([^)\s#]+)", text):
            links += 1
            assert (path.parent / link).exists(), f"{path.name}: {link}"
    assert links > 50


# For teachers


@every_task
def test_a_cell_filled_in_says_correct(lesson: Lesson, task: Task) -> None:
    names: dict[str, object] = {"torch": torch}
    exec(f"from mmlearn.exercises import {lesson.topic} as exercise", names)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(filled(lesson, task), "cell", "exec", dont_inherit=True), names)
    assert said.getvalue() == f"{CORRECT}\n"


def test_the_teachers_notebooks_have_each_solution_in_its_cell(editions: Path) -> None:
    for lesson in LESSONS:
        (path,) = (p for p in SOURCES if number(p) == lesson.number)
        notebook = read(editions / "teacher" / "notebooks" / path.name)
        nbformat.validate(notebook)
        cells = notebook.cells
        for i, cell in enumerate(cells):
            if "exercise" in tags(cell):
                assert re.search(r"= ?\.\.\.|^ +\.\.\.$", cell.source, re.M) is None
                assert TAG in tags(cells[i + 1]) and "Slips" in cells[i + 1].source
                assert not cell.outputs


def test_the_key_has_all_answers_and_needs_nothing(editions: Path) -> None:
    page = (editions / "key" / "key.html").read_text(encoding="utf-8")
    assert page == (editions / "teacher" / "key.html").read_text(encoding="utf-8")
    assert all(f"<code>{task.name}</code>" in page for x in LESSONS for task in x.tasks)
    assert "<script" not in page and "src=" not in page and "@import" not in page


def lesson_of(source: str, topic: str = "fusion", name: str = "attend") -> Lesson:
    return Lesson("77", "77 · Made up", topic, (Task(name, name, source),))


def test_a_cell_that_cannot_be_filled_is_named() -> None:
    for source in ("exercise.attend.check(lambda q: q)", "exercise.attend.check(f)"):
        lesson = lesson_of(source)
        with pytest.raises(CourseError, match=r"attend in notebook 77 .* Fix: "):
            filled(lesson, lesson.tasks[0])


@pytest.mark.parametrize(
    "source",
    [
        "def f(q, k, v): ...  # your code\n\n\nexercise.attend.check(f)",
        "def f(\n    q: int,\n    k={1: 2},\n    v=None\n) -> dict:\n    # yours\n"
        "    ...\n\n\nexercise.attend.check(f)",
        "def f():\n    ...\n\n\nexercise.attend.check(f)",
    ],
)
def test_functions_of_all_forms_are_filled_in(source: str) -> None:
    lesson = lesson_of(source)
    names: dict[str, object] = {}
    exec("from mmlearn.exercises import fusion as exercise", names)
    said = io.StringIO()
    text = filled(lesson, lesson.tasks[0])
    with contextlib.redirect_stdout(said):
        exec(compile(text, "cell", "exec", dont_inherit=True), names)
    assert said.getvalue() == f"{CORRECT}\n" and "your" not in text


def test_a_solution_with_other_arguments_keeps_its_own_first_line() -> None:
    source = "def mine(a, b):\n    ...\n\n\nexercise.attend.check(mine)"
    lesson = lesson_of(source)
    names: dict[str, object] = {}
    exec("from mmlearn.exercises import fusion as exercise", names)
    said = io.StringIO()
    text = filled(lesson, lesson.tasks[0])
    with contextlib.redirect_stdout(said):
        exec(compile(text, "cell", "exec", dont_inherit=True), names)
    assert said.getvalue() == f"{CORRECT}\n"
    assert "def mine(q: Tensor" in text and "from torch import Tensor\n" in text


# Slides


def test_slides_show_the_tour_and_no_solution(editions: Path) -> None:
    pages = sorted((editions / "slides").glob("*.html"))
    assert {number(p) for p in all_notebooks(NOTEBOOKS)} <= {p.name[:2] for p in pages}
    for path in pages:
        page = path.read_text(encoding="utf-8")
        assert page.count("<section>") > 6
        assert "Solution of exercise" not in page and "plot.Diagram" not in page
        scripts = re.findall(r"<script[^>]* src=\"([^\"]+)\"", page)
        expected = (f"{slides.REVEAL}/dist/reveal.js", slides.MATHJAX)
        assert set(scripts) >= set(expected)
        assert all(url.startswith((slides.REVEAL, slides.MATHJAX)) for url in scripts)


def test_slides_with_copies_of_ones_own_fetch_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in ("reveal/dist/reveal.js", "mj/MathJax.js"):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_text("")
    options = ["--reveal", str(tmp_path / "reveal"), "--mathjax", str(tmp_path / "mj")]
    assert edition.main(["slides", str(tmp_path / "out"), *options]) == 0
    assert "need no network" in capsys.readouterr().out
    assert (tmp_path / "out" / "reveal.js" / "dist" / "reveal.js").is_file()
    for page in (tmp_path / "out").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(
            r"<(?:script|link|img)[^>]* (?:src|href)=\"([^\"]+)\"", text
        )
        assert [url for url in loaded if url.startswith("http")] == []


def test_sections_without_a_tour_are_left_out() -> None:
    new = nbformat.v4.new_markdown_cell
    tour = {"tags": ["tour"]}
    cells = [
        new("# Title", metadata=tour),
        new("## Shown\n\nWhy, in [a word](glossary.md#word)."),
        nbformat.v4.new_code_cell("x = 1", metadata=tour),
        new("More."),
        new("## Not shown\n\nProse."),
    ]
    kept = slides.chosen(nbformat.v4.new_notebook(cells=cells)).cells
    places = [(c.source, c.metadata["slideshow"]["slide_type"]) for c in kept]
    assert places == [
        ("# Title", "slide"),
        ("## Shown", "slide"),
        ("Why, in a word.", "notes"),
        ("x = 1", "-"),
        ("More.", "notes"),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "is not understood. Fix: "),
        (["students", "x"], "student|teacher|slides|key OUT"),
        (["key", "x", "y"], "is not understood"),
        (["slides", "x", "--reveal", "/nowhere"], "--reveal /nowhere is no folder"),
        (["slides", "x", "--theme", "."], "--theme . is no folder of an edition"),
        (["key", ".", "--reveal", "."], "belong to slides"),
    ],
)
def test_what_edition_does_not_understand(arguments: list[str], said: str) -> None:
    with pytest.raises(CourseError, match=re.escape(said)):
        edition.main(arguments)


def test_no_edition_is_written_over_anything(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for target in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(CourseError, match=r"has something in it\. Fix: name a new"):
            edition.main(["key", str(target)])
    with pytest.raises(CourseError, match=r"has no dist/reveal\.js"):
        edition.main(["slides", str(tmp_path / "x"), "--reveal", str(tmp_path)])


# Routes and plans


def test_the_readmes_routes_are_those_of_the_notebooks() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    fix = "Fix: python -m mmlearn.classroom.routes"
    assert routes.BLOCK.findall(text) == [routes.table()], fix


def test_the_minutes_of_a_notebook(tmp_path: Path) -> None:
    def write(table: str) -> Path:
        cell = nbformat.v4.new_markdown_cell(table)
        path = tmp_path / "09-a.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
        return path

    path = write("| **Study** | 90 minutes |\n| Run | 40 seconds on 2 cores |")
    assert routes.times(path) == routes.Times(90, 40)
    with pytest.raises(ValueError, match="no row `Run`"):
        routes.times(write("| Study | 90 minutes |\n| Run | soon |"))


def test_teaching_names_what_there_is() -> None:
    text = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(((?!\w+:)[^)#]+)\)", text)
    assert links and [link for link in links if not (ROOT / link).exists()] == []
    names = {f"{x.number} {task.name}" for x in LESSONS for task in x.tasks}
    stuck = set(re.findall(r"`(\d\d \w+)`", text))
    assert len(stuck) >= 6 and stuck <= names
    prose = [c.source for path in SOURCES for c in read(path).cells]
    headings = set(re.findall(r"(?m)^#+ (.+)$", "\n".join(prose)))
    sections = [name.replace("\n", " ") for name in re.findall(r"\*([^*]+\?)\*", text)]
    recipes = {heading.split(": ")[-1] for heading in headings}
    assert len(sections) > 8 and set(sections) <= headings | recipes
    solutions = [line for x in LESSONS for t in x.tasks for line in _lines(x, t)]
    assert [line for line in solutions if line in text] == []


def _lines(lesson: Lesson, task: Task) -> list[str]:
    one = lesson.one(task.name)
    return list(body(one)) if isinstance(one, Exercise) else []


def test_checks_are_found_however_they_are_written() -> None:
    assert CHECK.findall("exercise.a.check(x); e . b . check (y)") == ["a", "b"]
