"""Frames to tokens, with the time at which each was taken."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mmlearn.attention import AttentionStack
from mmlearn.batch import Padded, Tokens, masked_mean
from mmlearn.encoders.doors import float_steps
from mmlearn.positions import sinusoid


class VideoEncoder(nn.Module):
    """An image encoder on every frame, then attention across time.

    A frame's tokens carry a sinusoid of its number; a masked frame is a gap in time.

    Args:
        frame_encoder: any image encoder that gives P tokens for each frame; this
            encoder has the same d_model.
        depth: with 0 no token sees another frame, and the pooled video is a bag of
            frames: their order is lost.
        pool: whether to give one token, the mean over the real frames.

    Raises:
        TypeError: when frame_encoder has no d_model, or frames are not of the model's
            dtype (normalise whole numbers first; see `float_steps`).
        ValueError: when frame_encoder gives other than P tokens per frame, for an odd
            d_model, and as `AttentionStack` does.
    """

    def __init__(
        self,
        frame_encoder: nn.Module,
        depth: int = 1,
        heads: int = 4,
        pool: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        d_model = getattr(frame_encoder, "d_model", None)
        if not isinstance(d_model, int):
            raise TypeError(
                f"frame_encoder {type(frame_encoder).__name__} has no d_model; "
                "expected an image encoder such as ConvEncoder or PatchEncoder"
            )
        self.d_model, self.pool = d_model, pool
        self.frame_encoder: Any = frame_encoder
        self.norm = nn.LayerNorm(d_model)
        self.stack = AttentionStack(d_model, depth, heads, dropout)

    def forward(self, video: Padded | Tensor) -> Tokens:
        """Float [B, T, C, H, W], or Padded, to Tokens.

        They are [B, 1, D] when `pool`, else [B, T * P, D]; `grid` is then (T, H', W')
        where the image encoder keeps its grid.
        """
        like = next(self.parameters())
        padded = float_steps(video, 3, "video", like, "normalise it")
        frames = padded.values.shape[1]
        tokens = self.frame_encoder(padded)
        if tokens.values.shape[1] % frames:
            raise ValueError(
                f"frame_encoder gives {tokens.values.shape[1]} tokens for {frames} "
                "frames; expected the same number for each"
            )
        steps = tokens.values.shape[1] // frames
        values = self.norm(tokens.values)
        time = sinusoid(frames, self.d_model, values).repeat_interleave(steps, dim=0)
        values = self.stack(values + time, tokens.mask)
        if not self.pool:
            return Tokens(values, tokens.mask, tokens.grid)
        mean = masked_mean(values, tokens.mask).unsqueeze(1)
        return Tokens(mean, padded.present.unsqueeze(1))
