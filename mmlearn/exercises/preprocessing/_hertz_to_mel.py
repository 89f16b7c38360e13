"""The exercise `hertz_to_mel`, its solution, its mistakes and its hints."""

import math

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise


def _hertz_to_mel(hertz: Tensor) -> Tensor:
    return 2595 * torch.log10(1 + hertz / 700)


def _natural_logarithm(hertz: Tensor) -> Tensor:
    return 2595 * torch.log(1 + hertz / 700)


def _without_one(hertz: Tensor) -> Tensor:
    return 2595 * torch.log10(hertz / 700)


def _one_number_only(hertz: Tensor) -> Tensor:
    return torch.tensor(2595 * math.log10(1 + hertz / 700))


def _back(hertz: Tensor) -> Tensor:
    return 700 * (10 ** (hertz / 2595) - 1)


hertz_to_mel = Exercise(
    solution=_hertz_to_mel,
    cases=[
        (torch.tensor([0.0, 440.0, 1000.0]),),
        (torch.tensor([[250.0, 500.0], [2000.0, 4000.0]]),),
    ],
    mistakes={
        _natural_logarithm: (
            "1000 Hz should be 1000 mel: with 2595 belongs the logarithm to base 10."
        ),
        _without_one: "0 Hz should be 0 mel: add 1 before the logarithm.",
        _one_number_only: (
            "`math.log10` takes one number; `torch.log10` takes a whole tensor."
        ),
        _back: "This goes from mel to hertz.",
    },
    hints=[
        "First divide by 700, then add 1, then the logarithm.",
        "`torch.log10` is the logarithm to base 10.",
    ],
)
