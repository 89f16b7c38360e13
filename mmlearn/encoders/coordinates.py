"""Pictures whose pixels say where they stand."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmlearn.batch import Padded, Tokens
from mmlearn.encoders.image import ConvEncoder, pictures


class CoordConv(nn.Module):
    """Row and column as two more channels of a picture (Liu et al., 2018).

    A convolution looks for the same shape everywhere and does not know where it is.
    Whoever has to say "left of" needs the difference of two places. Of numbers that
    grow evenly that is one subtraction; of sinusoids it has to be learned.

    Args:
        inner: gets the picture's channels and two more.

    Raises:
        ValueError: when `inner` has fewer than 3 channels, one of them the picture's.
    """

    def __init__(self, inner: ConvEncoder) -> None:
        super().__init__()
        if inner.channels < 3:
            raise ValueError(
                f"inner has {inner.channels} channels; expected 3 or more: those of "
                "the picture, its rows and its columns"
            )
        self.inner, self.d_model = inner, inner.d_model

    def forward(self, image: Padded | Tensor) -> Tokens:
        """Float [B, C, H, W], or Padded [B, T, C, H, W], to the tokens of `inner`.

        Rows and columns go from -1 to 1, whatever the size of the picture.
        """
        weight = self.inner.project.weight
        padded = pictures(image, self.inner.channels - 2, weight)
        height, width = padded.values.shape[3:]
        row, column = (
            torch.linspace(-1, 1, n, dtype=weight.dtype, device=weight.device)
            for n in (height, width)
        )
        places = torch.stack(
            [row[:, None].expand(-1, width), column.expand(height, -1)]
        )  # [2, H, W]
        batch, steps = padded.mask.shape
        places = places.expand(batch, steps, -1, -1, -1)
        values = torch.cat([padded.values, places], dim=2)
        tokens: Tokens = self.inner(Padded(values, padded.mask))
        return tokens
