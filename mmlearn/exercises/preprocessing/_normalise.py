"""The exercise `normalise`, its solution, its mistakes and its hints."""

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise


def _pictures(seed: int, n: int, size: int, train: int) -> tuple[Tensor, Tensor]:
    """Pictures to normalise, and those of the training split, of other brightness."""
    generator = torch.Generator().manual_seed(seed)

    def draw(count: int, low: tuple[int, int, int]) -> Tensor:
        noise = torch.randint(0, 120, (count, 3, size, size), generator=generator)
        return (noise + torch.tensor(low).view(3, 1, 1)).to(torch.uint8)

    return draw(n, (100, 40, 0)), draw(train, (60, 130, 20))


def _normalise(images: Tensor, train: Tensor) -> Tensor:
    images, train = images.float() / 255, train.float() / 255
    mean = train.mean(dim=(0, 2, 3), keepdim=True)  # [1, 3, 1, 1]
    std = train.std(dim=(0, 2, 3), keepdim=True)
    return (images - mean) / std


def _per_image(images: Tensor, train: Tensor) -> Tensor:
    images = images.float() / 255
    mean = images.mean(dim=(2, 3), keepdim=True)
    return (images - mean) / images.std(dim=(2, 3), keepdim=True)


def _whole_image(images: Tensor, train: Tensor) -> Tensor:
    images = images.float() / 255
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return (images - mean) / images.std(dim=(1, 2, 3), keepdim=True)


def _own_statistics(images: Tensor, train: Tensor) -> Tensor:
    return _normalise(images, images)


def _all_channels_alike(images: Tensor, train: Tensor) -> Tensor:
    images, train = images.float() / 255, train.float() / 255
    return (images - train.mean()) / train.std()


def _pixel_by_pixel(images: Tensor, train: Tensor) -> Tensor:
    images, train = images.float() / 255, train.float() / 255
    return (images - train.mean(dim=0)) / train.std(dim=0)


def _not_divided(images: Tensor, train: Tensor) -> Tensor:
    mean = (train.float() / 255).mean(dim=(0, 2, 3), keepdim=True)
    return images.float() / 255 - mean


def _axes_dropped(images: Tensor, train: Tensor) -> Tensor:
    images, train = images.float() / 255, train.float() / 255
    return (images - train.mean(dim=(0, 2, 3))) / train.std(dim=(0, 2, 3))


def _two_scales(images: Tensor, train: Tensor) -> Tensor:
    train = train.float() / 255
    mean = train.mean(dim=(0, 2, 3), keepdim=True)
    return (images.float() - mean) / train.std(dim=(0, 2, 3), keepdim=True)


def _variance(images: Tensor, train: Tensor) -> Tensor:
    images, train = images.float() / 255, train.float() / 255
    mean = train.mean(dim=(0, 2, 3), keepdim=True)
    return (images - mean) / train.var(dim=(0, 2, 3), keepdim=True)


def _divided_by_n(images: Tensor, train: Tensor) -> Tensor:
    train = train.float() / 255
    mean = train.mean(dim=(0, 2, 3), keepdim=True)
    std = train.std(dim=(0, 2, 3), keepdim=True, correction=0)
    return (images.float() / 255 - mean) / std


normalise = Exercise(
    solution=_normalise,
    cases=[_pictures(0, 2, 4, 5), _pictures(1, 3, 6, 4)],
    mistakes={
        _per_image: (
            "Each picture has statistics of its own here, so a dark one and a bright "
            "one look alike. Take one mean and deviation per channel from `train`."
        ),
        _whole_image: "Each picture has its own mean here. Take that of `train`.",
        _own_statistics: (
            "These are statistics of the pictures themselves. In use there may be only "
            "one picture, so take those of `train`."
        ),
        _all_channels_alike: "There is one mean for all three channels: keep axis 1.",
        _pixel_by_pixel: "Each pixel has a mean of its own: average axes 2 and 3 too.",
        _not_divided: "The mean is 0 now, but the deviation is not yet 1.",
        _axes_dropped: (
            "The three means [3] are laid on the last axis, the columns of the "
            "picture. Keep the axes: keepdim=True gives [1, 3, 1, 1]."
        ),
        _two_scales: (
            "The statistics are those of 0 to 1, but the pictures are still 0 to 255."
        ),
        _variance: "This divides by the variance. The deviation is its root.",
        _divided_by_n: (
            "Nearly: this deviation divides by n, and the lesson's by n - 1, as "
            "`torch.std` does unless told otherwise."
        ),
    },
    hints=[
        "Bring both to 0..1 first. Then take the statistics of `train`, per channel.",
        "`train.mean(dim=(0, 2, 3), keepdim=True)` is [1, 3, 1, 1]; `std` likewise.",
    ],
)
