"""The exercises that commit to an answer: `predict_rates` and `predict_layers`."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

predict_rates = Question(
    answer={"0.3": "creeps", "4": "arrives", "10": "never"},
    mistakes=[
        (
            {"0.3": "arrives", "4": "creeps", "10": "never"},
            "Along the flat direction each step multiplies the distance by 1 minus "
            "rate times curvature: which rate leaves more of it?",
        ),
        (
            {"0.3": "arrives", "4": "never", "10": "never"},
            "Compare 4 with the limit. And how much of the distance do 25 steps at 0.3 "
            "leave, along the flat direction?",
        ),
        (
            {"0.3": "creeps", "4": "creeps", "10": "arrives"},
            "The larger the better holds up to the limit only. Compare 10 with it.",
        ),
        (
            {"0.3": "creeps", "4": "never", "10": "never"},
            "Compare 4 with the limit: is it above?",
        ),
    ],
    hints=[
        "One of the three lies above the limit of 2 / 0.27.",
        "Along the flat direction a step leaves 1 minus rate times curvature of the "
        "distance. Take that to the power 25 for the two others.",
    ],
    why=(
        "Rate 0.3 creeps: each step leaves 1 - 0.3 times 0.05 = 0.985 of the flat "
        "distance, and 25 steps leave 0.69. Rate 4 arrives: 0.8 to the power 25 leaves "
        "0.004, and across it is faster still (-0.08). Rate 10 exceeds the limit of "
        "7.4: near the bottom each step multiplies the steep distance by -1.7."
    ),
)

predict_layers = Question(
    answer="lower",
    mistakes=[
        (
            "higher",
            "So one may hope: two layers can say more than one. But they have to be "
            "learned from 1056 samples. The next cells show what comes of it.",
        ),
        (
            "equal",
            "The layers cost more than that: they have to be learned from 1056 "
            "samples. The next cells show how much.",
        ),
    ],
    hints=[
        "How many samples are there for each of the 79 classes?",
        "About 13. More numbers to learn, and not one sample more.",
    ],
    why=(
        "Two layers can say more than one, but they have to be learned from the same "
        "1056 samples, about 13 for each of the 79 classes. That is too few: the two "
        "layers cost text alone several points, on the test split below and with each "
        "of the three recorded seeds."
    ),
)
