"""The exercise `which`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

which = Question(
    answer="A",
    mistakes=[
        (
            "B",
            "A fair guess, since these captions are true. But BLEU knows one reference "
            "only: how many runs of four words cross the places that have changed?",
        ),
        (
            "C",
            "Not so. The wrong size stands second in the sentence. Count the runs of "
            "four words that hold the second word, and those that hold the last.",
        ),
    ],
    hints=[
        "A run that holds a changed word is lost. How many runs of 2, 3 and 4 words "
        "hold the last word of a sentence, and how many a word further inside?",
        "The last word stands in one run of each length. A caption that begins with "
        "the other thing keeps only the runs inside the two halves, and says `below`.",
    ],
    why=(
        "A. The ground is the last word, and only one run of each length ends there, "
        "so BLEU stays at about .90. The second word stands in one run of 1 word and "
        "in two of each other length: about .82. The true caption that begins with the "
        "other thing keeps what stands inside the two halves: 10 of 11 words, 7 of 10 "
        "pairs, 4 of 9 runs of three and 2 of 8 of four, about .52. So a false "
        "sentence scores far above a true one."
    ),
)
