"""Check a learner's answer, hint, and show a solution.

A typical mistake is data: `check` runs it beside the learner's answer, and where the
two agree it says the mistake's sentence. No traceback ever reaches the learner.
"""

from __future__ import annotations

import copy
import dis
import inspect
import linecache
import textwrap
from collections.abc import Callable, Mapping, Sequence, Set
from types import CodeType
from typing import Any

import numpy as np
from torch import Tensor

from mmlearn.exercises.compare import (
    both_real,
    describe,
    difference,
    literal,
    rounded,
    slip,
)

Case = tuple[Any, ...]
Outcome = tuple[Any, str | None]  # a value, and a complaint or None
BLANK = "Not attempted yet."
CORRECT = "Correct."


class Exercise:
    """A function to write.

    Args:
        solution: a function that is right.
        cases: tuples of its arguments (tensors, arrays, numbers, texts, functions, and
            containers of these); the answer gets copies.
        mistakes: wrong functions and the sentence that each deserves.
        hints: two, the second says more than the first.
    """

    def __init__(
        self,
        *,
        solution: Callable[..., Any],
        cases: Sequence[Case],
        mistakes: Mapping[Callable[..., Any], str],
        hints: Sequence[str],
    ) -> None:
        self._solution, self.cases = solution, list(cases)
        self.mistakes, self.hints = dict(mistakes), list(hints)
        self._next_hint = 0

    def check(self, answer: Callable[..., Any]) -> None:
        """Print whether the function is right, and if not, what it does instead."""
        print(whatever_comes(self.verdict, answer))

    def hint(self, number: int | None = None) -> None:
        """Print the next hint, one per call; or hint `number` (1, 2), once more."""
        self._next_hint = _print_hint(self.hints, self._next_hint, number)

    def solution(self) -> None:
        """Print the source of a function that is right."""
        print(textwrap.dedent(inspect.getsource(self._solution)).rstrip())

    def verdict(self, answer: Any) -> str:
        """What `check` prints of a function."""
        if not callable(answer):
            return (
                f"Found {describe(answer)}, expected a function: hand in its name, "
                "without calling it."
            )
        if is_blank(answer):
            return BLANK
        return self.judge(self.outcomes(answer))

    def outcomes(self, answer: Callable[..., Any]) -> list[Outcome]:
        """For each case what the function returns, and what it did wrong, in words."""
        return [_run(answer, case) for case in self.cases]

    def judge(self, found: list[Outcome]) -> str:
        """What is to be said of outcomes, as `outcomes` gives them: one for each case.

        `grade` has them from another process, in which a hand-in could do as it likes.
        """
        if any(value is ... for value, _ in found):
            return BLANK
        expected = [value for value, _ in self.outcomes(self._solution)]
        complaints = [
            complaint or difference(value, right)
            for (value, complaint), right in zip(found, expected, strict=True)
        ]
        wrong = next((i for i, text in enumerate(complaints) if text), None)
        if wrong is None:
            return CORRECT
        for mistake, sentence in self.mistakes.items():
            if self._agree(found, mistake):
                return sentence
        call = _call_text(self._solution, self.cases[wrong])
        where = f"Case {wrong + 1} of {len(self.cases)}: {call}"
        return f"{where}\n{textwrap.indent(complaints[wrong] or '', '  ')}"

    def _agree(self, found: list[Outcome], mistake: Callable[..., Any]) -> bool:
        """Whether the answer does on every case just what the mistake does."""
        for case, (value, complaint) in zip(self.cases, found, strict=True):
            wrong, wrong_complaint = _run(mistake, case)
            # Only the first line: the second is the learner's own.
            first, wrong_first = (
                (text or "").split("\n")[0] for text in (complaint, wrong_complaint)
            )
            if first != wrong_first or difference(value, wrong):
                return False
        return True


class Question:
    """A value to find: a number, a text, a set or a dict.

    Unlike an Exercise, `check` does not tell the right value.

    Args:
        mistakes: pairs of a wrong value and the sentence that it deserves.
        why: how one gets there: what `solution` says below the value.
    """

    def __init__(
        self,
        *,
        answer: Any,
        mistakes: Sequence[tuple[Any, str]],
        hints: Sequence[str],
        why: str = "",
    ) -> None:
        self.answer, self.why = answer, why
        self.mistakes, self.hints = list(mistakes), list(hints)
        self._next_hint = 0

    def check(self, value: Any) -> None:
        """Print whether the value is right, and if not, how far it is right."""
        print(whatever_comes(self.verdict, value))

    def hint(self, number: int | None = None) -> None:
        """Print the next hint, one per call; or hint `number` (1, 2), once more."""
        self._next_hint = _print_hint(self.hints, self._next_hint, number)

    def solution(self) -> None:
        """Print the right value, and how one gets there."""
        print(literal(self.answer))
        if self.why:
            print(self.why)

    def verdict(self, value: Any) -> str:
        """What `check` prints of a value."""
        if _holds_blank(value):
            return BLANK
        if difference(value, self.answer) is None:
            return CORRECT
        for wrong, sentence in self.mistakes:
            if difference(value, wrong) is None:
                return sentence
        if isinstance(self.answer, Set) and isinstance(value, Set):
            good, extra = len(value & self.answer), len(value - self.answer)
            return (
                f"Not yet: {good} of {len(self.answer)} found, "
                f"and {extra} that should not be there."
            )
        if isinstance(self.answer, Mapping) and isinstance(value, Mapping):
            bad = [
                key
                for key, right in self.answer.items()
                if key not in value or difference(value[key], right)
            ]
            for key in bad:
                right = self.answer[key]
                if key in value and (text := slip(value[key], right)):
                    return f"{key}: found {describe(value[key])}. {text}"
                if key in value and not _of_one_kind(value[key], right):
                    found, kind = describe(value[key]), type(right).__name__
                    return f"{key}: found {found}, expected a value of type {kind}."
            extra_keys = [key for key in value if key not in self.answer]
            return "Not yet. Look again at: " + ", ".join(map(str, bad + extra_keys))
        if text := slip(value, self.answer):
            return f"Found {describe(value)}. {text}"
        if not _of_one_kind(value, self.answer):
            kind = type(self.answer).__name__
            return f"Found {describe(value)}, expected a value of type {kind}."
        return f"Not yet: found {describe(value)}."


def _of_one_kind(value: Any, answer: Any) -> bool:
    """Whether they could be equal: a float is never an int, nor a bool a number."""
    if isinstance(answer, int):
        return type(value) is type(answer)
    return type(value) is type(answer) or both_real(value, answer)


def whatever_comes(verdict: Callable[[Any], str], answer: Any) -> str:
    """The verdict, also about an answer so odd that comparing it raises."""
    try:
        return verdict(answer)
    except Exception as error:
        return f"This answer cannot be compared. {type(error).__name__}: {error}"


def _run(function: Callable[..., Any], case: Case) -> Outcome:
    """What a function returns on copies of the arguments, and what it did wrong."""
    arguments = copy.deepcopy(case)
    try:
        value = function(*arguments)
    except (Exception, SystemExit) as error:
        return None, _error_text(error, function)
    for i, (after, before) in enumerate(zip(arguments, case, strict=True), 1):
        if difference(after, before):
            return value, f"changed its input (argument {i}): work on a copy"
    if value is None:
        return None, "returned None: is there a return?"
    return value, None


def _error_text(error: BaseException, function: Callable[..., Any]) -> str:
    """Type and message of an error, and the line of the learner's that raised it."""
    message = textwrap.shorten(str(error), 200)
    lines = [f"{type(error).__name__}: {message}" if message else type(error).__name__]
    code = getattr(function, "__code__", None)
    trace, line = error.__traceback__, ""
    while trace is not None and isinstance(code, CodeType):
        if trace.tb_frame.f_code.co_filename == code.co_filename:
            line = linecache.getline(code.co_filename, trace.tb_lineno).strip() or line
        trace = trace.tb_next
    # An error in the call itself (a wrong number of arguments) has no such line.
    if line:
        lines.append(f"in your line: {line}")
    return "\n".join(lines)


def is_blank(function: Any) -> bool:
    """Whether a function's body is only `...` (and perhaps a docstring)."""
    code = getattr(function, "__code__", None)
    return isinstance(code, CodeType) and _operations(code) == _operations(
        _blank.__code__
    )


def _blank() -> None: ...


def _operations(code: CodeType) -> list[tuple[str, Any]]:
    return [
        (step.opname, step.argval)
        for step in dis.get_instructions(code)
        if step.opname not in ("RESUME", "NOP")
    ]


def _holds_blank(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_blank(item) for item in value.values())
    if isinstance(value, list | tuple | Set):
        return any(_holds_blank(item) for item in value)
    return value is ...


def _print_hint(hints: Sequence[str], following: int, number: Any) -> int:
    """Print a hint by its number, or the following one; returns which follows then."""
    if number is not None:
        if type(number) is int and 1 <= number <= len(hints):
            print(f"Hint {number} of {len(hints)}: {hints[number - 1]}")
        else:
            print(f"Found {describe(number)}, expected a hint from 1 to {len(hints)}.")
        return following
    if following >= len(hints):
        print("No more hints; .solution() shows one way.")
    else:
        print(f"Hint {following + 1} of {len(hints)}: {hints[following]}")
    return following + 1


def _call_text(function: Callable[..., Any], case: Case) -> str:
    names = list(inspect.signature(function).parameters)[: len(case)]
    parts = (f"{n} = {_short(x)}" for n, x in zip(names, case, strict=False))
    return ", ".join(parts)


def _short(value: Any) -> str:
    if isinstance(value, Tensor | np.ndarray):
        return describe(value)
    return textwrap.shorten(literal(rounded(value)), 60)
