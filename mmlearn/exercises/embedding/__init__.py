"""Exercises of notebook 02."""

from mmlearn.exercises.embedding._bag import bag
from mmlearn.exercises.embedding._first_loss import first_loss
from mmlearn.exercises.embedding._in_one_index import in_one_index
from mmlearn.exercises.embedding._king import king
from mmlearn.exercises.embedding._masked_mean import masked_mean
from mmlearn.exercises.embedding._nearest import nearest

__all__ = ["bag", "first_loss", "in_one_index", "king", "masked_mean", "nearest"]
