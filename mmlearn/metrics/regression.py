"""A number for each sample: MAE, RMSE and R², in the unit of the target.

Statistics: [predicted, target], or [predicted, target, known] where known = 0 leaves a
sample out (its target is missing).
"""

from __future__ import annotations

import numpy as np

from mmlearn.metrics.inputs import columns
from mmlearn.metrics.metric import Metric, ratio


def _known(statistics: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    columns("regression", statistics, 2, 3)
    ones = np.ones(len(statistics))
    known = ones if statistics.shape[1] == 2 else (statistics[:, 2] != 0) * ones
    return statistics[:, 0], statistics[:, 1], known


def absolute_error(statistics: np.ndarray) -> np.ndarray:
    """Map [N, 2] -> [|predicted - target|, 1]."""
    predicted, target, known = _known(statistics)
    return np.stack([abs(predicted - target) * known, known], axis=1)


def squared_error(statistics: np.ndarray) -> np.ndarray:
    """Map [N, 2] -> [(predicted - target)², 1]."""
    predicted, target, known = _known(statistics)
    return np.stack([(predicted - target) ** 2 * known, known], axis=1)


def variation(statistics: np.ndarray) -> np.ndarray:
    """Map [N, 2] -> [squared error, target, target², 1], targets about their mean."""
    predicted, target, known = _known(statistics)
    if known.any():
        # About the mean, for a sum of squares of large numbers loses its last digits.
        target = target - target[known > 0].mean()
    error = (predicted - statistics[:, 1]) ** 2
    parts = [error, target, target**2, np.ones(len(target))]
    return np.stack(parts, axis=1) * known[:, None]


def root(sums: np.ndarray) -> np.ndarray:
    """The root of a ratio."""
    return np.sqrt(ratio(sums))


def explained(sums: np.ndarray) -> np.ndarray:
    """1 - squared error / variation; NaN where the targets do not vary."""
    error, total, squares, n = np.moveaxis(sums, -1, 0)
    varies = squares - total**2 / n
    flat = varies <= 1e-12 * squares
    return np.where(flat, np.nan, 1 - error / np.where(flat, 1, varies))


MAE = Metric(ratio, higher=False, whole=absolute_error, bounds=(0.0, np.inf))
RMSE = Metric(root, higher=False, whole=squared_error, bounds=(0.0, np.inf))
R2 = Metric(explained, whole=variation, bounds=(-np.inf, 1.0))
REGRESSION = {"mae": MAE, "rmse": RMSE, "r2": R2}
