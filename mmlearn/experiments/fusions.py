"""The fusions by short names, so that a command line can choose among them.

fusion, head = mixed("gated", ["image", "text"], 64, head)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from torch import nn

from mmlearn.fusion import (
    BottleneckFusion,
    ConcatFusion,
    CrossAttentionFusion,
    GatedFusion,
    LowRankFusion,
    SelfAttentionFusion,
    Separate,
    TensorFusion,
)
from mmlearn.heads import Classify, LateClassify

FUSIONS: dict[str, Callable[..., nn.Module]] = {
    "concat": ConcatFusion,
    "gated": GatedFusion,
    "tensor": TensorFusion,
    "low-rank": LowRankFusion,
    "attention": SelfAttentionFusion,
    "cross": CrossAttentionFusion,
    "bottleneck": BottleneckFusion,
}
LATE = "late"


def mixed(
    name: str, modalities: Sequence[str], d_model: int, head: nn.Module, **options: Any
) -> tuple[nn.Module, nn.Module]:
    """A fusion of that name, and the head that goes with it.

    Late fusion has a head of its own kind, with an opinion of each modality: for it,
    and from it, a head of classes is exchanged; any other head stays as it is.

    Args:
        name: of `FUSIONS`, or "late".
        options: of the fusion; one that this fusion does not have is left out.

    Raises:
        ValueError: for another name; for "late" with a head that has no classes.
    """
    if name == LATE:
        if not isinstance(head, Classify | LateClassify):
            raise ValueError(
                f"late fusion averages opinions on classes; found {type(head).__name__}"
                f". Fix: another fusion, {', '.join(FUSIONS)}"
            )
        if isinstance(head, Classify):
            head = LateClassify(modalities, d_model, head.classes, target=head.target)
        return Separate(modalities, d_model), head
    if name not in FUSIONS:
        raise ValueError(
            f"no fusion is called {name!r}; expected {', '.join([LATE, *FUSIONS])}"
        )
    if isinstance(head, LateClassify):
        head = Classify(d_model, head.classes, target=head.target)
    known = inspect.signature(FUSIONS[name]).parameters
    fitting = {key: value for key, value in options.items() if key in known}
    return FUSIONS[name](modalities, d_model, **fitting), head
