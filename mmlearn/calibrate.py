"""Does 90 % mean 90 %? How far confidence and accuracy differ, and one remedy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.nn import functional as F

from mmlearn.metrics.inputs import as_array, positive, whole_numbers

COLDEST, HOTTEST = 0.02, 50.0  # temperatures between which `fit_temperature` looks


@dataclass(frozen=True)
class Reliability:
    """What a reliability diagram draws: one entry per bin of confidence, K bins.

    Args:
        confidence: float64 [K], mean over a bin's samples; NaN in an empty bin.
        accuracy: float64 [K], mean over a bin's samples; NaN in an empty bin.
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


def reliability(probabilities: Any, label: Any, bins: int = 15) -> Reliability:
    """Sort predictions into bins of equal width by their confidence.

    The confidence of a sample is the probability of its most likely class. A confidence
    on the edge of two bins, k / bins in the probabilities' own dtype, belongs to the
    upper one; 1 belongs to the last.

    Args:
        probabilities: float [N, C], rows that sum to 1: a tensor, an array or a list.
        label: whole numbers 0 ... C - 1 of any kind, [N].
        bins: how many.

    Raises:
        ValueError: when the two disagree in N, when there are no samples or no bins;
            naming the row, when it is not a distribution, or its label is not one of
            the C classes.
    """
    probabilities, label = _check(probabilities, label)
    bins = positive("bins", bins)
    sums = probabilities.double().sum(dim=1)
    # Each probability of a row may be rounded up, in bfloat16 by 1 in 256.
    slack = max(1e-3, torch.finfo(probabilities.dtype).eps)
    bad = ((sums - 1).abs() > slack) | (probabilities < 0).any(dim=1) | ~sums.isfinite()
    if bool(bad.any()):
        row = int(bad.int().argmax())
        raise ValueError(
            f"row {row}: the probabilities sum to {float(sums[row]):.4g}, the least is "
            f"{float(probabilities[row].min()):.4g}; expected a distribution (softmax)"
        )
    confidence, predicted = probabilities.max(dim=1)
    # k / bins rounded once, in the confidences' dtype: a range of steps of 1 / bins
    # would put .6 of 15 bins below its edge, and float64 edges float32's .7 of 10.
    steps = torch.arange(1, bins, dtype=torch.float64, device=label.device)
    edges = (steps / bins).to(confidence.dtype).double()
    confidence = confidence.double()
    index = torch.bucketize(confidence, edges, right=True)  # 0 .. bins - 1
    count = torch.bincount(index, minlength=bins)
    right = (predicted == label).double()
    return Reliability(
        torch.bincount(index, weights=confidence, minlength=bins) / count,
        torch.bincount(index, weights=right, minlength=bins) / count,
        count,
    )


def calibration_error(probabilities: Any, label: Any, bins: int = 15) -> float:
    """The expected calibration error, 0 to 1 (Guo et al., 2017).

    It depends on `bins`, and with few samples it is too large: even a perfect model
    has some. So compare only numbers of the same N and bins.

    Args:
        probabilities: as in `reliability`.
        label: as in `reliability`.
        bins: how many.

    Raises:
        ValueError: as `reliability` does.
    """
    return reliability(probabilities, label, bins).error


def fit_temperature(logits: Any, label: Any) -> float:
    """The T for which softmax(logits / T) has the least cross-entropy on these labels.

    T above 1 means that the model was too sure, below 1 not sure enough. It changes no
    prediction. Fit it on the validation split, on which the weights were not trained
    (Guo et al., 2017).

    Args:
        logits: float [N, C], or log-probabilities: a tensor, an array or a list.
        label: whole numbers 0 ... C - 1 of any kind, [N].

    Raises:
        ValueError: when the two disagree in N, or are empty; naming the row, when its
            logits are not finite or its label is not one of the C classes; and when
            there is no such T: where every sample is right, the least cross-entropy is
            at T = 0, where the labels have nothing to do with the logits, at infinity,
            and where each row's logits are all alike, everywhere.
    """
    logits, label = _check(logits, label)
    # By the coldest temperature too, for the largest of float64 overflow there.
    bad = ~(logits.double() / COLDEST).isfinite().all(dim=1)
    if bool(bad.any()):
        row = int(bad.int().argmax())
        raise ValueError(
            f"row {row}: the logits hold NaN or infinity, or nearly; expected finite "
            "numbers"
        )
    if bool((logits.amax(dim=1) == logits.amin(dim=1)).all()):
        raise ValueError(
            "each row's logits are all alike, so every temperature gives the same"
        )
    logits = logits.double()

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


def _check(scores: Any, label: Any) -> tuple[Tensor, Tensor]:
    """Scores as float [N, C], their dtype kept, and labels int64 [N] beside them."""
    if not isinstance(scores, Tensor):
        array = as_array(scores)
        if array.dtype.kind not in "iuf":
            raise ValueError(f"scores are {array.dtype}; expected floats [N, C]")
        kept = array.dtype if array.dtype.itemsize <= 8 else np.dtype(np.float64)
        kept = kept if kept.kind == "f" else np.dtype(np.float64)
        # A copy, in the machine's own byte order: torch takes no other, nor negative
        # strides, and warns of an array that cannot be written.
        scores = torch.from_numpy(
            np.array(array, dtype=kept.newbyteorder("="), order="C")
        )
    if scores.is_complex() or scores.dtype == torch.bool:
        raise ValueError(f"scores are {scores.dtype}; expected floats [N, C]")
    scores = scores.detach()
    scores = scores if scores.is_floating_point() else scores.double()
    found = list(as_array(label).shape)
    if scores.ndim != 2 or found != list(scores.shape[:1]) or 0 in scores.shape:
        raise ValueError(
            f"scores are {list(scores.shape)}, labels {found}; expected [N, C] and "
            "[N], N and C at least 1"
        )
    numbers = torch.from_numpy(whole_numbers("label", label))
    bad = numbers >= scores.shape[1]
    if bool(bad.any()):
        row = int(bad.int().argmax())
        raise ValueError(
            f"row {row}: label is {int(numbers[row])}; expected "
            f"0..{scores.shape[1] - 1}"
        )
    return scores, numbers.to(scores.device)
