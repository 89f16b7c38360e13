"""How a score changes with the input: its gradient, and the gradient along a path."""

from __future__ import annotations

import torch
from torch import Tensor

from mmlearn.batch import Batch, Padded
from mmlearn.explain.scores import chosen, continuous, score, spread, with_values
from mmlearn.model import MultimodalModel


def gradients(
    model: MultimodalModel, batch: Batch, modality: str, target: Tensor | None = None
) -> Tensor:
    """The gradient of a class score with respect to the input (Simonyan et al., 2014).

    The score is the head's: a logit, or a log-probability.

    Args:
        target: int64 [B], the class to explain; by default the predicted one.

    Returns:
        A tensor in the shape of the modality's values.

    Raises:
        ValueError: when the batch does not have the modality, or when the head gives no
            score per class.
        TypeError: for token numbers, which have no gradient.
    """
    values = continuous(batch, modality)
    return _gradient(model, batch, modality, values, chosen(model, batch, target))


def integrated_gradients(
    model: MultimodalModel,
    batch: Batch,
    modality: str,
    target: Tensor | None = None,
    baseline: Tensor | float = 0.0,
    steps: int = 32,
) -> Tensor:
    """The mean gradient along the path from a baseline, times the path.

    The attributions of a sample add up to score(input) - score(baseline), more closely
    with more steps (Sundararajan et al., 2017): check that they do.

    Args:
        target: int64 [B], the class to explain; by default the predicted one.
        baseline: what counts as "nothing", and the choice matters; 0 is the mean of a
            normalised input.

    Returns:
        A tensor in the shape of the modality's values.

    Raises:
        ValueError: as `gradients` does, and when steps is not positive.
        TypeError: as `gradients` does.
    """
    if steps < 1:
        raise ValueError(f"steps is {steps}; expected 1 or more")
    values = continuous(batch, modality)
    target = chosen(model, batch, target)
    column = batch[modality]
    start = torch.zeros_like(values) + baseline
    if isinstance(column, Padded):  # under a False mask the path has no length
        start = torch.where(spread(column.mask, values), start, values)
    total = torch.zeros_like(values)
    for step in range(steps):  # the middle of each of `steps` equal parts
        point = start + (step + 0.5) / steps * (values - start)
        total += _gradient(model, batch, modality, point, target)
    return total / steps * (values - start)


def _gradient(
    model: MultimodalModel, batch: Batch, modality: str, values: Tensor, target: Tensor
) -> Tensor:
    values = values.detach().requires_grad_()
    # In evaluation mode cuDNN's recurrent networks have no backward; torch's own do.
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        total = score(model, with_values(batch, modality, values), target).sum()
        (gradient,) = torch.autograd.grad(total, values, materialize_grads=True)
    column = batch[modality]
    if isinstance(column, Padded):
        gradient = torch.where(spread(column.mask, gradient), gradient, 0)
    return gradient
