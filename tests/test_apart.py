"""What tests call in a process of its own ends with it, and says how it ended."""

import builtins
import os
import sys
import time
from pathlib import Path

import apart
import pytest

pytestmark = pytest.mark.once  # only tests that are marked so use it


def say_where() -> None:
    print(Path.cwd().name, os.environ["COLOUR"], sys.path[0] == "", "\N{SNOWMAN}")
    print("a fault", file=sys.stderr)
    builtins.left_behind = True


def is_clean() -> None:
    print(hasattr(builtins, "left_behind"), "COLOUR" in os.environ)


def fail() -> None:
    raise OSError("no such thing")


def test_it_runs_in_the_folder_with_the_variables_and_leaves_nothing(tmp_path):
    place = tmp_path / "here"
    place.mkdir()
    before = dict(os.environ)
    said = apart.call(say_where, folder=place, seconds=60, COLOUR="red")
    assert said == (0, "here red True \N{SNOWMAN}\n", "a fault\n")
    assert apart.call(is_clean, folder=place, seconds=60).out == "False False\n"
    assert dict(os.environ) == before and not hasattr(builtins, "left_behind")


def test_what_it_raises_is_told(tmp_path):
    said = apart.call(fail, folder=tmp_path, seconds=60)
    assert said.code == 1 and not said.out
    assert said.err.splitlines()[-1] == "OSError: no such thing"


def test_it_is_stopped_when_it_takes_too_long(tmp_path):
    start = time.monotonic()
    with pytest.raises(TimeoutError, match=r"not done after 0\.3 s"):
        apart.call(time.sleep, 100, folder=tmp_path, seconds=0.3)
    assert time.monotonic() - start < 60
