"""The exercise `interval`, its solution, its mistakes and its hints."""

import torch
from torch import Tensor

from mmlearn.exercises.evaluation._shared import _interval
from mmlearn.exercises.exercise import Exercise


def _drawn(seed: int, n: int, share: float, resamples: int) -> tuple[Tensor, Tensor]:
    """Right or wrong, bool [n], and rows drawn with replacement, int64 [R, n]."""
    generator = torch.Generator().manual_seed(seed)
    right = torch.rand(n, generator=generator) < share
    return right, torch.randint(n, (resamples, n), generator=generator)


def _five_each_side(right: Tensor, rows: Tensor) -> Tensor:
    accuracies = right[rows].float().mean(dim=1)
    return accuracies.quantile(torch.tensor([0.05, 0.95]))


def _lowest_and_highest(right: Tensor, rows: Tensor) -> Tensor:
    accuracies = right[rows].float().mean(dim=1)
    return torch.stack([accuracies.min(), accuracies.max()])


def _over_the_wrong_axis(right: Tensor, rows: Tensor) -> Tensor:
    accuracies = right[rows].float().mean(dim=0)
    return accuracies.quantile(torch.tensor([0.025, 0.975]))


def _normal(right: Tensor, rows: Tensor) -> Tensor:
    accuracies = right[rows].float().mean(dim=1)
    mean, reach = accuracies.mean(), 1.96 * accuracies.std()
    return torch.stack([mean - reach, mean + reach])


def _in_double(right: Tensor, rows: Tensor) -> Tensor:
    return (
        right[rows].double().mean(dim=1).quantile(torch.tensor([0.025, 0.975]).double())
    )


interval = Exercise(
    solution=_interval,
    cases=[_drawn(0, 40, 0.7, 200), _drawn(1, 25, 0.5, 300), _drawn(2, 80, 0.9, 100)],
    mistakes={
        _five_each_side: (
            "This leaves out 5 % on each side, and holds 90 %. For 95 %, leave out "
            "2.5 % on each side."
        ),
        _lowest_and_highest: (
            "The lowest and the highest of all resamples move outwards the more you "
            "draw; take quantiles."
        ),
        _over_the_wrong_axis: (
            "This is a mean over the resamples; one accuracy for each resample is the "
            "mean over its n samples (dim=1)."
        ),
        _normal: (
            "This is the mean and 1.96 standard deviations to each side, which takes "
            "the resamples for a normal distribution. Take their quantiles instead."
        ),
        _in_double: (
            "The numbers are right, but float64; a float32 tensor is asked for: "
            ".float() in place of .double()."
        ),
    },
    hints=[
        "`right[rows]` holds all the drawn test sets at once, bool [R, n].",
        "`.float().mean(dim=1)` gives R accuracies; `.quantile(torch.tensor([...]))`.",
    ],
)
