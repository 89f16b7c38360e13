"""The exercise `fault`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

fault = Question(
    answer=4,
    mistakes=[
        (1, "Line 1 is right: families are dealt out whole."),
        (2, "Line 2 is right: the best epoch is chosen on the validation part."),
        (
            3,
            "Line 3 is right: the test split is embedded once, after every choice.",
        ),
        (
            5,
            "Line 5 prints what line 4 has counted. Among how many pictures did each "
            "text search there?",
        ),
    ],
    hints=[
        "Ask of each line: how many candidates does a query meet?",
        "`a[rows] @ b[rows].T` is [64, 64].",
    ],
    why=(
        "Line 4 ranks each text among the 64 pictures of its batch, not among all of "
        "the test split. "
        "The mean of these is the recall in a gallery of 64, which is far higher. "
        "Right: `recall_at(a @ b.T, 1)`, all against all."
    ),
)
