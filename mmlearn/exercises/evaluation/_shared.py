"""What several exercises of evaluation share."""

import torch
from torch import Tensor


def _bool(*rows: str) -> tuple[Tensor, ...]:
    """One tensor per text, in which 1 means True."""
    return tuple(torch.tensor([sign == "1" for sign in row]) for row in rows)


def _interval(right: Tensor, rows: Tensor) -> Tensor:
    accuracies = right[rows].float().mean(dim=1)
    return accuracies.quantile(torch.tensor([0.025, 0.975]))
