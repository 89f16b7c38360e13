"""The exercise `smaller_gallery`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

# 6 pictures, the right one is third: 2 of 5 others are nearer; 2 of the 5 are drawn
smaller_gallery = Question(
    answer=3 / 10,
    mistakes=[
        (
            (3 / 5) ** 2,
            "This draws the two others with replacement. The second is drawn from the "
            "4 that are left, of which 2 are harmless.",
        ),
        (
            1 / 3,
            "This is chance: it would be so if the model knew nothing. It knows that "
            "only 2 of the 5 others are nearer.",
        ),
        (
            4 / 10,
            "This draws 2 of 6, the right picture among them. It is always in the "
            "gallery: only 2 of the 5 *others* are drawn.",
        ),
        (
            1 / 10,
            "This is the probability that both drawn pictures are nearer ones. Asked "
            "is the probability that neither is.",
        ),
        (
            7 / 10,
            "This is the probability that at least one nearer picture is drawn, so "
            "that the right one is not first.",
        ),
        (
            0,
            "It is third among all six, but a gallery of three may hold none of the "
            "two that are nearer.",
        ),
    ],
    hints=[
        "Two of the five others are drawn: 10 pairs. In how many of them is neither "
        "of the two nearer pictures?",
        "Both must come from the 3 that are farther: C(3, 2) pairs of C(5, 2).",
    ],
    why=(
        "The right picture comes first when both drawn others are among the 3 that are "
        "farther away: C(3, 2) = 3 pairs of C(5, 2) = 10. One after the other: 3/5 "
        "times 2/4."
    ),
)
