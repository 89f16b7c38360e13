"""Exercises of notebook 12."""

from mmlearn.exercises.synthesis._centres import centres
from mmlearn.exercises.synthesis._faulty_round import faulty_round
from mmlearn.exercises.synthesis._judge import judge
from mmlearn.exercises.synthesis._masked_error import masked_error
from mmlearn.exercises.synthesis._which_word import which_word

__all__ = ["centres", "faulty_round", "judge", "masked_error", "which_word"]
