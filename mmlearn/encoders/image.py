"""Pictures to tokens."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from mmlearn.batch import Padded, Tokens, as_padded
from mmlearn.positions import sinusoid_grid


class ConvEncoder(nn.Module):
    """A small convolutional network: convolution, pooling, GroupNorm, ReLU, repeated.

    Shapes: float [B, C, H, W], or Padded [B, T, C, H, W] (T frames), to Tokens
    [B, T, D] when `pool`, else to the flattened grid [B, T * H' * W', D], where H' is
    H / 2**len(widths); `grid` is then (H', W'), or (T, H', W') for more than one frame.
    Pooling keeps `cells` x `cells` regions apart: *where* a stroke is tells a 6 from a
    9; a grid's tokens carry sinusoids that say where they stand. GroupNorm (Wu and He,
    2018) uses no statistics across samples.

    Raises TypeError when the picture is not float (normalise it first), ValueError
    when it has other than `channels` channels, is too small to be halved that often,
    or when a width cannot be divided into groups of 8.
    """

    def __init__(
        self,
        d_model: int,
        channels: int = 3,
        widths: Sequence[int] = (32, 64, 128),
        pool: bool = True,
        cells: int = 3,
    ) -> None:
        super().__init__()
        if any(width % 8 for width in widths):
            raise ValueError(f"widths are {tuple(widths)}; expected multiples of 8")
        self.d_model, self.channels, self.pool = d_model, channels, pool
        self.shrink = 2 ** len(widths)
        layers: list[nn.Module] = []
        for before, after in zip((channels, *widths), widths, strict=False):
            layers += [
                nn.Conv2d(before, after, kernel_size=3, padding=1),
                nn.MaxPool2d(2),
                nn.GroupNorm(after // 8, after),
                nn.ReLU(),
            ]
        self.layers = nn.Sequential(*layers)
        self.regions = nn.Sequential(nn.AdaptiveAvgPool2d(cells), nn.Flatten())
        self.project = nn.Linear(widths[-1] * (cells**2 if pool else 1), d_model)
        self.norm = nn.Identity() if pool else nn.LayerNorm(d_model)

    def forward(self, image: Padded | Tensor) -> Tokens:
        padded = as_padded(image, item_ndim=3)
        pictures = padded.values
        batch, frames, channels, height, width = pictures.shape
        if not pictures.is_floating_point():
            raise TypeError(f"image is {pictures.dtype}; expected float: normalise it")
        if channels != self.channels:
            raise ValueError(f"image has {channels} channels; expected {self.channels}")
        if min(height, width) < self.shrink:
            raise ValueError(
                f"image is {height} x {width}; expected {self.shrink} or more a side"
            )
        maps = self.layers(pictures.flatten(0, 1))  # [B * T, width, H', W']
        if self.pool:
            values = self.project(self.regions(maps)).unflatten(0, (batch, frames))
            mask, grid = padded.mask, None
        else:
            rows, columns = maps.shape[2:]
            values = self.norm(self.project(maps.flatten(2).mT))  # [B * T, H' * W', D]
            values = values + sinusoid_grid(rows, columns, self.d_model, values)
            values = values.unflatten(0, (batch, frames)).flatten(1, 2)
            mask = padded.mask.repeat_interleave(rows * columns, dim=1)
            grid = (rows, columns) if frames == 1 else (frames, rows, columns)
        return Tokens(values * mask.unsqueeze(-1), mask, grid)
