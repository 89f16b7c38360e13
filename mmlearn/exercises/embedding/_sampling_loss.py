"""The exercise `sampling_loss`, its solution, its mistakes and its hints."""

import torch
from torch import Tensor
from torch.nn import functional as F

from mmlearn.exercises.exercise import Exercise


def _scores(seed: int, batch: int, k: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    true = 2 * torch.randn(batch, generator=generator)
    return true, 2 * torch.randn(batch, k, generator=generator)


def _sampling_loss(true: Tensor, drawn: Tensor) -> Tensor:
    return -(F.logsigmoid(true) + F.logsigmoid(-drawn).sum(dim=1)).mean()


def _sign_forgotten(true: Tensor, drawn: Tensor) -> Tensor:
    return -(F.logsigmoid(true) + F.logsigmoid(drawn).sum(dim=1)).mean()


def _mean_of_negatives(true: Tensor, drawn: Tensor) -> Tensor:
    return -(F.logsigmoid(true) + F.logsigmoid(-drawn).mean(dim=1)).mean()


def _no_negatives(true: Tensor, drawn: Tensor) -> Tensor:
    return -F.logsigmoid(true).mean()


def _to_be_maximised(true: Tensor, drawn: Tensor) -> Tensor:
    return (F.logsigmoid(true) + F.logsigmoid(-drawn).sum(dim=1)).mean()


def _summed(true: Tensor, drawn: Tensor) -> Tensor:
    return -(F.logsigmoid(true) + F.logsigmoid(-drawn).sum(dim=1)).sum()


def _all_drawn_in_each(true: Tensor, drawn: Tensor) -> Tensor:
    return -(F.logsigmoid(true) + F.logsigmoid(-drawn).sum()).mean()


def _one_minus_the_logarithm(true: Tensor, drawn: Tensor) -> Tensor:
    return -(F.logsigmoid(true) + (1 - F.logsigmoid(drawn)).sum(dim=1)).mean()


def _no_mean(true: Tensor, drawn: Tensor) -> Tensor:
    return -(F.logsigmoid(true) + F.logsigmoid(-drawn).sum(dim=1))


sampling_loss = Exercise(
    solution=_sampling_loss,
    cases=[_scores(0, 3, 2), _scores(1, 6, 5), _scores(2, 1, 4)],
    mistakes={
        _sign_forgotten: (
            "The drawn words are treated as true ones: their scores should be low, so "
            "the term is log sigmoid(-score)."
        ),
        _mean_of_negatives: "The drawn words are summed over k, not averaged.",
        _no_negatives: (
            "The drawn words are missing. Without them all vectors may become equal "
            "and long, and the loss is 0."
        ),
        _to_be_maximised: "A loss is to fall: mind the minus in front.",
        _summed: "The mean over the batch is asked for, not the sum.",
        _all_drawn_in_each: (
            "`sum()` without `dim` adds up the drawn words of the whole batch; each "
            "pair has its own k (dim=1)."
        ),
        _one_minus_the_logarithm: (
            "The 1 belongs inside the logarithm: log(1 - sigmoid(x)) is "
            "log sigmoid(-x)."
        ),
        _no_mean: "This is one loss a pair, [B]: the mean over the batch is missing.",
    },
    hints=[
        "One term for the true pair, k for the drawn ones; then the mean over B.",
        "`F.logsigmoid(true)` [B] and `F.logsigmoid(-drawn).sum(dim=1)` [B].",
    ],
)
