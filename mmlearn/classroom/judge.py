"""What a notebook that was handed in is worth, exercise by exercise.

Its cells run in a process of their own (`child.py`). The verdict is given here, by the
exercises of this process, on the values that came back: a hand-in cannot reach them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmlearn.classroom.tasks import CHECK, Cell, Lesson, text
from mmlearn.classroom.wire import unpack
from mmlearn.classroom.worker import Ended, Worker
from mmlearn.exercises.exercise import BLANK, CORRECT, Exercise, whatever_comes

RIGHT, WRONG, BROKE = "right", "wrong", "broke"
LATE, EMPTY, MISSING = "out of time", "blank", "missing"
ORDER = (RIGHT, WRONG, BROKE, LATE, EMPTY, MISSING)  # the better first
SHARE = 1 / 3  # of a notebook's time, what one cell may take


@dataclass(frozen=True)
class Verdict:
    """One of ORDER, and the sentence that `check` says."""

    kind: str
    said: str = ""


class Judge:
    """Judges notebooks, each in a process of its own.

    Args:
        seconds: what a notebook may compute, once its process is ready.
        shared: use one process for all, as long as it lives: for one's own notebooks.
    """

    def __init__(self, seconds: float, shared: bool = False) -> None:
        self.seconds, self._shared = seconds, shared
        self._worker: Worker | None = None

    def __enter__(self) -> Judge:
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()

    def judge(self, lesson: Lesson, cells: Sequence[Cell]) -> dict[str, Verdict]:
        """A verdict on each exercise of a lesson, for the cells of a hand-in."""
        sources = [text(cell) for cell in cells if cell.get("cell_type") == "code"]
        named = {name for source in sources for name in CHECK.findall(source)}
        given = {task.source.strip() for task in lesson.tasks}
        own = [source for source in sources if source.strip() not in given]
        changed = {name for source in own for name in CHECK.findall(source)}
        found: dict[str, Verdict] = {}
        for task in lesson.tasks:
            if task.name not in named:
                found[task.name] = Verdict(MISSING)
            elif task.name not in changed:  # the dots are still there
                found[task.name] = Verdict(EMPTY, BLANK)
        rest = [task.name for task in lesson.tasks if task.name not in found]
        left = self.seconds
        while rest:
            if left <= 0:
                found |= dict.fromkeys(rest, self._too_late())
                break
            judged, left = self._run(lesson, own, rest, left)
            found |= judged
            rest = [name for name in rest if name not in found]
        return {task.name: found[task.name] for task in lesson.tasks}

    def _run(
        self, lesson: Lesson, sources: Sequence[str], names: Sequence[str], left: float
    ) -> tuple[dict[str, Verdict], float]:
        """Verdicts until the process is through, or has to be ended; the time left.

        What was running then is blamed: so there is one verdict at least.
        """
        found: dict[str, Verdict] = {}
        blamed = list(names)
        worker, spent = None, 0.0
        try:
            worker = self._worker = self._worker or Worker()
            before = worker.seconds()
            request = {"topic": lesson.topic, "names": names, "cells": sources}
            worker.ask(dict(request))
            while True:
                told = worker.answer(min(left - spent, self.seconds * SHARE))
                spent = worker.seconds() - before
                if told.get("done"):
                    break
                if isinstance(at := told.get("at"), list):
                    blamed = [name for name in names if name in at] or list(names)
                elif (name := told.get("name")) in names:
                    better(found, str(name), verdict(lesson, str(name), told))
                if spent > left:
                    raise TimeoutError
            if not self._shared:
                self._end()
            missing = {n: Verdict(MISSING) for n in names if n not in found}
            return {**found, **missing}, left - spent
        except TimeoutError:
            assert worker is not None
            spent = worker.seconds() - before
            seconds = self.seconds * SHARE
            kind = Verdict(LATE, f"a cell took over {seconds:g} seconds")
        except Ended as end:
            kind = Verdict(BROKE, f"{end}")
        self._end()
        for name in blamed:
            found.setdefault(name, kind)
        return found or dict.fromkeys(names, kind), left - max(spent, 1.0)

    def _too_late(self) -> Verdict:
        return Verdict(LATE, f"the notebook took over {self.seconds:g} seconds")

    def _end(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None


def verdict(lesson: Lesson, name: str, told: Mapping[str, Any]) -> Verdict:
    """The verdict of our own exercise on what is told of an answer."""
    one = lesson.one(name)
    try:
        if "raised" in told:
            return Verdict(BROKE, str(told["raised"]))
        if isinstance(one, Exercise) and "found" in told:
            pairs = [(unpack(value), complaint) for value, complaint in told["found"]]
            if len(pairs) != len(one.cases) or not all(
                complaint is None or isinstance(complaint, str)
                for _, complaint in pairs
            ):
                raise ValueError("not as many outcomes as cases")
            said = whatever_comes(one.judge, pairs)
        else:
            said = whatever_comes(one.verdict, unpack(told["value"]))
    except (KeyError, TypeError, ValueError) as error:
        return Verdict(BROKE, f"no answer came back: {error}")
    kind = {CORRECT: RIGHT, BLANK: EMPTY}.get(said, WRONG)
    return Verdict(kind, said)


def better(found: dict[str, Verdict], name: str, new: Verdict) -> None:
    """Keep the better of two verdicts: one right answer among several tries will do."""
    old = found.get(name)
    if old is None or ORDER.index(new.kind) < ORDER.index(old.kind):
        found[name] = new
