"""The exercise `symbols`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

symbols = Question(
    answer={"precision": 33 / 56, "recall": 33 / 44},
    mistakes=[
        (
            {"precision": 33 / 44, "recall": 33 / 56},
            "The two are exchanged. Precision looks at what the model said, a column; "
            "recall at what is there, a row.",
        ),
    ],
    hints=[
        "Both have 33, the number on the diagonal, above the line.",
        "Below the line: for precision the sum of the column, for recall that of the "
        "row.",
    ],
    why=(
        "The diagonal holds 33. The column (what the model said) adds up to 1 + 5 + 2 "
        "+ 4 + 1 + 10 + 33 = 56: precision 33/56 = .59. The row (what is there) adds "
        "up to 1 + 1 + 3 + 1 + 1 + 4 + 33 = 44: recall 33/44 = .75."
    ),
)
