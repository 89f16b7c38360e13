"""The exercise `masked_error`, its solution, its mistakes and its hints."""

from __future__ import annotations

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise


def _clips(seed: int, *lengths: int) -> tuple[Tensor, Tensor, Tensor]:
    """Frames [B, T, 3] found and wanted, zero in the padding, and a mask [B, T]."""
    generator = torch.Generator().manual_seed(seed)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    shape = (*mask.shape, 3)
    # What a network says in the padding is anything; the recording there is zero.
    found = torch.randn(shape, generator=generator)
    wanted = torch.randn(shape, generator=generator) * mask[..., None]
    return found, wanted, mask


def _masked_error(found: Tensor, wanted: Tensor, mask: Tensor) -> Tensor:
    each = (found - wanted).abs().mean(dim=2)  # [B, T]
    return each[mask].mean()


def _padding_counts(found: Tensor, wanted: Tensor, mask: Tensor) -> Tensor:
    return (found - wanted).abs().mean()


def _divides_by_all(found: Tensor, wanted: Tensor, mask: Tensor) -> Tensor:
    each = (found - wanted).abs().mean(dim=2) * mask
    return each.mean()


def _clips_alike(found: Tensor, wanted: Tensor, mask: Tensor) -> Tensor:
    each = (found - wanted).abs().mean(dim=2) * mask
    return (each.sum(dim=1) / mask.sum(dim=1)).mean()


def _squared(found: Tensor, wanted: Tensor, mask: Tensor) -> Tensor:
    return (found - wanted).square().mean(dim=2)[mask].mean()


def _sum_over_bands(found: Tensor, wanted: Tensor, mask: Tensor) -> Tensor:
    return (found - wanted).abs().sum(dim=2)[mask].mean()


def _signed(found: Tensor, wanted: Tensor, mask: Tensor) -> Tensor:
    return (found - wanted).mean(dim=2)[mask].mean()


masked_error = Exercise(
    solution=_masked_error,
    cases=[_clips(0, 4, 2), _clips(1, 7, 1, 3), _clips(2, 5, 9)],
    mistakes={
        _padding_counts: (
            "The padding counts here. What a network says after the end of a clip is "
            "neither right nor wrong: leave those frames out, by the mask."
        ),
        _divides_by_all: (
            "The errors are masked, but they are divided by all frames, the padding "
            "among them. Divide by the real ones."
        ),
        _clips_alike: (
            "Here each clip counts alike, however short. The error is a mean over "
            "frames, so a clip of 80 frames counts twice as much as one of 40."
        ),
        _squared: "This is the mean squared error. Take the absolute difference.",
        _sum_over_bands: "The bands are added up here. Take their mean.",
        _signed: (
            "Errors of opposite sign cancel out here. Take absolute values before any "
            "mean."
        ),
    },
    hints=[
        "Three steps: absolute differences, their mean over the bands, the mean over "
        "the real frames.",
        "`each[mask]`, with each and mask of shape [B, T], picks the real frames.",
    ],
)
