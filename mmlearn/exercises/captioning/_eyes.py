"""The exercise `eyes`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

eyes = Question(
    answer="B",
    mistakes=[
        (
            "A",
            "Not so: what they know more may be just what misleads them. In training, "
            "which colours does each thing come in?",
        ),
        (
            "C",
            "Not so. The two tasks share every feature. What may a feature stand for "
            "when both things and colours are asked of it?",
        ),
    ],
    hints=[
        "In training, a thing comes in four of six colours. Would a feature that means "
        "for `a red key` be of use?",
        "Such a feature helps with both questions, and is wrong for every new pair. "
        "Who is only asked for the thing does better without the colour.",
    ],
    why=(
        "B. When thing and colour are asked of the same features, features for whole "
        "pairs pay, such as `a red key`, and are of little use for a pair that never "
        "came up. Eyes that are asked for the thing alone learn to ignore the colour, "
        "since each thing comes in several."
    ),
)
