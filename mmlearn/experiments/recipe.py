"""A recipe taken apart: what it is given, what it imports, and its stages.

A recipe is one cell that does a whole job; an experiment is the same job in several
cells, with the numbers that one would turn in one place. Its text stays as it is, with
its comments; only what becomes a parameter, or is kept, is put in another's place.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

FIT, EVALUATE, SEED_IN = "fit", "evaluate", "seed_everything"
_LIFTED = ("epochs", "batch_size", "learning_rate", "patience", "schedule", "precision")
STAGES = ("data", "model", "training", "evaluation")

Edit = tuple[int, int, str]  # from, to, what stands there instead


@dataclass(frozen=True)
class Taken:
    """The parts of a recipe.

    Args:
        about: what its first comment says of the data.
        inputs: the statements that name the data.
        assigned: the names that they give.
        imports: all import statements.
        stages: data, model, training, evaluation -> its statements, perhaps "".
        parameters: name -> value, those that were lifted out of the statements.
        history: whether the training leaves a `history` at the top level.
    """

    about: str
    inputs: str
    assigned: tuple[str, ...]
    imports: tuple[str, ...]
    stages: dict[str, str]
    parameters: dict[str, Any]
    history: bool


def take(source: str) -> Taken:
    """Take a recipe apart."""
    tree = ast.parse(source)
    names = _imported(tree)
    edits, parameters = _lifted(tree, source, names)
    history = False
    for statement in tree.body:
        if isinstance(statement, ast.Expr) and _called(statement.value) == FIT:
            at = _at(source, statement.lineno, statement.col_offset)
            edits.append((at, at, "history = "))
            history = True
    body = [s for s in tree.body if not isinstance(s, ast.Import | ast.ImportFrom)]
    inputs, rest = _inputs(body, source)
    text = {id(s): _with_comment(s, tree.body, source, edits) for s in body}
    stages: dict[str, list[str]] = {name: [] for name in STAGES}
    stage = 0
    for statement in rest:
        stage = max(stage, _stage(statement, names))
        stages[STAGES[stage]].append(text[id(statement)])
        if stage == STAGES.index("training"):
            stage += 1  # what follows judges the model
    return Taken(
        about=_about(source),
        inputs="\n".join(text[id(s)] for s in inputs).strip("\n"),
        assigned=tuple(_assigned(inputs)),
        imports=tuple(
            ast.unparse(s)
            for s in tree.body
            if isinstance(s, ast.Import | ast.ImportFrom)
        ),
        stages={name: "\n".join(x).strip("\n") for name, x in stages.items()},
        parameters=parameters,
        history=history,
    )


def _about(source: str) -> str:
    """The comment that a recipe begins with, without `your data:`, in one line."""
    comment = itertools.takewhile(lambda x: x.startswith("#"), source.splitlines())
    words = " ".join(line.removeprefix("#").strip() for line in comment)
    return words.removeprefix("your data:").strip()


def _inputs(body: list[ast.stmt], source: str) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """The statements up to the first blank line, and the others."""
    lines = source.splitlines()
    last = body[0]
    for statement in body[1:]:
        between = lines[(last.end_lineno or 0) : statement.lineno - 1]
        if any(not line.strip() for line in between):
            break
        last = statement
    at = body.index(last) + 1
    return body[:at], body[at:]


def _assigned(statements: list[ast.stmt]) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                for node in ast.walk(target):
                    if isinstance(node, ast.Name):
                        yield node.id


def _imported(tree: ast.Module) -> dict[str, str]:
    """Name -> the module and name that it was imported as."""
    found = {}
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom):
            for each in statement.names:
                found[each.asname or each.name] = f"{statement.module}.{each.name}"
        elif isinstance(statement, ast.Import):
            for each in statement.names:
                found[each.asname or each.name.split(".")[0]] = each.name
    return found


def _stage(statement: ast.stmt, names: dict[str, str]) -> int:
    called = {_called(node) for node in ast.walk(statement)}
    if isinstance(statement, ast.FunctionDef):
        called.discard(FIT)  # it is defined here, and called later
    if FIT in called:
        return STAGES.index("training")
    of_model = [f"mmlearn.{part}" for part in ("fusion", "heads", "encoders")]
    used = {names.get(each or "", "") for each in called}
    if SEED_IN in called or any(u.startswith(tuple(of_model)) for u in used):
        return STAGES.index("model")
    return STAGES.index("evaluation") if EVALUATE in called else 0


def _called(node: ast.AST) -> str | None:
    """The name that a call calls, with its dots."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else None


def _lifted(
    tree: ast.Module, source: str, names: dict[str, str]
) -> tuple[list[Edit], dict[str, Any]]:
    """What is put in another's place, so that parameters rule and results are kept."""
    edits: list[Edit] = []
    parameters: dict[str, Any] = {}
    exchanged: list[Edit] = []

    def lift(name: str, value: ast.expr) -> None:
        """A literal becomes a name; another literal under that name stays."""
        if not isinstance(value, ast.Constant):
            return
        if parameters.setdefault(name, value.value) == value.value:
            edits.append((*_span(source, value), name))

    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    fits = [call for call in calls if _called(call) == FIT]
    results = _results(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):  # options of a fit, handed on by **
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in _LIFTED:
                    lift(key.value, value)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith(
            ".d_model"
        ):
            lift("d_model", node.value)
    for node in calls:
        name = _called(node)
        if name == SEED_IN and node.args:
            lift("seed", node.args[0])
        if node is max(fits, key=lambda call: call.lineno, default=None):
            for keyword in node.keywords:
                if keyword.arg in _LIFTED:
                    lift(keyword.arg, keyword.value)
        if name in (FIT, EVALUATE):
            start, end = _span(source, node)
            said = results.get(id(node))
            edits += [
                (start, start, "keep("),
                (end, end, f', "{said}")' if said and name == EVALUATE else ")"),
            ]
        for value in _widths(node, _resolve(names, name or "")):
            lift("d_model", value)
        if name == "MultimodalModel" and len(node.args) == 3:
            default = _fusion(node, names, tree)
            if default:
                exchanged.append(_exchanged(node, source))
                parameters.setdefault("fusion", default)
    outside = [
        edit
        for edit in edits
        if not any(start <= edit[0] and edit[1] <= end for start, end, _ in exchanged)
    ]
    return outside + exchanged, parameters


def _results(tree: ast.Module) -> dict[int, str]:
    """Call -> what its result is named: `both = ...`, `found["both"] = ...`."""
    found = {}
    for statement in ast.walk(tree):
        if not isinstance(statement, ast.Assign):
            continue
        target = statement.targets[0]
        name = target.slice if isinstance(target, ast.Subscript) else target
        for node in ast.walk(statement.value):
            if isinstance(name, ast.Name):
                found[id(node)] = name.id
            elif isinstance(name, ast.Constant) and isinstance(name.value, str):
                found[id(node)] = name.value
    return found


def _widths(node: ast.Call, made: Any) -> Iterator[ast.expr]:
    """The arguments of a call that are its d_model."""
    for keyword in node.keywords:
        if keyword.arg == "d_model":
            yield keyword.value
    of_prepared = isinstance(node.func, ast.Attribute) and node.func.attr in (
        *("encoders", "head"),
    )
    if made is None and of_prepared and node.args:
        yield node.args[0]
    if made is None:
        return
    places = list(inspect.signature(made).parameters)
    if "d_model" in places and len(node.args) > (at := places.index("d_model")):
        yield node.args[at]


def _resolve(names: dict[str, str], called: str) -> Any:
    """The class or function of mmlearn that a call calls, or None."""
    module, _, attribute = _path(names, called).rpartition(".")
    if not module.startswith("mmlearn"):
        return None
    try:
        return getattr(importlib.import_module(module), attribute, None)
    except ModuleNotFoundError:  # a method: what it is called on is no module
        return None


def _path(names: dict[str, str], called: str) -> str:
    """The whole path of what is called, by what was imported."""
    first, *rest = called.split(".")
    return ".".join([names.get(first, ""), *rest])


def _fusion(node: ast.Call, names: dict[str, str], tree: ast.Module) -> str | None:
    """The short name of the fusion that a model is made with; None if it is no choice.

    `Separate` is late fusion only where the head is a late one.
    """
    from mmlearn.experiments.fusions import FUSIONS, LATE

    call = node.args[1]
    if not isinstance(call, ast.Call) or len(call.args) != 2:
        return None
    made = _resolve(names, _called(call) or "")
    for short, each in FUSIONS.items():
        if made is each:
            return short
    late = "mmlearn.heads.LateClassify"
    heads = [
        statement.value
        for statement in ast.walk(tree)
        if isinstance(statement, ast.Assign)
        and ast.unparse(statement.targets[0]) == ast.unparse(node.args[2])
    ]
    is_late = any(_path(names, _called(value) or "") == late for value in heads)
    return LATE if is_late and getattr(made, "__name__", "") == "Separate" else None


def _exchanged(node: ast.Call, source: str) -> Edit:
    """`Fusion(names, 64, dropout=.2), head` -> `*mixed(fusion, names, ...)`."""
    call, head = node.args[1], node.args[2]
    assert isinstance(call, ast.Call)
    options = "".join(f", {ast.unparse(keyword)}" for keyword in call.keywords)
    start, end = _span(source, call)[0], _span(source, head)[1]
    modalities = ast.unparse(call.args[0])
    text = f"*mixed(fusion, {modalities}, d_model, {ast.unparse(head)}{options})"
    return start, end, text


def _with_comment(
    statement: ast.stmt, body: list[ast.stmt], source: str, edits: list[Edit]
) -> str:
    """The text of a statement, edited, with the comments above and behind it."""
    lines = source.splitlines(keepends=True)
    first = statement.lineno - 1
    if isinstance(statement, ast.FunctionDef) and statement.decorator_list:
        first = statement.decorator_list[0].lineno - 1
    while first > 1 and lines[first - 1].startswith("#"):
        first -= 1
    start = sum(map(len, lines[:first]))
    end = sum(map(len, lines[: statement.end_lineno]))
    text = source[start:end]
    inside = [e for e in edits if start <= e[0] < end]
    # From the back, so that places stay; an insertion after what it encloses.
    for a, b, new in sorted(inside, key=lambda e: (e[0], e[1]), reverse=True):
        text = text[: a - start] + new + text[b - start :]
    blank = 0
    while first - blank > 0 and not lines[first - blank - 1].strip():
        blank += 1
    return "\n" * blank + text.rstrip("\n")


def _span(source: str, node: ast.expr) -> tuple[int, int]:
    return (
        _at(source, node.lineno, node.col_offset),
        _at(source, node.end_lineno or 0, node.end_col_offset or 0),
    )


def _at(source: str, line: int, column: int) -> int:
    """The place in the text of a line (from 1) and a column (in UTF-8 bytes)."""
    lines = source.splitlines(keepends=True)
    before = lines[line - 1].encode()[:column].decode()
    return sum(map(len, lines[: line - 1])) + len(before)
