"""The exercise `cross_entropy`, its solution, its mistakes and its hints."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from mmlearn.exercises.exercise import Exercise


def _logits(
    seed: int, size: int, classes: int, scale: float = 1.0
) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(size, classes, generator=generator)
    return logits, torch.randint(0, classes, (size,), generator=generator)


def _cross_entropy(logits: Tensor, label: Tensor) -> Tensor:
    below = logits - logits.amax(dim=1, keepdim=True)  # [B, C], 0 or less
    log_total = below.exp().sum(dim=1, keepdim=True).log()  # [B, 1]
    return (log_total - below.gather(1, label[:, None])).mean()


def _softmax_twice(logits: Tensor, label: Tensor) -> Tensor:
    return F.cross_entropy(logits.softmax(dim=1), label)


def _overflows(logits: Tensor, label: Tensor) -> Tensor:
    p = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
    return -p.gather(1, label[:, None]).log().mean()


def _underflows(logits: Tensor, label: Tensor) -> Tensor:
    return -logits.softmax(dim=1).gather(1, label[:, None]).log().mean()


def _largest_of_all(logits: Tensor, label: Tensor) -> Tensor:
    below = logits - logits.max()
    log_total = below.exp().sum(dim=1, keepdim=True).log()
    return (log_total - below.gather(1, label[:, None])).mean()


def _summed(logits: Tensor, label: Tensor) -> Tensor:
    return F.cross_entropy(logits, label, reduction="sum")


def _each(logits: Tensor, label: Tensor) -> Tensor:
    return F.cross_entropy(logits, label, reduction="none")


def _over_samples(logits: Tensor, label: Tensor) -> Tensor:
    return -logits.log_softmax(dim=0).gather(1, label[:, None]).mean()


def _without_minus(logits: Tensor, label: Tensor) -> Tensor:
    return -F.cross_entropy(logits, label)


def _of_probability(logits: Tensor, label: Tensor) -> Tensor:
    return 1 - logits.softmax(dim=1).gather(1, label[:, None]).mean()


cross_entropy = Exercise(
    solution=_cross_entropy,
    cases=[_logits(0, 4, 3), _logits(1, 5, 9), _logits(2, 3, 4, scale=500.0)],
    mistakes={
        _softmax_twice: (
            "A softmax is applied twice: these are the logits' probabilities, taken "
            "for logits again. The formula starts from the logits."
        ),
        _overflows: "Logits of 500 overflow in exp: subtract the largest first.",
        _underflows: (
            "Infinite for logits of 500: exp overflows (subtract the largest logit "
            "first), or a probability rounds to 0 (stay with logarithms)."
        ),
        _largest_of_all: (
            "The largest logit of the whole batch is subtracted. In another row all "
            "logits may lie far below it, and exp rounds them to 0: each row its own."
        ),
        _summed: "This is the sum over the batch; the mean is asked for.",
        _each: "This is one loss for each sample; their mean is asked for.",
        _over_samples: "The classes of one sample compete: sum over dim 1, not 0.",
        _without_minus: "The sign is turned round: a loss is small where all is well.",
        _of_probability: "This is 1 - p of the right class; -log p is asked for.",
    },
    hints=[
        "Per sample: the logarithm of the sum of exp(logits), minus the right logit. "
        "Subtract each row's largest logit from the row before anything else.",
        "`below = logits - logits.amax(dim=1, keepdim=True)`; then `below.exp()`, sum, "
        "`log`, and `below.gather(1, label[:, None])` are the right logits.",
    ],
)
