"""`Fused` to a task's output, with its loss and its metrics: one file per task."""

from mmlearn.heads.caption import Caption
from mmlearn.heads.classify import Classify
from mmlearn.heads.contrast import Contrast
from mmlearn.heads.head import Head, Loss
from mmlearn.heads.late import LateClassify
from mmlearn.heads.regress import Regress
from mmlearn.heads.several import Several
from mmlearn.heads.speak import Speak
from mmlearn.heads.tags import Tag
from mmlearn.heads.transcribe import Transcribe

__all__ = [
    "Caption",
    "Classify",
    "Contrast",
    "Head",
    "LateClassify",
    "Loss",
    "Regress",
    "Several",
    "Speak",
    "Tag",
    "Transcribe",
]
