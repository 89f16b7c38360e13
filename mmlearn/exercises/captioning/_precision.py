"""The exercise `precision`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

# written "a cat a cat on sand", reference "a small cat on sand"
precision = Question(
    answer={"words": 4 / 6, "pairs": 2 / 5},
    mistakes=[
        (
            {"words": 6 / 6, "pairs": 2 / 5},
            "Each word of the caption is in the reference, but it has one `a` and one "
            "`cat` only: the second ones do not count.",
        ),
        (
            {"words": 4 / 5, "pairs": 2 / 4},
            "The matches are right. Divide them by what was written, 6 words and 5 "
            "pairs, not by what the reference has.",
        ),
        (
            {"words": 4 / 6, "pairs": 2 / 6},
            "A sentence of 6 words has 5 pairs.",
        ),
        (
            {"words": 4 / 4, "pairs": 2 / 4},
            "The repeated words and pairs were written too: they count below the line.",
        ),
    ],
    hints=[
        "Below the line stands what was written: 6 words, and 5 pairs of neighbours.",
        "Above the line, `a` and `cat` count once each. The pairs of the caption are "
        "a cat, cat a, a cat, cat on, on sand.",
    ],
    why=(
        "Of the 6 words, `a` and `cat` count once each, since the reference has one of "
        "each, and `on` and `sand` count too: 4/6. Of the 5 pairs a cat, cat a, a cat, "
        "cat on, on sand, the reference has the last two: 2/5."
    ),
)
