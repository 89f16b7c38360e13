"""Exercises of notebook 07."""

from itertools import pairwise

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise

# 1. F1, also where nothing is predicted


def _bool(*rows: str) -> tuple[Tensor, ...]:
    """One tensor a text: 1 stands for True."""
    return tuple(torch.tensor([sign == "1" for sign in row]) for row in rows)


def _f1(label: Tensor, predicted: Tensor) -> float:
    hits = int((label & predicted).sum())
    total = int(label.sum()) + int(predicted.sum())
    return 2 * hits / total if total > 0 else 0.0


def _divides_by_zero(label: Tensor, predicted: Tensor) -> float:
    hits = int((label & predicted).sum())
    precision, recall = hits / int(predicted.sum()), hits / int(label.sum())
    return 2 * precision * recall / (precision + recall)


def _nan_for_none(label: Tensor, predicted: Tensor) -> float:
    hits = (label & predicted).sum()
    precision, recall = hits / predicted.sum(), hits / label.sum()
    return float(2 * precision * recall / (precision + recall))


def _nan_without_any(label: Tensor, predicted: Tensor) -> float:
    return float(2 * (label & predicted).sum() / (label.sum() + predicted.sum()))


def _fails_without_any(label: Tensor, predicted: Tensor) -> float:
    hits = int((label & predicted).sum())
    return 2 * hits / (int(label.sum()) + int(predicted.sum()))


def _plain_mean_nan(label: Tensor, predicted: Tensor) -> float:
    hits = (label & predicted).sum()
    return float((hits / predicted.sum() + hits / label.sum()) / 2)


def _plain_mean(label: Tensor, predicted: Tensor) -> float:
    hits = int((label & predicted).sum())
    parts = int(predicted.sum()), int(label.sum())
    precision, recall = (hits / part if part > 0 else 0.0 for part in parts)
    return (precision + recall) / 2


def _share_right(label: Tensor, predicted: Tensor) -> float:
    return float((label == predicted).float().mean())


f1 = Exercise(
    solution=_f1,
    cases=[
        _bool("11100000", "11010000"),
        _bool("10110", "11111"),
        _bool("0110", "0000"),
        _bool("000", "000"),
        _bool("1000", "0110"),
    ],
    mistakes={
        _divides_by_zero: (
            "Right, until a model never says yes: then hits / (samples said to be it) "
            "is 0 / 0. What should such a model score?"
        ),
        _nan_for_none: (
            "Right, until a model never says yes: 0 / 0 is NaN, and one NaN makes a "
            "macro average NaN too. What should such a model score?"
        ),
        _nan_without_any: (
            "Right, but for one case: nothing is there and nothing is said, so that "
            "0 / 0 is NaN. By convention F1 is 0.0 there."
        ),
        _fails_without_any: (
            "Right, but for one case: nothing is there and nothing is said, and the "
            "division is by 0. By convention F1 is 0.0 there."
        ),
        _plain_mean_nan: (
            "This is the plain mean of precision and recall; F1 is the harmonic one. "
            "And where nothing is said to be it, precision is 0 / 0, NaN."
        ),
        _plain_mean: (
            "This is the plain mean of precision and recall; F1 is the harmonic one, "
            "which is near the smaller of the two."
        ),
        _share_right: (
            "This is accuracy: it also counts the samples that were rightly left alone."
        ),
    },
    hints=[
        "F1 = 2 · hits / (samples that are it + samples said to be it): one division.",
        "`hits = (label & predicted).sum()`; where the divisor is 0, return 0.0.",
    ],
)

# 2. The bootstrap


def _drawn(seed: int, n: int, share: float, resamples: int) -> tuple[Tensor, Tensor]:
    """Right or wrong, bool [n], and rows drawn with replacement, int64 [R, n]."""
    generator = torch.Generator().manual_seed(seed)
    right = torch.rand(n, generator=generator) < share
    return right, torch.randint(n, (resamples, n), generator=generator)


def _interval(right: Tensor, rows: Tensor) -> Tensor:
    accuracies = right[rows].float().mean(dim=1)
    return accuracies.quantile(torch.tensor([0.025, 0.975]))


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

# 3. The paired difference


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

# 4. The expected calibration error


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
