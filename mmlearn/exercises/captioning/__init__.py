"""Exercises of notebook 09."""

from mmlearn.exercises.captioning._beam import beam
from mmlearn.exercises.captioning._blind import blind
from mmlearn.exercises.captioning._clipped import clipped
from mmlearn.exercises.captioning._eyes import eyes
from mmlearn.exercises.captioning._fault import fault
from mmlearn.exercises.captioning._precision import precision
from mmlearn.exercises.captioning._which import which

__all__ = ["beam", "blind", "clipped", "eyes", "fault", "precision", "which"]
