"""The parameters of a notebook: the literals of its cell tagged `parameters`.

    fusion: Literal["late", "concat", "gated"] = "late"
    epochs = 20

What is asked for on the command line is held against them before anything runs.
"""

from __future__ import annotations

import ast
import difflib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import nbformat

from mmlearn.course.paths import CourseError

TAG = "parameters"
SEED = "seed"


@dataclass(frozen=True)
class Parameter:
    """A name, its default, and the values it may have; () where any of its type may."""

    name: str
    default: Any
    choices: tuple[Any, ...] = ()


def of_notebook(notebook: nbformat.NotebookNode) -> dict[str, Parameter]:
    """The parameters, in their order.

    Raises:
        CourseError: when there is not one such cell, or a value that is no literal.
    """
    cells = [c for c in notebook.cells if TAG in c.metadata.get("tags", [])]
    if len(cells) != 1:
        raise CourseError(
            f"{len(cells)} cells are tagged {TAG!r}. Fix: tag the one cell that gives "
            "the names and their first values, such as `epochs = 20`."
        )
    found = {}
    for statement in ast.parse(cells[0].source).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        parameter = _parameter(statement)
        found[parameter.name] = parameter
    return found


def _parameter(statement: ast.stmt) -> Parameter:
    text = ast.unparse(statement)
    target: ast.expr | None = None
    value: ast.expr | None = None
    choices: tuple[Any, ...] = ()
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign):
        target, value = statement.target, statement.value
        choices = _choices(statement.annotation)
    if not isinstance(target, ast.Name) or value is None:
        raise CourseError(
            f"The cell {TAG!r} has `{text}`; expected `name = value`, one a line."
        )
    try:
        return Parameter(target.id, ast.literal_eval(value), choices)
    except ValueError:
        raise CourseError(
            f"The parameter `{text}` is no literal; expected a number, a text, True, "
            "False, None or a list of these."
        ) from None


def _choices(annotation: ast.expr) -> tuple[Any, ...]:
    """The values of `Literal[...]`; () for another annotation."""
    if not isinstance(annotation, ast.Subscript):
        return ()
    name = annotation.value
    if not isinstance(name, ast.Name) or name.id != "Literal":
        return ()
    found = ast.literal_eval(annotation.slice)
    return found if isinstance(found, tuple) else (found,)


def grid(
    parameters: Mapping[str, Parameter],
    given: Sequence[str],
    varied: Sequence[str],
    seeds: int | None,
) -> list[dict[str, Any]]:
    """What each run is given: every combination of the varied values and the seeds.

    Args:
        given: `name=value` for all runs.
        varied: `name=a,b,c`, a run for each.
        seeds: 0 to seeds - 1 for the parameter `seed`; None: as it stands.

    Raises:
        CourseError: naming the nearest name, for one that there is not; naming what was
            found and expected, for a value of another type; for a name given twice.
    """
    fixed = dict(_pair(parameters, text) for text in given)
    axes = [_axis(parameters, text) for text in varied]
    if seeds is not None:
        if seeds < 1:
            raise CourseError(f"--seeds is {seeds}; expected 1 or more.")
        _known(parameters, SEED)
        axes.append((SEED, list(range(seeds))))
    names = [text.partition("=")[0].strip() for text in given]
    names += [name for name, _ in axes]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise CourseError(f"{', '.join(sorted(twice))} is given more than once.")
    return [fixed | combination for combination in _combinations(axes)]


def _combinations(axes: Sequence[tuple[str, list[Any]]]) -> Iterator[dict[str, Any]]:
    for values in itertools.product(*(values for _, values in axes)):
        yield dict(zip((name for name, _ in axes), values, strict=True))


def _axis(parameters: Mapping[str, Parameter], text: str) -> tuple[str, list[Any]]:
    name, sign, values = text.partition("=")
    parts = [part.strip() for part in values.split(",")]
    if not sign or not all(parts):
        raise CourseError(f"--grid {text}: expected name=value,value, such as lr=1,2.")
    found = [_pair(parameters, f"{name}={part}") for part in parts]
    if len({repr(value) for _, value in found}) < len(found):
        raise CourseError(f"--grid {text} has a value twice.")
    return found[0][0], [value for _, value in found]


def _pair(parameters: Mapping[str, Parameter], text: str) -> tuple[str, Any]:
    name, sign, written = text.partition("=")
    name = name.strip()
    if not sign:
        raise CourseError(f"-p {text}: expected name=value, such as epochs=20.")
    known = _known(parameters, name)
    value = _value(known, written.strip())
    if known.choices and value not in known.choices:
        near = difflib.get_close_matches(str(value), map(str, known.choices), 1)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise CourseError(
            f"{name} is {value!r}; expected one of "
            f"{', '.join(map(str, known.choices))}.{meant}"
        )
    return name, value


def _known(parameters: Mapping[str, Parameter], name: str) -> Parameter:
    if name in parameters:
        return parameters[name]
    near = difflib.get_close_matches(name, parameters, 1, cutoff=0.4)
    meant = f" Did you mean {near[0]}?" if near else ""
    raise CourseError(
        f"The notebook has no parameter {name!r}; it has {', '.join(parameters)}."
        f"{meant}"
    )


def _value(parameter: Parameter, written: str) -> Any:
    """What was written, as a value of the default's type."""
    default = parameter.default
    if isinstance(default, str):
        return written
    try:
        value = ast.literal_eval(written)
    except (ValueError, SyntaxError):
        value = {"true": True, "false": False, "none": None}.get(
            written.lower(), written
        )
    if isinstance(default, float) and type(value) is int:
        return float(value)
    if default is None or type(value) is type(default):
        return value
    if isinstance(default, tuple | list) and isinstance(value, tuple | list):
        return type(default)(value)
    raise CourseError(
        f"{parameter.name} is {written!r}; expected a value of type "
        f"{type(default).__name__}, such as {default!r}."
    )
