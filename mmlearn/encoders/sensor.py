"""Windows of a sensor to tokens."""

from __future__ import annotations

from torch import Tensor, nn

from mmlearn.batch import Padded, Tokens
from mmlearn.encoders.doors import float_steps
from mmlearn.encoders.series import SeriesConvolutions


class SensorEncoder(nn.Module):
    """Masked convolutions over time (see `SeriesConvolutions`), as for a spectrogram.

    Channels differ in their units: bring each to mean 0 and deviation 1, as measured on
    the training split, first.

    Args:
        channels: three for the axes of an accelerometer, six with a gyroscope.
        depth: a token sees 1 + 4 * (2**depth - 1) steps: 29 at depth 3, which at 50 Hz
            is .6 s.
        pool: whether to give one token, the mean over the real steps.

    Raises:
        ValueError: when a step has other than `channels` numbers, or when depth is not
            positive.
        TypeError: when they are not of the model's dtype; see `float_steps`.
    """

    def __init__(
        self,
        channels: int,
        d_model: int,
        width: int = 64,
        depth: int = 3,
        pool: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.channels, self.d_model = channels, d_model
        self.layers = SeriesConvolutions(channels, d_model, width, depth, pool, dropout)

    def forward(self, sensor: Padded | Tensor) -> Tokens:
        """Float [B, T, channels], or Padded, to Tokens.

        They are [B, 1, D] when `pool`, else [B, ceil(T / 2**depth), D].
        """
        padded = float_steps(sensor, 1, "sensor", self.layers.project.weight)
        channels = padded.values.shape[2]
        if channels != self.channels:
            raise ValueError(
                f"sensor has {channels} channels; expected {self.channels}"
            )
        return self.layers(padded)
