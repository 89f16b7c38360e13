"""The exercise `output_size`, its solution, its mistakes and its hints."""

from mmlearn.exercises.exercise import Exercise


def _output_size(size: int, kernel: int, stride: int, padding: int) -> int:
    return (size + 2 * padding - kernel) // stride + 1


def _padded_on_one_side(size: int, kernel: int, stride: int, padding: int) -> int:
    return (size + padding - kernel) // stride + 1


def _fence_without_a_post(size: int, kernel: int, stride: int, padding: int) -> int:
    return (size + 2 * padding - kernel) // stride


def _rounded_up(size: int, kernel: int, stride: int, padding: int) -> int:
    return -(-(size + 2 * padding - kernel) // stride) + 1


def _not_rounded(size: int, kernel: int, stride: int, padding: int) -> float:
    return (size + 2 * padding - kernel) / stride + 1


output_size = Exercise(
    solution=_output_size,
    cases=[(32, 3, 1, 1), (32, 5, 2, 2), (7, 2, 2, 0), (28, 5, 3, 0), (10, 4, 4, 1)],
    mistakes={
        _padded_on_one_side: "Padding is added on both sides: twice.",
        _fence_without_a_post: (
            "One is missing. A kernel as large as the picture fits once, not 0 times."
        ),
        _rounded_up: "Where the kernel would stand over the edge, it does not fit.",
        _not_rounded: "A size is a whole number: where none comes out, round down.",
    },
    hints=[
        "How many pixels can the kernel travel? How many steps of `stride` are they? "
        "The first place counts too.",
        "It can travel size + 2 * padding - kernel pixels; `//` rounds down.",
    ],
)
