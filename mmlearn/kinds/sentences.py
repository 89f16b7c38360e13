"""A column of English texts, as a network trained on sentences reads them."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import nn

from mmlearn.batch import Padded
from mmlearn.data.corpus import Corpus
from mmlearn.encoders import FeatureEncoder, MiniLMEncoder
from mmlearn.kinds.texts import texts_of

_TOGETHER = 64  # texts that the network reads at once


@dataclass(frozen=True)
class Sentences:
    """Texts to one vector each, float32 [N, 1, 384], by MiniLM, frozen.

    Where there are few texts this knows more of their words than a network from scratch
    can learn. An empty text is a text that is missing. The network reads the texts of a
    corpus when the data are made, once per row.
    """

    column: str
    network: MiniLMEncoder = field(default_factory=MiniLMEncoder)

    @classmethod
    def fit(cls, corpus: Corpus, column: str) -> Sentences:
        """Nothing is learned from the corpus: the network is what it is."""
        return cls(column)

    @torch.no_grad()
    def __call__(self, corpus: Corpus) -> Padded:
        """Vectors float32 [N, 1, 384], zero where a text is missing.

        Raises:
            TypeError: when the column is not a list of texts.
        """
        texts = texts_of(corpus, self.column)
        there = [i for i, text in enumerate(texts) if text.strip()]
        values = torch.zeros(len(texts), 1, self.network.d_model)
        mask = torch.zeros(len(texts), 1, dtype=torch.bool)
        for start in range(0, len(there), _TOGETHER):
            rows = there[start : start + _TOGETHER]
            pieces = self.network.tokenize([texts[i] for i in rows])
            values[rows] = self.network.eval()(pieces).values
            mask[rows] = True
        return Padded(values, mask)

    def encoder(self, d_model: int, pool: bool, dropout: float) -> nn.Module:
        """A LayerNorm and a linear layer, on the vectors."""
        return FeatureEncoder(self.network.d_model, d_model, pool=pool, dropout=dropout)

    def __str__(self) -> str:
        return "texts, by a frozen network"
