"""What each modality contributes, from what every subset of them is worth."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from mmlearn.batch import Batch, TensorData, Tokens, whole_numbers
from mmlearn.explain.scores import class_scores
from mmlearn.model import MultimodalModel

Values = dict[frozenset[str], Tensor]


def log_probability(output: Any, batch: Batch) -> Tensor:
    """What a sample is worth: the log-probability (nats) of its label, float [B]."""
    label = whole_numbers(batch["label"], "label")
    scores = class_scores(output).log_softmax(dim=-1)
    return scores.gather(1, label[:, None]).squeeze(1)


def correct(output: Any, batch: Batch) -> Tensor:
    """What a sample is worth: 1 where the most likely class is its label, else 0."""
    label = whole_numbers(batch["label"], "label")
    return (class_scores(output).argmax(dim=-1) == label).float()


@torch.no_grad()
def subset_values(
    model: MultimodalModel,
    data: TensorData,
    value: Callable[[Any, Batch], Tensor] = log_probability,
    batch_size: int = 512,
) -> Values:
    """What each subset of the modalities is worth, per sample: subset -> float [N].

    The others are masked, as if never recorded; the empty set is the model without any
    input. Encoders run once, fusion and head 2^M times. A model that was not trained
    with missing modalities (modality dropout) answers for inputs that it does not know:
    the values then say what it needs, not what each modality knows.

    Args:
        value: a function of the head's output and a batch, giving float [B].

    Raises:
        ValueError: as `check_batch` does, or when a value is not finite (a fusion that
            cannot do without input).
    """
    model.check_data(data)
    model.eval()
    data = data.to(next(model.parameters()).device)
    names = sorted(set(model.encoders) & set(data.columns))
    parts: dict[frozenset[str], list[Tensor]] = {s: [] for s in _subsets(names)}
    for start in range(0, len(data), batch_size):
        batch = data[slice(start, start + batch_size)]
        tokens = {name: model.encoders[name](batch[name]) for name in names}
        hidden = {name: _masked(item) for name, item in tokens.items()}
        for subset, each in parts.items():
            seen = {m: (tokens if m in subset else hidden)[m] for m in names}
            output = model.head(model.fusion(seen), batch)
            each.append(value(output, batch).cpu())
    values = {subset: torch.cat(each) for subset, each in parts.items()}
    for subset, worth in values.items():
        if not bool(worth.isfinite().all()):
            raise ValueError(f"with {sorted(subset)} alone a value is not finite")
    return values


def ablation(values: Mapping[frozenset[str], Tensor]) -> dict[str, Tensor]:
    """What is lost without each modality: v(all) - v(all but m), [N] per modality.

    Two modalities that say the same both get nothing: each can be spared.

    Raises:
        ValueError: as `shapley` does.
    """
    everyone = _players(values)
    return {
        name: values[everyone] - values[everyone - {name}] for name in sorted(everyone)
    }


def shapley(values: Mapping[frozenset[str], Tensor]) -> dict[str, Tensor]:
    """Each modality's share of v(all) - v(none), exactly; [N] per modality.

    The mean, over all orders in which modalities can join, of what each adds when it
    joins (Shapley, 1953): over the subsets S without m, the sum of
    |S|! (M - |S| - 1)! / M! * (v(S + m) - v(S)). The shares add up to v(all) -
    v(none); two modalities that say the same share equally.

    Raises:
        ValueError: when not all of the 2^M subsets are there, naming one.
    """
    everyone = _players(values)
    count = len(everyone)
    shares = {}
    for name in sorted(everyone):
        share = torch.zeros_like(values[everyone])
        for subset in _subsets(everyone - {name}):
            orders = math.factorial(len(subset)) * math.factorial(
                count - len(subset) - 1
            )
            gain = values[subset | {name}] - values[subset]
            share = share + orders / math.factorial(count) * gain
        shares[name] = share
    return shares


def _players(values: Mapping[frozenset[str], Tensor]) -> frozenset[str]:
    """All modalities.

    Raises:
        ValueError: naming it, when a subset of them has no value.
    """
    everyone = frozenset().union(*values)
    for subset in _subsets(everyone):
        if subset not in values:
            raise ValueError(
                f"the subset {sorted(subset)} has no value; expected all "
                f"{2 ** len(everyone)} subsets of {sorted(everyone)}"
            )
    return everyone


def _subsets(names: frozenset[str] | list[str]) -> list[frozenset[str]]:
    """All 2^M subsets, the empty one first; the order of the names does not matter."""
    ordered = sorted(names)
    sizes = range(len(ordered) + 1)
    return [
        frozenset(chosen)
        for size in sizes
        for chosen in itertools.combinations(ordered, size)
    ]


def _masked(tokens: Tokens) -> Tokens:
    """The same steps, none of them real."""
    return Tokens(
        torch.zeros_like(tokens.values), torch.zeros_like(tokens.mask), tokens.grid
    )
