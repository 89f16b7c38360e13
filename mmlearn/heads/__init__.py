"""`Fused` to a task's output, with its loss: one file a task."""

from mmlearn.heads.classify import Classify
from mmlearn.heads.contrast import Contrast
from mmlearn.heads.late import LateClassify

__all__ = ["Classify", "Contrast", "LateClassify"]
