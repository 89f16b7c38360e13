"""The exercise `worst`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

worst = Question(
    answer="A",
    mistakes=[
        ("B", "Look again at the figure below, in which the two are apart."),
        ("C", "The two are further apart than that, with each of the three seeds."),
    ],
    hints=[
        "Twelve voices are few, and a thousand names hold most sounds of English.",
        "A new name is made of sounds that were heard. Is a new voice?",
    ],
    why="",
)
