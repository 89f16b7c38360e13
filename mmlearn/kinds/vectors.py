"""A column of vectors, such as a frozen network computes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.data.corpus import Corpus
from mmlearn.encoders import FeatureEncoder
from mmlearn.kinds.same import check_same


@dataclass(frozen=True)
class Vectors:
    """Vectors float [N, F] as they are: float32 [N, F]."""

    column: str
    features: int

    @classmethod
    def fit(cls, corpus: Corpus, column: str) -> Vectors:
        """The number of features; nothing else of the values."""
        return cls(column, corpus[column].shape[1])

    def __call__(self, corpus: Corpus) -> Tensor:
        """The vectors, float32 [N, F]."""
        vectors = check_same(corpus, self.column, (self.features,))
        return torch.from_numpy(np.array(vectors, dtype=np.float32))

    def encoder(self, d_model: int, pool: bool, dropout: float) -> nn.Module:
        """A LayerNorm and a linear layer."""
        return FeatureEncoder(self.features, d_model, pool=pool, dropout=dropout)

    def __str__(self) -> str:
        return f"vectors of {self.features}"
