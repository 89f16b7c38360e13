"""The process that runs a hand-in: `python -m mmlearn.classroom.child`.

It reads requests and writes answers, a line of JSON each. What it writes is only what
the hand-in's functions gave: `judge.py` decides what that is worth.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

from mmlearn.classroom.needed import HAND_IN, Recorder, needed
from mmlearn.classroom.tasks import CHECK, find
from mmlearn.classroom.wire import pack
from mmlearn.exercises.exercise import Exercise, is_blank

MEMORY, FILE = 8 << 30, 1 << 30  # bytes that a hand-in may take, and write to a file


def main() -> None:
    """Answer requests until there are no more."""
    requests, answers = _own_channels()
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))

    def say(**message: Any) -> None:
        print(json.dumps(message), file=answers, flush=True)

    shell = _shell()
    say(ready=True)
    for line in requests:
        for message in _answers(shell, **json.loads(line)):
            say(**message)
        say(done=True)


def _own_channels() -> tuple[TextIO, TextIO]:
    """The pipes of this process; a hand-in reads and prints into nothing."""
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDWR)
    for channel in (0, 1, 2):
        os.dup2(nothing, channel)
    return requests, answers


def _shell() -> Any:
    """IPython without a history and a profile: cells have magics and `display`."""
    os.environ["IPYTHONDIR"] = tempfile.mkdtemp(prefix="ipython-", dir=os.getcwd())
    os.environ["MPLBACKEND"] = "agg"
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    return InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))


def _answers(
    shell: Any, topic: str, names: Sequence[str], cells: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """What the cells hand in to the exercises with these names, as it comes."""
    shell.reset(new_session=False)
    own = {name: find(topic, name) for name in names}
    parsed: list[ast.Module] = []
    sources: list[str] = []
    wanted: dict[int, list[str]] = {}
    for source in cells:
        recorder = Recorder(names)
        tree, error = _parsed(shell, source)
        imports, rest = _split(recorder.visit(tree))
        parsed += [imports, rest]
        sources += [ast.unparse(imports), source]
        wanted |= {len(sources) - 1: recorder.found} if recorder.found else {}
        for name in set(CHECK.findall(source)) & set(names) if error else ():
            yield {"name": name, "raised": error}
    asked_for = needed(parsed, wanted)
    shell.ast_transformers[:] = [Recorder(names)]
    handed_in: list[tuple[str, Any]] = []
    for i in sorted(asked_for):
        yield {"at": sorted(asked_for[i])}
        handed_in.clear()
        shell.user_ns[HAND_IN] = lambda *answer: handed_in.append(answer)
        result = shell.run_cell(sources[i])
        for name, answer in list(handed_in):
            yield {"at": [name]}
            yield {"name": name, **_told(own[name], answer)}
        error = result.error_before_exec or result.error_in_exec
        for name in set(wanted.get(i, ())) - {name for name, _ in handed_in}:
            text = (
                f"{type(error).__name__}: {error}" if error else "check is not reached"
            )
            yield {"name": name, "raised": text}


def _split(tree: ast.Module) -> tuple[ast.Module, ast.Module]:
    """A cell's imports, and the rest: who needs an import need not run the cell."""
    kinds = (ast.Import, ast.ImportFrom)
    imports = ast.Module([each for each in tree.body if isinstance(each, kinds)], [])
    rest = ast.Module([each for each in tree.body if not isinstance(each, kinds)], [])
    return imports, rest


def _parsed(shell: Any, source: str) -> tuple[ast.Module, str | None]:
    """A cell's code, and why it has none."""
    try:
        return ast.parse(shell.transform_cell(source)), None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        where = f" (line {line})" if line else ""
        text = getattr(error, "msg", None) or str(error)
        return ast.Module([], []), f"{type(error).__name__}: {text}{where}"


def _told(own: Any, answer: Any) -> Mapping[str, Any]:
    """An answer for the judge: a value, or what a function does with each case."""
    try:
        if isinstance(own, Exercise) and callable(answer):
            if is_blank(answer):
                return {"value": pack(...)}
            found = own.outcomes(answer)
            return {"found": [[pack(value), complaint] for value, complaint in found]}
        return {"value": pack(answer)}
    except BaseException as error:
        return {"raised": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main()
