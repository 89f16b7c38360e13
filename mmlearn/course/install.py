"""Make a stack's environment in the checkout and install its packages there, once.

Three files tell how far it got: `.installing` exists and is locked while pip works
(left over and not locked: it was interrupted), `.venv/course-stamp` holds a digest of
what was installed and the folder that it was installed for, and `install.log` is what
pip said last, in `.venv` once it is done. (These are the names for the current stack;
another stack's end in its name.) Where there is a kit, pip gets the wheels from there
and from nowhere else. Standard library only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mmlearn.course import kit as kits
from mmlearn.course import moved, preflight
from mmlearn.course.kit import Kit
from mmlearn.course.paths import CourseError
from mmlearn.course.pip_says import explain, state
from mmlearn.course.place import (
    Place,
    asked_for,
    moved_from,
    python_to_be,
    ready,
    stamp,
)
from mmlearn.course.screen import Progress

SECONDS_BETWEEN_LOOKS = 0.3
HALF_DONE = "half done\n"  # what the marker says while .venv may be incomplete


def ensure(place: Place) -> Path:
    """Install what is missing and return the environment's Python.

    An environment that an interrupted call left is made anew; one that is whole but
    belongs to other pins is updated; one that is right is left alone.

    Raises:
        CourseError: when it cannot be done, with the cause and its fix in one line.
    """
    if ready(place):
        return place.python
    _stop_at(preflight.folder_problem(place.root))
    with _marked_as_installing(place.marker) as (marker, interrupted):
        _install(place, marker, interrupted)
    place.marker.unlink()
    return place.python


def _install(place: Place, marker: IO[str], interrupted: bool) -> None:
    if interrupted:
        folder = place.stack.folder
        print(f"The last installation was interrupted: making {folder} anew.")
    old = None if interrupted else moved_from(place)
    if old is not None and _move(place, old):
        return
    if interrupted or not place.python.exists():
        _remove(place.folder)
    _stop_at(preflight.machine_problem())
    if place.kit is not None:
        _check_kit(place, place.kit)
    if not place.python.exists():
        _stop_at(preflight.ensurepip_problem())
        _stop_at(preflight.disk_problem(place.root, _gigabytes_at_least(place)))
        _write(marker, HALF_DONE)
        _make_environment(place)
    if not place.stamp.exists():
        _stop_at(_version_problem(place))
        if place.kit is None:
            settings = _inside(place, "-m", "pip", "config", "list")
            needed = preflight.gigabytes_needed(settings)
            _stop_at(preflight.disk_problem(place.root, needed))
    _say_what_comes(place)
    _run_pip(place, marker)
    _tidy(place)
    stamp(place)


def _tidy(place: Place) -> None:
    """Leave nothing beside the environment: removing it then leaves nothing at all."""
    place.log.replace(place.folder / place.log.name)
    for left in place.root.glob("*.egg-info"):  # of the link's making
        shutil.rmtree(left, ignore_errors=True)


def _move(place: Place, old: str) -> bool:
    """Tell a whole environment its new folder, which needs no network; False if not.

    What is left half-told has no stamp, and so is installed in the usual way.
    """
    print(f"This folder was {old}: telling {place.stack.folder} its new place.")
    place.stamp.unlink()
    moved.rewrite(place.folder, old, str(place.root))
    if not moved.works(place.python, place.root):
        return False
    stamp(place)
    return True


def _check_kit(place: Place, kit: Kit) -> None:
    """Whether the kit is whole, and has the wheels that are asked for here."""
    _stop_at(kits.problem(kit, place.stack, python_to_be(place)))
    kits.check(kit)
    if asked_for(kit.folder, place.stack) != asked_for(place.root, place.stack):
        raise CourseError(
            f"The kit in {kit.folder} is for other pins than this copy of the course. "
            "Fix: use the copy that the kit is, or pack one from this copy."
        )


def _gigabytes_at_least(place: Place) -> float:
    if place.kit is None:
        return preflight.GIGABYTES_CPU
    return place.kit.gigabytes_needed(python_to_be(place))


@contextmanager
def _marked_as_installing(path: Path) -> Iterator[tuple[IO[str], bool]]:
    """Hold the marker, locked; yield it, and whether an earlier call left it behind.

    It says so when this process was killed, or failed after pip began to write.
    """
    with path.open("a+", encoding="utf-8") as marker:
        if not _lock(marker):
            raise CourseError(
                "Another call of course.py is installing here. Fix: wait until it is "
                "done, then call this again."
            )
        marker.seek(0)
        yield marker, HALF_DONE in marker.read()


def _write(marker: IO[str], text: str) -> None:
    """Write straight to the disk, so that it is there should this process be killed."""
    marker.write(text)
    marker.flush()


def _lock(file: IO[str]) -> bool:
    """Lock an open file until it is closed; False if another process has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _stop_at(problem: str | None) -> None:
    if problem:
        raise CourseError(problem)


def _inside(place: Place, *arguments: str) -> str:
    """What a command of the environment's Python prints."""
    command = [str(place.python), *arguments]
    done = subprocess.run(command, cwd=place.root, capture_output=True, text=True)
    return done.stdout


def _version_problem(place: Place) -> str | None:
    """What is wrong with `.venv`'s Python; one made by others is used if it will do."""
    code = "import sys; print(*sys.version_info[:2])"
    major_minor = _inside(place, "-c", code).split()
    if len(major_minor) == 2 and preflight.supported(
        (int(major_minor[0]), int(major_minor[1])), place.stack
    ):
        return None
    wanted = "{}.{} to {}.{}".format(*preflight.OLDEST, *place.stack.newest)
    return (
        f"The folder {place.folder} holds Python {'.'.join(major_minor) or '?'}; the "
        f"stack {place.stack.name} needs {wanted}. Fix: delete that folder and call "
        "this again."
    )


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise CourseError(
            f"Cannot remove {folder} ({error.strerror}). Fix: close the programs that "
            "use it (JupyterLab?), delete the folder and call this again."
        ) from error


def _make_environment(place: Place) -> None:
    command = [sys.executable, "-m", "venv", str(place.folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        _remove(place.folder)
        said = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise CourseError(
            f"Python could not make the environment {place.stack.folder}: {said[-1]} "
            f"Fix: see that `{sys.executable} -m venv {place.folder}` works, then "
            "call this again."
        )


def _say_what_comes(place: Place) -> None:
    print(
        f"Installing the pinned packages into {place.stack.folder}, until the pins "
        "change. One of\n"
        "them, espeakng-loader, carries the speech synthesiser espeak-ng: GPL-3."
    )


def _run_pip(place: Place, marker: IO[str]) -> None:
    """Let pip install the package with its extras; pip's own settings apply.

    With a kit they do not: nothing but its wheels is installed.
    """
    _write(marker, HALF_DONE)
    # pip keeps the marker open, and so locked, should this process be killed: the next
    # call then waits for pip's end before it takes away what pip is writing.
    held = () if sys.platform == "win32" else (marker.fileno(),)
    with place.log.open("wb") as output:
        pip = subprocess.Popen(
            pip_command(place),
            cwd=place.root,
            env=None if place.kit is None else kits.settings_of_pip(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=held,
        )
        try:
            _watch(pip, place)
            problem = explain
        except KeyboardInterrupt:
            pip.terminate()
            pip.wait()
            problem = _interrupted
    if pip.returncode:
        said = place.log.read_text(encoding="utf-8", errors="replace")
        if "Installing collected packages" not in said:
            marker.truncate(0)  # nothing was changed: the next call goes on from here
        raise CourseError(f"{problem(said)} (All that pip said: {place.log})")


def pip_command(place: Place) -> list[str]:
    """No index, cache or proxy is named here: pip's own settings decide on those.

    With a kit, its wheels are all that pip sees.
    """
    command = [str(place.python), "-m", "pip", "install"]
    if place.kit is not None:
        command += ["--no-index", "--find-links", str(place.kit.wheels)]
    pins, extras = place.stack.pins, place.stack.extras
    return [*command, "--constraint", pins, "--editable", f".[{extras}]"]


def _interrupted(said: str) -> str:
    return "Interrupted. The next call goes on; pip keeps what it has downloaded."


def _watch(pip: subprocess.Popen[bytes], place: Place) -> None:
    """Draw pip's progress from its log and from what is in the environment."""
    pins = len(place.pins.read_text(encoding="utf-8").splitlines())
    with Progress() as progress:
        while pip.poll() is None:
            said = place.log.read_text(encoding="utf-8", errors="replace")
            progress.update(*state(said, _installed(place), pins))
            time.sleep(SECONDS_BETWEEN_LOOKS)


def _installed(place: Place) -> int:
    """How many packages are in the environment."""
    between = "Lib" if sys.platform == "win32" else "lib/python3.*"
    return len(list(place.folder.glob(f"{between}/site-packages/*.dist-info")))
