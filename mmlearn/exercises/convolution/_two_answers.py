"""The exercise `two_answers`, its solution, its mistakes and its hints."""

from mmlearn.exercises.exercise import Question

two_answers = Question(
    answer=[-1, 20],
    mistakes=[
        (
            [1, -20],
            "Right in size, but the signs are turned: the kernel has minus on the left "
            "and plus on the right.",
        ),
        (
            [18, 54],
            "These are the sums of the nine pixels. Multiply each by the number of the "
            "kernel that lies on it first.",
        ),
        (
            [20, -1],
            "Both are right, but asked for from left to right.",
        ),
        (
            [0, 20],
            "These are the answers of the second row: the kernel stands one row too "
            "low.",
        ),
    ],
    hints=[
        "The middle column of the kernel is 0, so only the left and the right column "
        "of a window count.",
        "The first answer is 2 + 2 + 1 minus 2 + 2 + 2; the last one comes from "
        "columns 3, 4 and 5 of the picture.",
    ],
    why=(
        "The kernel takes the right column of the window minus the left one. To the "
        "left of the 17, it covers columns 1 to 3: (2 + 2 + 1) \N{MINUS SIGN} (2 + 2 + "
        "2) = \N{MINUS SIGN}1. To its right, it covers columns 3 to 5: (8 + 9 + 8) "
        "\N{MINUS SIGN} (2 + 2 + 1) = 20."
    ),
)
