"""The exercise `calibration_error`, its solution, its mistakes and its hints."""

from itertools import pairwise

import torch
from torch import Tensor

from mmlearn.exercises.evaluation._shared import _bool
from mmlearn.exercises.exercise import Exercise


def _confident(seed: int, n: int, power: float) -> tuple[Tensor, Tensor, int]:
    """Confidences [n], right or wrong [n], and 10 bins; some are empty."""
    generator = torch.Generator().manual_seed(seed)
    confidence = 0.35 + 0.6 * torch.rand(n, generator=generator)
    return confidence, torch.rand(n, generator=generator) < confidence**power, 10


def _calibration_error(confidence: Tensor, right: Tensor, bins: int) -> float:
    index = (confidence * bins).long().clamp(max=bins - 1)
    total = 0.0
    for k in range(bins):
        inside = index == k
        if inside.any():
            gap = right[inside].float().mean() - confidence[inside].mean()
            total += float(gap.abs() * inside.sum() / len(right))
    return total


def _bins_alike(confidence: Tensor, right: Tensor, bins: int) -> float:
    index = (confidence * bins).long().clamp(max=bins - 1)
    gaps = []
    for k in index.unique():
        inside = index == k
        gaps.append((right[inside].float().mean() - confidence[inside].mean()).abs())
    return float(torch.stack(gaps).mean())


def _middle_of_bin(confidence: Tensor, right: Tensor, bins: int) -> float:
    index = (confidence * bins).long().clamp(max=bins - 1)
    total = 0.0
    for k in range(bins):
        inside = index == k
        if inside.any():
            gap = right[inside].float().mean() - (k + 0.5) / bins
            total += float(gap.abs() * inside.sum() / len(right))
    return total


def _loses_the_sure(confidence: Tensor, right: Tensor, bins: int) -> float:
    index = (confidence * bins).long()
    total = 0.0
    for k in range(bins):
        inside = index == k
        if inside.any():
            gap = right[inside].float().mean() - confidence[inside].mean()
            total += float(gap.abs() * inside.sum() / len(right))
    return total


def _bin_for_the_sure(confidence: Tensor, right: Tensor, bins: int) -> float:
    return _loses_the_sure(confidence, right, bins) + float(
        (1 - right[confidence == 1].float()).sum() / len(right)
    )


def _edge_below(confidence: Tensor, right: Tensor, bins: int) -> float:
    edges = torch.linspace(0, 1, bins + 1)
    total = 0.0
    for low, high in pairwise(edges):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            gap = right[inside].float().mean() - confidence[inside].mean()
            total += float(gap.abs() * inside.sum() / len(right))
    return total


def _with_sign(confidence: Tensor, right: Tensor, bins: int) -> float:
    return float(confidence.mean() - right.float().mean())


def _with_the_other_sign(confidence: Tensor, right: Tensor, bins: int) -> float:
    return -_with_sign(confidence, right, bins)


def _with_sign_abs(confidence: Tensor, right: Tensor, bins: int) -> float:
    return abs(_with_sign(confidence, right, bins))


def _empty_bins(confidence: Tensor, right: Tensor, bins: int) -> float:
    index = (confidence * bins).long().clamp(max=bins - 1)
    total = 0.0
    for k in range(bins):
        inside = index == k
        gap = right[inside].float().mean() - confidence[inside].mean()
        total += float(gap.abs() * inside.sum() / len(right))
    return total


calibration_error = Exercise(
    solution=_calibration_error,
    cases=[
        _confident(0, 60, 2.0),
        _confident(1, 100, 0.4),
        (torch.tensor([0.95, 0.9, 0.55, 0.6]), _bool("1110")[0], 5),
        (torch.tensor([1.0, 0.9, 1.0, 0.3, 0.7]), _bool("11001")[0], 4),
    ],
    mistakes={
        _bins_alike: (
            "Every bin counts the same here; a bin with one sample should weigh less "
            "than a bin with fifty."
        ),
        _with_sign: (
            "This is mean confidence minus accuracy: too sure here and not sure enough "
            "there cancel out. Take the absolute gap in each bin."
        ),
        _with_the_other_sign: (
            "This is accuracy minus mean confidence: too sure here and not sure enough "
            "there cancel out. Take the absolute gap in each bin."
        ),
        _with_sign_abs: (
            "This is the gap of the two means: too sure here and not sure enough there "
            "cancel out. Take the absolute gap in each bin."
        ),
        _middle_of_bin: (
            "Here the accuracy is compared with the middle of the bin; compare it with "
            "the mean confidence of the samples in it."
        ),
        _loses_the_sure: (
            "Samples of confidence 1 are in none of your bins, and are not counted: "
            "they belong to the last one."
        ),
        _bin_for_the_sure: (
            "Samples of confidence 1 have a bin of their own here, one too many: they "
            "belong to the last of the bins."
        ),
        _edge_below: (
            "Right, but for the edges: a confidence on the edge of two bins belongs to "
            "the upper one."
        ),
        _empty_bins: (
            "An empty bin has no mean (0 / 0 is NaN), and the sum is NaN with it: "
            "leave empty bins out."
        ),
    },
    hints=[
        "For each bin: |accuracy - mean confidence|, times its share of the samples.",
        "`index = (confidence * bins).long().clamp(max=bins - 1)`; skip empty bins.",
    ],
)
