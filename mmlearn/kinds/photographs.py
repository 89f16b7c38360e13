"""A column of photographs, as a network trained on ImageNet sees them."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from mmlearn.data.corpus import Corpus
from mmlearn.encoders import EfficientNetEncoder, FeatureEncoder
from mmlearn.features import features

_LONG = 200  # pictures, from which on a bar is shown


@dataclass(frozen=True)
class Photographs:
    """Pictures uint8 [N, 3, H, W] to features float32 [N, 1280], computed once.

    The network is EfficientNet-Lite0, frozen; it wants pictures of 224 x 224 pixels,
    so load them so: `folder.load(..., size=224)`. For drawings, spectrograms, and
    whatever else ImageNet has none of, `Pictures` may serve better: compare.
    """

    column: str
    size: int  # of the corpus' pictures, the shorter side
    network: EfficientNetEncoder = field(default_factory=EfficientNetEncoder)

    @classmethod
    def fit(cls, corpus: Corpus, column: str) -> Photographs:
        """Nothing is learned from the corpus: the network is what it is."""
        return cls(column, min(corpus[column].shape[2:]))

    def __call__(self, corpus: Corpus) -> Tensor:
        """Features float32 [N, 1280], from the cache where they are there."""
        pictures = corpus[self.column]
        found = features(self.network, pictures, progress=len(pictures) > _LONG)
        return torch.from_numpy(found.copy())  # the cache's own is read-only

    def encoder(self, d_model: int, pool: bool, dropout: float) -> nn.Module:
        """A LayerNorm and a linear layer, on the features."""
        return FeatureEncoder(self.network.d_model, d_model, pool=pool, dropout=dropout)

    def __str__(self) -> str:
        small = self.size < self.network.size // 2
        lost = (
            f" that wants {self.network.size} pixels, not {self.size}" if small else ""
        )
        return f"photographs, by a frozen network{lost}"
