"""A picture file to a tensor, resized, normalised and varied."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms import v2

from mmlearn.data.decode import files
from mmlearn.preprocess.arrays import as_tensor
from mmlearn.preprocess.scale import Numbers, check_scale


def read_image(path: str | Path) -> Tensor:
    """A picture file as RGB, uint8 [3, H, W]; transparency is laid on white.

    Grey, palette, CMYK and 16-bit pictures too; `data.decode.files.read_picture` says
    how.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: naming the file, when it is not a picture or is cut short.
    """
    return torch.from_numpy(files.read_picture(path).pixels)


def resize(images: np.ndarray | Tensor, size: int) -> Tensor:
    """Pictures uint8 [N, C, H, W] to uint8 [N, C, size, size], smoothed first.

    Raises:
        ValueError: when there are not four axes, when a picture has no pixels, or when
            size is below 1.
        TypeError: when the pictures are not uint8, or size is not a whole number.
    """
    images = _pictures(images)
    if isinstance(size, bool) or not hasattr(size, "__index__"):
        raise TypeError(f"size is {size!r}; expected a whole number of pixels")
    if operator.index(size) < 1:
        raise ValueError(f"size is {size}; expected 1 or more pixels")
    return v2.functional.resize(images, [operator.index(size)] * 2, antialias=True)


def channel_statistics(images: np.ndarray | Tensor) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each channel of uint8 [N, C, H, W], as 0 to 1.

    Take them from the training split alone, and use them for every split. A channel
    that is the same everywhere has deviation 0 exactly.

    Raises:
        ValueError: when there are not four axes, or fewer than two pixels in all.
        TypeError: when the pictures are not uint8.
    """
    images = _pictures(images)
    pixels = len(images) * images.shape[2] * images.shape[3]
    if pixels < 2:
        raise ValueError(
            f"images are {list(images.shape)}; expected two pixels or more in all: one "
            "has no deviation"
        )
    scaled = images.to(torch.float32) / 255
    mean, std = scaled.mean(dim=(0, 2, 3)), scaled.std(dim=(0, 2, 3))
    # Rounding leaves a deviation to a channel that has none.
    constant = images.amax(dim=(0, 2, 3)) == images.amin(dim=(0, 2, 3))
    return mean.tolist(), std.masked_fill(constant, 0).tolist()


def normalise(images: np.ndarray | Tensor, mean: Numbers, std: Numbers) -> Tensor:
    """Pictures uint8 [N, C, H, W] to float32 with mean 0 and deviation 1 per channel.

    Films [N, T, C, H, W] and one picture [C, H, W] are normalised in the same way.

    Args:
        mean: C numbers, on a scale of 0 to 1: a list, a tensor or an array.
        std: as mean.

    Raises:
        TypeError: when the pictures are not uint8.
        ValueError: when there are fewer than three axes, or when mean or std has other
            than C numbers; naming the channel, when a deviation is not positive.
    """
    images = as_tensor(images)
    if images.dtype != torch.uint8:
        raise TypeError(f"images are {images.dtype}; expected uint8, 0 to 255")
    if images.ndim < 3:
        raise ValueError(f"images are {list(images.shape)}; expected [N, C, H, W]")
    means, deviations = as_tensor(mean), as_tensor(std)
    channels = images.shape[-3]
    if not means.shape == deviations.shape == (channels,):
        raise ValueError(
            f"{_count(means)} means and {_count(deviations)} deviations for images "
            f"{list(images.shape)}; expected one per channel"
        )
    check_scale(means, deviations, channels, "channel", like=torch.empty(0))
    scaled = v2.functional.to_dtype(images, torch.float32, scale=True)
    return v2.functional.normalize(scaled, means.tolist(), deviations.tolist())


def augment(
    images: Tensor, vary: Callable[[Tensor], Tensor] | None = None, together: int = 8
) -> Tensor:
    """Vary the pictures float [N, C, H, W] a little, for training only.

    Args:
        vary: any torchvision.transforms.v2 transform; by default small rotations,
            shifts and changes of size.
        together: how many pictures are varied alike, since v2 draws once per call: 1
            varies each by itself, and takes about 8 times as long as 8.

    Raises:
        ValueError: when together is below 1 or there are not four axes.
    """
    if together < 1:
        raise ValueError(f"together is {together}; expected 1 or more pictures")
    if images.ndim != 4:
        raise ValueError(f"images are {list(images.shape)}; expected [N, C, H, W]")
    vary = vary or v2.RandomAffine(degrees=10, translate=(0.1, 0.1), scale=(0.9, 1.1))
    return torch.cat([vary(part) for part in images.split(together)])


def shift(images: Tensor, most: int) -> Tensor:
    """Move each picture of a float [N, C, H, W] by -`most` to `most` pixels each way.

    For training only. Each picture moves by itself; what comes in repeats its border.

    Raises:
        ValueError: when most is not 0 to the smaller side less 1, or there are not four
            axes.
    """
    if images.ndim != 4:
        raise ValueError(f"images are {list(images.shape)}; expected [N, C, H, W]")
    height, width = images.shape[2:]
    if not 0 <= most < min(height, width):
        raise ValueError(f"most is {most}; expected 0 to {min(height, width) - 1}")
    by = torch.randint(-most, most + 1, (2, len(images), 1)).to(images.device)
    y = (torch.arange(height, device=images.device) - by[0]).clamp(0, height - 1)
    x = (torch.arange(width, device=images.device) - by[1]).clamp(0, width - 1)
    sample = torch.arange(len(images), device=images.device)[:, None, None]
    return images[sample, :, y[:, :, None], x[:, None, :]].permute(0, 3, 1, 2)


def add_noise(
    images: np.ndarray | Tensor, sigma: float, generator: torch.Generator
) -> Tensor:
    """Add Gaussian noise of deviation `sigma` to float pictures, in their own unit.

    Raises:
        TypeError: when the pictures are not float (noise in whole numbers would wrap at
            0 and 255).
        ValueError: when sigma is negative or not finite.
    """
    images = as_tensor(images)
    if not images.is_floating_point():
        raise TypeError(
            f"images are {images.dtype}; expected float: normalise them first"
        )
    if not (math.isfinite(sigma) and sigma >= 0):
        raise ValueError(f"sigma is {sigma}; expected 0 or more")
    noise = torch.randn(images.shape, generator=generator)
    return images + sigma * noise.to(images)


def _pictures(images: np.ndarray | Tensor) -> Tensor:
    """Pictures uint8 [N, C, H, W] with a pixel in each.

    Raises:
        ValueError: when there are not four axes, or a picture has no pixels.
        TypeError: when the pictures are not uint8.
    """
    images = as_tensor(images)
    if images.ndim != 4:
        raise ValueError(f"images are {list(images.shape)}; expected [N, C, H, W]")
    if images.dtype != torch.uint8:
        raise TypeError(f"images are {images.dtype}; expected uint8, 0 to 255")
    if 0 in images.shape[1:]:
        raise ValueError(f"images are {list(images.shape)}; expected a pixel in each")
    return images


def _count(numbers: Tensor) -> str:
    return str(len(numbers)) if numbers.ndim == 1 else str(list(numbers.shape))
