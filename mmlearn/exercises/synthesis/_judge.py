"""The exercise `judge`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

judge = Question(
    answer="C",
    mistakes=[
        (
            "A",
            "A judge of clean recordings is strict, not kind: what it has never heard, "
            "such as a buzz, counts against the synthesiser.",
        ),
        (
            "B",
            "This lowers the error rate of the recordings as well, so one sees it in "
            "the ceiling. Which of them helps *ours* and leaves the ceiling as it is?",
        ),
        (
            "D",
            "Other voices in its training make a judge less bound to this one. That "
            "does not favour the synthesiser.",
        ),
    ],
    hints=[
        "Who would mend a sound that says 'octo-us'?",
        "A judge that has been taught to read the synthesiser's own sounds forgives "
        "just the faults that it should find.",
    ],
    why=(
        "C. Trained on the synthesiser's own sounds, the judge learns to read them, "
        "faults and all: whatever this synthesiser does is then the right way to say "
        "it. The error rate on recordings stays the same, so nothing in the table "
        "gives it away."
    ),
)
