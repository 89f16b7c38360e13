"""The emoji subgroups from the text alone, with the two layers that fusions have.

A fusion that mixes adds layers, and the text alone of `emoji_subgroups` has none. Was
it the second modality that cost accuracy there, or the layers? Same folds and training.
"""

from __future__ import annotations

from mmlearn.heads import Classify
from mmlearn.model import MultimodalModel
from mmlearn.studies.emoji_subgroups import (
    CONCAT,
    D_MODEL,
    DROPOUT,
    FOLDS,
    SINGLE,
    TRAINING,
    encoders,
    prepare,
)
from mmlearn.studies.study import Splits, Study


def in_two_layers(splits: Splits) -> MultimodalModel:
    """What concatenation is, with nothing beside the text to concatenate."""
    head = Classify(D_MODEL, len(splits.label_names), dropout=DROPOUT)
    return MultimodalModel(encoders("text"), CONCAT(["text"], D_MODEL), head)


TEXT = Study(
    "06-emoji-text",
    prepare,
    {"text": SINGLE["text"], "text, two layers": in_two_layers},
    ("text",),
    TRAINING,
    FOLDS,
)
