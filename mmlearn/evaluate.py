"""Metrics with intervals, and what it takes to say that A beats B.

An interval comes from the bootstrap (Efron, 1979) over groups: samples of one family,
person or voice are alike, so whole groups are drawn, not samples. For what happens
where nothing varies, see `mmlearn.metrics.bootstrap`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.batch import Batch, Data, Padded
from mmlearn.batch.data import on_device, to_device
from mmlearn.metrics.bootstrap import Interval
from mmlearn.metrics.classes import CLASSES
from mmlearn.metrics.inputs import as_groups
from mmlearn.metrics.metric import paired
from mmlearn.metrics.report import Report, report, report_of
from mmlearn.model import MultimodalModel

__all__ = [
    "Interval",
    "Report",
    "beats",
    "embed",
    "evaluate",
    "one_side",
    "paired_difference",
    "predict",
    "report",
    "report_of",
]


@torch.no_grad()
def predict(
    model: MultimodalModel, data: Data, batch_size: int = 512
) -> np.ndarray | list[Any]:
    """What the model's head predicts for every sample, in evaluation mode.

    The model stays on its device.

    Returns:
        An array [N, ...], int [N] for classes; a list of N where a head's predictions
        are not tensors (texts).

    Raises:
        ValueError: naming the sample, when the model answers with NaN.
    """
    answered = _answers(model, data, batch_size)
    return _joined([model.head.predict(output) for output, _ in answered])


@torch.no_grad()
def embed(model: MultimodalModel, data: Data, batch_size: int = 512) -> np.ndarray:
    """What the head reads of every sample: the fused vector, float32 [N, D].

    In evaluation mode; the model stays on its device. `Separate` gives the mean of its
    modalities.

    Raises:
        ValueError: naming the sample, when its vector holds NaN.
    """
    device = next(model.parameters()).device
    model.eval()
    data = on_device(data, device)
    found = []
    for rows in torch.arange(len(data)).split(batch_size):
        vector = model.fuse(to_device(data[rows.to(device)], device)).vector
        bad = vector.isnan().any(dim=1)
        if bool(bad.any()):
            sample = int(rows[0]) + int(bad.int().argmax())
            raise ValueError(f"sample {sample}: its embedding holds NaN")
        found.append(vector.float().cpu())
    return torch.cat(found).numpy()


@torch.no_grad()
def one_side(
    model: MultimodalModel, side: str, values: Tensor | Padded, batch_size: int = 512
) -> Tensor:
    """What a model with a `Contrast` head compares, of one of its two modalities.

    In evaluation mode, on the model's device; the other modality is not needed.

    Args:
        side: the modality.
        values: what its encoder reads, N samples.

    Returns:
        Vectors of length 1, float32 [N, P], on the CPU.

    Raises:
        KeyError: when the model compares no such modality.
    """
    sides = getattr(model.head, "project", {})
    if side not in sides or side not in model.encoders:
        raise KeyError(f"the model does not compare {side!r}, only {list(sides)}")
    device = next(model.parameters()).device
    model.eval()
    found = []
    for rows in torch.arange(len(values)).split(batch_size):
        tokens = model.encoders[side](values[rows].to(device))
        vectors = sides[side](tokens.pooled()).float()
        found.append(nn.functional.normalize(vectors, dim=-1).cpu())
    return torch.cat(found)


@torch.no_grad()
def evaluate(
    model: MultimodalModel,
    data: Data,
    groups: Any = None,
    resamples: int = 2000,
    batch_size: int = 512,
) -> Report:
    """The metrics of the model's head over every sample, with 95 % intervals.

    Args:
        data: whatever `fit` takes, with the head's targets. Samples whose class is not
            known (`label_known`) are left out.
        groups: see `report`.
        resamples: see `report`.

    Raises:
        ValueError: as `check_batch` and `report` do; naming the sample, when the model
            answers with NaN.
    """
    model.check_data(data)
    head = model.head
    rows, found, wanted = [], [], []
    for output, batch in _answers(model, data, batch_size):
        rows.append(head.statistics(output, batch).cpu())
        found.append(head.predict(output))
        wanted += [batch[name] for name in head.targets[:1]]
    statistics = torch.cat(rows).numpy()
    if head.metrics is CLASSES:
        known = statistics[:, 2] == 1
        label, predicted = statistics[known, :2].T
        names, _ = as_groups(groups, len(statistics))
        return report(label, predicted, names[known], resamples)
    predicted = _joined(found)
    if isinstance(predicted, list):
        predicted = None
    # Where there is one answer per sample, reports can tell whether they are about the
    # same ones.
    one = len(head.targets) == 1 and all(isinstance(part, Tensor) for part in wanted)
    label = _joined(wanted) if one else None
    return report_of(head.metrics, statistics, groups, label, predicted, resamples)


def _answers(
    model: MultimodalModel, data: Data, batch_size: int
) -> Iterator[tuple[Any, Batch]]:
    """Output and batch, batch by batch, on the model's device."""
    device = next(model.parameters()).device
    model.eval()
    data = on_device(data, device)
    for rows in torch.arange(len(data)).split(batch_size):
        batch = to_device(data[rows.to(device)], device)
        output = model(batch)
        for part in _tensors(output):
            if part.ndim and part.is_floating_point():
                bad = part.isnan().reshape(len(part), -1).any(dim=1)
                if bool(bad.any()):
                    sample = int(rows[0]) + int(bad.int().argmax())
                    raise ValueError(f"sample {sample}: the model answers with NaN")
        yield output, batch


def _tensors(output: Any) -> list[Tensor]:
    """The tensors of an output, which may be a dict, or a dict of dicts (`Several`)."""
    if isinstance(output, Mapping):
        return [part for value in output.values() for part in _tensors(value)]
    return [output] if isinstance(output, Tensor) else []


def _joined(parts: list[Any]) -> np.ndarray | list[Any]:
    if all(isinstance(part, Tensor) for part in parts):
        return torch.cat(parts).cpu().numpy()
    return [answer for part in parts for answer in part]


def paired_difference(
    a: Report,
    b: Report,
    resamples: int = 10_000,
    seed: int = 0,
    metric: str = "accuracy",
) -> Interval:
    """A metric of A minus that of B on the same samples, by group.

    Both are drawn together, so what is hard for both cancels out. Where A and B give
    the same on every sample, the difference is 0 and the interval exactly [0, 0].

    Raises:
        ValueError: when the two reports are not about the same samples.
        KeyError: when one has no such metric.
    """
    a[metric], b[metric]
    same = np.array_equal(a.groups, b.groups)
    if "label" in a.answers and "label" in b.answers:
        same = same and np.array_equal(a.label, b.label)
    if not same:
        raise ValueError("the reports are about different samples; expected the same")
    return paired(
        a.metrics[metric], a.statistics, b.statistics, a.groups, resamples, seed
    )


def beats(a: Sequence[Report], b: Sequence[Report], metric: str = "accuracy") -> bool:
    """Whether A beats B: the paired interval lies above 0 for every seed.

    It must lie below 0 for a metric of which less is better. Without an interval, A
    does not beat B.

    Args:
        a: reports of model A, seed by seed.
        b: reports of model B, for the same seeds.

    Raises:
        ValueError: when there are fewer than 3 seeds, or not as many of each.
        KeyError: when a report has no such metric.
    """
    if len(a) != len(b) or len(a) < 3:
        raise ValueError(f"{len(a)} and {len(b)} seeds; expected 3 or more of each")
    for one, other in zip(a, b, strict=True):
        gain = paired_difference(one, other, metric=metric)
        if not (gain.low > 0 if one.metrics[metric].higher else gain.high < 0):
            return False
    return True
