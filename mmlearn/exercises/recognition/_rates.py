"""The exercise `rates`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

# said "red apple" (9 characters), heard "read apples" (11): two insertions
rates = Question(
    answer={"CER": 2 / 9, "WER": 2 / 2},
    mistakes=[
        (
            {"CER": 2 / 11, "WER": 2 / 2},
            "The errors are divided by what was heard. Divide by what was said: it has "
            "9 characters, the space among them.",
        ),
        (
            {"CER": 2 / 8, "WER": 2 / 2},
            "The space is a character too: red apple has 9.",
        ),
        (
            {"CER": 2 / 9, "WER": 1 / 2},
            "Look at both words: is read equal to red, and apples to apple?",
        ),
        (
            {"CER": 2 / 9, "WER": 2 / 9},
            "The WER counts words: how many of the two are wrong?",
        ),
    ],
    hints=[
        "Which letters have to be put in, to make the one from the other?",
        "One for each word. Divide by the 9 characters, and by the 2 words, that were "
        "said.",
    ],
    why=(
        "An a and an s are too many: 2 errors on the 9 characters that were said, a "
        "CER of .22. Both words are wrong, so the WER is 2 of 2, which is 1."
    ),
)
