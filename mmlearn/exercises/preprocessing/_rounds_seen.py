"""The exercise `rounds_seen`, its answer, its mistakes and its hints."""

from mmlearn.exercises.exercise import Question

rounds_seen = Question(
    answer={8: 2.0, 3: -1.0, 2: 0.0},
    mistakes=[
        (
            {8: 2.0, 3: 2.0, 2: 2.0},
            "That is how it flies. But between two frames at 3 per second it makes 2/3 "
            "of a round. Is that the shortest way from one place to the other?",
        ),
        (
            {8: 2.0, 3: 1.0, 2: 0.0},
            "The speed is right at 3 per second; which way round is the shortest?",
        ),
        (
            {8: 2.0, 3: -1.0, 2: 2.0},
            "At 2 per second it makes a whole round between two frames: where does "
            "it seem to stand?",
        ),
        (
            {8: 2.0, 3: -1.0, 2: 1.0},
            "At 2 per second it makes a whole round between two frames: where does "
            "it seem to stand?",
        ),
        (
            {8: 2.0, 3: 1.5, 2: 1.0},
            "Fewer frames do not make it slower. How far does it fly from one frame to "
            "the next, and what is the shortest way there?",
        ),
    ],
    hints=[
        "Two rounds and 3 frames per second: 2/3 of a round from frame to frame.",
        "Going 2/3 of a round clockwise ends where 1/3 the other way ends.",
    ],
    why=(
        "At 8 per second the bee makes 2/8 = 1/4 of a round between frames; that is "
        "the shortest way, so 8 · 1/4 = 2. At 3 it makes 2/3; 1/3 backwards is "
        "shorter, so 3 · (-1/3) = -1. At 2 it makes a whole round and seems to "
        "stand: 0."
    ),
)
