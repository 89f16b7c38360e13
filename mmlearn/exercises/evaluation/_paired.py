"""The exercise `paired`, its solution, its mistakes and its hints."""

import torch
from torch import Tensor

from mmlearn.exercises.evaluation._shared import _interval
from mmlearn.exercises.exercise import Exercise


def _two_models(seed: int, n: int, resamples: int) -> tuple[Tensor, Tensor, Tensor]:
    """Two models that often fail on the same samples, and rows drawn, int64 [R, n].

    On some samples only A is right, on some only B.
    """
    generator = torch.Generator().manual_seed(seed)
    hard = torch.rand(n, generator=generator)
    a = hard + 0.2 * torch.randn(n, generator=generator) < 0.8
    b = hard + 0.2 * torch.randn(n, generator=generator) < 0.65
    return a, b, torch.randint(n, (resamples, n), generator=generator)


def _paired(a: Tensor, b: Tensor, rows: Tensor) -> Tensor:
    differences = (a[rows].float() - b[rows].float()).mean(dim=1)
    return differences.quantile(torch.tensor([0.025, 0.975]))


def _each_alone(a: Tensor, b: Tensor, rows: Tensor) -> Tensor:
    low_a, high_a = _interval(a, rows)
    low_b, high_b = _interval(b, rows)
    return torch.stack([low_a - high_b, high_a - low_b])


def _low_from_low(a: Tensor, b: Tensor, rows: Tensor) -> Tensor:
    return _interval(a, rows) - _interval(b, rows)


def _they_differ(a: Tensor, b: Tensor, rows: Tensor) -> Tensor:
    return _interval(a ^ b, rows)


def _only_a(a: Tensor, b: Tensor, rows: Tensor) -> Tensor:
    return _interval(a & ~b, rows)


def _minus_of_bool(a: Tensor, b: Tensor, rows: Tensor) -> Tensor:
    return _interval(a - b, rows)


def _other_rows_for_b(a: Tensor, b: Tensor, rows: Tensor) -> Tensor:
    differences = a[rows].float().mean(dim=1) - b[rows.flip(0)].float().mean(dim=1)
    return differences.quantile(torch.tensor([0.025, 0.975]))


def _b_minus_a(a: Tensor, b: Tensor, rows: Tensor) -> Tensor:
    return _paired(b, a, rows)


paired = Exercise(
    solution=_paired,
    cases=[_two_models(0, 60, 200), _two_models(1, 100, 300), _two_models(2, 40, 150)],
    mistakes={
        _each_alone: (
            "Here each model has its own interval, and the ends are compared: far too "
            "wide, since what is hard for both is counted twice. Subtract first."
        ),
        _low_from_low: (
            "This subtracts the ends of two intervals, low from low and high from "
            "high; that is not an interval of anything. Subtract in each resample."
        ),
        _they_differ: (
            "This counts where the two models differ, whoever is right. Where only B "
            "is right, the difference is -1: .float() first, then subtract."
        ),
        _only_a: (
            "This counts the samples on which only A is right. Those on which only B "
            "is right count too, as -1."
        ),
        _minus_of_bool: (
            "PyTorch does not subtract bool tensors. Its advice, `^`, is not what you "
            "want here: it forgets who was right. Use .float() first."
        ),
        _other_rows_for_b: (
            "Both models have to be judged on the same drawn rows; here B has others."
        ),
        _b_minus_a: "This is B minus A; A minus B is asked for.",
    },
    hints=[
        "First a difference for each resample, then the quantiles of the differences.",
        "`(a[rows].float() - b[rows].float()).mean(dim=1)`, then quantiles as before.",
    ],
)
