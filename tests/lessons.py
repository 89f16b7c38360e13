"""Run a few cells of a notebook, as they are and with a fault set into them."""

from __future__ import annotations

import ast
import json
import random
import symtable
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apart

Cell = dict[str, Any]
SECONDS = 600  # for one fault; alone on a core it takes about 6
CELL = "<ipython-input"  # what IPython calls the file that a cell is


@dataclass(frozen=True)
class Fault:
    """One thing that a notebook teaches, done wrongly.

    Either `old`, which stands exactly once in the notebook's code, is replaced by
    `new`; or `before` runs before the first cell and changes something in mmlearn (or
    in torch). `caught` is a text that stands exactly once too: in the cell whose
    assertion has to fail; by default it is the cell of `old`.

    Only the cells that this one builds on are run: those that define a name that it
    uses, and so on. Where that is not enough (a cell changes an object that another
    one has made), `needs` holds a text of each further cell.
    """

    notebook: str
    name: str
    old: str = ""
    new: str = ""
    before: str = ""
    caught: str = ""
    needs: tuple[str, ...] = ()


def source(cell: Cell) -> str:
    return "".join(cell["source"])


def notices(fault: Fault, notebook: dict[str, Any], folder: Path) -> str | None:
    """None when an assertion of the notebook notices the fault, else what happens.

    The cells run in `folder`, in a process of their own, first without the fault.
    """
    cells = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    try:
        last = find(cells, fault.caught or fault.old)
        extra = [find(cells, text) for text in fault.needs]
        changed = find(cells, fault.old) if fault.old else None
    except LookupError as problem:
        return str(problem)
    chosen = needed(cells, last, extra)
    if changed is not None and changed not in chosen:
        return (
            f"the cell with {fault.old!r} is not among those that the cell with "
            f"{fault.caught!r} builds on; name it in `needs`"
        )
    right = [job_of(cells[i]) for i in chosen]
    wrong = [dict(job) for job in right]
    if changed is not None:
        job = wrong[chosen.index(changed)]
        job["source"] = job["source"].replace(fault.old, fault.new)
    first, second = in_a_process(right, wrong, fault.before, folder)
    if first is not None:
        return f"without the fault: {first['error']}, in {first['line']!r}"
    if second is None:
        return "no assertion notices it"
    if not second["asserted"]:
        return f"no assertion, but {second['error']}, in {second['line']!r}"
    return None


def find(cells: Sequence[Cell], text: str) -> int:
    """The number of the one cell that holds a text, once.

    Raises:
        LookupError: when it stands nowhere, or more than once.
    """
    counts = [source(cell).count(text) for cell in cells]
    if not text or sum(counts) != 1:
        raise LookupError(f"{text!r} stands {sum(counts)} times in the code, not once")
    return counts.index(1)


def needed(cells: Sequence[Cell], last: int, extra: Sequence[int] = ()) -> list[int]:
    """The cells that `last` builds on through names, in order, and `last` itself."""
    imported = {
        (alias.asname or alias.name).split(".")[0]
        for cell in cells
        for node in ast.walk(tree(source(cell)))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    names: set[str] = set()
    chosen = []
    for i in range(last, -1, -1):
        read, bound = reads_and_binds(source(cells[i]), imported)
        if i == last or i in extra or names & bound:
            chosen.append(i)
            names = (names - _surely_bound(cells[i])) | read
    return chosen[::-1]


def _surely_bound(cell: Cell) -> set[str]:
    """Names that a cell binds whatever happens: nothing before has a say in them."""
    if "raises-exception" in cell["metadata"].get("tags", []):
        return set()
    perhaps = ast.If | ast.For | ast.While | ast.Try
    lines = [s for s in tree(source(cell)).body if not isinstance(s, perhaps)]
    return {name for line in lines for name in _names(ast.unparse(line))[1]}


def tree(text: str) -> ast.Module:
    """A cell's code, its magics turned into calls as IPython does it."""
    from IPython.core.inputtransformer2 import TransformerManager

    if text.startswith("%%"):  # a magic over a whole cell: look below it
        text = text.partition("\n")[2]
    return ast.parse(TransformerManager().transform_cell(text))


def reads_and_binds(
    text: str, imported: Collection[str] = ()
) -> tuple[set[str], set[str]]:
    """The names that a cell takes from before, and those that it gives or changes.

    `torch.manual_seed(0)` does not change what is imported: `_run` sets the seeds.
    """
    read: set[str] = set()
    bound: set[str] = set()
    for statement in _in_order(tree(text).body):
        reads, binds = _names(ast.unparse(statement))
        if isinstance(statement, ast.AugAssign):
            reads |= binds
        read |= reads - bound
        bound |= binds | (set(_changed(statement)) - set(imported))
    return read, bound


def _in_order(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Simple statements in the order of the text; a compound one's head, then body."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Match):
            yield statement
        elif isinstance(statement, ast.For):
            yield ast.Assign([statement.target], statement.iter, lineno=0)
            yield from _in_order([*statement.body, *statement.orelse])
        elif isinstance(statement, ast.With):
            for item in statement.items:
                targets = [item.optional_vars] if item.optional_vars else []
                yield (
                    ast.Assign(targets, item.context_expr, lineno=0)
                    if (targets)
                    else ast.Expr(item.context_expr)
                )
            yield from _in_order(statement.body)
        elif isinstance(statement, ast.If | ast.While):
            yield ast.Expr(statement.test)
            yield from _in_order([*statement.body, *statement.orelse])
        elif isinstance(statement, ast.Try):
            handled = [line for handler in statement.handlers for line in handler.body]
            yield from _in_order([*statement.body, *handled, *statement.orelse])
            yield from _in_order(statement.finalbody)
        else:
            yield statement


class _AsGenerators(ast.NodeTransformer):
    """From 3.12 on a comprehension's own names are told with those around it."""

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        self.generic_visit(node)
        return ast.GeneratorExp(node.elt, node.generators)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        self.generic_visit(node)
        return ast.GeneratorExp(node.elt, node.generators)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        self.generic_visit(node)
        pair = ast.Tuple([node.key, node.value], ast.Load())
        return ast.GeneratorExp(pair, node.generators)


def _names(code: str) -> tuple[set[str], set[str]]:
    code = ast.unparse(_AsGenerators().visit(ast.parse(code)))
    table = symtable.symtable(code, "cell", "exec")
    reads = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
    binds = {
        s.get_name()
        for s in table.get_symbols()
        if s.is_assigned() or s.is_imported() or s.is_namespace()
    }
    inner = list(table.get_children())
    while inner:
        scope = inner.pop()
        inner += scope.get_children()
        symbols = scope.get_symbols()
        reads |= {s.get_name() for s in symbols if s.is_global() and s.is_referenced()}
    return reads - {"get_ipython"}, binds


def _changed(statement: ast.stmt) -> Iterator[str]:
    """Objects that a statement changes by name: `x[i] = ...`, `x.append(...)`."""
    if isinstance(statement, ast.Assign | ast.AugAssign | ast.Delete):
        one = [statement.target] if isinstance(statement, ast.AugAssign) else None
        targets = one or statement.targets
        places = [t for t in targets if isinstance(t, ast.Attribute | ast.Subscript)]
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        places = [statement.value.func]
    else:
        return
    for place in places:
        while isinstance(place, ast.Attribute | ast.Subscript):
            place = place.value
            if isinstance(place, ast.Name):
                yield place.id


def job_of(cell: Cell) -> dict[str, Any]:
    may_fail = "raises-exception" in cell["metadata"].get("tags", [])
    return {"source": source(cell), "may_fail": may_fail}


def in_a_process(
    right: list[dict], wrong: list[dict], before: str, folder: Path
) -> list[dict[str, Any] | None]:
    with tempfile.TemporaryDirectory() as temporary:
        verdict = Path(temporary, "verdict.json")
        done = apart.call(
            *(run_both, right, wrong, before, verdict),
            folder=folder,
            seconds=SECONDS,
            IPYTHONDIR=temporary,
        )
        assert done.code == 0, done.err
        return json.loads(verdict.read_text(encoding="utf-8"))


def run_both(right: list[dict], wrong: list[dict], before: str, verdict: Path) -> None:
    """Run the right cells, then the wrong ones, each in an empty namespace."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Shell(InteractiveShell):
        def enable_gui(self, gui: str | None = None) -> None:
            """There is none."""

    shell = Shell.instance(config=Config(HistoryManager={"enabled": False}))
    first = _run(shell, right)
    second = None
    if first is None:
        shell.reset()
        exec(before, {})
        second = _run(shell, wrong)
    verdict.write_text(json.dumps([first, second]), encoding="utf-8")


def _run(shell: Any, jobs: list[dict[str, Any]]) -> dict[str, Any] | None:
    """What ended the run, None when nothing did.

    Random numbers start from a seed, for the cell that sets one may be left out.
    """
    random.seed(0)
    if any("torch" in job["source"] for job in jobs):
        import torch

        torch.manual_seed(0)
    if any("numpy" in job["source"] for job in jobs):
        import numpy

        numpy.random.seed(0)
    for job in jobs:
        result = shell.run_cell(job["source"], store_history=False)
        error = result.error_before_exec or result.error_in_exec
        if error is not None and not job["may_fail"]:
            return {
                "error": f"{type(error).__name__}: {str(error)[:200]}",
                "asserted": isinstance(error, AssertionError) and _of_a_cell(error),
                "line": job["source"].splitlines()[0],
            }
    return None


def _of_a_cell(error: BaseException) -> bool:
    """Whether a cell asserts, itself or by a function of a library's `testing`."""
    files = []
    trace = error.__traceback__
    while trace is not None:
        files.append(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    cells = [i for i, file in enumerate(files) if file.startswith(CELL)]
    if not cells:
        return False
    inner = files[cells[-1] + 1 :]
    return not inner or "testing" in Path(inner[-1]).parts
