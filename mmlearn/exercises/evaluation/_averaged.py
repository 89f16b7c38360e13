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
)
