"""The exercises on paper: `gradient_on_paper` and `momentum_on_paper`."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

gradient_on_paper = Question(
    answer={"probabilities": [0.25, 0.25, 0.5], "gradient": [-0.75, 0.25, 0.5]},
    mistakes=[
        (
            {"probabilities": [0.25, 0.25, 0.5], "gradient": [0.75, -0.25, -0.5]},
            "The sign is turned round: it is what was said minus what is true.",
        ),
        (
            {"probabilities": [0.25, 0.25, 0.5], "gradient": [0.25, 0.25, -0.5]},
            "The 1 is taken from the last class. The right one is class 0.",
        ),
        (
            {"probabilities": [0.0, 0.0, 1.0], "gradient": [-1.0, 0.0, 1.0]},
            "These are shares of the logits. Softmax takes their exponentials first.",
        ),
        (
            {"probabilities": [1.0, 1.0, 2.0], "gradient": [0.0, 1.0, 2.0]},
            "These are the exponentials; divide them by their sum, 4.",
        ),
        (
            {"probabilities": [0.25, 0.25, 0.5], "gradient": [0.25, 0.25, 0.5]},
            "The gradient is not yet there: take 1 from the probability of class 0.",
        ),
    ],
    hints=[
        "The exponentials are 1, 1 and 2, as e to the power log 2 is 2. And their sum?",
        "Divide by 4 for the probabilities. The gradient is the same three numbers, "
        "with 1 taken from that of the right class.",
    ],
    why=(
        "The exponentials are 1, 1 and 2; divided by their sum, 4, they give the "
        "probabilities 1/4, 1/4 and 1/2. The gradient is what was said minus what is "
        "true: class 0 is right and loses 1 (0.25 - 1 = -0.75), and the two others "
        "stay as they are."
    ),
)

momentum_on_paper = Question(
    answer={"SGD": 0.729, "momentum": 0.486},
    mistakes=[
        (
            {"SGD": 0.81, "momentum": 0.72},
            "This is where w stands after two steps; take one more.",
        ),
        (
            {"SGD": 0.729, "momentum": 0.729},
            "With momentum the velocity remembers: v = 0.9 v + g; w moves by 0.1 v.",
        ),
        (
            {"SGD": 0.7, "momentum": 0.439},
            "The gradient is w where it stands *now*: 1 at first, then smaller.",
        ),
        (
            {"SGD": 0.729, "momentum": 0.439},
            "With momentum the gradient changes too: it is w where it stands now.",
        ),
        (
            {"SGD": 1.331, "momentum": 1.61},
            "This climbs: w minus the rate times the gradient.",
        ),
    ],
    hints=[
        "SGD multiplies w by 0.9 in each step. For momentum tabulate g, v and w.",
        "Momentum, first step: g = 1, v = 1, w = 0.9. Second: g = 0.9, v = 1.8.",
    ],
    why=(
        "SGD multiplies w by 1 - 0.1 = 0.9 in each step: 0.9, 0.81, 0.729. With "
        "momentum v is 1, then 0.9 + 0.9 = 1.8, then 1.62 + 0.72 = 2.34, and w falls "
        "by a tenth of v each time: 0.9, 0.72, 0.486."
    ),
)
