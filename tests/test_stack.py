"""Which stack of versions this is, and what only the current one may write."""

from __future__ import annotations

import importlib.metadata
import sys

import pytest

from mmlearn.course import stack, store
from mmlearn.course.paths import ROOT, CourseError
from mmlearn.course.stack import CURRENT, STACKS, TORCHTEXT
from mmlearn.studies import record


def torch_is(monkeypatch, version: str | None) -> None:
    def answer(name: str) -> str:
        assert name == "torch"
        if version is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(stack.importlib.metadata, "version", answer)
    monkeypatch.setattr(sys, "prefix", "/opt/an/environment/of/ones/own")
    monkeypatch.setattr(stack, "_selected", None)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.15.0", CURRENT),
        ("2.15.0+cpu", CURRENT),
        ("2.30.1", CURRENT),
        ("2.3.1", TORCHTEXT),
        ("2.3.1+cpu", TORCHTEXT),
        (None, CURRENT),
    ],
)
def test_torch_tells_which_stack_this_is(monkeypatch, version, expected):
    torch_is(monkeypatch, version)
    assert stack.here() is expected


@pytest.mark.parametrize("each", STACKS.values(), ids=list(STACKS))
def test_the_folder_tells_before_torch_does_and_a_choice_before_both(monkeypatch, each):
    torch_is(monkeypatch, "2.3.1" if each is CURRENT else "2.15.0")
    monkeypatch.setattr(sys, "prefix", str(ROOT / each.folder))
    assert stack.here() is each
    for chosen in STACKS.values():
        stack.select(chosen)
        assert stack.here() is chosen


def test_folder_and_option():
    assert (CURRENT.folder, CURRENT.option) == (".venv", "")
    assert TORCHTEXT.folder == ".venv-torchtext"
    assert TORCHTEXT.option == " --stack torchtext"


@pytest.mark.parametrize("write", [store.main, record.main])
def test_what_is_stored_is_written_by_the_current_stack_only(monkeypatch, write):
    torch_is(monkeypatch, "2.3.1")
    with pytest.raises(
        CourseError, match=r"this is torchtext\. Fix: .* environment\.$"
    ):
        write(["00"])
