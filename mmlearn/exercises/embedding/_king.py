"""The exercise `king`, its answer, its mistakes and its hints."""

from mmlearn.exercises.exercise import Question

king = Question(
    answer="king",
    mistakes=[
        (
            "queen",
            "So the story goes. It leaves out that the three words of the question "
            "were not allowed as answers.",
        ),
        ("woman", "Close by, but one word of the question lies nearer."),
        ("man", "One step leads away from it. Another word of the question is nearer."),
    ],
    hints=[
        "How long is the step from man to woman, beside all else that king stands for?",
        "The answer is one of the three words of the question.",
    ],
    why=(
        "The step from man to woman is about half as long as king itself (2.6 "
        "beside 5.4), so the sum stays near where it began. Its cosine with king is "
        "0.89, with queen 0.86. Queen wins only if the question's own words are "
        "excluded."
    ),
)
