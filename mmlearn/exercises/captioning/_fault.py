"""The exercise `fault`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

fault = Question(
    answer=4,
    mistakes=[
        (1, "Line 1 is right: the picture's tokens are made once for a caption."),
        (2, "Line 2 is right: these are the words from <begin> to <end>, padded by 0."),
        (
            3,
            "Line 3 is right: at each place the decoder reads the words up to there, "
            "and there is nothing to predict after the last one.",
        ),
        (5, "Line 5 is right: it moves every weight down the slope of the loss."),
    ],
    hints=[
        "Take the caption `<begin> a cat <end>`. What does the decoder read at its "
        "first place, and what should it answer there?",
        "A loss that falls to 0 at once means that the answer is in the input. Which "
        "line asks the decoder for the word that it has just read?",
    ],
    why=(
        "Line 4 asks at each place for the word that was read there, so the decoder "
        "only has to copy it: the loss falls to 0 at once, and nothing was learned. "
        "The target has to be shifted by one, `words[:, 1:]`."
    ),
)
