"""python -m mmlearn lab: a learner's copies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from mmlearn.course import lab
from mmlearn.course.paths import CourseError


@pytest.fixture
def folders(tmp_path, monkeypatch):
    source, work = tmp_path / "notebooks", tmp_path / "work"
    source.mkdir()
    for name in ("00-first", "05-fusion"):
        (source / f"{name}.ipynb").write_text(f"{name} as it was")
    monkeypatch.setattr(lab, "NOTEBOOKS", source)
    monkeypatch.setattr(lab, "WORK", work)
    return source, work


class Jupyter:
    """Stands for the process of JupyterLab: keeps the command, ends as told."""

    def __init__(self, monkeypatch, code: int = 0, interruptions: int = 0) -> None:
        self.commands: list[list[str]] = []
        self.code, self.interruptions = code, interruptions
        monkeypatch.setattr(lab.subprocess, "Popen", self.start)

    def start(self, command, cwd):
        self.commands.append(command)
        return self

    def wait(self) -> int:
        if self.interruptions:
            self.interruptions -= 1
            raise KeyboardInterrupt
        return self.code


def test_it_copies_what_is_missing_and_opens_the_first(folders, monkeypatch):
    _, work = folders
    jupyter = Jupyter(monkeypatch)
    assert lab.main(["--no-browser", "--port", "9999"]) == 0
    first = str(work / "00-first.ipynb")
    options = ["--no-browser", "--port", "9999"]
    (said,) = jupyter.commands
    assert said[:4] == [sys.executable, "-m", "jupyterlab", first]
    assert said[4] == "--LabApp.default_url=/lab/tree/00-first.ipynb"
    assert said[-3:] == options, "last, so that they hold"
    assert sorted(path.name for path in work.iterdir()) == [
        "00-first.ipynb",
        "05-fusion.ipynb",
    ]
    assert (work / "05-fusion.ipynb").read_text() == "05-fusion as it was"


def test_answers_are_never_overwritten(folders, monkeypatch):
    source, work = folders
    Jupyter(monkeypatch)
    lab.main([])
    (work / "00-first.ipynb").write_text("my answers")
    (work / "05-fusion.ipynb").unlink()
    (source / "00-first.ipynb").write_text("a newer version")
    lab.main([])
    assert (work / "00-first.ipynb").read_text() == "my answers"
    assert (work / "05-fusion.ipynb").exists()
    assert (source / "00-first.ipynb").read_text() == "a newer version"


def test_the_glossary_is_beside_the_copies_and_always_the_newest(folders, monkeypatch):
    source, work = folders
    Jupyter(monkeypatch)
    lab.main([])
    assert not (work / "glossary.md").exists()  # there is none: no reason to stop
    for text in ("### logit", "### logit, better said"):
        (source / "glossary.md").write_text(text)
        lab.main([])
        assert (work / "glossary.md").read_text() == text
    assert sorted(path.suffix for path in work.iterdir()) == [".ipynb", ".ipynb", ".md"]


def test_fresh_sets_a_new_copy_beside_the_old(folders, monkeypatch):
    _, work = folders
    jupyter = Jupyter(monkeypatch)
    lab.main([])
    (work / "05-fusion.ipynb").write_text("my answers")
    lab.main(["--fresh", "05"])
    lab.main(["--fresh=5", "--no-browser"])
    assert (work / "05-fusion.ipynb").read_text() == "my answers"
    assert (work / "05-fusion-2.ipynb").read_text() == "05-fusion as it was"
    assert jupyter.commands[1][3] == str(work / "05-fusion-2.ipynb")
    assert "--LabApp.default_url=/lab/tree/05-fusion-2.ipynb" in jupyter.commands[1]
    assert jupyter.commands[2][3] == str(work / "05-fusion-3.ipynb")
    assert jupyter.commands[2][-1] == "--no-browser"


@pytest.mark.parametrize("arguments", [["--fresh"], ["--fresh", "--no-browser"]])
def test_fresh_without_a_number(folders, arguments):
    with pytest.raises(CourseError, match="name the notebook by its number"):
        lab.main(arguments)


def test_fresh_with_a_number_that_no_notebook_has(folders):
    with pytest.raises(CourseError, match="no notebook 77"):
        lab.main(["--fresh", "77"])


def test_a_copy_that_breaks_off_leaves_no_half_notebook(folders, monkeypatch):
    _, work = folders

    def full(source, target):
        target.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lab.shutil, "copyfile", full)
    with pytest.raises(OSError, match="No space"):
        lab.main([])
    assert list(work.glob("*.ipynb")) == []


def test_ctrl_c_is_jupyters_to_answer(folders, monkeypatch):
    Jupyter(monkeypatch, code=5, interruptions=2)
    assert lab.main([]) == 5


NOTIFICATION = "@jupyterlab/apputils-extension:notification"


def served(address: str, path: str = "") -> bytes:
    url, _, token = address.partition("?")
    if path:
        url = url.partition("/lab/tree/")[0] + path
    for _ in range(100):  # the address is printed a moment before anyone listens
        try:
            with urllib.request.urlopen(f"{url}?{token}", timeout=30) as answer:
                return answer.read()
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError:
            time.sleep(0.1)
    raise TimeoutError(f"nobody answers at {url}")


def test_the_address_that_is_printed_opens_the_notebook_and_no_news_are_asked_for(
    tmp_path,
):
    """JupyterLab itself, with the folders of a user who has none yet."""
    notebook = tmp_path / "work" / "00-the first.ipynb"
    notebook.parent.mkdir()
    notebook.write_text('{"cells": [], "metadata": {}, "nbformat": 4}')
    folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    home = {name: str(tmp_path / name) for name in ("HOME", "USERPROFILE", *folders)}
    with lab.own_defaults() as defaults:
        process = subprocess.Popen(
            lab.command(notebook, defaults, ["--no-browser", "--allow-root"]),
            env=os.environ | home,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            said = iter(process.stderr.readline, "")
            line = next(line for line in said if "http://localhost" in line)
            address = line[line.index("http") :].strip()
            assert "/lab/tree/00-the%20first.ipynb?token=" in address
            assert b"JupyterLab" in served(address)
            contents = json.loads(served(address, "/api/contents/"))
            assert [item["name"] for item in contents["content"]] == [notebook.name]
            found = json.loads(served(address, f"/lab/api/settings/{NOTIFICATION}"))
        finally:
            process.terminate()
            process.communicate(timeout=30)
    offered = found["schema"]["properties"]
    assert offered["fetchNews"]["default"] == "false"
    assert offered["checkForUpdates"]["default"] is False
    assert found["settings"] == {}, "nothing is written for the user"
    assert not defaults.exists()


def test_outside_a_checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(lab, "NOTEBOOKS", tmp_path / "none")
    monkeypatch.setattr(lab, "WORK", tmp_path / "work")
    with pytest.raises(CourseError, match="No notebooks"):
        lab.main([])
