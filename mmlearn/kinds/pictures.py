"""A column of pictures."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mmlearn.data.corpus import Corpus
from mmlearn.encoders import ConvEncoder
from mmlearn.kinds.same import check_same
from mmlearn.kinds.scale import floor
from mmlearn.preprocess.image import channel_statistics, normalise, resize, shift


@dataclass(frozen=True)
class Pictures:
    """Pictures uint8 [N, C, H, W], normalised by the training rows: float32."""

    column: str
    shape: tuple[int, ...]
    mean: list[float]
    std: list[float]
    size: int | None = None

    @classmethod
    def fit(cls, corpus: Corpus, column: str, size: int | None = None) -> Pictures:
        """Mean and deviation of each channel over all pictures of the corpus.

        Args:
            size: height and width to make them of first, in pixels: a quarter of the
                pixels takes a quarter of the time. None to leave them as they are.
        """
        pictures = corpus[column] if size is None else resize(corpus[column], size)
        mean, std = channel_statistics(pictures)
        scale = floor(torch.tensor(mean), torch.tensor(std), 1e-4)
        return cls(column, corpus[column].shape[1:], mean, scale.tolist(), size)

    def __call__(self, corpus: Corpus) -> Tensor:
        """Normalised pictures float32 [N, C, H, W], or [N, C, size, size]."""
        pictures = check_same(corpus, self.column, self.shape)
        if self.size is not None:
            pictures = resize(pictures, self.size)
        return normalise(pictures, self.mean, self.std)

    def vary(self, pictures: Tensor) -> Tensor:
        """Each picture moved by up to a 28th of its width, at least a pixel."""
        return shift(pictures, max(1, round(pictures.shape[-1] / 28)))

    def encoder(self, d_model: int, pool: bool, dropout: float) -> nn.Module:
        """A small convolutional network, trained from scratch."""
        return ConvEncoder(d_model, channels=len(self.mean), pool=pool)

    def __str__(self) -> str:
        return "pictures"
