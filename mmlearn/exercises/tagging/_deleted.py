"""The exercise `deleted`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

deleted = Question(
    answer="B",
    mistakes=[
        (
            "A",
            "Not so. Recall is the share of the written keywords that the model finds. "
            "The deleted ones are missing above the line and below it.",
        ),
        (
            "C",
            "Not so. Were the deleted keywords the hard ones, recall would rise. They "
            "are drawn at random.",
        ),
    ],
    hints=[
        "Recall = hits / keywords that are there. What does deleting do to each?",
        "Deleting at random takes about 30 % of the hits, and 30 % of the keywords.",
    ],
    why=(
        "B, it stays about where it is: about 30 % of the hits and 30 % of the "
        "keywords are gone, and the ratio is the same. Precision pays: as many tags "
        "are given as before, and 30 % of the hits have become false alarms."
    ),
)
