"""The exercise `slide`, its solution, its mistakes and its hints."""

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise


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
