"""Vectors that a frozen network has computed beforehand, to tokens."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mmlearn.batch import Padded, Tokens, zero_masked
from mmlearn.encoders.doors import float_steps


class FeatureEncoder(nn.Module):
    """A linear layer on features that were computed once: the end of a frozen tower.

    The frozen network then runs once, not in every epoch.

    Args:
        features: F, for example the 384 numbers of a `MiniLMEncoder`.
        pool: whether to give one token, the mean over the real steps.
        hidden: the width of a layer in between, with GELU; None for none.

    Raises:
        ValueError: when a step has other than F numbers.
        TypeError: when they are not of the model's dtype; see `float_steps`.
    """

    def __init__(
        self,
        features: int,
        d_model: int,
        pool: bool = True,
        dropout: float = 0.0,
        hidden: int | None = None,
    ) -> None:
        super().__init__()
        self.features, self.d_model, self.pool = features, d_model, pool
        layers = [nn.LayerNorm(features), nn.Dropout(dropout)]
        layers += [nn.Linear(features, hidden or d_model)]
        if hidden:
            layers += [nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, d_model)]
        self.layers: Any = nn.Sequential(*layers)

    def forward(self, vectors: Padded | Tensor) -> Tokens:
        """Float [B, T, F], or Padded, or [B, F] (T = 1), to Tokens.

        They are [B, 1, D] when `pool`, else [B, T, D].
        """
        like = self.layers[2].weight
        padded = float_steps(vectors, 1, "features", like, short=True)
        if padded.values.shape[2] != self.features:
            raise ValueError(
                f"a step has {padded.values.shape[2]} features; expected "
                f"{self.features}"
            )
        values = zero_masked(self.layers(padded.values), padded.mask)
        tokens = Tokens(values, padded.mask)
        if not self.pool:
            return tokens
        return Tokens(tokens.pooled().unsqueeze(1), padded.present.unsqueeze(1))
