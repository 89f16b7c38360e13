"""Exercises of notebook 03."""

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise, Question

# 1. Slide a kernel by hand


def _picture(
    seed: int, sides: tuple[int, int], kernel: tuple[int, int], stride: int
) -> tuple[Tensor, Tensor, int]:
    generator = torch.Generator().manual_seed(seed)
    picture, weight = (torch.randn(*s, generator=generator) for s in (sides, kernel))
    return picture, weight, stride


def _slide(picture: Tensor, kernel: Tensor, stride: int) -> Tensor:
    rows, columns = kernel.shape
    tops = range(0, picture.shape[0] - rows + 1, stride)
    lefts = range(0, picture.shape[1] - columns + 1, stride)
    result = torch.empty(len(tops), len(lefts))
    for y, top in enumerate(tops):
        for x, left in enumerate(lefts):
            patch = picture[top : top + rows, left : left + columns]
            result[y, x] = (kernel * patch).sum()
    return result


def _flipped(picture: Tensor, kernel: Tensor, stride: int) -> Tensor:
    return _slide(picture, kernel.flip(0, 1), stride)


def _every_place(picture: Tensor, kernel: Tensor, stride: int) -> Tensor:
    return _slide(picture, kernel, 1)


def _side_by_side(picture: Tensor, kernel: Tensor, stride: int) -> Tensor:
    # As many places as it should be, but one beside the other.
    places = _slide(picture, kernel, stride).shape
    return _slide(picture, kernel, 1)[: places[0], : places[1]]


def _last_place_missing(picture: Tensor, kernel: Tensor, stride: int) -> Tensor:
    return _slide(picture[:-1, :-1], kernel, stride)


def _one_place_short(picture: Tensor, kernel: Tensor, stride: int) -> Tensor:
    return _slide(picture, kernel, stride)[:-1, :-1]


def _mean(picture: Tensor, kernel: Tensor, stride: int) -> Tensor:
    return _slide(picture, kernel, stride) / kernel.numel()


slide = Exercise(
    solution=_slide,
    cases=[
        _picture(0, (5, 6), (3, 3), 1),
        _picture(1, (7, 6), (2, 3), 2),
        _picture(2, (4, 9), (3, 2), 3),
    ],
    mistakes={
        _flipped: (
            "The kernel is flipped: that is convolution as mathematicians write it. "
            "torch lays it down as it is."
        ),
        _every_place: "The stride is not used: the next place is `stride` pixels on.",
        _side_by_side: (
            "The size is right, but each patch begins one pixel after the last one: "
            "place number y begins at pixel y * stride."
        ),
        _last_place_missing: (
            "The last place is missing: a kernel of k pixels fits at height - k + 1 "
            "places (+ 1, since it fits at pixel 0 too)."
        ),
        _one_place_short: (
            "The number of places is one short: a kernel as high as the picture fits "
            "once, not 0 times."
        ),
        _mean: "This is the mean of the products; their sum is asked for.",
    },
    hints=[
        "Two loops over the places, one patch of the kernel's size at each of them. "
        "Which row is the last one where a patch may begin?",
        "Rows begin at `range(0, picture.shape[0] - kernel.shape[0] + 1, stride)`; "
        "columns likewise; each result is `(kernel * patch).sum()`.",
    ],
)

# 2. How big is the result?


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

# 3. How many numbers does a layer learn?


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

# 4. What moves along?

commutes = Question(
    answer={"A", "B", "D", "F"},
    mistakes=[
        (
            {"A", "B", "C", "D", "F"},
            "C: moved by one pixel, other pixels share a square. Which of them is the "
            "largest can change.",
        ),
        (
            {"A", "B", "D"},
            "One is missing: does the normalisation ask where a pixel stands?",
        ),
        (
            {"A", "D", "F"},
            "One is missing: ReLU looks at one number at a time.",
        ),
        (
            {"A", "B", "C", "F"},
            "Look at C and D again: at which pixels does a window stand, before the "
            "move and after it?",
        ),
        (
            {"A", "B", "D", "E", "F"},
            "E: a dense layer has its own weights for each pixel, so at another place "
            "the same thing meets other weights.",
        ),
        (
            {"A", "B", "F"},
            "One is missing: with stride 1 a window stands at every pixel.",
        ),
        (
            {"A", "B", "D", "F", "G"},
            "G: the same corner at another place gets another number added.",
        ),
        (
            {"C", "E", "G"},
            "These are the ones that do not.",
        ),
    ],
    hints=[
        "Ask of each: does it treat every pixel, or every window, alike?",
        "There are four. With stride 2 half of the windows are left out, E has its own "
        "weights for each place, and G its own number.",
    ],
)

# 5. How far does a neuron look?


def _receptive_field(layers: list[tuple[int, int, int]]) -> int:
    field, step = 1, 1  # pixels seen; pixels between two neighbours of this layer
    for kernel, stride, dilation in layers:
        field += (kernel - 1) * dilation * step
        step *= stride
    return field


def _strides_ignored(layers: list[tuple[int, int, int]]) -> int:
    return 1 + sum((kernel - 1) * dilation for kernel, _, dilation in layers)


def _own_stride_first(layers: list[tuple[int, int, int]]) -> int:
    field, step = 1, 1
    for kernel, stride, dilation in layers:
        step *= stride
        field += (kernel - 1) * dilation * step
    return field


def _dilation_ignored(layers: list[tuple[int, int, int]]) -> int:
    return _receptive_field([(kernel, stride, 1) for kernel, stride, _ in layers])


def _whole_kernels(layers: list[tuple[int, int, int]]) -> int:
    field, step = 0, 1
    for kernel, stride, dilation in layers:
        field += kernel * dilation * step
        step *= stride
    return field


def _holes_after_the_last(layers: list[tuple[int, int, int]]) -> int:
    return _receptive_field([(kernel * d, stride, 1) for kernel, stride, d in layers])


def _last_stride_only(layers: list[tuple[int, int, int]]) -> int:
    field, step = 1, 1
    for kernel, stride, dilation in layers:
        field += (kernel - 1) * dilation * step
        step = stride
    return field


def _begins_at_zero(layers: list[tuple[int, int, int]]) -> int:
    return _receptive_field(layers) - 1


receptive_field = Exercise(
    solution=_receptive_field,
    cases=[
        ([(3, 1, 1), (3, 1, 1)],),
        ([(5, 1, 1), (2, 2, 1), (3, 1, 1), (2, 2, 1), (3, 1, 1)],),
        ([(3, 1, 1), (3, 1, 2), (3, 1, 4)],),
        ([(7, 2, 1), (3, 2, 1), (3, 1, 2)],),
    ],
    mistakes={
        _strides_ignored: "After a stride of 2, neighbours stand two pixels apart.",
        _own_stride_first: (
            "A layer's own stride counts for the layers after it, not for itself."
        ),
        _dilation_ignored: "A kernel with holes adds (kernel - 1) * dilation.",
        _holes_after_the_last: (
            "A kernel of 3 with dilation 2 is 5 pixels wide, not 6: no hole follows "
            "its last pixel."
        ),
        _last_stride_only: (
            "The strides multiply: after two strides of 2, neighbours stand 4 pixels "
            "apart."
        ),
        _begins_at_zero: (
            "One pixel is missing: without any layer, a pixel sees itself, so begin "
            "with 1."
        ),
        _whole_kernels: (
            "Each layer adds kernel - 1, not kernel: one pixel of it was seen before."
        ),
    },
    hints=[
        "Carry two numbers from layer to layer: the pixels seen, and how many pixels "
        "lie between two neighbours.",
        "Begin with field = 1, step = 1. For each layer, add (kernel - 1) * dilation * "
        "step to the field, and then multiply the step by the stride.",
    ],
)
