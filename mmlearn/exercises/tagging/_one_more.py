"""The exercise `one_more`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

# 8 hits, 12 given, 20 there: F1 = 16 / 32; one more, that is right with p = .3
one_more = Question(
    answer={"now": 16 / 32, "from p": 16 / 64, "then": (16 + 2 * 0.3) / 33},
    mistakes=[
        (
            {"now": 16 / 32, "from p": 0.5, "then": (16 + 2 * 0.3) / 33},
            "The other two are right. But .3 is below .5, and F1 rises all the same: "
            "look at the fraction again.",
        ),
        (
            {"now": 16 / 32, "from p": 16 / 64, "then": (16 + 2) / 33},
            "The other two are right. The last one counts the new tag as a sure hit; "
            "it is one with probability .3, so it adds .3 hits on average.",
        ),
        (
            {"now": 8 / 32, "from p": 8 / 64, "then": (8 + 0.3) / 33},
            "Hits count twice in F1, 2 TP / (given + there), since each hit is among "
            "the given and among those that are there.",
        ),
        (
            {"now": 16 / 32, "from p": 16 / 64, "then": (16 + 2 * 0.3) / 34},
            "The other two are right. The last one divides by 34: one more is given, "
            "but no more are there, so 33.",
        ),
    ],
    hints=[
        "F1 = 2 TP / (given + there). What does one more given tag add above the line, "
        "on average, and what below it?",
        "Above: 2p. Below: 1. The fraction rises where 2p / 1 is more than the "
        "fraction itself.",
    ],
    why=(
        "Now F1 is 2 * 8 / (12 + 20) = .5. One more tag adds 2p above the line and 1 "
        "below it, which raises the fraction where 2p > .5, so from p = .25 on. With p "
        "= .3 it becomes 16.6 / 33 = .503."
    ),
)
