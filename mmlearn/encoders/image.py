"""Pictures to tokens."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from mmlearn.attention import AttentionStack
from mmlearn.batch import Padded, Tokens, zero_masked
from mmlearn.encoders.doors import float_steps
from mmlearn.positions import sinusoid_grid


def pictures(
    image: Padded | Tensor,
    channels: int,
    like: Tensor,
    remedy: str = "normalise it",
) -> Padded:
    """Spell out the short form: float [B, C, H, W] to [B, 1, C, H, W].

    Args:
        like: a parameter of the model, whose dtype the picture must have.
        remedy: what makes whole numbers of that dtype.

    Raises:
        TypeError: when the picture has another dtype.
        ValueError: when it has other than `channels` channels; see `float_steps`.
    """
    padded = float_steps(image, 3, "image", like, remedy, short=True)
    found = padded.values.shape[2]
    if found != channels:
        raise ValueError(f"image has {found} channels; expected {channels}")
    return padded


def by_sample(
    values: Tensor, mask: Tensor, grid: tuple[int, int] | None = None
) -> Tokens:
    """Tokens of single frames, [B * T, P, D], to one sequence per sample.

    Args:
        mask: bool [B, T]; a frame where it is False is masked entirely.
        grid: of one frame, (H', W') with H' * W' = P; for T > 1 it becomes (T, H', W').

    Returns:
        Tokens [B, T * P, D].
    """
    (batch, frames), steps = mask.shape, values.shape[1]
    values = values.unflatten(0, (batch, frames)).flatten(1, 2)
    mask = mask.repeat_interleave(steps, dim=1)
    whole = grid if grid is None or frames == 1 else (frames, *grid)
    return Tokens(zero_masked(values, mask), mask, whole)


class ConvEncoder(nn.Module):
    """A small convolutional network: convolution, pooling, GroupNorm, ReLU, repeated.

    A grid's tokens carry sinusoids of their positions. GroupNorm (Wu and He, 2018) uses
    no statistics across samples.

    Args:
        widths: the channels after each convolution; each halves height and width.
        pool: whether to give one token per frame.
        cells: pooling keeps `cells` x `cells` regions apart: *where* a stroke is tells
            a 6 from a 9.

    Raises:
        TypeError: when the picture is not of the model's dtype (normalise whole numbers
            first).
        ValueError: when it has other than `channels` channels, is too small to be
            halved that often, or when a width cannot be divided into groups of 8.
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
        """Float [B, C, H, W], or Padded [B, T, C, H, W] (T frames), to Tokens.

        They are [B, T, D] when `pool`, else the flattened grid [B, T * H' * W', D],
        where H' is H / 2**len(widths); `grid` is then (H', W'), or (T, H', W') for more
        than one frame.
        """
        padded = pictures(image, self.channels, self.project.weight)
        height, width = padded.values.shape[3:]
        if min(height, width) < self.shrink:
            raise ValueError(
                f"image is {height} x {width}; expected {self.shrink} or more per side"
            )
        maps = self.layers(padded.values.flatten(0, 1))  # [B * T, width, H', W']
        if self.pool:
            return by_sample(self.project(self.regions(maps)).unsqueeze(1), padded.mask)
        rows, columns = maps.shape[2:]
        values = self.norm(self.project(maps.flatten(2).mT))  # [B * T, H' * W', D]
        values = values + sinusoid_grid(rows, columns, self.d_model, values)
        return by_sample(values, padded.mask, (rows, columns))


class PatchEncoder(nn.Module):
    """Squares of the picture as words of a sentence: ViT (Dosovitskiy et al., 2021).

    A patch looks only at those of its own frame: `VideoEncoder` joins the frames.

    Args:
        patch: side of a square, in pixels.
        pool: whether to give one token per frame, the mean of its patches.

    Raises:
        TypeError: when the picture is not of the model's dtype (normalise whole numbers
            first).
        ValueError: when it has other than `channels` channels, when `patch` does not
            divide its sides, when d_model is not a multiple of 4, and as
            `AttentionStack` does.
    """

    def __init__(
        self,
        d_model: int,
        channels: int = 3,
        patch: int = 8,
        depth: int = 2,
        heads: int = 4,
        pool: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.d_model, self.channels, self.pool = d_model, channels, pool
        self.patch = patch
        # A convolution that never overlaps is one linear layer for every patch.
        self.embedding = nn.Conv2d(channels, d_model, kernel_size=patch, stride=patch)
        self.dropout = nn.Dropout(dropout)
        self.stack = AttentionStack(d_model, depth, heads, dropout)

    def forward(self, image: Padded | Tensor) -> Tokens:
        """Float [B, C, H, W], or Padded [B, T, C, H, W] (T frames), to Tokens.

        They are [B, T, D] when `pool`, else [B, T * H' * W', D], where H' is H / patch;
        `grid` is then (H', W'), or (T, H', W') for more than one frame.
        """
        padded = pictures(image, self.channels, self.embedding.weight)
        height, width = padded.values.shape[3:]
        if height % self.patch or width % self.patch or not height * width:
            raise ValueError(
                f"image is {height} x {width}; expected sides that are multiples of "
                f"patch {self.patch}"
            )
        maps = self.embedding(padded.values.flatten(0, 1))  # [B * T, D, H', W']
        rows, columns = maps.shape[2:]
        patches = maps.flatten(2).mT  # [B * T, H' * W', D]
        patches = patches + sinusoid_grid(rows, columns, self.d_model, patches)
        every = padded.mask.flatten().unsqueeze(1).expand(-1, rows * columns)
        values = self.stack(self.dropout(patches), every)
        if self.pool:
            return by_sample(values.mean(dim=1, keepdim=True), padded.mask)
        return by_sample(values, padded.mask, (rows, columns))
