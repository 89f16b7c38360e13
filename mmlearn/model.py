"""A multimodal model is encoders, a fusion and a head; any of each fits any other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from mmlearn.batch import Batch, Data, check_batch
from mmlearn.batch.check import KNOWN
from mmlearn.batch.data import CHUNK
from mmlearn.encoders.weights import load_weights
from mmlearn.fusion.fused import Fused
from mmlearn.made_for import compare, metadata


class MultimodalModel(nn.Module):
    """Encoders by modality, one fusion, one head.

    Modalities of the batch for which there is no encoder are ignored; an encoder whose
    modality is not in the batch is not run.

    Args:
        encoders: modality -> encoder.
        fusion: mixes the encoders' tokens; of the same modalities.
        head: see `mmlearn.heads.head.Head` for what it must have.

    Raises:
        ValueError: at construction, when two widths (d_model) disagree, or the
            encoders' and the fusion's modalities do, naming both; in `forward`, when
            the batch has none of the encoders' modalities.
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
        """What the head reads; with weights=True, also what a figure needs."""
        known = [name for name in self.encoders if name in batch]
        if not known:
            raise ValueError(
                f"the batch has {sorted(batch)}; expected some of "
                f"{sorted(self.encoders)}"
            )
        tokens = {name: self.encoders[name](batch[name]) for name in known}
        return self.fusion(tokens, weights=weights)

    def forward(self, batch: Batch) -> Any:
        """A Batch of B samples to what the head gives: logits [B, C] for `Classify`."""
        return self.head(self.fuse(batch), batch)

    def check(self, batch: Batch, targets: bool = False) -> None:
        """Inspect the values of a batch: see `check_batch` for what is refused.

        An encoder that knows more about its values has a `check` of its own, and so has
        every head.

        Args:
            batch: the samples to check.
            targets: whether the head's targets must be there; where they are, they are
                checked in any case.
        """
        sizes = {}
        for name, encoder in self.encoders.items():
            size = getattr(encoder, "vocabulary_size", None)
            if isinstance(size, int):
                sizes[name] = size
        read = {k: x for k, x in batch.items() if k in self.encoders}
        if not read:
            raise ValueError(
                f"the batch has no modality of {sorted(self.encoders)}, only "
                f"{sorted(batch)}"
            )
        check_batch(read, None, sizes, modalities=list(read))
        for name, encoder in self.encoders.items():
            if name in batch and callable(look := getattr(encoder, "check", None)):
                look(batch[name])
        if targets or all(name in batch for name in self.head.targets):
            self.head.check(batch)

    def check_data(self, data: Data, targets: bool = True) -> None:
        """`check` a whole data set, some samples at a time; errors count from 0.

        Raises:
            ValueError: when the data has no samples, when targets are asked for and one
                of them is known in no sample, and as `check` does.
        """
        if len(data) == 0:
            raise ValueError("the data has no sample; expected at least one")
        unknown = set(self.head.targets) if targets else set()
        for start in range(0, len(data), CHUNK):
            batch = data[torch.arange(start, min(start + CHUNK, len(data)))]
            try:
                self.check(batch, targets)
            except ValueError as fault:
                raise ValueError(_counted_from(start, str(fault))) from None
            for name in list(unknown):
                flags = batch.get(name + KNOWN)
                if not isinstance(flags, Tensor) or bool(flags.any()):
                    unknown.remove(name)
        if unknown:
            raise ValueError(
                f"{sorted(unknown)[0]!r} is known in no sample; expected at least one"
            )

    def save(self, path: str | Path) -> None:
        """Write a finished model's weights: one safetensors file, whole or not at all.

        Frozen parameters are left out, as `load` expects: the tower brings its own.
        """
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        frozen = {name for name, p in self.named_parameters() if not p.requires_grad}
        weights = {
            name: x.detach().cpu().contiguous().clone()
            for name, x in self.state_dict().items()
            if name not in frozen
        }
        unfinished = path.with_name(path.name + ".unfinished")
        save_file(weights, unfinished, metadata=metadata(self))
        unfinished.replace(path)

    def load(self, path: str | Path) -> None:
        """Read weights that `save` wrote, into a model that is built alike.

        Raises:
            FileNotFoundError: when there is no such file.
            ValueError: naming file and tensor, when the file is damaged, lacks a
                tensor, has one too many, or one of another shape; and when a part was
                trained on another preparation than this model's (another vocabulary).
        """
        compare(self, Path(path))
        load_weights(self, path, own_frozen=True)


def _counted_from(start: int, fault: str) -> str:
    """Renumber "sample 3: ..." of the samples from `start` on, to count among all."""
    return re.sub(
        r"^sample (\d+)", lambda found: f"sample {start + int(found[1])}", fault
    )


def _agree(name_a: str, a: nn.Module, name_b: str, b: nn.Module) -> None:
    for name, part in ((name_a, a), (name_b, b)):
        if not isinstance(getattr(part, "d_model", None), int):
            raise TypeError(
                f"{name} is a {type(part).__name__} without d_model; expected one of "
                "mmlearn's, or a module of your own that has it"
            )
    if a.d_model != b.d_model:
        raise ValueError(
            f"{name_a} has d_model {a.d_model}, but {name_b} has d_model {b.d_model}"
        )
