"""The exercise `fault`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

fault = Question(
    answer=2,
    mistakes=[
        (
            1,
            "Line 1 is right: whole families are dealt out, so no relatives stand on "
            "two sides.",
        ),
        (
            3,
            "Line 3 is right: the weights come from the training part alone.",
        ),
        (
            4,
            "Line 4 is right: a threshold is chosen on the validation part.",
        ),
        (
            5,
            "Reading the test split here is what it is for. But what was chosen with "
            "its help before?",
        ),
    ],
    hints=[
        "Ask of each line: does it choose something, and on which part?",
        "Which tags are judged at all? Somebody has chosen them.",
    ],
    why=(
        "Line 2 keeps the 45 tags that are most frequent in the test split. A tag that "
        "happens to be frequent there is an easier one there: the choice has read the "
        "answers. It should be made on `train`, and a tag without a test picture left "
        "out of the mean, and counted."
    ),
)
