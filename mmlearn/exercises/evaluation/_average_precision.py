"""The exercise `average_precision`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

# other, nine, nine, other, nine: precision 0, 1/2, 2/3, 2/4, 3/5 down to each rank
average_precision = Question(
    answer=(1 / 2 + 2 / 3 + 3 / 5) / 3,
    mistakes=[
        (
            (0 / 1 + 1 / 2 + 2 / 3 + 2 / 4 + 3 / 5) / 5,
            "This averages the precision at all five ranks. Only the ranks at which a "
            "nine stands count: elsewhere the recall does not rise.",
        ),
        (
            (1 / 2 + 2 / 3 + 3 / 5) / 5,
            "The right three are added, but there are 3 nines, not 5: each raises the "
            "recall by a third.",
        ),
        (
            (1 / 1 + 2 / 2 + 3 / 3) / 3,
            "This leaves out the others when it counts. At rank 2 one of two samples "
            "is a nine: precision 1/2.",
        ),
        (
            3 / 5,
            "This is the share of nines, the precision when all five ring. Average the "
            "precision over the ranks at which a nine stands.",
        ),
        (
            (1 + 2 / 3 + 3 / 4) / 3,
            "This is the ranking of the drawing. Here the other digit comes first.",
        ),
        (
            1 / 2 + 2 / 3 + 3 / 5,
            "This is the sum. Divide it by the number of nines.",
        ),
    ],
    hints=[
        "The nines stand at ranks 2, 3 and 5.",
        "At rank 2 the precision is 1/2, at rank 3 it is 2/3; and at rank 5?",
    ],
    why=(
        "Nines stand at ranks 2, 3 and 5. Down to there 1 of 2, 2 of 3 and 3 of 5 "
        "samples are nines, so the precisions are 1/2, 2/3 and 3/5. Each nine raises "
        "the recall by a third, so the answer is their mean, (1/2 + 2/3 + 3/5) / 3 = "
        ".59."
    ),
)
