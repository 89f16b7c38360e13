"""Does 90 % mean 90 %? How far confidence and accuracy differ, and one remedy."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.nn import functional as F

COLDEST, HOTTEST = 0.02, 50.0  # temperatures between which `fit_temperature` looks


@dataclass(frozen=True)
class Reliability:
    """What a reliability diagram draws: one entry a bin of confidence, K bins.

    confidence, accuracy: float64 [K], means over a bin's samples; NaN in an empty bin.
    count: int64 [K], samples in each bin.
    """

    confidence: Tensor
    accuracy: Tensor
    count: Tensor

    @property
    def error(self) -> float:
        """The expected calibration error: the mean gap, weighted by count."""
        gap = (self.confidence - self.accuracy).abs().nan_to_num()
        return float((gap * self.count).sum() / self.count.sum())


def reliability(probabilities: Tensor, label: Tensor, bins: int = 15) -> Reliability:
    """Sort predictions into bins of equal width by their confidence, and look.

    probabilities: float [N, C], rows that sum to 1. label: int64 [N]. The confidence
    of a sample is the probability of its most likely class. A confidence on the edge
    of two bins belongs to the upper one, 1 to the last.

    Raises ValueError when the two disagree in N, there are no samples or no bins, a
    row is no distribution, or a label is not one of the C classes.
    """
    _check(probabilities, label)
    if bins < 1:
        raise ValueError(f"bins is {bins}; expected 1 or more")
    sums = probabilities.double().sum(dim=1)
    bad = ((sums - 1).abs() > 1e-3) | (probabilities < 0).any(dim=1) | ~sums.isfinite()
    if bool(bad.any()):
        row = int(bad.int().argmax())
        raise ValueError(
            f"row {row}: the probabilities sum to {float(sums[row]):.4g}, the least is "
            f"{float(probabilities[row].min()):.4g}; expected a distribution (softmax)"
        )
    confidence, predicted = probabilities.double().max(dim=1)
    edges = torch.linspace(0, 1, bins + 1, dtype=torch.float64, device=label.device)
    index = torch.bucketize(confidence, edges[1:-1], right=True)  # 0 .. bins - 1
    count = torch.bincount(index, minlength=bins)
    right = (predicted == label).double()
    return Reliability(
        torch.bincount(index, weights=confidence, minlength=bins) / count,
        torch.bincount(index, weights=right, minlength=bins) / count,
        count,
    )


def calibration_error(probabilities: Tensor, label: Tensor, bins: int = 15) -> float:
    """The expected calibration error, 0 to 1 (Guo et al., 2017).

    It depends on `bins`, and with few samples it is too large: even a perfect model
    has some. So compare only numbers of the same N and bins.

    Raises ValueError as `reliability` does.
    """
    return reliability(probabilities, label, bins).error


def fit_temperature(logits: Tensor, label: Tensor) -> float:
    """The T for which softmax(logits / T) has the least cross-entropy on these labels.

    logits: float [N, C], or log-probabilities. label: int64 [N]. T above 1 means that
    the model was too sure, below 1 not sure enough. It changes no prediction. Fit it on
    validation, where the weights were not trained (Guo et al., 2017).

    Raises ValueError when the two disagree in N, are empty or not finite, a label is
    not one of the C classes, or there is no such T: where every sample is right, the
    least cross-entropy is at T = 0, and where the labels have nothing to do with the
    logits, at infinity.
    """
    _check(logits, label)
    if not bool(logits.isfinite().all()):
        raise ValueError("the logits hold NaN or infinity; expected finite numbers")
    logits = logits.detach().double()

    def loss(log_temperature: float) -> float:
        return float(F.cross_entropy(logits / math.exp(log_temperature), label))

    bounds = (math.log(COLDEST), math.log(HOTTEST))
    best = float(minimize_scalar(loss, bounds=bounds, options={"xatol": 1e-6}).x)
    if min(abs(best - bound) for bound in bounds) < 1e-3:
        right = float((logits.argmax(dim=1) == label).double().mean())
        raise ValueError(
            f"no temperature between {COLDEST:g} and {HOTTEST:g} is best; "
            f"{right:.0%} of the {len(label)} samples are right"
        )
    return math.exp(best)


def _check(scores: Tensor, label: Tensor) -> None:
    if scores.ndim != 2 or label.shape != scores.shape[:1] or len(label) == 0:
        raise ValueError(
            f"scores are {list(scores.shape)}, labels {list(label.shape)}; expected "
            "[N, C] and [N], N at least 1"
        )
    bad = (label < 0) | (label >= scores.shape[1])
    if bool(bad.any()):
        raise ValueError(
            f"label is {int(label[bad][0])}; expected 0..{scores.shape[1] - 1}"
        )
