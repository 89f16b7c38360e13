"""The exercise `blind`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

blind = Question(
    answer="C",
    mistakes=[
        (
            "A",
            "More than that: the words `a` and `on`, and the end, stand at places that "
            "the grammar fixes. How many of 12 are these?",
        ),
        (
            "B",
            "More than that. Beside the words that are certain, there are choices of "
            "two (the sizes) and of four: they can be guessed.",
        ),
    ],
    hints=[
        "Which words of `a small red cat above a large blue key on sand` are certain, "
        "once those before them are known?",
        "Add up the chances: 1 for the second `a`, for `on` and for the end; about "
        "1/2 for a size, 1/4 for the relation and the ground, 1/6 for a colour, 1/40 "
        "for a thing.",
    ],
    why=(
        "C. The second `a`, `on` and the end are certain. The number can be guessed "
        "with about .4, the first size with .67 (three are always small), the other "
        "with .5, relation and ground with .25 each, each colour with about .2, each "
        "thing hardly at all. That adds up to 5.5 of 12 words, nearly a half."
    ),
)
