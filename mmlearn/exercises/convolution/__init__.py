"""Exercises of notebook 03."""

from mmlearn.exercises.convolution._commutes import commutes
from mmlearn.exercises.convolution._counts import counts
from mmlearn.exercises.convolution._lost_edges import lost_edges
from mmlearn.exercises.convolution._one_pixel import one_pixel
from mmlearn.exercises.convolution._output_size import output_size
from mmlearn.exercises.convolution._receptive_field import receptive_field
from mmlearn.exercises.convolution._two_answers import two_answers

__all__ = [
    "commutes",
    "counts",
    "lost_edges",
    "one_pixel",
    "output_size",
    "receptive_field",
    "two_answers",
]
