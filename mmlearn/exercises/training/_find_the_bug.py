"""The exercise `find_the_bug`, its solution, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

find_the_bug = Question(
    answer={"A": 2, "B": 4, "C": 5},
    mistakes=[
        (
            {"A": 2, "B": 5, "C": 4},
            "Two are exchanged: with the weights of another network, could it learn "
            "even how frequent each label is?",
        ),
        (
            {"A": 4, "B": 2, "C": 5},
            "Two are exchanged: which one can learn how frequent each label is, and "
            "nothing else?",
        ),
        (
            {"A": 2, "B": 4, "C": 1},
            "A small rate is slow, but it moves. This curve does not move at all.",
        ),
        (
            {"A": 2, "B": 3, "C": 1},
            "Two are not yet right. Labels that are shuffled can be learned by heart, "
            "and a small rate is slow, but it moves: C does not move at all.",
        ),
        (
            {"A": 2, "B": 3, "C": 5},
            "One batch with shuffled labels can be learned by heart: its loss would "
            "fall to 0.",
        ),
    ],
    hints=[
        "C does not move at all. A and B get stuck: compare where with the two lines.",
        "B stops where one stops who knows how frequent each label is, and nothing "
        "about the emoji.",
    ],
    why=(
        "A stops near log(e + 8) - 1 = 1.37, the least a second softmax allows. B "
        "stops at 2.10, where one knows only the labels' shares: rows all alike teach "
        "no more (shuffled labels can be learned by heart). C does not move at all, as "
        "another network is trained; a tiny rate would creep, a forgotten `zero_grad` "
        "leap."
    ),
)
