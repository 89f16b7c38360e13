"""The two drawings of an experiment: its training, and a comparison of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from mmlearn.experiments.compare import Comparison
from mmlearn.plot import PALETTE


def trained(history: Sequence[Mapping[str, Any]]) -> Figure:
    """The losses of a `fit`, epoch by epoch."""
    fig, ax = plt.subplots(figsize=(5, 3), layout="constrained")
    epochs = range(1, len(history) + 1)
    names = [name for name in ("train_loss", "valid_loss") if name in history[0]]
    for name, colour in zip(names, PALETTE.values(), strict=False):
        ax.plot(epochs, [row[name] for row in history], color=colour, label=name)
    ax.set(xlabel="epoch", ylabel="loss")
    ax.legend()
    return fig


def drawn(comparison: Comparison) -> Figure:
    """Each run's value as a point, each configuration's mean as a line across."""
    count = len(comparison.runs)
    fig, ax = plt.subplots(figsize=(6, 1 + 0.4 * count), layout="constrained")
    colours = list(PALETTE.values())
    for row, runs in enumerate(comparison.runs.values()):
        values = [run.value for run in runs]
        colour = colours[row % len(colours)]
        ax.plot(values, [row] * len(values), "o", color=colour, alpha=0.7)
        ax.vlines(np.mean(values), row - 0.3, row + 0.3, color=colour)
    ax.set_yticks(range(count), list(comparison.runs))
    ax.invert_yaxis()
    ax.set_xlabel(comparison.metric)
    return fig
