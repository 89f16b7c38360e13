"""Exercises of notebook 01."""

from mmlearn.exercises.preprocessing._count_windows import count_windows
from mmlearn.exercises.preprocessing._hertz_to_mel import hertz_to_mel
from mmlearn.exercises.preprocessing._normalise import normalise
from mmlearn.exercises.preprocessing._pad_and_mask import pad_and_mask
from mmlearn.exercises.preprocessing._vocabulary import vocabulary

__all__ = ["count_windows", "hertz_to_mel", "normalise", "pad_and_mask", "vocabulary"]
