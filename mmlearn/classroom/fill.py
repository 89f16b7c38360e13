"""A solution put into the cell of its exercise, so that running it says "Correct."."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from typing import Any

from mmlearn.classroom.tasks import Lesson, Task
from mmlearn.course.paths import CourseError
from mmlearn.exercises.compare import literal
from mmlearn.exercises.exercise import Exercise

WIDTH = 88


def filled(lesson: Lesson, task: Task, above: str = "") -> str:
    """The text of a task's cell with its solution in place of the dots.

    Args:
        above: the code above the cell, whose imports need not be repeated.

    Raises:
        CourseError: when the cell has neither a function nor a value to fill in.
    """
    one = lesson.one(task.name)
    answer = _handed_in(task)
    if isinstance(one, Exercise):
        source = re.sub(r"\.\.\.[ ]+# your code.*", "...", task.source)
        place = _last(source, answer, ast.FunctionDef)
        if isinstance(place, ast.FunctionDef):
            code = _function(one._solution, place, source)
            known = f"{above}\n{source}".split("\n")
            needed = [x for x in _imports(one._solution, code) if x not in known]
            head = "".join(f"{line}\n" for line in needed) + "\n\n" * bool(needed)
            return head + _replaced(source, place, code)
    elif isinstance(answer, ast.Name):
        assigned = _last(task.source, answer, ast.Assign)
        if isinstance(assigned, ast.Assign):
            value = _wrapped(one.answer, f"{answer.id} = ")
            return _replaced(task.source, assigned.value, value)
    elif any(isinstance(n, ast.Constant) and n.value is ... for n in ast.walk(answer)):
        return _replaced(task.source, answer, _wrapped(one.answer, " " * 40))
    raise CourseError(
        f"The cell of {task.name} in notebook {lesson.number} hands in "
        f"{ast.unparse(answer)}. Fix: give `check` a function or a name that the cell "
        "defines, or dots."
    )


def _handed_in(task: Task) -> ast.expr:
    """What the cell gives to `check`."""
    for node in ast.walk(ast.parse(task.source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = getattr(node.func.value, "attr", "")
            if node.func.attr == "check" and owner == task.name:
                return node.args[0]
    raise AssertionError(f"no call of {task.name}.check in its cell")


def _last(source: str, name: ast.expr, kind: type[ast.stmt]) -> ast.stmt | None:
    """The last statement of a kind that binds a name."""
    found = None
    for node in ast.parse(source).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        names = {getattr(target, "id", "") for target in targets}
        names.add(getattr(node, "name", ""))
        if isinstance(node, kind) and getattr(name, "id", None) in names:
            found = node
    return found


def _function(solution: Any, place: ast.FunctionDef, source: str) -> str:
    """The solution under the cell's own first line, or else under its own, renamed."""
    code = textwrap.dedent(inspect.getsource(solution)).rstrip()
    own = ast.parse(code).body[0]
    assert isinstance(own, ast.FunctionDef)
    lines = code.split("\n")
    first = own.body[0].lineno - 1  # a comment above the body stays with it
    while first and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    head = _head(place, source)
    if [a.arg for a in place.args.args] != [a.arg for a in own.args.args]:
        head = "\n".join(lines[own.lineno - 1 : first])
        head = head.replace(f"def {own.name}(", f"def {place.name}(", 1)
    return "\n".join([head, *lines[first:]])


def _head(place: ast.FunctionDef, source: str) -> str:
    """A function's signature, to its colon."""
    parts: list[ast.AST] = [*ast.walk(place.args)]
    parts += [place.returns] if place.returns else []
    known = [getattr(part, "end_lineno", None) for part in parts]
    ends = [
        (line, int(getattr(part, "end_col_offset", 0)))
        for part, line in zip(parts, known, strict=True)
        if line is not None
    ]
    line, column = max(ends, default=(place.lineno, len(f"def {place.name}")))
    lines = source.encode().split(b"\n")
    before = b"\n".join([*lines[place.lineno - 1 : line - 1], lines[line - 1][:column]])
    after = b"\n".join([lines[line - 1][column:], *lines[line:]])
    return (before + after[: after.index(b":") + 1]).decode()


def _imports(solution: Any, code: str) -> list[str]:
    """The imports of the solution's module that code needs, which is a function.

    A private helper of that module is imported from there.
    """
    module = inspect.getmodule(solution)
    assert module is not None
    used = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    found = []
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            kept = [a for a in node.names if (a.asname or a.name) in used]
            if kept and getattr(node, "module", "") != "__future__":
                node.names = kept
                found.append(ast.unparse(node))
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in used:
            found.append(f"from {module.__name__} import {node.name}")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {t.id for t in targets if isinstance(t, ast.Name)} & used
            found += [f"from {module.__name__} import {name}" for name in sorted(names)]
    return found


def _replaced(source: str, node: ast.expr | ast.stmt, code: str) -> str:
    """A text with one node's own text replaced."""
    old = ast.get_source_segment(source, node)
    assert old is not None
    lines = source.encode().split(b"\n")
    start = sum(len(line) + 1 for line in lines[: node.lineno - 1]) + node.col_offset
    whole = source.encode()
    end = start + len(old.encode())
    return (whole[:start] + code.encode() + whole[end:]).decode()


def _wrapped(value: Any, before: str) -> str:
    """A value as Python writes it, an item a line where one line is too long."""
    flat = literal(value)
    if len(before + flat) <= WIDTH or not isinstance(value, dict | list):
        return flat
    if isinstance(value, dict):
        rows = [f"    {key!r}: {literal(item)}," for key, item in value.items()]
        return "\n".join(["{", *rows, "}"])
    return "\n".join(["[", *(f"    {literal(item)}," for item in value), "]"])
