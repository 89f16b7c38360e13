"""The exercise `faulty_line`, its solution, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

faulty_line = Question(
    answer=4,
    mistakes=[
        (1, "Line 1 is right: what was said minus what is true."),
        (2, "Line 2 is right: the error above times what came in below."),
        (3, "Line 3 is right: the error of a unit is a sum over all logits."),
        (5, "Line 5 is right, but it hands on what an earlier line gave it."),
    ],
    hints=[
        "Work the lines out for the numbers of the drawing. Where do you leave it?",
        "A relu passes the error where its *input* was above 0.",
    ],
    why=(
        "A relu passes the error where its input was above 0, so line 4 should ask "
        "`a > 0`, not `delta_h > 0`. Here a is (1, 2, -1) and delta_h is (-1, 0.5, "
        "-0.5): right is (-1, 0.5, 0), and line 4 gives (0, 0.5, 0), which loses the "
        "first unit's error."
    ),
)
