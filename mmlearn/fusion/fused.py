"""What every fusion returns, and what all of them need to get there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmlearn.batch import Tokens


@dataclass(frozen=True)
class Fused:
    """What every fusion returns and every head reads.

    Args:
        vector: float [B, D], all modalities in one.
        tokens: each modality's tokens [B, T_m, D] after mixing, with their grids; a
            decoder or a detector reads them, and `join` makes one sequence of them.
        pooled: each modality [B, D] before any mixing; contrastive and late heads read
            it, so that no text has seen the image it is to find. Zero where it is
            absent.
        present: bool [B, M], in the order of the keys of `pooled`.
        weights: what a figure needs (gates, attention), only when asked for.
    """

    vector: Tensor
    tokens: dict[str, Tokens]
    pooled: dict[str, Tensor]
    present: Tensor
    weights: dict[str, Tensor] | None = None


def check_modalities(modalities: Sequence[str]) -> tuple[str, ...]:
    """The names as a tuple.

    Raises:
        ValueError: when there is none, or one twice.
    """
    if not modalities or isinstance(modalities, str):
        raise ValueError(f"modalities is {modalities!r}; expected a list of names")
    if len(set(modalities)) != len(modalities):
        raise ValueError(f"modalities {list(modalities)} name one twice")
    return tuple(modalities)


def complete(
    tokens: Mapping[str, Tokens], modalities: Sequence[str], d_model: int
) -> dict[str, Tokens]:
    """The tokens in the fusion's own order; an absent modality as one masked step.

    So a dict built in another order gives the same result, and a modality that the
    batch does not have equals one that is masked in every sample.

    Raises:
        ValueError: when a modality is not one of the fusion's, when all are absent, or
            when a width is not d_model, naming both.
    """
    unknown = sorted(set(tokens) - set(modalities))
    if unknown:
        raise ValueError(f"modality {unknown[0]!r} is not one of {list(modalities)}")
    if not tokens:
        raise ValueError(f"no modality is there; expected some of {list(modalities)}")
    for name, item in tokens.items():
        if item.values.shape[-1] != d_model:
            raise ValueError(
                f"{name} tokens have width {item.values.shape[-1]}, but the fusion's "
                f"d_model is {d_model}"
            )
    known = next(iter(tokens.values()))
    nothing = Tokens(
        known.values.new_zeros(len(known.values), 1, d_model),
        known.mask.new_zeros(len(known.values), 1),
    )
    return {name: tokens.get(name, nothing) for name in modalities}


def join(tokens: Mapping[str, Tokens]) -> Tokens:
    """All modalities one after another: Tokens [B, sum of T_m, D]."""
    return Tokens(
        torch.cat([item.values for item in tokens.values()], dim=1),
        torch.cat([item.mask for item in tokens.values()], dim=1),
    )


def part(values: Tensor, tokens: Mapping[str, Tokens]) -> dict[str, Tokens]:
    """The inverse of `join`: values [B, sum of T_m, D] back to each modality's."""
    lengths = [item.mask.shape[1] for item in tokens.values()]
    parts = zip(tokens.items(), values.split(lengths, dim=1), strict=True)
    return {name: item.with_values(own) for (name, item), own in parts}


def pool_each(tokens: Mapping[str, Tokens]) -> tuple[dict[str, Tensor], Tensor]:
    """Each modality's mean [B, D], and which are present, bool [B, M]."""
    pooled = {name: item.pooled() for name, item in tokens.items()}
    present = torch.stack([item.present for item in tokens.values()], dim=1)
    return pooled, present
