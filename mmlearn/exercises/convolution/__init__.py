"""Exercises of notebook 03."""

from mmlearn.exercises.convolution._commutes import commutes
from mmlearn.exercises.convolution._output_size import output_size
from mmlearn.exercises.convolution._parameters import parameters
from mmlearn.exercises.convolution._receptive_field import receptive_field
from mmlearn.exercises.convolution._slide import slide

__all__ = ["commutes", "output_size", "parameters", "receptive_field", "slide"]
