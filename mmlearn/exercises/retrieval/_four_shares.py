"""The exercise `four_shares`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

four_shares = Question(
    answer={"text 1": 3 / 4, "text 2": 3 / 4, "picture 1": 1 / 2, "picture 2": 9 / 10},
    mistakes=[
        (
            {
                "text 1": 1 / 2,
                "text 2": 9 / 10,
                "picture 1": 3 / 4,
                "picture 2": 3 / 4,
            },
            "Rows and columns are exchanged: a row holds the scores of one text with "
            "all pictures, so a text's shares add up along its row.",
        ),
        (
            {
                "text 1": 3 / 16,
                "text 2": 9 / 16,
                "picture 1": 3 / 16,
                "picture 2": 9 / 16,
            },
            "This is one softmax over all four scores. Each text has a softmax of its "
            "own, over its row, and each picture one over its column.",
        ),
        (
            {"text 1": 1.0, "text 2": 2 / 3, "picture 1": 1 / 2, "picture 2": 1.0},
            "These are shares of the scores themselves. Softmax takes the exponentials "
            "first: of ln 3 that is 3, of 0 it is 1.",
        ),
    ],
    hints=[
        "The exponentials of the four scores are 3 and 1 in the first row, 3 and 9 in "
        "the second.",
        "Text 1 gives its own picture 3 / (3 + 1). For picture 1, add down its column.",
    ],
    why=(
        "The exponentials are 3 and 1 in the first row, 3 and 9 in the second. By "
        "rows: 3 / (3 + 1) and 9 / (3 + 9), both 3/4. By columns: 3 / (3 + 3) = 1/2 "
        "and 9 / (1 + 9) = 9/10. Picture 1 suits both texts equally, which only the "
        "columns show: the loss needs both directions."
    ),
)
