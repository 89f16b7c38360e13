"""The exercise `centres`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

# Lengths 2, 6, 4: before them 0, 2, 8
centres = Question(
    answer=[1.0, 5.0, 10.0],
    mistakes=[
        (
            [2.0, 8.0, 12.0],
            "These are the letters' ends, the plain cumulative sum. The centre lies "
            "half a letter before its end.",
        ),
        (
            [0.0, 2.0, 8.0],
            "These are the letters' beginnings. The centre lies half a letter later.",
        ),
        (
            [1.0, 3.0, 2.0],
            "These are the half lengths. What came before has to be added.",
        ),
        (
            [1.0, 4.0, 6.0],
            "Half of everything up to the letter's end is not its centre: the letters "
            "before it count whole, only its own length counts half.",
        ),
    ],
    hints=[
        "The second letter begins where the first ends, at 2. How long is it?",
        "It lasts from 2 to 8. Where is its middle?",
    ],
    why=(
        "The letters end at 2, 8 and 12, and each centre lies half a length before: "
        "2 - 1 = 1, 8 - 3 = 5, 12 - 2 = 10. Frame 4 lies at 4.5, nearest to 5: it "
        "takes almost all from the second letter."
    ),
)
