"""The exercise `three_true`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

three_true = Question(
    answer="C",
    mistakes=[
        (
            "A",
            "Three probabilities of .99 would add up to 2.97. What do all of them add "
            "up to after a softmax?",
        ),
        (
            "B",
            "Two tags could have .5 each. Here three have to share.",
        ),
    ],
    hints=[
        "What do the probabilities of a softmax add up to?",
        "Three equal parts of 1, when nothing is left for the other 42 tags.",
    ],
    why=(
        "C, a third. After a softmax all 45 probabilities add up to 1, so three of "
        "them have a third each at best, however large their logits are. A sigmoid "
        "asks each tag by itself and can give .99 to all three."
    ),
)
