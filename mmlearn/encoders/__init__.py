"""A modality's tensor to `Tokens` [B, T, D] and a mask: one file per modality."""

from mmlearn.encoders.audio import SpectrogramEncoder
from mmlearn.encoders.coordinates import CoordConv
from mmlearn.encoders.features import FeatureEncoder
from mmlearn.encoders.image import ConvEncoder, PatchEncoder
from mmlearn.encoders.letters import LettersEncoder
from mmlearn.encoders.network import TorchvisionEncoder
from mmlearn.encoders.ngrams import PiecesEncoder
from mmlearn.encoders.photographs import EfficientNetEncoder
from mmlearn.encoders.pretrained import MiniLMEncoder
from mmlearn.encoders.sensor import SensorEncoder
from mmlearn.encoders.speech import SpeechEncoder
from mmlearn.encoders.table import TableEncoder
from mmlearn.encoders.text import RecurrentEncoder, TransformerEncoder
from mmlearn.encoders.video import VideoEncoder

__all__ = [
    "ConvEncoder",
    "CoordConv",
    "EfficientNetEncoder",
    "FeatureEncoder",
    "LettersEncoder",
    "MiniLMEncoder",
    "PatchEncoder",
    "PiecesEncoder",
    "RecurrentEncoder",
    "SensorEncoder",
    "SpectrogramEncoder",
    "SpeechEncoder",
    "TableEncoder",
    "TorchvisionEncoder",
    "TransformerEncoder",
    "VideoEncoder",
]
