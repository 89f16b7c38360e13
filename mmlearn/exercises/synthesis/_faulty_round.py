"""The exercise `faulty_round`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

faulty_round = Question(
    answer=5,
    mistakes=[
        (
            2,
            "Line 2 is right: any phases will do to begin with, and these are drawn "
            "once, before the loop.",
        ),
        (
            4,
            "Line 4 is right: a waveform and its spectra again, which no longer have "
            "the wanted magnitudes.",
        ),
        (
            3,
            "Line 3 is right: the loop repeats the two steps.",
        ),
        (
            6,
            "Line 6 is right: after the last round, the waveform of the spectra.",
        ),
        (
            1,
            "Line 1 is right: the method gets magnitudes, and says nothing of phases.",
        ),
    ],
    hints=[
        "What is the one thing that each round has to put right again?",
        "After line 5, are the magnitudes the wanted ones? Does anything change from "
        "one round to the next?",
    ],
    why=(
        "Line 5 keeps the magnitudes that were found. These are the spectra of a real "
        "waveform already, so every later round gives the same waveform again, and "
        "the wanted magnitudes are forgotten. It should read "
        "`spectra = torch.polar(wanted, found.angle())`: the wanted magnitudes with "
        "the found phases."
    ),
)
