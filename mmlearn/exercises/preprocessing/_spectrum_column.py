"""The exercise `spectrum_column`, its answer, its mistakes and its hints."""

from mmlearn.exercises.exercise import Question

spectrum_column = Question(
    answer={0: 0.0, 1: 0.25, 2: 1.0},
    mistakes=[
        (
            {0: 0.0, 1: 1.0, 2: 4.0},
            "These are the squares |X|²: divide them by the square of the window's "
            "sum, (0 + 0.5 + 1 + 0.5)² = 4.",
        ),
        (
            {0: 0.0, 1: 0.5, 2: 1.0},
            "These are |X| / 2, amplitudes: a power is the square.",
        ),
        (
            {0: 0.0, 1: 0.0, 2: 1.0},
            "That holds without a window. Multiply the wave by 0, 0.5, 1, 0.5 first.",
        ),
        (
            {0: 0.0, 1: 0.0, 2: 4.0},
            "The wave goes in without its window: multiply it by 0, 0.5, 1, 0.5 first, "
            "and then four numbers are added for each k.",
        ),
        (
            {0: 0.0, 1: 1.0, 2: 0.25},
            "Two values are swapped: this wave swings twice in a window of four.",
        ),
    ],
    hints=[
        "Wave times window: 0, -0.5, 1, -0.5. For each k, multiply these four by the "
        "four factors and add.",
        "k = 1: -0.5 · (-i) + 1 · (-1) + (-0.5) · i. What is left, squared, over 4?",
    ],
    why=(
        "Wave times window is 0, -0.5, 1, -0.5. Times the factors and added, that "
        "gives 0, -1 (the two terms with i cancel) and 2 for k = 0, 1, 2. The "
        "squares 0, 1, 4, divided by 4, are 0, 0.25, 1. So no: the window spreads "
        "some power to k = 1."
    ),
)
