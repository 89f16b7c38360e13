"""What is lost when a square of the picture is covered."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from mmlearn.batch import Batch
from mmlearn.explain.scores import chosen, continuous, score, with_values
from mmlearn.model import MultimodalModel


@torch.no_grad()
def occlusion(
    model: MultimodalModel,
    batch: Batch,
    size: int,
    stride: int | None = None,
    modality: str = "image",
    target: Tensor | None = None,
    fill: float = 0.0,
) -> Tensor:
    """How far a class score drops when a square is covered (Zeiler and Fergus, 2014).

    In a video each frame is covered.

    Args:
        size: side of the square in pixels.
        stride: from one square to the next, in pixels, by default `size`; the last row
            and column of squares end at the edge.
        target: int64 [B], the class to explain; by default the predicted one.
        fill: the value of the cover.

    Returns:
        Float [B, R, C], one number per row and column of squares.

    Raises:
        ValueError: as `gradients` does, and when the square does not fit.
        TypeError: as `gradients` does.
    """
    values = continuous(batch, modality)
    height, width = values.shape[-2:]
    stride = size if stride is None else stride
    if not 1 <= size <= min(height, width) or stride < 1:
        raise ValueError(
            f"size is {size}, stride {stride}; expected 1 or more, and a square that "
            f"fits a picture of {height} x {width}"
        )
    target = chosen(model, batch, target)
    before = score(model, batch, target)
    rows, columns = _starts(height, size, stride), _starts(width, size, stride)
    drops = []
    for row, column in itertools.product(rows, columns):
        covered = values.clone()
        covered[..., row : row + size, column : column + size] = fill
        drops.append(
            before - score(model, with_values(batch, modality, covered), target)
        )
    return torch.stack(drops, dim=1).unflatten(1, (len(rows), len(columns)))


def _starts(length: int, size: int, stride: int) -> list[int]:
    """Where squares begin along one side; the last one ends at the edge."""
    starts = list(range(0, length - size + 1, stride))
    return starts if starts[-1] + size == length else [*starts, length - size]
