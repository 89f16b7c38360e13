"""The exercise `worst`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

worst = Question(
    answer="B",
    mistakes=[
        (
            "A",
            "A new voice costs something, but less. Twelve voices, stretched in time "
            "and in their throats, come near to most others. Do a thousand names and "
            "39,000 words hold the spelling of every other name?",
        ),
        (
            "C",
            "The two are further apart than that, with each of the three seeds.",
        ),
    ],
    hints=[
        "A new voice says sounds that were heard, a little otherwise.",
        "How would you spell a word that you hear for the first time? Think of "
        "oyster, koala and pizza.",
    ],
    why=(
        "B, a new name. About 10 points, where these six new voices cost 3. The "
        "network hears the sounds of a new word, but English does not spell as it "
        "speaks: oyster becomes oister, and koala coala."
    ),
)
