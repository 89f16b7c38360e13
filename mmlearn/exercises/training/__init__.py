"""Exercises of notebook 06."""

from mmlearn.exercises.training._cosine import cosine
from mmlearn.exercises.training._cross_entropy import cross_entropy
from mmlearn.exercises.training._faulty_line import faulty_line
from mmlearn.exercises.training._find_the_bug import find_the_bug
from mmlearn.exercises.training._on_paper import gradient_on_paper, momentum_on_paper
from mmlearn.exercises.training._predict import predict_layers, predict_rates
from mmlearn.exercises.training._suspects import RATE, STEPS, suspects

__all__ = [
    "RATE",
    "STEPS",
    "cosine",
    "cross_entropy",
    "faulty_line",
    "find_the_bug",
    "gradient_on_paper",
    "momentum_on_paper",
    "predict_layers",
    "predict_rates",
    "suspects",
]
