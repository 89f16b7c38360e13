"""Making .venv, with a stand-in for pip: nothing is downloaded here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from mmlearn.course import install, preflight
from mmlearn.course.install import Place
from mmlearn.course.paths import CourseError
from mmlearn.course.stack import TORCHTEXT

PROJECT = '[project]\nname = "x"\nversion = "1"\n'

# What a pip does that works: it says so, and puts something into the environment.
GOOD = """
import pathlib, sys
print("Collecting a")
print("Installing collected packages: a, b")
pathlib.Path(".venv/pip-was-here").touch()
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A checkout with a space in its path, and an environment without pip."""
    folder = tmp_path / "my clone"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "constraints.txt").write_text("a==1\nb==2\n")
    monkeypatch.setattr(install, "_make_environment", bare_environment)
    monkeypatch.setattr(install, "SECONDS_BETWEEN_LOOKS", 0.01)
    monkeypatch.setattr(preflight, "GIGABYTES_CUDA", 0.0)
    monkeypatch.setattr(preflight, "GIGABYTES_CPU", 0.0)
    return folder


def bare_environment(place: Place) -> None:
    """As the real one, without pip: 0.1 s instead of 3."""
    command = [sys.executable, "-m", "venv", "--without-pip", str(place.folder)]
    subprocess.run(command, check=True)


def pip_does(monkeypatch, code: str) -> list[int]:
    """Let this Python code stand for pip; the list grows with every call."""
    calls: list[int] = []

    def command(place):
        calls.append(1)
        return [sys.executable, "-c", code]

    monkeypatch.setattr(install, "pip_command", command)
    return calls


def test_a_first_call_installs_and_a_second_does_nothing(root, monkeypatch):
    calls = pip_does(monkeypatch, GOOD)
    python = install.ensure(Place(root))
    assert python.exists() and (root / ".venv/pip-was-here").exists()
    assert install.ready(Place(root)) and len(calls) == 1
    before = {path: path.stat().st_mtime_ns for path in root.iterdir()}
    assert install.ensure(Place(root)) == python and len(calls) == 1
    assert {path: path.stat().st_mtime_ns for path in root.iterdir()} == before


@pytest.mark.parametrize("change", ["constraints.txt", "pyproject.toml"])
def test_other_pins_bring_the_environment_up_to_date(root, monkeypatch, change):
    calls = pip_does(monkeypatch, GOOD)
    install.ensure(Place(root))
    (root / ".venv/mine").touch()
    text = (root / change).read_text().replace("1", "3")
    (root / change).write_text(text)
    assert not install.ready(Place(root))
    install.ensure(Place(root))
    assert len(calls) == 2 and install.ready(Place(root))
    assert (root / ".venv/mine").exists(), "it was made anew"


def test_each_stack_has_an_environment_of_its_own(root, monkeypatch, capsys):
    current, torchtext = Place(root), Place(root, TORCHTEXT)
    torchtext.pins.parent.mkdir()
    torchtext.pins.write_text("a==1\n")
    calls = pip_does(monkeypatch, "print('Installing collected packages: a')")
    install.ensure(current)
    assert not install.ready(torchtext)
    python = install.ensure(torchtext)
    assert python == torchtext.python and root / ".venv-torchtext" in python.parents
    assert ".venv-torchtext" in capsys.readouterr().out
    assert install.ready(current) and install.ready(torchtext) and len(calls) == 2
    torchtext.marker.write_text(install.HALF_DONE)  # another call was killed there
    (torchtext.folder / "half").touch()
    (current.folder / "mine").touch()
    install.ensure(torchtext)
    assert ".venv-torchtext anew" in capsys.readouterr().out
    assert not (torchtext.folder / "half").exists() and len(calls) == 3
    assert (current.folder / "mine").exists() and install.ready(current)
    (root / "constraints.txt").write_text("a==2\n")
    assert not install.ready(current) and install.ready(torchtext)


def test_settings_of_tools_install_nothing(root, monkeypatch):
    calls = pip_does(monkeypatch, GOOD)
    install.ensure(Place(root))
    (root / "pyproject.toml").write_text(PROJECT + "[tool.ruff]\nline-length = 99\n")
    install.ensure(Place(root))
    assert len(calls) == 1


def test_a_folder_that_moved_is_installed_again(root, monkeypatch):
    """Where telling it the new folder does not do: there is no package inside."""
    calls = pip_does(monkeypatch, GOOD)
    install.ensure(Place(root))
    moved = root.rename(root.parent / "elsewhere")
    assert not install.ready(Place(moved))
    (moved / ".venv/mine").touch()
    install.ensure(Place(moved))
    assert install.ready(Place(moved)) and len(calls) == 2
    assert (moved / ".venv/mine").exists()


def test_what_is_beside_the_environment_is_the_checkout_alone(root, monkeypatch):
    before = {path.name for path in root.iterdir()}
    (root / "x.egg-info").mkdir()  # as setuptools leaves it
    pip_does(monkeypatch, GOOD)
    install.ensure(Place(root))
    assert {path.name for path in root.iterdir()} == before | {".venv"}
    assert "Collecting a" in (root / ".venv/install.log").read_text()


def test_an_environment_whose_python_is_gone_is_made_anew(root, monkeypatch):
    calls = pip_does(monkeypatch, GOOD)
    install.ensure(Place(root))
    (root / ".venv/mine").touch()
    Place(root).python.unlink()
    install.ensure(Place(root))
    assert len(calls) == 2 and not (root / ".venv/mine").exists()


def test_a_half_done_pip_is_recovered_from_nothing(root, monkeypatch, capsys):
    half = GOOD + "\nsys.exit(1)"
    pip_does(monkeypatch, half)
    with pytest.raises(CourseError, match="pip failed"):
        install.ensure(Place(root))
    assert not install.ready(Place(root))
    pip_does(monkeypatch, "print('Installing collected packages: a')")
    install.ensure(Place(root))
    assert "interrupted" in capsys.readouterr().out
    assert install.ready(Place(root)) and not (root / ".venv/pip-was-here").exists()


def test_a_pip_that_fetched_nothing_goes_on_where_it_was(root, monkeypatch, capsys):
    offline = "print('WARNING: Retrying: NewConnectionError'); raise SystemExit(1)"
    pip_does(monkeypatch, offline)
    with pytest.raises(CourseError, match="no network"):
        install.ensure(Place(root))
    (root / ".venv/mine").touch()
    pip_does(monkeypatch, GOOD)
    install.ensure(Place(root))
    assert (root / ".venv/mine").exists()
    assert "interrupted" not in capsys.readouterr().out


SLOW = """
import os, pathlib, time
print("Installing collected packages: a", flush=True)
pathlib.Path("pip.pid.part").write_text(str(os.getpid()))
pathlib.Path("pip.pid.part").rename("pip.pid")
time.sleep(600)
"""

CHILD = """
import pathlib, subprocess, sys
from mmlearn.course import install, preflight
preflight.GIGABYTES_CUDA = preflight.GIGABYTES_CPU = 0.0
install._make_environment = lambda place: subprocess.run(
    [sys.executable, "-m", "venv", "--without-pip", place.folder], check=True
)
install.pip_command = lambda place: [sys.executable, "-c", {slow!r}]
install.ensure(install.Place(pathlib.Path(sys.argv[1])))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_kill_9_in_the_middle_then_again(root, monkeypatch):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD.format(slow=textwrap.dedent(SLOW)), str(root)]
    )
    wait_for(root / "pip.pid")
    child.kill()
    child.wait()
    (root / ".venv/half").touch()
    pip = int((root / "pip.pid").read_text())
    # pip outlives its parent: what it writes is not taken away from under it.
    with pytest.raises(CourseError, match="Another call of course"):
        install.ensure(Place(root))
    os.kill(pip, signal.SIGKILL)
    pip_does(monkeypatch, GOOD)
    until = time.monotonic() + 30
    while True:
        try:
            install.ensure(Place(root))
            break
        except CourseError:  # the system has not yet let go of pip's lock
            assert time.monotonic() < until
            time.sleep(0.05)
    assert install.ready(Place(root)) and not (root / ".venv/half").exists()


def wait_for(path: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until, f"no {path.name} after a minute"
        time.sleep(0.05)


def test_a_kill_while_the_environment_is_made_then_again(root, monkeypatch):
    def killed(place):
        place.python.parent.mkdir(parents=True)
        place.python.symlink_to(sys.executable)  # there, and has no pip
        raise KeyboardInterrupt

    monkeypatch.setattr(install, "_make_environment", killed)
    with pytest.raises(KeyboardInterrupt):
        install.ensure(Place(root))
    (root / ".venv/half").touch()
    monkeypatch.setattr(install, "_make_environment", bare_environment)
    pip_does(monkeypatch, GOOD)
    install.ensure(Place(root))
    assert install.ready(Place(root)) and not (root / ".venv/half").exists()


def test_ctrl_c_ends_pip_and_says_what_is_next(root, monkeypatch):
    pip_does(monkeypatch, SLOW)

    def interrupt(pip, place):
        wait_for(root / "pip.pid")
        raise KeyboardInterrupt

    monkeypatch.setattr(install, "_watch", interrupt)
    with pytest.raises(CourseError, match="Interrupted"):
        install.ensure(Place(root))
    with pytest.raises(ProcessLookupError):
        os.kill(int((root / "pip.pid").read_text()), 0)


def test_an_environment_of_the_users_own_is_used_and_not_deleted(root, monkeypatch):
    bare_environment(Place(root))
    (root / ".venv/mine").touch()
    pip_does(monkeypatch, GOOD)
    install.ensure(Place(root))
    assert (root / ".venv/mine").exists() and install.ready(Place(root))


def test_an_environment_with_another_python_is_refused(root, monkeypatch):
    python = Place(root).python
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho 3 9\n")
    python.chmod(0o755)
    calls = pip_does(monkeypatch, GOOD)
    with pytest.raises(CourseError, match=r"Python 3\.9.*delete that folder"):
        install.ensure(Place(root))
    assert not calls and python.exists()


@pytest.mark.parametrize(
    "check",
    ["machine_problem", "ensurepip_problem", "disk_problem", "folder_problem"],
)
def test_each_preflight_stops_it_before_pip(root, monkeypatch, check):
    calls = pip_does(monkeypatch, GOOD)
    monkeypatch.setattr(preflight, check, lambda *arguments: f"No: {check}.")
    with pytest.raises(CourseError, match=f"No: {check}."):
        install.ensure(Place(root))
    assert not calls and not install.ready(Place(root))


def test_a_venv_that_cannot_be_made(root, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(preflight, "GIGABYTES_CPU", 0.0)
    monkeypatch.setattr(preflight, "ensurepip_problem", lambda: None)
    monkeypatch.setattr(sys, "executable", str(root / "python"))
    script = "#!/bin/sh\necho 'Error: no space for it.' >&2\nexit 1\n"
    (root / "python").write_text(script)
    (root / "python").chmod(0o755)
    with pytest.raises(CourseError, match="no space for it"):
        install.ensure(Place(root))


def test_a_folder_in_use_cannot_be_removed(root, monkeypatch):
    def refuse(folder):
        raise PermissionError(13, "in use")

    monkeypatch.setattr(install.shutil, "rmtree", refuse)
    with pytest.raises(CourseError, match="close the programs"):
        install.ensure(Place(root))


def test_pip_is_left_to_its_own_settings():
    command = install.pip_command(Place(Path("/place")))
    assert command[1:4] == ["-m", "pip", "install"]
    options = {part for part in command if part.startswith("-")}
    assert options == {"-m", "--constraint", "--editable"}
    assert command[-3:] == [
        "constraints.txt",
        "--editable",
        ".[course,grid,index,shards,speech,test]",
    ]
    other = install.pip_command(Place(Path("/place"), TORCHTEXT))
    assert other[-3] == "environments/torchtext.txt"
    assert other[-1] == ".[course,index,speech,test,torchtext]"


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (
            "ERROR: Could not install: [Errno 28] No space left on device",
            "disk is full",
        ),
        (
            "WARNING: Retrying ... NewConnectionError('<...>: Failed to establish a new"
            " connection: [Errno -2] Name or service not known')\n"
            "ERROR: No matching distribution found for setuptools>=77",
            "no network",
        ),
        (
            "ERROR: Could not find a version that satisfies torch==9\n"
            "ERROR: No matching distribution found for torch==9",
            "pip found no torch==9",
        ),
        ("/x/python: No module named pip", "without pip. Fix: delete its folder"),
        ("Collecting a\nERROR: Something odd\nmore", "pip failed: Something odd"),
        ("", "pip failed: nothing"),
    ],
)
def test_a_failure_is_explained_in_one_line(said, cause):
    line = install.explain(said)
    assert cause in line and "Fix: " in line and "\n" not in line


def test_progress_while_pip_downloads():
    said = "Collecting a\n  Downloading a-1.whl (3 MB)\nCollecting b==2\n"
    share, text = install.state(said, installed=1, pins=8)
    assert share == pytest.approx(0.5 * 2 / 8) and text == "downloading b==2"


def test_progress_while_pip_reads_a_folder_of_wheels():
    said = "Processing /my stick/wheels/a-1.whl (from x)\nProcessing ./b-1.whl\n"
    share, text = install.state(said, installed=1, pins=8)
    assert share == pytest.approx(0.5 * 2 / 8) and text == "reading b-1.whl"
    first = said.splitlines()[0]
    assert install.state(first, installed=1, pins=8)[1] == "reading a-1.whl"


def test_progress_while_pip_installs():
    said = "Collecting a\nInstalling collected packages: a, b, c, d\n"
    share, text = install.state(said, installed=1, pins=8)
    assert (
        share == pytest.approx(0.5 + 0.5 / 4) and text == "installing 1 of 4 packages"
    )


def test_progress_before_pip_says_anything():
    assert install.state("", installed=0, pins=8) == (0.0, "downloading")
