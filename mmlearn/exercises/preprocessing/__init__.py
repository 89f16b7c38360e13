"""Exercises of notebook 01."""

from mmlearn.exercises.preprocessing._normalise import normalise
from mmlearn.exercises.preprocessing._pad_and_mask import pad_and_mask
from mmlearn.exercises.preprocessing._rounds_seen import rounds_seen
from mmlearn.exercises.preprocessing._spectrum_column import spectrum_column
from mmlearn.exercises.preprocessing._vocabulary import vocabulary

__all__ = ["normalise", "pad_and_mask", "rounds_seen", "spectrum_column", "vocabulary"]
