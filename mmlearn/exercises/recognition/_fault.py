"""The exercise `fault`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

fault = Question(
    answer=4,
    mistakes=[
        (1, "Line 1 is right: it is no matter in which order the clips come."),
        (2, "Line 2 is right: the fewest changes that make one text from the other."),
        (3, "Line 3 is right: the length of what was said, not of what was heard."),
        (5, "Line 5 only prints."),
    ],
    hints=[
        "One clip is a word of two letters, both wrong; another has 40, all right.",
        "Does a letter of the short clip count as much as one of the long clip?",
    ],
    why=(
        "Line 4 takes the mean of each clip's own rate, so that a letter of "
        "a short clip counts more than one of a long clip. The rate of a corpus is the "
        "sum of all errors over the sum of all lengths, as a paper quotes it."
    ),
)
