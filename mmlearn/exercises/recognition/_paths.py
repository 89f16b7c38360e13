"""The exercise `paths`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

paths = Question(
    answer=5,
    mistakes=[
        (
            15,
            "That many lead to ab. Two equal letters need a blank between them, which "
            "leaves less room.",
        ),
        (
            1,
            "a-a needs three frames, and there are four: one frame is left over. Where "
            "can it go?",
        ),
        (
            3,
            "Longer first a, longer blank, longer second a: three. The frame that is "
            "left over may also be a blank outside.",
        ),
        (
            4,
            "One is missing. The frame that is left over can go to five places of - a "
            "- a -.",
        ),
        (
            6,
            "One too many: aaaa, or another path in which the two a touch, collapses "
            "to a single a.",
        ),
    ],
    hints=[
        "The shortest path is a-a. One frame is left over.",
        "It repeats one of the three symbols, or is a blank before or after them.",
    ],
    why=(
        "The shortest path, a-a, has three frames. The fourth makes the first a, the "
        "blank or the second a longer (aa-a, a--a, a-aa), or it is a blank at the "
        "start or at the end (-a-a, a-a-). That makes 5."
    ),
)
