"""The exercise `which_word`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

which_word = Question(
    answer="B",
    mistakes=[
        (
            "A",
            "Not so. A short window says *when* each magnitude sounds by where the "
            "window stands. Who says it when there is only one window?",
        ),
        (
            "C",
            "Not so: a mixture that stays the same for all windows would need "
            "magnitude and phase to share the work the same way. Ask who knows the "
            "time in a window of 32 ms, and who in a window of a second.",
        ),
    ],
    hints=[
        "A spectrum of the whole clip has one magnitude for each frequency. Does it "
        "say when that frequency sounds?",
        "A click at the start and a click at the end have the same magnitudes. What "
        "tells them apart?",
    ],
    why=(
        "B. Speech is a matter of when. With windows of 32 ms, the windows' places "
        "say when, so the magnitudes carry the word. One window over the whole clip "
        "has no place: a click at its start and one at its end have the same "
        "magnitudes, and only the phases tell them apart."
    ),
)
