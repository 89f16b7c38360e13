"""Exercises of notebook 07."""

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
    },
    hints=[
        "`right[rows]` holds all the drawn test sets at once, bool [R, n].",
        "`.float().mean(dim=1)` gives R accuracies; `.quantile(torch.tensor([...]))`.",
    ],
)

# 3. The paired difference


def _two_models(seed: int, n: int, resamples: int) -> tuple[Tensor, Tensor, Tensor]:
    """Two models that mostly fail on the same samples, and rows drawn, int64 [R, n]."""
    generator = torch.Generator().manual_seed(seed)
    hard = torch.rand(n, generator=generator)
    a = hard + 0.1 * torch.randn(n, generator=generator) < 0.8
    b = hard + 0.1 * torch.randn(n, generator=generator) < 0.6
    return a, b, torch.randint(n, (resamples, n), generator=generator)


def _paired(a: Tensor, b: Tensor, rows: Tensor) -> Tensor:
    differences = (a[rows].float() - b[rows].float()).mean(dim=1)
    return differences.quantile(torch.tensor([0.025, 0.975]))


def _each_alone(a: Tensor, b: Tensor, rows: Tensor) -> Tensor:
    low_a, high_a = _interval(a, rows)
    low_b, high_b = _interval(b, rows)
    return torch.stack([low_a - high_b, high_a - low_b])


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


def _with_sign(confidence: Tensor, right: Tensor, bins: int) -> float:
    return float(confidence.mean() - right.float().mean())


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
        _with_sign_abs: (
            "This is the gap of the two means: too sure here and not sure enough there "
            "cancel out. Take the absolute gap in each bin."
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
