"""Exercises of notebook 10."""

from mmlearn.exercises.retrieval._contrastive import contrastive
from mmlearn.exercises.retrieval._fault import fault
from mmlearn.exercises.retrieval._four_shares import four_shares
from mmlearn.exercises.retrieval._grows import grows
from mmlearn.exercises.retrieval._recall_at import recall_at
from mmlearn.exercises.retrieval._smaller_gallery import smaller_gallery

__all__ = [
    "contrastive",
    "fault",
    "four_shares",
    "grows",
    "recall_at",
    "smaller_gallery",
]
