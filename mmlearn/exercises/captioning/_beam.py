"""The exercise `beam`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

# a .6 (cat .5, dog .5), two .4 (cats .9, dogs .1)
beam = Question(
    answer={"greedy": 0.30, "beam": 0.36},
    mistakes=[
        (
            {"greedy": 0.36, "beam": 0.36},
            "Greedy decoding takes `a`, the likelier first word, and cannot go back.",
        ),
        (
            {"greedy": 0.30, "beam": 0.30},
            "A beam of two keeps `two` as well. What is the chance of `two cats`?",
        ),
        (
            {"greedy": 0.5, "beam": 0.9},
            "These are the chances of the second word alone. A sentence's chance is "
            "the product of all its words' chances.",
        ),
        (
            {"greedy": 0.6, "beam": 0.4},
            "These are the chances of the first word alone. Multiply by the second's.",
        ),
    ],
    hints=[
        "The chance of a sentence is the product of its words' chances.",
        "Greedy takes `a` and then `cat` or `dog`. The beam also goes on from `two`.",
    ],
    why=(
        "Greedy decoding takes `a` (.6), and then either word has .5: .6 · .5 = .30. "
        "The beam keeps `two` (.4) as well, and goes on to `two cats`: .4 · .9 = .36."
    ),
)
