"""Exercises of notebook 11."""

from mmlearn.exercises.recognition._collapsed import collapsed
from mmlearn.exercises.recognition._fault import fault
from mmlearn.exercises.recognition._forward_step import forward_step
from mmlearn.exercises.recognition._paths import paths
from mmlearn.exercises.recognition._rates import rates
from mmlearn.exercises.recognition._worst import worst

__all__ = ["collapsed", "fault", "forward_step", "paths", "rates", "worst"]
