"""Exercises of notebook 02."""

from mmlearn.exercises.embedding._cosines import cosines
from mmlearn.exercises.embedding._masked_mean import masked_mean
from mmlearn.exercises.embedding._nearest import nearest
from mmlearn.exercises.embedding._sampling_loss import sampling_loss

__all__ = ["cosines", "masked_mean", "nearest", "sampling_loss"]
