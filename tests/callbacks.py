"""What the callbacks of a notebook's widgets read, and whether it stays what it was.

A callback runs when the reader moves something, mostly after the last cell. A global
name that it reads has then the value that the last cell gave it.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lessons import Cell, source, tree

# A call of one of these hands over a function, as the argument of this number.
REGISTERS = {
    "interact": 0,
    "interact_manual": 0,
    "interactive": 0,
    "interactive_output": 0,
    "mpl_connect": 1,
    "observe": 0,
    "on_click": 0,
    "on_msg": 0,
    "on_submit": 0,
    "on_trait_change": 0,
}

VALUE = "value"


@dataclass(frozen=True)
class Rebound:
    """A name that a callback reads, and a later cell binds to something else."""

    cell: int  # of those given: where the callback is handed over
    callback: str
    name: str
    later: int


def rebound(cells: Sequence[Cell]) -> Iterator[Rebound]:
    """Names that callbacks read and that later cells of the same notebook bind."""
    trees = [tree(source(cell)) for cell in cells]
    for i, code in enumerate(trees):
        for callback in handed_over(code):
            functions = _functions(trees[: i + 1])
            before = {k: v for one in trees[: i + 1] for k, v in bindings(one).items()}
            for name in sorted(_read(callback, functions)):
                for later in range(i + 1, len(trees)):
                    there = bindings(trees[later])
                    if name in there and there[name] != before.get(name):
                        yield Rebound(i, ast.unparse(callback)[:40], name, later)
                        break


def handed_over(code: ast.Module) -> Iterator[ast.expr]:
    """The functions (names, lambdas, calls that return one) given to widgets."""
    for node in ast.walk(code):
        if isinstance(node, ast.Call):
            place = REGISTERS.get(_last_name(node.func))
            if place is not None and len(node.args) > place:
                yield node.args[place]
            for keyword in node.keywords if place is not None else ():
                if keyword.arg in ("handler", "callback", "func", "f"):
                    yield keyword.value
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else None
                if _last_name(called or decorator) in REGISTERS:
                    yield ast.Name(node.name, ast.Load())


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _functions(trees: Sequence[ast.Module]) -> dict[str, str]:
    """The code of each function and class, by name; the last one of a name holds."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    named = {
        node.name: ast.unparse(node)
        for code in trees
        for node in ast.walk(code)
        if isinstance(node, kinds)
    }
    for code in trees:
        for node in code.body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
                called = {t.id for t in node.targets if isinstance(t, ast.Name)}
                named |= dict.fromkeys(called, ast.unparse(node.value))
    return named


def _read(callback: ast.expr, functions: dict[str, str]) -> set[str]:
    """The global names read when it is called, and when what it calls is called."""
    waiting = {node.id for node in ast.walk(callback) if isinstance(node, ast.Name)}
    waiting &= set(functions)  # the others are bound when it is handed over
    read = _globals(ast.unparse(callback))
    waiting |= read & set(functions)
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        inner = _globals(functions[name])
        read |= inner
        waiting |= (inner & set(functions)) - seen
    return read


def _globals(code: str) -> set[str]:
    """The global names that the functions in a code read when they are called."""
    found: set[str] = set()
    scopes = symtable.symtable(code, "cell", "exec").get_children()
    while scopes:
        scope = scopes.pop()
        scopes += scope.get_children()
        found |= {
            symbol.get_name()
            for symbol in scope.get_symbols()
            if symbol.is_global() and symbol.is_referenced()
        }
    return found


def bindings(code: ast.Module) -> dict[str, str]:
    """Names that a cell binds, and to what: the same import twice binds the same.

    Two other values are never the same, not even where their texts are.
    """
    table = symtable.symtable(ast.unparse(code), "cell", "exec")
    names = [s.get_name() for s in table.get_symbols() if s.is_assigned()]
    imported = [s.get_name() for s in table.get_symbols() if s.is_imported()]
    return {name: f"{VALUE} {id(code)}" for name in names} | {
        name: _imports(code, name) or f"{VALUE} {id(code)}" for name in imported
    }


def _imports(code: ast.Module, name: str) -> str:
    """The imports that bind a name; empty where something else does, too."""
    lines = []
    for node in ast.walk(code):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name.partition(".")[0]) == name:
                    lines.append(f"{getattr(node, 'module', '')} {alias.name}")
        elif (
            isinstance(node, ast.Name)
            and node.id == name
            and isinstance(node.ctx, ast.Store)
        ):
            return ""
    return "; ".join(sorted(set(lines)))
