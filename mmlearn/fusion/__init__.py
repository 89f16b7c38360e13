"""Tokens of several modalities to one `Fused`: one file per fusion."""

from mmlearn.fusion.attention import SelfAttentionFusion
from mmlearn.fusion.bottleneck import BottleneckFusion
from mmlearn.fusion.concat import ConcatFusion
from mmlearn.fusion.cross import CrossAttentionFusion
from mmlearn.fusion.dropout import ModalityDropout
from mmlearn.fusion.fused import Fused
from mmlearn.fusion.gated import GatedFusion
from mmlearn.fusion.low_rank import LowRankFusion
from mmlearn.fusion.separate import Separate
from mmlearn.fusion.tensor import TensorFusion

__all__ = [
    "BottleneckFusion",
    "ConcatFusion",
    "CrossAttentionFusion",
    "Fused",
    "GatedFusion",
    "LowRankFusion",
    "ModalityDropout",
    "SelfAttentionFusion",
    "Separate",
    "TensorFusion",
]
