"""Tokens of several modalities to one `Fused`: one file a fusion."""

from mmlearn.fusion.attention import SelfAttentionFusion
from mmlearn.fusion.concat import ConcatFusion
from mmlearn.fusion.fused import Fused
from mmlearn.fusion.separate import Separate

__all__ = ["ConcatFusion", "Fused", "SelfAttentionFusion", "Separate"]
