"""The exercise `bag`, its answer, its mistakes and its hints."""

from mmlearn.exercises.exercise import Question

bag = Question(
    answer=[-1, 4, 5],
    mistakes=[
        ([-1, 2, 4], "That counts the fish once: its row is taken twice here."),
        ([-2, 2, 7], "That is one fish and two guitars; the 2 stands for fish."),
        ([0, 2, 1], "That is the row of fish alone; each count weighs its own row."),
        (
            [-1 / 3, 4 / 3, 5 / 3],
            "That is the mean of three rows; the product is a sum.",
        ),
    ],
    hints=[
        "Each count multiplies its own row of E, and the rows are added.",
        "Twice the row of fish, (0, 2, 1), plus once the row of guitar.",
    ],
    why=(
        "Each count multiplies its own row of E. Twice the row of fish is (0, 4, "
        "2), once the row of guitar is (-1, 0, 3), and cat and dog count 0 times. "
        "The sum is (-1, 4, 5)."
    ),
)
