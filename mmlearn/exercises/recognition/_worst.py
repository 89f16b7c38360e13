"""The exercise `worst`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

worst = Question(
    answer="...",
    mistakes=[],
    hints=["", ""],
    why="",
)
