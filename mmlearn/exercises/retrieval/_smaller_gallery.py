"""The exercise `smaller_gallery`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

# 8 pictures, the right one is fourth: 3 of 7 others are nearer; 2 of the 7 are drawn
smaller_gallery = Question(
    answer=2 / 7,
    mistakes=[
        (
            (4 / 7) ** 2,
            "This draws the two others with replacement. The second is drawn from the "
            "6 that are left, of which 3 are harmless.",
        ),
        (
            1 / 3,
            "This is chance: it would be so if the model knew nothing. It knows that "
            "only 3 of the 7 others are nearer.",
        ),
        (
            10 / 28,
            "This draws 2 of 8, the right picture among them. It is always in the "
            "gallery: only 2 of the 7 *others* are drawn.",
        ),
        (
            1 / 7,
            "This is the probability that both drawn pictures are nearer ones. Asked "
            "is the probability that neither is.",
        ),
        (
            5 / 7,
            "This is the probability that at least one nearer picture is drawn, so "
            "that the right one is not first.",
        ),
        (
            4 / 7,
            "This is right for one picture that is drawn. A gallery of three holds two "
            "others.",
        ),
        (
            0,
            "It is fourth among all eight, but a gallery of three may hold none of the "
            "three that are nearer.",
        ),
    ],
    hints=[
        "Two of the seven others are drawn: 21 pairs. In how many of them is none of "
        "the three nearer pictures?",
        "Both must come from the 4 that are farther: C(4, 2) pairs of C(7, 2).",
    ],
    why=(
        "The right picture comes first when both drawn others are among the 4 that are "
        "farther away: C(4, 2) = 6 pairs of C(7, 2) = 21, which is 2/7. One after the "
        "other: 4/7 times 3/6."
    ),
)
