"""The exercise `averaged`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

averaged = Question(
    answer="C",
    mistakes=[
        (
            "A",
            "Not so. Two witnesses who agree are more convincing than either: does an "
            "average of the two become more certain when they agree?",
        ),
        (
            "B",
            "Not quite. Where both towers say .9, independent evidence would give far "
            "more than .9, but their average stays near .9.",
        ),
    ],
    hints=[
        "Both towers give .9 to the same digit. How sure should one be then?",
        "Independent evidence multiplies. Is the average of two numbers larger than "
        "both?",
    ],
    why=(
        "C, not sure enough. If both towers give .9 to a digit and spread the rest "
        "evenly, independent evidence multiplies to .999, while the average stays at "
        ".9. Each tower is too sure, but what their agreement adds weighs more here: "
        "in the next cell, the average's temperature is below 1 with each seed."
    ),
)
