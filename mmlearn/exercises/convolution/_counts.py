"""The exercise `counts`, its solution, its mistakes and its hints."""

from mmlearn.exercises.exercise import Question


def _pair(convolution: int, dense: int) -> dict[str, int]:
    return {"convolution": convolution, "dense": dense}


RIGHT = _pair(16 * (3 * 5 * 5 + 1), 128 * (3 * 32 * 32 + 1))

counts = Question(
    answer=RIGHT,
    mistakes=[
        (
            _pair(16 * 3 * 5 * 5, 128 * 3 * 32 * 32),
            "The biases are missing: one for each map, and one for each output.",
        ),
        (
            RIGHT | {"convolution": 16 * (5 * 5 + 1)},
            "convolution: each kernel reads all three channels, 75 numbers in all.",
        ),
        (
            RIGHT | {"convolution": 16 * 3 * (5 * 5 + 1)},
            "convolution: there is one bias for each map, added after the sum over the "
            "channels.",
        ),
        (
            RIGHT | {"convolution": 32 * 32 * RIGHT["convolution"]},
            "convolution: the kernel is the same at every place, so the size of the "
            "picture does not count.",
        ),
        (
            RIGHT | {"dense": 128 * (32 * 32 + 1)},
            "dense: each pixel has three channels, so there are 3,072 inputs.",
        ),
    ],
    hints=[
        "convolution: D (C k² + 1) with C = 3, D = 16 and k = 5. dense: each of the "
        "128 outputs has a weight for every input, and a bias.",
        "convolution: 16 · (75 + 1). dense: 128 · (3 · 32 · 32 + 1).",
    ],
    why=(
        "convolution: each of the 16 kernels has 3 · 5 · 5 = 75 weights and a bias, "
        "the same at every place, so 16 · 76 = 1,216. dense: each of the 128 outputs "
        "has 3 · 32 · 32 = 3,072 weights, one for each input, and a bias, so 128 · "
        "3,073 = 393,344."
    ),
)
