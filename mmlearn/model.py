"""A multimodal model is encoders, a fusion and a head; any of each fits any other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from mmlearn.batch import Batch, check_batch
from mmlearn.fusion.fused import Fused


class MultimodalModel(nn.Module):
    """Encoders by modality, one fusion, one head.

    Shapes: a Batch of B samples -> what the head gives, logits [B, C] for `Classify`.
    Modalities of the batch for which there is no encoder are not looked at; an encoder
    whose modality the batch does not have is not run.

    Raises ValueError at construction when two widths (d_model) disagree, or the
    encoders' and the fusion's modalities do, naming both; in `forward` when the batch
    has none of the encoders' modalities.
    """

    encoders: nn.ModuleDict
    fusion: Any
    head: Any

    def __init__(
        self, encoders: Mapping[str, nn.Module], fusion: nn.Module, head: nn.Module
    ) -> None:
        super().__init__()
        for name, encoder in encoders.items():
            _agree(f"encoder {name!r}", encoder, "the fusion", fusion)
        _agree("the head", head, "the fusion", fusion)
        read, mixed = set(encoders), set(fusion.modalities)  # type: ignore[arg-type]
        if read != mixed:
            raise ValueError(
                f"the encoders are for {sorted(read)}, the fusion for {sorted(mixed)}"
            )
        self.encoders = nn.ModuleDict(dict(encoders))
        self.fusion = fusion
        self.head = head

    def fuse(self, batch: Batch, weights: bool = False) -> Fused:
        """What the head reads; with weights=True, what a figure needs as well."""
        known = [name for name in self.encoders if name in batch]
        if not known:
            raise ValueError(
                f"the batch has {sorted(batch)}; expected some of "
                f"{sorted(self.encoders)}"
            )
        tokens = {name: self.encoders[name](batch[name]) for name in known}
        return self.fusion(tokens, weights=weights)

    def forward(self, batch: Batch) -> Any:
        return self.head(self.fuse(batch))

    def check(self, batch: Batch) -> None:
        """Look at the values of a batch: see `check_batch` for what is refused.

        An encoder that knows more about its values has a `check` of its own.
        """
        sizes = {}
        for name, encoder in self.encoders.items():
            size = getattr(encoder, "vocabulary_size", None)
            if isinstance(size, int):
                sizes[name] = size
        read = {k: x for k, x in batch.items() if k in self.encoders or k == "label"}
        check_batch(read, getattr(self.head, "classes", None), sizes)
        for name, encoder in self.encoders.items():
            if name in batch and callable(look := getattr(encoder, "check", None)):
                look(batch[name])


def _agree(name_a: str, a: nn.Module, name_b: str, b: nn.Module) -> None:
    if a.d_model != b.d_model:
        raise ValueError(
            f"{name_a} has d_model {a.d_model}, but {name_b} has d_model {b.d_model}"
        )
