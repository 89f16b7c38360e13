"""The exercise `parameters`, its solution, its mistakes and its hints."""

from mmlearn.exercises.exercise import Exercise


def _parameters(channels: int, maps: int, kernel: int, size: int) -> int:
    return maps * (channels * kernel**2 + 1)


def _without_bias(channels: int, maps: int, kernel: int, size: int) -> int:
    return maps * channels * kernel**2


def _one_channel(channels: int, maps: int, kernel: int, size: int) -> int:
    return maps * (kernel**2 + 1)


def _one_bias(channels: int, maps: int, kernel: int, size: int) -> int:
    return maps * channels * kernel**2 + 1


def _bias_of_each_channel(channels: int, maps: int, kernel: int, size: int) -> int:
    return maps * channels * (kernel**2 + 1)


def _each_place_its_own(channels: int, maps: int, kernel: int, size: int) -> int:
    return _parameters(channels, maps, kernel, size) * size**2


parameters = Exercise(
    solution=_parameters,
    cases=[(3, 16, 3, 64), (1, 8, 5, 28), (32, 64, 1, 7), (16, 16, 3, 224)],
    mistakes={
        _without_bias: "The biases are missing: each map has one.",
        _one_channel: "Each kernel reads all channels: it has a layer for each.",
        _one_bias: "There is a bias for each map, not one for all.",
        _bias_of_each_channel: (
            "There is one bias for each map, added after the sum over the channels."
        ),
        _each_place_its_own: (
            "The kernel is the same at every place: the picture's size does not count."
        ),
    },
    hints=[
        "Which of the four arguments does the answer not depend on?",
        "One kernel has channels * kernel * kernel numbers and a bias; there are "
        "`maps` kernels.",
    ],
)
