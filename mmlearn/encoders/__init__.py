"""A modality's tensor to `Tokens` [B, T, D] and a mask: one file a modality."""

from mmlearn.encoders.audio import SpectrogramEncoder
from mmlearn.encoders.image import ConvEncoder
from mmlearn.encoders.text import RecurrentEncoder

__all__ = ["ConvEncoder", "RecurrentEncoder", "SpectrogramEncoder"]
