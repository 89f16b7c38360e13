"""The exercise `in_one_index`, its answer, its mistakes and its hints."""

from mmlearn.exercises.exercise import Question

in_one_index = Question(
    answer="all",
    mistakes=[
        (
            "half",
            "So it would be if the two clouds were mixed. Look at the map again: what "
            "surrounds a cross?",
        ),
        (
            "none",
            "Training pulls a name and its picture together, but where do the other "
            "names lie? Look at the map again.",
        ),
    ],
    hints=[
        "The gap lies between a name and every picture, its own one included.",
        "In the map, count the crosses and the dots around one cross.",
    ],
    why=(
        "Names and pictures lie in two clouds with a gap between them, even after "
        "training. Two different names have a mean cosine of about 0.16, a name and "
        "its own picture only about 0.12, so other names surround a name: 99 % of the "
        "ten nearest, in each of three runs."
    ),
)
