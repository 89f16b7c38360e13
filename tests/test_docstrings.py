"""Docstrings name errors and results in Google's sections; ruff checks their form."""

from __future__ import annotations

import ast
import inspect
import re

import pytest

from mmlearn.course.paths import ROOT

PACKAGE = ROOT / "mmlearn"
PROSE = re.compile(r"(?:^|[.;] )(?:Raises|Returns)\b(?!:$).*")
NO_ENTRY = re.compile(r" {4}(?! |[A-Z]\w*: \S)")


def faults(docstring: str) -> list[str]:
    """The lines that speak of errors or results in prose, or under a wrong heading."""
    found = []
    section = ""
    for line in inspect.cleandoc(docstring).splitlines():
        if PROSE.search(line):
            found.append(line)
        if line and not line.startswith(" "):
            section = line
        elif section == "Raises:" and NO_ENTRY.match(line):
            found.append(line)
    return found


def test_errors_and_results_have_sections():
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                lines = faults(ast.get_docstring(node) or "")
                name = getattr(node, "name", "the module")
                found += [f"{path.relative_to(ROOT)}, {name}: {x}" for x in lines]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("docstring", "fault"),
    [
        ("A sum.\n\nRaises ValueError when empty.", "Raises ValueError when empty."),
        ("A sum.\n\nReturns a float.", "Returns a float."),
        ("A sum. Raises KeyError.", "A sum. Raises KeyError."),
        ("A sum.\n\nRaises: ValueError.", "Raises: ValueError."),
        (
            "A.\n\nRaises:\n    TypeError, ValueError: if.",
            "    TypeError, ValueError: if.",
        ),
    ],
)
def test_prose_is_found(docstring, fault):
    assert faults(docstring) == [fault]


def test_sections_pass():
    assert not faults(
        "A sum.\n\nReturns:\n    A float.\n\nRaises:\n    ValueError: when a value\n"
        "        is NaN.\n    KeyError: as `other` does."
    )
