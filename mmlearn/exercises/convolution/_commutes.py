"""The exercise `commutes`, its solution, its mistakes and its hints."""

from mmlearn.exercises.exercise import Question

commutes = Question(
    answer={"A", "B", "D", "F"},
    mistakes=[
        (
            {"A", "B", "C", "D", "F"},
            "C: moved by one pixel, other pixels share a square. Which of them is the "
            "largest can change.",
        ),
        (
            {"A", "B", "D"},
            "One is missing: does the normalisation ask where a pixel stands?",
        ),
        (
            {"A", "D", "F"},
            "One is missing: ReLU looks at one number at a time.",
        ),
        (
            {"A", "B", "C", "F"},
            "Look at C and D again: at which pixels does a window stand, before the "
            "move and after it?",
        ),
        (
            {"A", "B", "D", "E", "F"},
            "E: a dense layer has its own weights for each pixel, so at another place "
            "the same thing meets other weights.",
        ),
        (
            {"A", "B", "F"},
            "One is missing: with stride 1 a window stands at every pixel.",
        ),
        (
            {"A", "B", "D", "F", "G"},
            "G: the same corner at another place gets another number added.",
        ),
        (
            {"C", "E", "G"},
            "These are the ones that do not.",
        ),
    ],
    hints=[
        "Ask of each: does it treat every pixel, or every window, alike?",
        "There are four. With stride 2 half of the windows are left out, E has its own "
        "weights for each place, and G its own number.",
    ],
    why=(
        "A, B, D and F treat every pixel, or the window around every pixel, alike, so "
        "their answers move along with the picture. The squares of C begin at every "
        "second pixel only, so after a move by one other pixels share a square. E and "
        "G have numbers of their own for each place."
    ),
)
