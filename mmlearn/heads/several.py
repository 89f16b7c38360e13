"""Several tasks at once, on one model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mmlearn.batch import Batch
from mmlearn.fusion.fused import Fused
from mmlearn.heads.head import Loss
from mmlearn.metrics import Measure, of_columns


class Several(nn.Module):
    """A head for each task; a sample counts in those whose target is known for it.

    The loss is the sum of the tasks' mean losses, each times its weight. Metrics are
    called "task.metric".

    Args:
        heads: task -> head.
        weights: task -> weight of its loss; 1 by default.

    Raises:
        ValueError: when there is no task, a name has a dot, a weight is for no task or
            not positive, or the heads' widths (d_model) disagree.
    """

    def __init__(
        self, heads: Mapping[str, nn.Module], weights: Mapping[str, float] | None = None
    ) -> None:
        super().__init__()
        names = list(heads)
        if not names or any("." in name for name in names):
            raise ValueError(f"heads are {names}; expected tasks, names without a dot")
        widths = {name: head.d_model for name, head in heads.items()}
        if len(set(widths.values())) > 1:
            raise ValueError(
                f"the heads have the widths d_model {widths}; expected one"
            )
        self.weights = {name: 1.0 for name in names} | dict(weights or {})
        positive = all(0 < weight < math.inf for weight in self.weights.values())
        if set(self.weights) != set(names) or not positive:
            raise ValueError(
                f"weights are {self.weights}; expected positive ones for {names}"
            )
        self.d_model: int = heads[names[0]].d_model  # type: ignore[assignment]
        self.heads = nn.ModuleDict(dict(heads))
        each: dict[str, Any] = dict(self.heads.items())
        self.targets = tuple(
            dict.fromkeys(target for head in each.values() for target in head.targets)
        )

    @property
    def metrics(self) -> dict[str, Measure]:
        """The metrics by "task.metric", each of that task's part of the statistics."""
        made: dict[str, Measure] = {}
        start = 0
        for name, head in self._each():
            stop = start + head.width
            for called, metric in head.metrics.items():
                made[f"{name}.{called}"] = of_columns(metric, start, stop)
            start = stop
        return made

    @property
    def width(self) -> int:
        """The sum of the heads' widths."""
        return sum(head.width for _, head in self._each())

    def forward(self, fused: Fused, batch: Batch | None = None) -> dict[str, Any]:
        """A Fused to {task: that head's output}."""
        return {name: head(fused, batch) for name, head in self._each()}

    def loss(self, output: Mapping[str, Any], batch: Batch) -> Loss:
        """Each task's total and weight, [H]; the mean adds the tasks up."""
        losses = [
            (self.weights[name], head.loss(output[name], batch))
            for name, head in self._each()
        ]
        return Loss(
            torch.stack([weight * loss.total for weight, loss in losses]),
            torch.stack([loss.weight for _, loss in losses]),
        )

    def predict(self, output: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What each task answers, one dict per sample."""
        answers = {name: head.predict(output[name]) for name, head in self._each()}
        size = len(next(iter(answers.values())))
        return [{name: x[i] for name, x in answers.items()} for i in range(size)]

    def statistics(self, output: Mapping[str, Any], batch: Batch) -> Tensor:
        """The tasks' statistics side by side, float64 [B, sum of K]."""
        parts = [head.statistics(output[name], batch) for name, head in self._each()]
        return torch.cat(parts, dim=1)

    def check(self, batch: Batch) -> None:
        """Inspect the targets of all tasks.

        Raises:
            ValueError: as the heads do.
        """
        for _, head in self._each():
            head.check(batch)

    def _each(self) -> list[tuple[str, Any]]:
        return list(self.heads.items())
