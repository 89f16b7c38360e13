"""Every exercise of every file in mmlearn/exercises, and the engine behind them.

A new exercise file is found by itself: it needs no code here.
"""

from __future__ import annotations

import copy
import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import mmlearn.exercises
from mmlearn.exercises import convolution
from mmlearn.exercises.compare import describe, difference
from mmlearn.exercises.exercise import BLANK, Exercise, Question


def _found(kind: type) -> list[Any]:
    found = []
    for module_info in pkgutil.iter_modules(mmlearn.exercises.__path__):
        module = importlib.import_module(f"mmlearn.exercises.{module_info.name}")
        for name, value in vars(module).items():
            if isinstance(value, kind):
                found.append(pytest.param(value, id=f"{module_info.name}.{name}"))
    return found


def _mutable(value: Any) -> bool:
    if isinstance(value, Tensor | np.ndarray):
        return 0 not in value.shape
    return isinstance(value, list | dict)


def _with_mutable_input() -> list[Any]:
    return [p for p in EXERCISES if any(map(_mutable, p.values[0].cases[0]))]


EXERCISES, QUESTIONS = _found(Exercise), _found(Question)
every_exercise = pytest.mark.parametrize("exercise", EXERCISES)
every_question = pytest.mark.parametrize("question", QUESTIONS)
every_one = pytest.mark.parametrize("one", EXERCISES + QUESTIONS)


def verdict(one: Exercise | Question, answer: Any, capsys: Any) -> str:
    capsys.readouterr()
    one.check(answer)
    return capsys.readouterr().out.rstrip("\n")


def assert_clear(text: str, one: Exercise | Question) -> None:
    """Not taken for right or blank, short, and either a mistake's or says both."""
    assert text not in ("", "Correct.", BLANK)
    assert "Traceback" not in text and "cannot be compared" not in text
    assert len(text.splitlines()) <= 8
    sentences = one.mistakes
    pairs = sentences.values() if isinstance(sentences, Mapping) else dict_of(sentences)
    assert text in pairs or ("found" in text.lower() and "expected" in text)


def dict_of(pairs: list[tuple[Any, str]]) -> list[str]:
    return [sentence for _, sentence in pairs]


def test_there_are_exercises() -> None:
    assert len(EXERCISES) >= 3 and len(QUESTIONS) >= 1


# What every exercise has to do


@every_exercise
def test_its_solution_is_correct(exercise: Exercise, capsys: Any) -> None:
    assert verdict(exercise, exercise._solution, capsys) == "Correct."


@every_exercise
def test_it_has_cases_and_mistakes(exercise: Exercise) -> None:
    assert len(exercise.cases) >= 2 and len(exercise.mistakes) >= 1
    arity = {len(case) for case in exercise.cases}
    assert len(arity) == 1


@every_exercise
def test_each_mistake_gets_its_own_sentence(exercise: Exercise, capsys: Any) -> None:
    for mistake, sentence in exercise.mistakes.items():
        assert verdict(exercise, mistake, capsys) == sentence
    sentences = list(exercise.mistakes.values())
    assert len(set(sentences)) == len(sentences)


@every_exercise
def test_a_body_of_dots_is_not_attempted(exercise: Exercise, capsys: Any) -> None:
    def blank(*arguments: Any) -> Any: ...

    def blank_with_docstring(*arguments: Any) -> Any:
        """Not yet."""
        ...

    def returns_dots(*arguments: Any) -> Any:
        return ...

    for answer in (blank, blank_with_docstring, returns_dots):
        assert verdict(exercise, answer, capsys) == BLANK


@every_exercise
def test_a_forgotten_return_is_told_apart(exercise: Exercise, capsys: Any) -> None:
    def forgot(*arguments: Any) -> None:
        exercise._solution(*arguments)

    text = verdict(exercise, forgot, capsys)
    assert text.endswith("returned None: is there a return?")


@every_exercise
def test_an_answer_that_raises(exercise: Exercise, capsys: Any) -> None:
    def answer(*arguments: Any) -> Any:
        raise ValueError("no idea")

    text = verdict(exercise, answer, capsys)
    assert "ValueError: no idea" in text
    assert 'in your line: raise ValueError("no idea")' in text
    assert "Traceback" not in text


@every_exercise
def test_an_answer_that_wants_other_arguments(exercise: Exercise, capsys: Any) -> None:
    text = verdict(exercise, lambda: 0, capsys)
    assert "TypeError" in text and "in your line" not in text


@every_exercise
def test_an_answer_of_wrong_dtype(exercise: Exercise, capsys: Any) -> None:
    def answer(*arguments: Any) -> Any:
        return of_wrong_dtype(exercise._solution(*arguments))

    assert_clear(verdict(exercise, answer, capsys), exercise)


@every_exercise
def test_an_answer_of_wrong_shape(exercise: Exercise, capsys: Any) -> None:
    def answer(*arguments: Any) -> Any:
        return of_wrong_shape(exercise._solution(*arguments))

    assert_clear(verdict(exercise, answer, capsys), exercise)


@pytest.mark.parametrize("exercise", _with_mutable_input())
def test_an_answer_that_changes_its_input(exercise: Exercise, capsys: Any) -> None:
    before = copy.deepcopy(exercise.cases)

    def answer(*arguments: Any) -> Any:
        value = exercise._solution(*arguments)
        change(next(x for x in arguments if _mutable(x)))
        return value

    text = verdict(exercise, answer, capsys)
    assert "changed its input (argument " in text
    assert difference(exercise.cases, before) is None, "the cases must not change"


@every_exercise
def test_handing_in_a_value_for_a_function(exercise: Exercise, capsys: Any) -> None:
    assert "expected a function" in verdict(exercise, 3, capsys)


@every_question
def test_the_answer_of_a_question(question: Question, capsys: Any) -> None:
    assert verdict(question, question.answer, capsys) == "Correct."
    for blank in (..., {...}, [...], {"a": ...}):
        assert verdict(question, blank, capsys) == BLANK


@every_question
def test_each_mistake_of_a_question(question: Question, capsys: Any) -> None:
    assert question.mistakes
    for value, sentence in question.mistakes:
        assert verdict(question, value, capsys) == sentence


@every_question
def test_hostile_values_for_a_question(question: Question, capsys: Any) -> None:
    for value in (None, [question.answer], of_wrong_dtype(question.answer), torch.ones):
        text = verdict(question, value, capsys)
        assert text not in ("", "Correct.", BLANK)
        assert "cannot be compared" not in text
        assert repr(question.answer) not in text.replace(repr(value), "")


@every_one
def test_two_hints_then_no_more(one: Exercise | Question, capsys: Any) -> None:
    assert len(one.hints) == 2
    fresh = copy.copy(one)
    for _ in range(3):
        fresh.hint()
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == f"Hint 1 of 2: {one.hints[0]}"
    assert second == f"Hint 2 of 2: {one.hints[1]}"
    assert third == "No more hints; .solution() shows one way."


@every_one
def test_hints_can_be_read_again(one: Exercise | Question, capsys: Any) -> None:
    fresh = copy.copy(one)
    for number in (2, 1, None, 1, None, 2):
        fresh.hint() if number is None else fresh.hint(number)
    first, second = (f"Hint {i + 1} of 2: {one.hints[i]}" for i in (0, 1))
    # .hint() goes on with the first, wherever .hint(2) has looked.
    expected = [second, first, first, first, second, second]
    assert capsys.readouterr().out.splitlines() == expected
    for wrong in (0, 3, -1, 1.0, True, "1"):
        fresh.hint(wrong)  # type: ignore[arg-type]
        said = f"Found {describe(wrong)}, expected a hint from 1 to 2.\n"
        assert capsys.readouterr().out == said


@every_one
def test_the_solution_is_printed(one: Exercise | Question, capsys: Any) -> None:
    one.solution()
    shown = capsys.readouterr().out
    if isinstance(one, Exercise):
        assert f"def {one._solution.__name__}(" in shown and "return" in shown
    else:
        assert shown.strip()


@every_one
def test_the_verdict_is_the_same_twice(one: Exercise | Question, capsys: Any) -> None:
    answers = [None, lambda *arguments: object(), lambda *arguments: {"b", "a"}]
    for answer in answers:
        assert verdict(one, answer, capsys) == verdict(one, answer, capsys)
        assert " at 0x" not in verdict(one, answer, capsys)


def of_wrong_dtype(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.to(
            torch.float32 if value.dtype == torch.float64 else torch.float64
        )
    if isinstance(value, np.ndarray):
        return value.astype(np.float32 if value.dtype == np.float64 else np.float64)
    if isinstance(value, Mapping):
        return {key: of_wrong_dtype(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [of_wrong_dtype(item) for item in value]
    return str(value).encode() if isinstance(value, str) else str(value)


def of_wrong_shape(value: Any) -> Any:
    return value[None] if isinstance(value, Tensor | np.ndarray) else [value]


def change(value: Any) -> None:
    if isinstance(value, Tensor):
        value.copy_(value + 1 if value.dtype != torch.bool else ~value)
    elif isinstance(value, np.ndarray):
        value[...] = value + 1
    else:
        value.clear() if value else value.update(a=1)


# The engine, on two exercises of its own


def double(x: Tensor) -> Tensor:
    return 2 * x


def square(x: Tensor) -> Tensor:
    return x * x


twice = Exercise(
    solution=double,
    cases=[(torch.tensor([0.0, 2.0]),), (torch.arange(12.0).reshape(3, 4),)],
    mistakes={square: "Twice, not squared."},
    hints=["Add it to itself.", "`2 * x`"],
)
capitals = Question(
    answer={"France": "Paris", "Peru": "Lima"},
    mistakes=[({"France": "Lima", "Peru": "Paris"}, "The other way round.")],
    hints=["On the Seine.", "On the Rimac."],
)


def test_the_first_case_that_differs_is_shown(capsys: Any) -> None:
    def half_right(x: Tensor) -> Tensor:
        return 2 * x if x.ndim == 1 else 2 * x + torch.eye(3, 4)

    assert verdict(twice, half_right, capsys) == (
        "Case 2 of 2: x = tensor [3, 4] float32\n"
        "  tensor [3, 4] float32 is right in shape and dtype, but at [0, 0]\n"
        "  found    1.0\n"
        "  expected 0.0"
    )


def test_a_mistake_that_agrees_on_one_case_only_is_not_named(capsys: Any) -> None:
    text = verdict(twice, lambda x: x * x if x.ndim == 1 else x, capsys)
    assert "squared" not in text and "found" in text


def test_small_tensors_are_shown_whole(capsys: Any) -> None:
    text = verdict(twice, lambda x: x + 1, capsys)
    assert "found    tensor [2] float32: [1.0, 3.0]" in text
    assert "expected tensor [2] float32: [0.0, 4.0]" in text


def test_an_array_for_a_tensor_is_named(capsys: Any) -> None:
    text = verdict(twice, lambda x: (2 * x).numpy(), capsys)
    assert "found    numpy array [2] float32" in text
    assert "expected tensor [2] float32" in text


def test_an_answer_that_quits_does_not_end_the_notebook(capsys: Any) -> None:
    assert "SystemExit" in verdict(twice, lambda x: exit(), capsys)


def test_the_line_is_that_of_the_learner_not_of_the_library(capsys: Any) -> None:
    def answer(x: Tensor) -> Tensor:
        wide = nn.Linear(5, 5)
        return wide(x)

    text = verdict(twice, answer, capsys)
    assert "RuntimeError" in text and "in your line: return wide(x)" in text


def test_an_object_that_cannot_be_compared(capsys: Any) -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError("do not compare me")

        __hash__ = None  # type: ignore[assignment]

    odd = Exercise(
        solution=lambda x: Odd(), cases=[(1,)], mistakes={}, hints=["a", "b"]
    )
    text = verdict(odd, lambda x: Odd(), capsys)
    assert text == ("This answer cannot be compared. RuntimeError: do not compare me")


def test_a_question_says_how_far_it_is_right(capsys: Any) -> None:
    half = {"France": "Paris", "Peru": "Quito"}
    assert verdict(capitals, half, capsys) == "Not yet. Look again at: Peru"
    odd = {**capitals.answer, "Peru": 3}
    said = "Peru: found 3 (int), expected a value of type str."
    assert verdict(capitals, odd, capsys) == said
    assert verdict(capitals, half | {"Peru": ...}, capsys) == BLANK
    some = Question(answer={1, 2, 3}, mistakes=[], hints=["a", "b"])
    assert verdict(some, {1, 9}, capsys) == (
        "Not yet: 1 of 3 found, and 1 that should not be there."
    )
    number = Question(answer=49, mistakes=[], hints=["a", "b"])
    right = "The number is right, "
    for found, said in (
        (49.0, "Found 49.0 (float). " + right + "its type float is not: expected int."),
        (
            torch.tensor(49.0),
            "Found tensor [] float32: 49.0. "
            + right
            + "its type float is not: expected int.",
        ),
        (
            torch.tensor([49]),
            "Found tensor [1] int64: [49]. "
            + right
            + "the tensor around it is not: expected int.",
        ),
        (
            [49],
            "Found [49] (list). " + right + "the list around it is not: expected int.",
        ),
        (50.0, "Found 50.0 (float), expected a value of type int."),
        (True, "Found True (bool), expected a value of type int."),
        (np.int32(49), "Correct."),
    ):
        assert verdict(number, found, capsys) == said
    letters = Question(answer={"A": 2, "B": 4}, mistakes=[], hints=["a", "b"])
    said = f"B: found 4.0 (float). {right}its type float is not: expected int."
    assert verdict(letters, {"A": 2, "B": 4.0}, capsys) == said
    truth = Question(answer=True, mistakes=[], hints=["a", "b"])
    assert verdict(truth, 1, capsys) == "Found 1 (int), expected a value of type bool."
    share = Question(answer=0.5, mistakes=[], hints=["a", "b"])
    assert verdict(share, np.float32(0.5), capsys) == "Correct."
    assert (
        verdict(share, 10**400, capsys) == "Not yet: found " + describe(10**400) + "."
    )
    assert verdict(number, 50, capsys) == "Not yet: found 50 (int)."


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (3, 3),
        (np.int64(3), 3),
        (torch.tensor(3), 3),
        (0.1 + 0.2, 0.3),
        (1, 1.0),
        (float("nan"), float("nan")),
        (torch.tensor(0.5), 0.5),
        (torch.tensor([1.0, float("nan")]), torch.tensor([1.0, float("nan")])),
        (np.array(["a", "b"]), np.array(["a", "b"])),
        ([1, (2, "x")], (1, [2, "x"])),
        ({"b": torch.ones(2), "a": 1}, {"a": 1, "b": torch.ones(2)}),
        (frozenset({1}), {1}),
        (torch.ones(2).shape, (2,)),
        (torch.ones(2, requires_grad=True), torch.ones(2)),
    ],
)
def test_what_is_taken_as_equal(found: Any, expected: Any) -> None:
    assert difference(found, expected) is None


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (3.0, 3),
        (True, 1),
        (1, True),
        ("3", 3),
        (0.31, 0.3),
        (float("nan"), 0.3),
        (torch.ones(2), torch.ones(2, 1)),
        (torch.ones(2), torch.ones(2, dtype=torch.float64)),
        (torch.ones(2), np.ones(2, dtype=np.float32)),
        (torch.tensor([float("nan")] * 9), torch.ones(9)),
        (torch.ones(9, dtype=torch.bool), torch.zeros(9, dtype=torch.bool)),
        (np.array(["a", "b"]), np.array(["a", "c"])),
        ([1, 2], [1, 2, 3]),
        ([1, 2], {1, 2}),
        ({"a": 1}, {"b": 1}),
        ({"a": [1, 2]}, {"a": [1, 3]}),
        ({1, 2}, {1, 3}),
        (None, 0),
    ],
)
def test_what_is_told_apart(found: Any, expected: Any) -> None:
    text = difference(found, expected)
    assert text is not None
    assert "found" in text and "expected" in text


@pytest.mark.parametrize(
    ("found", "expected", "note"),
    [
        (3.0, 3, "The number is right, its type float is not: expected int."),
        (np.float64(3), 3, "The number is right, its type float is not: expected int."),
        (
            torch.tensor([0.5]),
            0.5,
            "The number is right, the tensor around it is not: expected float.",
        ),
        ([1.0, 2.0], torch.tensor([1.0, 2.0]), "a list in place of a tensor."),
        (
            np.ones(2, dtype=np.float32),
            torch.ones(2),
            "a numpy array in place of a tensor.",
        ),
        (
            torch.ones(20).double(),
            torch.ones(20),
            "torch.float64 in place of torch.float32.",
        ),
        (
            torch.ones(4).bfloat16(),
            torch.ones(4),
            "torch.bfloat16 in place of torch.float32.",
        ),
        (torch.ones(20, 1), torch.ones(20), "[20, 1] in place of [20]."),
        (
            np.ones((1, 2)),
            np.ones(2, dtype=np.float32),
            "float64 in place of float32, [1, 2] in place of [2].",
        ),
    ],
)
def test_right_numbers_of_a_wrong_kind(found: Any, expected: Any, note: str) -> None:
    text = difference(found, expected)
    assert text is not None and len(text.splitlines()) == 3
    assert text.splitlines()[2].endswith(note)
    assert difference([found], [expected]) == f"item 0:\n{text}"


def test_wrong_numbers_of_a_wrong_kind_are_not_called_right() -> None:
    for found, expected in (
        (2.0, 3),
        (True, 1),
        ("3", 3),
        (torch.ones(3).double(), torch.zeros(3)),
        (torch.ones(3), torch.ones(4)),
        (torch.ones(3, dtype=torch.bool), torch.ones(3)),
        ([1.0, None], torch.ones(2)),
        (None, 0),
    ):
        text = difference(found, expected)
        assert text is not None and "right" not in text


def test_describe_is_short_and_holds_no_address() -> None:
    assert describe(torch.zeros(2, 3)) == (
        "tensor [2, 3] float32: [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]"
    )
    assert describe(np.zeros((4, 5), dtype=np.uint8)) == "numpy array [4, 5] uint8"
    assert describe({"b", "a"}) == "{'a', 'b'} (set)"
    assert len(describe("x" * 500)) < 80
    assert describe(object()) == "<object> (object)"
    assert describe(torch.relu) == "relu (builtin_function_or_method)"


# The faults of notebook 00's last exercise are as loud as its answer says


def test_the_loud_faults_raise_and_the_silent_ones_do_not() -> None:
    logits, labels = torch.randn(4, 9), torch.tensor([1, 9, 3, 2])
    with pytest.raises(RuntimeError):  # A: channels last
        nn.Conv2d(3, 16, 3)(torch.zeros(4, 32, 32, 3))
    with pytest.raises(IndexError):  # D: labels 1 to 9 for classes 0 to 8
        nn.CrossEntropyLoss()(logits, labels)
    with pytest.raises(RuntimeError):  # F: 256 numbers for a layer made for 128
        nn.Linear(128, 9)(torch.zeros(4, 256))
    twice_softmax = nn.CrossEntropyLoss()(logits.softmax(dim=1), labels - 1)  # B
    last = nn.LSTM(5, 6, batch_first=True)(torch.zeros(4, 7, 5))[0][:, -1]  # G
    assert twice_softmax.isfinite() and last.shape == (4, 6)


# What commutes with a move by one pixel is as notebook 03's fourth exercise says


def test_what_commutes_with_a_move() -> None:
    dense = nn.Linear(64, 64)
    normalise = nn.BatchNorm2d(1).eval()
    kernel, where = torch.randn(1, 1, 3, 3), torch.randn(8, 8)
    operations = {
        "A": lambda x: nn.functional.conv2d(x, kernel, padding=1),
        "B": torch.relu,
        "C": lambda x: nn.functional.max_pool2d(x, 2),
        "D": lambda x: nn.functional.max_pool2d(x, 3, stride=1, padding=1),
        "E": lambda x: dense(x.flatten(1)).view(1, 1, 8, 8),
        "F": normalise,
        "G": lambda x: x + where,
    }
    x = torch.randn(1, 1, 8, 8)
    found = set()
    for letter, operation in operations.items():
        moved_first, moved_after = operation(x.roll(1, 3)), operation(x).roll(1, 3)
        inside = (moved_first - moved_after)[..., 2:-1]
        if inside.abs().max() < 1e-5:
            found.add(letter)
    assert found == convolution.commutes.answer


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_says_why(question: Question, capsys: Any) -> None:
    """A bare number teaches nobody: the solution says how one gets there."""
    assert len(question.why.split()) >= 5
    assert question.why == question.why.strip() and question.why[-1] in ".)"
    question.solution()
    assert capsys.readouterr().out.rstrip().endswith(question.why)
