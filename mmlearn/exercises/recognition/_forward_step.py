"""The exercise `forward_step`, its solution, its mistakes and its hints."""

from __future__ import annotations

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise


def _case(seed: int, text: list[int]) -> tuple[Tensor, Tensor, Tensor]:
    """Logarithms [S] of both, and which places may be reached from two before."""
    torch.manual_seed(seed)
    states = torch.zeros(2 * len(text) + 1, dtype=torch.int64)
    states[1::2] = torch.tensor(text)
    skip = torch.zeros(len(states), dtype=torch.bool)
    skip[3::2] = states[3::2] != states[1:-2:2]
    log_alpha = torch.randn(len(states)).log_softmax(0)
    log_alpha[torch.rand(len(states)) < 0.2] = -torch.inf
    log_alpha[0] = -0.5
    return log_alpha, torch.randn(len(states)).sub(1.5), skip


def _shifted(log_alpha: Tensor, by: int) -> Tensor:
    gone = log_alpha.new_full((by,), -torch.inf)
    return torch.cat([gone, log_alpha])[: len(log_alpha)]


def _forward_step(log_alpha: Tensor, log_prob: Tensor, skip: Tensor) -> Tensor:
    nowhere = torch.full_like(log_alpha, -torch.inf)
    before = torch.cat([nowhere[:1], log_alpha[:-1]])
    two_before = torch.cat([nowhere[:2], log_alpha[:-2]])
    two_before = torch.where(skip, two_before, nowhere)
    return torch.stack([log_alpha, before, two_before]).logsumexp(dim=0) + log_prob


def _no_skip(log_alpha: Tensor, log_prob: Tensor, skip: Tensor) -> Tensor:
    both = torch.stack([log_alpha, _shifted(log_alpha, 1)])
    return both.logsumexp(dim=0) + log_prob


def _skips_always(log_alpha: Tensor, log_prob: Tensor, skip: Tensor) -> Tensor:
    all_three = [log_alpha, _shifted(log_alpha, 1), _shifted(log_alpha, 2)]
    return torch.stack(all_three).logsumexp(dim=0) + log_prob


def _best_only(log_alpha: Tensor, log_prob: Tensor, skip: Tensor) -> Tensor:
    nowhere = torch.full_like(log_alpha, -torch.inf)
    two = torch.where(skip, _shifted(log_alpha, 2), nowhere)
    all_three = torch.stack([log_alpha, _shifted(log_alpha, 1), two])
    return all_three.amax(dim=0) + log_prob


def _sum_of_logs(log_alpha: Tensor, log_prob: Tensor, skip: Tensor) -> Tensor:
    two = torch.where(skip, _shifted(log_alpha, 2), 0)
    return log_alpha + _shifted(log_alpha, 1) + two + log_prob


def _never_stays(log_alpha: Tensor, log_prob: Tensor, skip: Tensor) -> Tensor:
    nowhere = torch.full_like(log_alpha, -torch.inf)
    two = torch.where(skip, _shifted(log_alpha, 2), nowhere)
    both = torch.stack([_shifted(log_alpha, 1), two])
    return both.logsumexp(dim=0) + log_prob


def _forgets_the_frame(log_alpha: Tensor, log_prob: Tensor, skip: Tensor) -> Tensor:
    return _forward_step(log_alpha, torch.zeros_like(log_prob), skip)


forward_step = Exercise(
    solution=_forward_step,
    cases=[
        _case(0, [1, 2]),
        _case(1, [3, 3, 1]),
        _case(2, [2]),
        _case(3, [1, 4, 4, 2]),
    ],
    mistakes={
        _no_skip: (
            "From a letter one may go straight to the next letter, past the blank "
            "between them: the arrow from two places before is missing."
        ),
        _skips_always: (
            "Here every place can be reached from two before. That is allowed only "
            "where `skip` is True: onto a letter that differs from the one before it."
        ),
        _best_only: (
            "This keeps the best way into each place (max), and so finds the best path "
            "(Viterbi). The sum over all ways is asked for: logsumexp."
        ),
        _sum_of_logs: (
            "Adding logarithms multiplies the probabilities. The ways into a place are "
            "alternatives, so their probabilities add up: logsumexp."
        ),
        _never_stays: "One may also stay: the arrow from the same place is missing.",
        _forgets_the_frame: (
            "The ways in are right, but what the new frame says is not there yet: add "
            "log_prob at the end."
        ),
    },
    hints=[
        "Three ways lead in: from the same place, from one before, from two before.",
        "Shift with `torch.cat`, put -inf where nothing comes from, then "
        "`torch.stack([...]).logsumexp(dim=0) + log_prob`.",
    ],
)
