"""Exercises of notebook 07."""

from mmlearn.exercises.evaluation._calibration_error import calibration_error
from mmlearn.exercises.evaluation._f1 import f1
from mmlearn.exercises.evaluation._interval import interval
from mmlearn.exercises.evaluation._paired import paired

__all__ = ["calibration_error", "f1", "interval", "paired"]
