"""Move every widget of a notebook as a browser would, after the notebook's last cell.

A process of its own runs the cells that a widget's cell builds on, binds every name
that a later cell binds to an object that cannot be used (the worst that they could make
of it), and then moves each control.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apart
from callbacks import VALUE, bindings, handed_over
from lessons import Cell, needed, source, tree

VIEW = "application/vnd.jupyter.widget-view+json"
SECONDS = 600


class Overwritten:
    """Stands for what a later cell made of a name; any use of it is an error."""

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":
            return Overwritten
        raise NameError("a later cell has overwritten this name")


def shows_widget(cell: Cell) -> bool:
    return any(VIEW in output.get("data", {}) for output in cell.get("outputs", []))


def has_widgets(notebook: dict[str, Any]) -> bool:
    return any(shows_widget(c) for c in notebook["cells"] if c["cell_type"] == "code")


def problems(notebook: dict[str, Any], folder: Path) -> list[str]:
    """What goes wrong when widgets are moved, in a process of its own in `folder`."""
    with tempfile.TemporaryDirectory() as temporary:
        done = apart.call(
            *(drive, notebook), folder=folder, seconds=SECONDS, IPYTHONDIR=temporary
        )
    assert done.code == 0, done.err
    return json.loads(done.out.splitlines()[-1])


def drive(notebook: dict[str, Any]) -> None:
    """Print what goes wrong, as JSON, below what the cells print."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    cells = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    config = Config(HistoryManager={"enabled": False})
    shell = InteractiveShell.instance(config=config)
    shown = [i for i, cell in enumerate(cells) if shows_widget(cell)]
    print(json.dumps([fault for i in shown for fault in _drive(shell, cells, i)]))


def _drive(shell: Any, cells: list[Cell], last: int) -> Iterator[str]:
    registered = [i for i in range(last) if any(handed_over(tree(source(cells[i]))))]
    shell.reset()
    widget = None
    for i in needed(cells, last, registered):
        result = shell.run_cell(source(cells[i]), store_history=False)
        if not result.success:
            yield f"cell {i}: {result.error_before_exec or result.error_in_exec!r}"
            return
        widget = result.result
    for cell in cells[last + 1 :]:
        bound = bindings(tree(source(cell))).items()
        values = [name for name, what in bound if what.startswith(VALUE)]
        shell.push(dict.fromkeys(values, Overwritten()))
    errors: list[str] = []
    # `interactive` catches what its function raises, and prints it where none looks.
    shell.showtraceback = lambda *a, **k: errors.append(repr(sys.exc_info()[1]))
    shown = list(_family(widget))
    moved = 0
    for control in [each for each in shown if _other_value(each) is not None]:
        before = _states(shown, control)
        try:
            control.set_state({"value": _other_value(control)})
        except Exception as error:  # in a browser it goes to a log
            errors.append(repr(error))
        moved += 1
        if not errors and _states(shown, control) == before:
            errors.append(f"nothing changes when {type(control).__name__} is moved")
        yield from (f"cell {last}: {error}" for error in errors)
        errors.clear()
    if not moved:
        yield f"cell {last}: no control to move in {type(widget).__name__}"


def _family(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _family(child)


def _other_value(widget: Any) -> Any:
    """Another value for a control; None for what is only looked at."""
    import ipywidgets

    if isinstance(widget, ipywidgets.FloatProgress | ipywidgets.IntProgress):
        return None
    if isinstance(widget, ipywidgets.Checkbox | ipywidgets.ToggleButton):
        return not widget.value
    if isinstance(widget, ipywidgets.FloatLogSlider):
        return float(widget.base**widget.min)
    if isinstance(getattr(widget, "value", None), int | float):
        ends = getattr(widget, "min", None), getattr(widget, "max", None)
        others = [*ends, widget.value + 1]
        return next(x for x in others if x is not None and x != widget.value)
    return None


def _states(widgets: list[Any], control: Any) -> list[Any]:
    """What can be seen, without the control itself."""
    others = [each for each in widgets if each is not control]
    return [
        (getattr(each, "value", None), getattr(each, "outputs", None))
        for each in others
    ]
