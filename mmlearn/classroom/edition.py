"""python -m mmlearn edition: notebooks for students, for teachers, slides, and the key.

edition student OUT    no solutions, no outputs
edition teacher OUT    each solution in its cell, what to expect below it, and the key
edition slides OUT     a lesson's tour; --reveal and --mathjax FOLDER: without the web
edition key OUT        the answers to all exercises on one page, to print
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat

from mmlearn.classroom import key, slides, student, teacher
from mmlearn.classroom.links import led_to
from mmlearn.classroom.tasks import lesson, lessons
from mmlearn.course.paths import (
    NOTEBOOKS,
    CourseError,
    all_notebooks,
    appendices,
    number,
)

KINDS = ("student", "teacher", "slides", "key")
WEB = ("--reveal", "--mathjax")


def main(arguments: Sequence[str]) -> int:
    """Build the edition named into the folder named; 0 when it is there.

    Raises:
        CourseError: for another kind, an option that is not there, or a folder with
            something in it.
    """
    words, folders = _options(arguments)
    if len(words) != 2 or words[0] not in KINDS or (folders and words[0] != "slides"):
        raise CourseError(
            f"`edition {' '.join(arguments)}` is not understood. Fix: `python -m "
            f"mmlearn edition {'|'.join(KINDS)} OUT`; {' and '.join(WEB)} belong to "
            "slides."
        )
    kind, out = words[0], Path(words[1]).resolve()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CourseError(f"{out} has something in it. Fix: name a new folder.")
    build: dict[str, Callable[[Path], str]] = {
        "student": _students,
        "teacher": _teachers,
        "slides": lambda place: _slides(place, folders),
        "key": _key,
    }
    out.mkdir(parents=True, exist_ok=True)
    print(build[kind](out))
    return 0


def _options(arguments: Sequence[str]) -> tuple[list[str], dict[str, Path]]:
    """What is no option, and the folder after each option.

    Raises:
        CourseError: for an option that is not there, or one without a folder.
    """
    words: list[str] = []
    folders: dict[str, Path] = {}
    waiting = iter(arguments)
    for argument in waiting:
        if not argument.startswith("-"):
            words.append(argument)
            continue
        folder = Path(next(waiting, "-"))
        if argument not in WEB or not folder.is_dir():
            raise CourseError(
                f"{argument} {folder} is no folder of an edition. Fix: "
                f"{' or '.join(f'`{name} FOLDER`' for name in WEB)}."
            )
        folders[argument] = folder.resolve()
    return words, folders


def _students(out: Path) -> str:
    for path in _sources():
        notebook = nbformat.read(path, as_version=4)
        student.strip(notebook)
        _write(notebook, out / "notebooks" / path.name)
    _carry(out)
    return (
        f"The students' notebooks are in {out / 'notebooks'}: no solution, no output."
    )


def _teachers(out: Path) -> str:
    for path in _sources():
        notebook = nbformat.read(path, as_version=4)
        teacher.fill(notebook, lesson(number(path), notebook.cells))
        _write(notebook, out / "notebooks" / path.name)
    _carry(out)
    return f"The teacher's notebooks are in {out / 'notebooks'}. {_key(out)}"


def _key(out: Path) -> str:
    page = key.page(lessons(NOTEBOOKS))
    (out / "key.html").write_text(page, encoding="utf-8")
    return f"The key is {out / 'key.html'}: open it in a browser, and print it."


def _slides(out: Path, folders: dict[str, Path]) -> str:
    reveal, mathjax = slides.REVEAL, slides.MATHJAX
    if "--reveal" in folders:
        _ask_for(folders["--reveal"], "dist/reveal.js", "reveal.js 4 or newer")
        shutil.copytree(folders["--reveal"], out / "reveal.js")
        reveal = "reveal.js"
    if "--mathjax" in folders:
        _ask_for(folders["--mathjax"], "MathJax.js", "MathJax 2")
        shutil.copytree(folders["--mathjax"], out / "mathjax")
        mathjax = f"mathjax/MathJax.js?{slides.MATHJAX.split('?')[1]}"
    for path in _sources():
        notebook = nbformat.read(path, as_version=4)
        if notebook.cells[0].metadata.get("tags") == ["tour"]:
            page = slides.page(notebook, path.stem, reveal, mathjax)
            (out / f"{path.stem}.html").write_text(page, encoding="utf-8")
    from_web = [
        f"{name} ({url.split('?')[0]})"
        for option, name, url in (
            ("--reveal", "reveal.js", reveal),
            ("--mathjax", "MathJax", mathjax),
        )
        if option not in folders
    ]
    needs = (
        f"A browser fetches {' and '.join(from_web)} from the web; `--reveal FOLDER` "
        "and `--mathjax FOLDER` put your own copies beside the slides. Without "
        "reveal.js a page is one long page, without MathJax a formula stands as TeX."
        if from_web
        else "They need no network."
    )
    return f"The slides are in {out}. {needs}"


def _ask_for(folder: Path, file: str, name: str) -> None:
    if not (folder / file).is_file():
        raise CourseError(
            f"{folder} has no {file}. Fix: name the folder of an unpacked {name}."
        )


def _sources() -> list[Path]:
    return [*appendices(NOTEBOOKS), *all_notebooks(NOTEBOOKS)]


def _write(notebook: nbformat.NotebookNode, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def _carry(out: Path) -> None:
    """Copy what the notebooks lead to: the glossary, the README, its pictures."""
    texts = [(path, _prose(path)) for path in _sources()]
    root = NOTEBOOKS.parent
    for relative in sorted(led_to(texts, root)):
        (out / relative).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / relative, out / relative)


def _prose(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
