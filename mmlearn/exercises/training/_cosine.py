"""The exercise `cosine`, its solution, its mistakes and its hints."""

from __future__ import annotations

import math

from mmlearn.exercises.exercise import Exercise


def _factor(step: int, steps: int, warm_up: int) -> float:
    if step < warm_up:
        return (step + 1) / warm_up
    done = (step - warm_up) / (steps - warm_up)
    return (1 + math.cos(math.pi * done)) / 2


def _whole_wave(step: int, steps: int, warm_up: int) -> float:
    if step < warm_up:
        return (step + 1) / warm_up
    done = (step - warm_up) / (steps - warm_up)
    return (1 + math.cos(2 * math.pi * done)) / 2


def _from_zero(step: int, steps: int, warm_up: int) -> float:
    return step / warm_up if step < warm_up else _factor(step, steps, warm_up)


def _counted_from_the_start(step: int, steps: int, warm_up: int) -> float:
    if step < warm_up:
        return (step + 1) / warm_up
    return (1 + math.cos(math.pi * step / steps)) / 2


def _no_warm_up(step: int, steps: int, warm_up: int) -> float:
    return _factor(step, steps, 0)


def _without_pi(step: int, steps: int, warm_up: int) -> float:
    if step < warm_up:
        return (step + 1) / warm_up
    return (1 + math.cos((step - warm_up) / (steps - warm_up))) / 2


def _not_halved(step: int, steps: int, warm_up: int) -> float:
    if step < warm_up:
        return (step + 1) / warm_up
    return math.cos(math.pi * (step - warm_up) / (steps - warm_up))


def _share_of_all(step: int, steps: int, warm_up: int) -> float:
    if step < warm_up:
        return (step + 1) / warm_up
    return (1 + math.cos(math.pi * (step - warm_up) / steps)) / 2


def _twice(step: int, steps: int, warm_up: int) -> float:
    if step < warm_up:
        return (step + 1) / warm_up
    return 2 * _factor(step, steps, warm_up)


cosine = Exercise(
    solution=_factor,
    cases=[(0, 100, 10), (9, 100, 10), (10, 100, 10), (55, 100, 10), (80, 100, 20)],
    mistakes={
        _whole_wave: "This is a whole wave: it is back at 1 in the end. Half of one.",
        _from_zero: "Step 0 gets the factor 0, so the first batch changes nothing.",
        _counted_from_the_start: (
            "After the warm-up the factor jumps: count the cosine's steps from there."
        ),
        _share_of_all: (
            "It does not reach 0 at the last step: the cosine has only the steps that "
            "follow the warm-up."
        ),
        _twice: "1 + cos goes from 2 down to 0; half of it is asked for.",
        _no_warm_up: "The line of the first `warm_up` steps is missing.",
        _without_pi: "The angle has to end at pi, not at 1: multiply the share by pi.",
        _not_halved: "A cosine falls to -1, and a negative rate climbs: (1 + cos) / 2.",
    },
    hints=[
        "Two cases: step < warm_up is a line; what follows is half a cosine wave.",
        "The share that is done: `(step - warm_up) / (steps - warm_up)`, times pi.",
    ],
)
