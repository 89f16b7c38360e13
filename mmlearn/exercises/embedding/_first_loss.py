"""The exercise `first_loss`, its answer, its mistakes and its hints."""

from mmlearn.exercises.exercise import Question

first_loss = Question(
    answer=6,
    mistakes=[
        (5, "The true pair is a question, too: it pays beside the five drawn words."),
        (1, "That is what one question costs; how many are asked for each true pair?"),
        (2, "The five drawn words are summed, not averaged."),
        (0, "A score of 0 is a probability of 1/2, and -log(1/2) is not 0."),
    ],
    hints=[
        "The sigmoid of 0 is 1/2, for the true pair and for each drawn word.",
        "Every question costs -log(1/2) = log 2. Count the questions.",
    ],
    why=(
        "The sigmoid of 0 is 1/2, so the true pair costs -log(1/2) = log 2, and "
        "each drawn word costs -log(1 - 1/2), again log 2. The costs are added: 1 "
        "true pair and 5 drawn words make 6 · log 2, about 4.16."
    ),
)
