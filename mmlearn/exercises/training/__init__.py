"""Exercises of notebook 06."""

from mmlearn.exercises.training._cosine import cosine
from mmlearn.exercises.training._cross_entropy import cross_entropy
from mmlearn.exercises.training._find_the_bug import find_the_bug
from mmlearn.exercises.training._sgd_step import sgd_step
from mmlearn.exercises.training._suspects import RATE, STEPS, suspects

__all__ = [
    "RATE",
    "STEPS",
    "cosine",
    "cross_entropy",
    "find_the_bug",
    "sgd_step",
    "suspects",
]
