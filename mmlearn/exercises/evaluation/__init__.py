"""Exercises of notebook 07."""

from mmlearn.exercises.evaluation._average_precision import average_precision
from mmlearn.exercises.evaluation._averaged import averaged
from mmlearn.exercises.evaluation._calibration_error import calibration_error
from mmlearn.exercises.evaluation._fault import fault
from mmlearn.exercises.evaluation._more_groups import more_groups
from mmlearn.exercises.evaluation._paired import paired
from mmlearn.exercises.evaluation._symbols import symbols

__all__ = [
    "average_precision",
    "averaged",
    "calibration_error",
    "fault",
    "more_groups",
    "paired",
    "symbols",
]
