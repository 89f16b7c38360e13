"""What the methods share: the score of a class, and changed inputs."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mmlearn.batch import Batch, Padded, whole_numbers
from mmlearn.model import MultimodalModel


def class_scores(output: Any) -> Tensor:
    """The head's scores of the classes, float [B, C].

    Raises:
        ValueError: when the head does not score classes.
    """
    scores = output.get("log_probabilities") if isinstance(output, dict) else output
    if not isinstance(scores, Tensor) or scores.ndim != 2:
        raise ValueError("the head gives no score per class; expected a classifier")
    return scores


def score(model: MultimodalModel, batch: Batch, target: Tensor) -> Tensor:
    """What the head gives for the class target, int64 [B]: float [B]."""
    return class_scores(model(batch)).gather(1, target[:, None]).squeeze(1)  # [B]


def chosen(model: MultimodalModel, batch: Batch, target: Tensor | None) -> Tensor:
    """The class to explain, int64 [B]; sets evaluation mode.

    Raises:
        TypeError: as `whole_numbers` does.
        ValueError: as `whole_numbers` does, and when `target` is not one class for each
            sample.
    """
    model.eval()
    if target is not None:
        target = whole_numbers(target, "target")
        size = len(next(iter(batch.values())))
        if len(target) != size:
            raise ValueError(
                f"target is {list(target.shape)}; expected one class for each of the "
                f"{size} samples"
            )
        return target
    with torch.no_grad():
        return class_scores(model(batch)).argmax(dim=-1)


def with_values(batch: Batch, modality: str, values: Tensor) -> Batch:
    """The batch with other values; under a False mask they become zero."""
    column = batch[modality]
    if isinstance(column, Padded):
        mask = column.mask
        return batch | {
            modality: Padded(torch.where(spread(mask, values), values, 0), mask)
        }
    return batch | {modality: values}


def spread(mask: Tensor, values: Tensor) -> Tensor:
    """The mask [B, T] with as many axes as the values [B, T, ...]."""
    return mask.view(*mask.shape, *[1] * (values.ndim - 2))


def continuous(batch: Batch, modality: str) -> Tensor:
    """The values of a modality, float [B, ...].

    Raises:
        ValueError: when the batch does not have the modality.
        TypeError: for token numbers, which cannot be changed a little.
    """
    if modality not in batch:
        raise ValueError(f"the batch has {sorted(batch)}, but not {modality!r}")
    column = batch[modality]
    values = column.values if isinstance(column, Padded) else column
    if values.dtype == torch.uint8:
        raise TypeError(
            f"{modality} is uint8: whole numbers cannot be changed a little. Fix: an "
            f"encoder that accepts them accepts {modality} / 255, too"
        )
    if not values.is_floating_point():
        raise TypeError(
            f"{modality} is {values.dtype}: numbers of tokens cannot be changed a "
            "little; captum's LayerIntegratedGradients explains their embeddings"
        )
    return values
