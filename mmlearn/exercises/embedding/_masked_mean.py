"""The exercise `masked_mean`, its solution, its mistakes and its hints."""

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise


def _sentences(seed: int, lengths: list[int], d: int) -> tuple[Tensor, Tensor]:
    """Values that are not zero where the mask is False, as a network leaves them."""
    generator = torch.Generator().manual_seed(seed)
    longest = max(lengths)
    mask = torch.arange(longest) < torch.tensor(lengths)[:, None]
    return torch.randn(len(lengths), longest, d, generator=generator) + 1, mask


def _masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    weights = mask.unsqueeze(-1).to(values.dtype)
    return (values * weights).sum(dim=1) / weights.sum(dim=1)


def _padding_counted(values: Tensor, mask: Tensor) -> Tensor:
    return values.mean(dim=1)


def _divided_by_the_longest(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask.unsqueeze(-1)).mean(dim=1)


def _not_divided(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask.unsqueeze(-1)).sum(dim=1)


def _one_mean_for_all(values: Tensor, mask: Tensor) -> Tensor:
    return values[mask].mean(dim=0).expand(len(values), -1)


def _mask_turned_round(values: Tensor, mask: Tensor) -> Tensor:
    weights = (~mask).unsqueeze(-1).to(values.dtype)
    return (values * weights).sum(dim=1) / weights.sum(dim=1)


def _mask_of_two_axes(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask).sum(dim=1) / mask.sum(dim=1, keepdim=True)


def _number_of_one_axis(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask.unsqueeze(-1)).sum(dim=1) / mask.sum(dim=1)


masked_mean = Exercise(
    solution=_masked_mean,
    cases=[
        _sentences(0, [2, 4], 3),
        _sentences(1, [5, 1, 3], 2),
        _sentences(2, [3, 3], 4),
    ],
    mistakes={
        _padding_counted: (
            "Padding is counted: what stands under a False mask must not change the "
            "mean."
        ),
        _divided_by_the_longest: (
            "Padding is out of the sum, but still divides: divide by the number of "
            "real steps, not by T."
        ),
        _not_divided: "This is the sum; divide by the number of real steps.",
        _one_mean_for_all: (
            "This is one mean over all sentences together; each has its own."
        ),
        _mask_turned_round: "True means: real. Here only the padding is averaged.",
        _mask_of_two_axes: (
            "Values are [B, T, D], the mask is [B, T]: give it a third axis, [B, T, 1]."
        ),
        _number_of_one_axis: (
            "The sum is [B, D], the number of real steps [B]: make it [B, 1]."
        ),
    },
    hints=[
        "Two sums over the steps: of the real values, and of the mask.",
        "`mask.unsqueeze(-1)` is [B, T, 1] and can be multiplied with values.",
    ],
)
