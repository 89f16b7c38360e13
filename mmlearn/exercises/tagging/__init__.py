"""Exercises of notebook 08."""

from mmlearn.exercises.tagging._best_threshold import best_threshold
from mmlearn.exercises.tagging._deleted import deleted
from mmlearn.exercises.tagging._fault import fault
from mmlearn.exercises.tagging._macro_f1 import macro_f1
from mmlearn.exercises.tagging._one_more import one_more
from mmlearn.exercises.tagging._three_true import three_true

__all__ = [
    "best_threshold",
    "deleted",
    "fault",
    "macro_f1",
    "one_more",
    "three_true",
]
