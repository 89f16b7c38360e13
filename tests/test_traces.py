"""Uninstalling: `data clear` and removing the environment leave nothing behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mmlearn import __main__ as entry
from mmlearn.course import traces
from mmlearn.course.paths import ROOT

VARIABLES = list(traces.users_folders(Path("/home/ada"), {}))


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """An empty home, and no variables that name other folders."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.setenv("LOCALAPPDATA", str(folder / "Local"))
    monkeypatch.setenv("APPDATA", str(folder / "Roaming"))
    for name in os.environ:
        if name.startswith(("JUPYTER", "XDG_")) or name in VARIABLES:
            monkeypatch.delenv(name)
    monkeypatch.delenv("MMLEARN_CACHE", raising=False)
    return folder


def test_a_home_and_temporary_files_are_as_they_were(home, tmp_path):
    """Data, a figure, a kernel, JupyterLab with a notebook that is saved, `clear`."""
    environment, work, temporary = (tmp_path / name for name in ("e", "work", "tmp"))
    for folder in (environment, work, temporary):
        folder.mkdir()
    names = ("TMPDIR", "TEMP", "TMP")
    places = {**dict.fromkeys(names, str(temporary)), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, ROOT / "tests/use_everything.py", environment, work],
        env=os.environ | places,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    written = {path.name for path in environment.rglob("*") if path.is_file()}
    assert {"history.sqlite", "notebook_secret"} <= written, "nothing was kept there"
    shutil.rmtree(environment)
    assert [path for path in home.rglob("*") if not path.is_dir()] == []
    assert [path.name for path in home.rglob("*")] in ([], [".cache"])
    assert list(temporary.iterdir()) == []
    kept = {path.name for path in work.iterdir()} - {".ipynb_checkpoints"}
    assert kept == {"first.ipynb", "figure.png"}


def test_folders_that_a_user_has_are_used(home, tmp_path):
    usual = traces.users_folders(home, os.environ)
    usual["JUPYTER_CONFIG_DIR"].mkdir(parents=True)
    variables = {"IPYTHONDIR": "/my/own"}
    traces.keep_inside(tmp_path / "e", variables)
    assert "JUPYTER_CONFIG_DIR" not in variables
    assert variables.pop("IPYTHONDIR") == "/my/own"
    assert len(variables) == len(usual) - 2
    assert all(Path(each).is_relative_to(tmp_path / "e") for each in variables.values())
    assert all(Path(each).is_dir() for each in variables.values())


@pytest.mark.parametrize("ours", [True, False])
def test_only_in_an_environment_that_is_the_courses(home, tmp_path, monkeypatch, ours):
    monkeypatch.setattr(entry, "in_own_folder", lambda: ours)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "e"))
    for name in VARIABLES:
        monkeypatch.setenv(name, "")  # so that it is as before when the test ends
        monkeypatch.delenv(name)
    monkeypatch.setitem(entry.COMMANDS, "nothing", "types")
    monkeypatch.setattr(entry.importlib, "import_module", lambda name: Nothing)
    assert entry.main(["nothing"]) == 0
    assert all((name in os.environ) is ours for name in VARIABLES)
    assert (tmp_path / "e").exists() is ours


class Nothing:
    """A command that does nothing."""

    @staticmethod
    def main(arguments: list[str]) -> int:
        return 0
