"""python -m mmlearn lab: a learner's own copies of the notebooks, and JupyterLab."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from mmlearn.course.kernel import own_kernel
from mmlearn.course.paths import (
    NOTEBOOKS,
    ROOT,
    WORK,
    CourseError,
    all_notebooks,
    appendices,
)
from mmlearn.course.paths import choose as choose_notebooks

GLOSSARY = "glossary.md"
# JupyterLab's defaults in the course. What a user has set goes before them.
DEFAULTS = {
    # It asks whether to tell news, in a box that covers the text of a notebook.
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    }
}


def main(arguments: Sequence[str]) -> int:
    """Copy what is missing in work/, open JupyterLab there, return its exit code.

    Raises:
        CourseError: outside a checkout, and for `--fresh` with no notebook's number.
    """
    fresh, options = take_fresh(arguments)
    WORK.mkdir(exist_ok=True)
    copied = copy_missing(NOTEBOOKS, WORK)
    refresh_glossary(NOTEBOOKS, WORK)
    if copied:
        print(f"Copied {len(copied)} notebooks to {WORK}; they are yours to change.")
    first = all_notebooks(WORK)[0]
    if fresh:
        first = copy_fresh(choose_notebooks(NOTEBOOKS, [fresh])[0], WORK)
        print(f"A new copy: {first.name}. Your other copies are as they were.")
    with own_kernel(), own_defaults() as defaults:
        process = subprocess.Popen(command(first, defaults, options), cwd=ROOT)
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # JupyterLab got it too, and asks whether to stop


def command(notebook: Path, defaults: Path, options: Sequence[str]) -> list[str]:
    """The call of JupyterLab; a user's own options come last, so that they win.

    The file is what a browser opens with, and its folder is where the server's files
    are; the default URL is what is printed, and would otherwise be the launcher's.
    """
    return [
        *(sys.executable, "-m", "jupyterlab", str(notebook)),
        f"--LabApp.default_url=/lab/tree/{quote(notebook.name)}",
        f"--LabApp.app_settings_dir={defaults}",
        *options,
    ]


@contextmanager
def own_defaults() -> Iterator[Path]:
    """A folder with the course's defaults for JupyterLab, for as long as it runs.

    Those of the user's own Jupyter are neither read nor changed.
    """
    with tempfile.TemporaryDirectory(prefix="mmlearn-lab-") as folder:
        overrides = Path(folder) / "overrides.json"
        overrides.write_text(json.dumps(DEFAULTS), encoding="utf-8")
        yield Path(folder)


def take_fresh(arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    """Take `--fresh NN` (or `--fresh=NN`) out; what is left is for JupyterLab.

    Raises:
        CourseError: when `--fresh` comes without the number of a notebook.
    """
    options = [part for text in arguments for part in _split_fresh(text)]
    if "--fresh" not in options:
        return None, options
    i = options.index("--fresh")
    value = options[i + 1 : i + 2]
    if not value or not value[0].isdigit():
        raise CourseError(
            f"--fresh is followed by {(value or ['nothing'])[0]!r}. Fix: name the "
            "notebook by its number, as in `lab --fresh 05`."
        )
    return value[0], options[:i] + options[i + 2 :]


def _split_fresh(text: str) -> list[str]:
    return text.split("=", 1) if text.startswith("--fresh=") else [text]


def copy_missing(source: Path, target: Path) -> list[Path]:
    """Copy the notebooks that are missing in `target`; never touch one that is there.

    Raises:
        CourseError: when the source has no notebooks.
    """
    there = [*all_notebooks(source), *appendices(source)]
    missing = [path for path in there if not (target / path.name).exists()]
    return [_copy(path, target / path.name) for path in missing]


def refresh_glossary(source: Path, target: Path) -> None:
    """Put the glossary beside the copies: their links lead to it, nobody answers in it.

    It is not the learner's to change, so a newer one replaces an older one.
    """
    glossary = source / GLOSSARY
    if glossary.exists():
        _copy(glossary, target / GLOSSARY)


def copy_fresh(notebook: Path, target: Path) -> Path:
    """Put a new copy beside the old ones: 05-topic-2.ipynb, then 05-topic-3.ipynb."""
    for i in itertools.count(2):
        path = target / f"{notebook.stem}-{i}.ipynb"
        if not path.exists():
            return _copy(notebook, path)
    raise AssertionError("unreachable: count() does not end")


def _copy(source: Path, target: Path) -> Path:
    """Copy under another name, then rename: a half-written copy is never seen."""
    temporary = target.with_suffix(".part")
    shutil.copyfile(source, temporary)
    temporary.replace(target)
    return target
