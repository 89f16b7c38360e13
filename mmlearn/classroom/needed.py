"""Which cells of a notebook an exercise needs: those that bind a name that it reads.

A lesson trains networks for a minute; most answers need nothing but `torch`.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator, Mapping, Sequence

HAND_IN = "__hand_in__"  # what `exercise.NAME.check` becomes


class Recorder(ast.NodeTransformer):
    """Turns `exercise.NAME.check(answer)` into `__hand_in__("NAME", answer)`.

    So it does not matter what a notebook has made of `check`, or of `exercise`. Calls
    of `hint` and `solution` go.

    Args:
        names: the exercises that there are.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names, self.found = frozenset(names), list[str]()

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Replace a call of one of an exercise's three methods."""
        self.generic_visit(node)
        function = node.func
        if not isinstance(function, ast.Attribute):
            return node
        owner = function.value
        if not isinstance(owner, ast.Attribute) or owner.attr not in self.names:
            return node
        answers = [*node.args, *(keyword.value for keyword in node.keywords)]
        new: ast.expr
        if function.attr == "check" and answers:
            self.found.append(owner.attr)
            arguments: list[ast.expr] = [ast.Constant(owner.attr), answers[0]]
            new = ast.Call(ast.Name(HAND_IN, ast.Load()), arguments, [])
        elif function.attr in ("hint", "solution"):
            new = ast.Constant(None)
        else:
            return node
        return ast.fix_missing_locations(ast.copy_location(new, node))


def needed(
    cells: Sequence[ast.Module], wanted: Mapping[int, Sequence[str]]
) -> dict[int, set[str]]:
    """For each cell that has to run, the exercises that need it.

    Args:
        cells: the parsed code cells, in order.
        wanted: the indices of the exercises' cells, and the names of what each answers.
    """
    binds, reads = zip(*map(_names, cells), strict=True) if cells else ((), ())
    found: dict[int, set[str]] = {}
    for last, names in wanted.items():
        waiting, kept = [last], {last}
        while waiting:
            cell = waiting.pop()
            for i in range(cell):
                if i not in kept and (binds[i] & reads[cell] or "*" in binds[i]):
                    kept.add(i)
                    waiting.append(i)
        for i in kept:
            found.setdefault(i, set()).update(names)
    return found


def _names(cell: ast.Module) -> tuple[set[str], set[str]]:
    """What a cell binds or changes, and what it reads that it has not bound before."""
    bound, read = set[str](), set[str]()
    for statement in cell.body:
        table = symtable.symtable(ast.unparse(statement), "<cell>", "exec")
        read |= set(_read(table)) - bound
        for symbol in table.get_symbols():
            if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
                bound.add(symbol.get_name())
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
            bound.add("*")
        read |= (changed := set(_changed(statement))) - bound
        bound |= changed
    return bound, read


def _read(table: symtable.SymbolTable) -> Iterator[str]:
    """Global names that a scope reads, or one inside it."""
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (top or symbol.is_global()):
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _read(inner)


def _changed(statement: ast.stmt) -> Iterator[str]:
    """Names of what an item or an attribute is set in: `scores` in `scores[0] = 1`."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(
            node.ctx, ast.Store | ast.Del
        ):
            owner: ast.expr = node
            while isinstance(owner, ast.Subscript | ast.Attribute):
                owner = owner.value
            if isinstance(owner, ast.Name):
                yield owner.id
