"""A picture file to a tensor, resized, normalised and varied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms import v2

from mmlearn.data import files


def read_image(path: str | Path) -> Tensor:
    """A picture file as RGB, uint8 [3, H, W]; transparency is laid on white.

    Grey, palette, CMYK and 16-bit pictures too; see `mmlearn.data.files.read_picture`.

    Raises FileNotFoundError when there is no such file, ValueError, naming the file,
    when it is not a picture or is cut short.
    """
    return torch.from_numpy(files.read_picture(path).pixels)


def resize(images: np.ndarray | Tensor, size: int) -> Tensor:
    """Pictures uint8 [N, C, H, W] to uint8 [N, C, size, size], smoothed first.

    Raises ValueError when there are not four axes, TypeError when not uint8.
    """
    images = torch.as_tensor(images)
    if images.ndim != 4:
        raise ValueError(f"images are {list(images.shape)}; expected [N, C, H, W]")
    if images.dtype != torch.uint8:
        raise TypeError(f"images are {images.dtype}; expected uint8, 0 to 255")
    return v2.functional.resize(images, [size, size], antialias=True)


def channel_statistics(images: np.ndarray | Tensor) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each channel of uint8 [N, C, H, W], as 0 to 1.

    Take them from the training split alone, and use them for every split.
    """
    scaled = torch.as_tensor(images).to(torch.float32) / 255
    return scaled.mean(dim=(0, 2, 3)).tolist(), scaled.std(dim=(0, 2, 3)).tolist()


def normalise(
    images: np.ndarray | Tensor, mean: Sequence[float], std: Sequence[float]
) -> Tensor:
    """Pictures uint8 [N, C, H, W] to float32 with mean 0 and deviation 1 a channel.

    Raises TypeError when the pictures are not uint8, ValueError when mean or std have
    other than C numbers.
    """
    images = torch.as_tensor(images)
    if images.dtype != torch.uint8:
        raise TypeError(f"images are {images.dtype}; expected uint8, 0 to 255")
    if not len(mean) == len(std) == images.shape[-3]:
        raise ValueError(
            f"{len(mean)} means and {len(std)} deviations for images "
            f"{list(images.shape)}; expected one a channel"
        )
    scaled = v2.functional.to_dtype(images, torch.float32, scale=True)
    return v2.functional.normalize(scaled, list(mean), list(std))


def augment(
    images: Tensor, vary: Callable[[Tensor], Tensor] | None = None, together: int = 8
) -> Tensor:
    """Vary the pictures float [N, C, H, W] a little, for training only.

    vary: any torchvision.transforms.v2 transform; by default small turns, shifts and
    changes of size. v2 draws once a call, so `together` pictures are varied alike: 1
    varies each by itself, and takes about 8 times as long as 8.
    """
    vary = vary or v2.RandomAffine(degrees=10, translate=(0.1, 0.1), scale=(0.9, 1.1))
    return torch.cat([vary(part) for part in images.split(together)])


def add_noise(images: Tensor, sigma: float, generator: torch.Generator) -> Tensor:
    """Add Gaussian noise of deviation `sigma` to float pictures, in their own unit."""
    noise = torch.randn(images.shape, generator=generator)
    return images + sigma * noise.to(images)
