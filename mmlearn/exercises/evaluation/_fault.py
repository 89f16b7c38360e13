"""The exercise `fault`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

fault = Question(
    answer=4,
    mistakes=[
        (
            1,
            "Line 1 is right: whole persons are dealt out, so nobody stands on two "
            "sides.",
        ),
        (
            2,
            "Line 2 is right: the weights come from the training part alone.",
        ),
        (
            3,
            "Line 3 is right: a temperature is fitted on the validation part, which "
            "the weights have not seen.",
        ),
        (
            5,
            "Reading the test split here is what it is for. But what was chosen with "
            "its help before?",
        ),
    ],
    hints=[
        "Ask of each line: does it choose something, and on which part?",
        "The cheapest of many thresholds on some samples looks cheaper there than "
        "anywhere else. On which samples was it chosen?",
    ],
    why=(
        "Line 4 picks the threshold that is cheapest on the test split, so the price "
        "that line 5 reports there looks too good. It should be picked on `valid`. The "
        "others keep the promise: whole persons are dealt out, the weights see only "
        "`train`, and T sees only `valid`."
    ),
)
