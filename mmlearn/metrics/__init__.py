"""Metrics with intervals: per-sample statistics to a value, on any resampled groups."""

from mmlearn.metrics.bleu import BLEU, bleu_statistics
from mmlearn.metrics.bootstrap import Interval, Measure, intervals
from mmlearn.metrics.classes import ACCURACY, CLASSES
from mmlearn.metrics.cuts import Cut, best_cut, expected_cuts, f1_at
from mmlearn.metrics.metric import Metric, of_columns, paired, ratio
from mmlearn.metrics.ranking import RANKING, ranking_between
from mmlearn.metrics.regression import MAE, R2, REGRESSION, RMSE
from mmlearn.metrics.sequence import ERROR_RATE, errors, nearest_errors
from mmlearn.metrics.tags import MAP, MICRO_MAP, TAGS, precision_at, recall_at

__all__ = [
    "ACCURACY",
    "BLEU",
    "CLASSES",
    "ERROR_RATE",
    "MAE",
    "MAP",
    "MICRO_MAP",
    "R2",
    "RANKING",
    "REGRESSION",
    "RMSE",
    "TAGS",
    "Cut",
    "Interval",
    "Measure",
    "Metric",
    "best_cut",
    "bleu_statistics",
    "errors",
    "expected_cuts",
    "f1_at",
    "intervals",
    "nearest_errors",
    "of_columns",
    "paired",
    "precision_at",
    "ranking_between",
    "ratio",
    "recall_at",
]
