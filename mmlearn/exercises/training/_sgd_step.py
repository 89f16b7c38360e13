"""The exercise `sgd_step`, its solution, its mistakes and its hints."""

from __future__ import annotations

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise

Pair = tuple[Tensor, Tensor]


def _place(seed: int, shape: tuple[int, ...], rate: float, momentum: float) -> tuple:
    generator = torch.Generator().manual_seed(seed)
    w, gradient, velocity = torch.randn(3, *shape, generator=generator).unbind()
    return w, gradient, velocity, rate, momentum


def _step(
    w: Tensor, gradient: Tensor, velocity: Tensor, rate: float, momentum: float
) -> Pair:
    velocity = momentum * velocity + gradient
    return w - rate * velocity, velocity


def _uphill(
    w: Tensor, gradient: Tensor, velocity: Tensor, rate: float, momentum: float
) -> Pair:
    velocity = momentum * velocity + gradient
    return w + rate * velocity, velocity


def _old_velocity(
    w: Tensor, gradient: Tensor, velocity: Tensor, rate: float, momentum: float
) -> Pair:
    return w - rate * velocity, momentum * velocity + gradient


def _gradient_only(
    w: Tensor, gradient: Tensor, velocity: Tensor, rate: float, momentum: float
) -> Pair:
    return w - rate * gradient, momentum * velocity + gradient


def _average(
    w: Tensor, gradient: Tensor, velocity: Tensor, rate: float, momentum: float
) -> Pair:
    velocity = momentum * velocity + (1 - momentum) * gradient
    return w - rate * velocity, velocity


def _rate_inside(
    w: Tensor, gradient: Tensor, velocity: Tensor, rate: float, momentum: float
) -> Pair:
    velocity = momentum * velocity - rate * gradient
    return w + velocity, velocity


def _rate_inside_and_minus(
    w: Tensor, gradient: Tensor, velocity: Tensor, rate: float, momentum: float
) -> Pair:
    velocity = momentum * velocity + rate * gradient
    return w - velocity, velocity


def _exchanged(
    w: Tensor, gradient: Tensor, velocity: Tensor, rate: float, momentum: float
) -> Pair:
    w, velocity = _step(w, gradient, velocity, rate, momentum)
    return velocity, w


sgd_step = Exercise(
    solution=_step,
    cases=[
        _place(0, (2,), 0.1, 0.9),
        _place(1, (3, 2), 0.5, 0.0),
        _place(2, (4,), 1.0, 0.5),
    ],
    mistakes={
        _uphill: "The step goes uphill: the gradient points to where the loss grows.",
        _old_velocity: "The step is taken with the old velocity: renew it first.",
        _gradient_only: "The velocity is kept, but the step does not use it.",
        _rate_inside: (
            "The rate is inside the velocity (some books write it so). Here the "
            "velocity adds up gradients, and the rate scales the step."
        ),
        _rate_inside_and_minus: (
            "The velocity adds up steps (rate times gradient). Here it adds up "
            "gradients, and the rate scales the step along it."
        ),
        _exchanged: "The two are exchanged: first the weights, then the velocity.",
        _average: "The gradient is added whole, not (1 - momentum) of it (Adam does).",
    },
    hints=[
        "Two lines: first the new velocity, then the step along it.",
        "`velocity = momentum * velocity + gradient`, and return both.",
    ],
)
