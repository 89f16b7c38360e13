"""The exercise `more_groups`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

more_groups = Question(
    answer="B",
    mistakes=[
        (
            "A",
            "Not so. With more groups the truth is met more closely, but the interval "
            "that draws single samples shrinks just as fast.",
        ),
        (
            "C",
            "Not so. Ask how the width of the interval and the error of the accuracy "
            "change with ten times as many groups.",
        ),
    ],
    hints=[
        "With ten times as many groups, how much smaller is the true error?",
        "And how much narrower is the interval? Both go with one over the root of the "
        "number of groups.",
    ],
    why=(
        "B. With ten times as many groups the accuracy's error shrinks by the root of "
        "10; but so does the interval, which counts ten times as many samples. It "
        "stays about half as wide as it should be, and so holds the truth hardly more "
        "often than before."
    ),
)
