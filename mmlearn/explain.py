"""What a model looks at, and what each modality contributes.

Each method is here because it fits a screen. captum goes further where a screen does
not do: layer attributions (`LayerIntegratedGradients` for token embeddings,
`LayerGradCam`), DeepLift, averaging over noise (`NoiseTunnel`), Shapley values by
sampling where there are too many players for all subsets, and measures of how far an
explanation can be trusted (infidelity, sensitivity).

All of them explain the model, not the world: what it uses, not what would help.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from mmlearn.batch import Batch, Padded, TensorData, Tokens
from mmlearn.model import MultimodalModel

Values = dict[frozenset[str], Tensor]


@torch.no_grad()
def fusion_weights(model: MultimodalModel, batch: Batch) -> dict[str, Tensor]:
    """What the fusion weighs with (attention, gates), in evaluation mode, [B, ...].

    Attention says where a layer looked, which is not yet what mattered (Jain and
    Wallace, 2019).

    Raises ValueError when the fusion has no weights to show.
    """
    model.eval()
    weights = model.fuse(batch, weights=True).weights
    if not weights:
        raise ValueError(f"{type(model.fusion).__name__} has no weights to show")
    return weights


@torch.no_grad()
def attention_by_modality(model: MultimodalModel, batch: Batch) -> Tensor:
    """How much the summary token looks at each modality, [B, depth, M], mean of heads.

    For `SelfAttentionFusion`; M in the order of fusion.modalities. What is left to 1
    is what the summary gives to itself.

    Raises ValueError when the fusion has no attention with a summary token first.
    """
    attention = fusion_weights(model, batch).get("attention")
    names = list(model.fusion.modalities)
    # A modality that the batch does not have is one masked step in the sequence.
    lengths = [
        model.encoders[m](batch[m]).mask.shape[1] if m in batch else 1 for m in names
    ]
    if attention is None or attention.shape[-2:] != (1 + sum(lengths),) * 2:
        raise ValueError(
            f"{type(model.fusion).__name__} has no attention over a summary token and "
            f"the tokens of {names}; expected a SelfAttentionFusion"
        )
    summary = attention[..., 0, 1:].mean(dim=2)  # [B, depth, sum of T_m]
    parts = summary.split(lengths, dim=-1)
    return torch.stack([part.sum(dim=-1) for part in parts], dim=-1)


def gradients(
    model: MultimodalModel, batch: Batch, modality: str, target: Tensor | None = None
) -> Tensor:
    """The gradient of a class score by the input, in the shape of its values.

    target: int64 [B], the class to explain; by default the predicted one. The score
    is the head's: a logit, or a log-probability. (Simonyan et al., 2014.)

    Raises ValueError when the batch does not have the modality, or when the head gives
    no score a class; TypeError for token numbers, which have no gradient.
    """
    values = _continuous(batch, modality)
    return _gradient(model, batch, modality, values, _target(model, batch, target))


def integrated_gradients(
    model: MultimodalModel,
    batch: Batch,
    modality: str,
    target: Tensor | None = None,
    baseline: Tensor | float = 0.0,
    steps: int = 32,
) -> Tensor:
    """The gradient along the way from a baseline, times the way; shape of the values.

    The attributions of a sample add up to score(input) - score(baseline), the closer
    the more steps (Sundararajan et al., 2017): look whether they do. baseline: what
    stands for "nothing", and the choice matters; 0 is the mean of a normalised input.

    Raises what `gradients` does, and ValueError when steps is not positive.
    """
    if steps < 1:
        raise ValueError(f"steps is {steps}; expected 1 or more")
    values = _continuous(batch, modality)
    target = _target(model, batch, target)
    column = batch[modality]
    start = torch.zeros_like(values) + baseline
    if isinstance(column, Padded):  # under a False mask there is no way to go
        start = torch.where(_spread(column.mask, values), start, values)
    total = torch.zeros_like(values)
    for step in range(steps):  # the middle of each of `steps` equal parts
        point = start + (step + 0.5) / steps * (values - start)
        total += _gradient(model, batch, modality, point, target)
    return total / steps * (values - start)


@torch.no_grad()
def occlusion(
    model: MultimodalModel,
    batch: Batch,
    size: int,
    stride: int | None = None,
    modality: str = "image",
    target: Tensor | None = None,
    fill: float = 0.0,
) -> Tensor:
    """How far a class score drops when a square of the picture is covered, [B, R, C].

    size: side of the square in pixels. stride: from one square to the next, by default
    `size`; the last row and column of squares end at the edge. fill: the cover's
    value. In a video each frame is covered. (Zeiler and Fergus, 2014.)

    Raises what `gradients` does, and ValueError when the square does not fit.
    """
    values = _continuous(batch, modality)
    height, width = values.shape[-2:]
    stride = size if stride is None else stride
    if not 1 <= size <= min(height, width) or stride < 1:
        raise ValueError(
            f"size is {size}, stride {stride}; expected 1 or more, and a square that "
            f"fits a picture of {height} x {width}"
        )
    target = _target(model, batch, target)
    before = _score(model, batch, target)
    rows, columns = _starts(height, size, stride), _starts(width, size, stride)
    drops = []
    for row, column in itertools.product(rows, columns):
        covered = values.clone()
        covered[..., row : row + size, column : column + size] = fill
        drops.append(before - _score(model, _with(batch, modality, covered), target))
    return torch.stack(drops, dim=1).unflatten(1, (len(rows), len(columns)))


def log_probability(output: Any, batch: Batch) -> Tensor:
    """What a sample is worth: the log-probability (nats) of its label, float [B]."""
    label = batch["label"]
    assert isinstance(label, Tensor)
    scores = _class_scores(output).log_softmax(dim=-1)
    return scores.gather(1, label[:, None]).squeeze(1)


def correct(output: Any, batch: Batch) -> Tensor:
    """What a sample is worth: 1 where the most likely class is its label, else 0."""
    label = batch["label"]
    assert isinstance(label, Tensor)
    return (_class_scores(output).argmax(dim=-1) == label).float()


@torch.no_grad()
def subset_values(
    model: MultimodalModel,
    data: TensorData,
    value: Callable[[Any, Batch], Tensor] = log_probability,
    batch_size: int = 512,
) -> Values:
    """What each subset of the modalities is worth, per sample: subset -> float [N].

    The others are masked, as if never recorded; the empty set is the model without any
    input. Encoders run once, fusion and head 2^M times. value: of the head's output
    and a batch, float [B]. A model that was not trained with missing modalities
    (modality dropout) answers for inputs that it does not know: the values then say
    what it needs, not what each modality knows.

    Raises ValueError as `check_batch` does, or when a value is not finite (a fusion
    that cannot do without input).
    """
    model.check(data.columns)
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
            each.append(value(model.head(model.fusion(seen)), batch).cpu())
    values = {subset: torch.cat(each) for subset, each in parts.items()}
    for subset, worth in values.items():
        if not bool(worth.isfinite().all()):
            raise ValueError(f"with {sorted(subset)} alone a value is not finite")
    return values


def ablation(values: Mapping[frozenset[str], Tensor]) -> dict[str, Tensor]:
    """What is lost without each modality: v(all) - v(all but m), [N] a modality.

    Two modalities that say the same both get nothing: each can be spared.

    Raises ValueError as `shapley` does.
    """
    everyone = _players(values)
    return {
        name: values[everyone] - values[everyone - {name}] for name in sorted(everyone)
    }


def shapley(values: Mapping[frozenset[str], Tensor]) -> dict[str, Tensor]:
    """Each modality's share of v(all) - v(none), exactly; [N] a modality.

    The mean, over all orders in which modalities can join, of what each adds when it
    joins (Shapley, 1953): over the subsets S without m, the sum of
    |S|! (M - |S| - 1)! / M! * (v(S + m) - v(S)). The shares add up to v(all) -
    v(none); two modalities that say the same share alike.

    Raises ValueError when not all of the 2^M subsets are there, naming one.
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
    """All modalities; ValueError when a subset of them has no value."""
    everyone = frozenset().union(*values)
    for subset in _subsets(everyone):
        if subset not in values:
            raise ValueError(
                f"the subset {sorted(subset)} has no value; expected all "
                f"{2 ** len(everyone)} subsets of {sorted(everyone)}"
            )
    return everyone


def _subsets(names: frozenset[str] | list[str]) -> list[frozenset[str]]:
    """All 2^M subsets, the empty one first; the order of the names is of no matter."""
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


def _class_scores(output: Any) -> Tensor:
    """float [B, C]. Raises ValueError when the head does not score classes."""
    scores = output.get("log_probabilities") if isinstance(output, dict) else output
    if not isinstance(scores, Tensor) or scores.ndim != 2:
        raise ValueError("the head gives no score a class; expected a classifier")
    return scores


def _score(model: MultimodalModel, batch: Batch, target: Tensor) -> Tensor:
    return _class_scores(model(batch)).gather(1, target[:, None]).squeeze(1)  # [B]


def _target(model: MultimodalModel, batch: Batch, target: Tensor | None) -> Tensor:
    """The class to explain, int64 [B]; sets evaluation mode."""
    model.eval()
    if target is not None:
        return target
    with torch.no_grad():
        return _class_scores(model(batch)).argmax(dim=-1)


def _gradient(
    model: MultimodalModel, batch: Batch, modality: str, values: Tensor, target: Tensor
) -> Tensor:
    values = values.detach().requires_grad_()
    # In evaluation mode cuDNN's recurrent networks have no backward; torch's own do.
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        total = _score(model, _with(batch, modality, values), target).sum()
        (gradient,) = torch.autograd.grad(total, values, materialize_grads=True)
    column = batch[modality]
    if isinstance(column, Padded):
        gradient = torch.where(_spread(column.mask, gradient), gradient, 0)
    return gradient


def _with(batch: Batch, modality: str, values: Tensor) -> Batch:
    """The batch with other values; under a False mask they become zero."""
    column = batch[modality]
    if isinstance(column, Padded):
        mask = column.mask
        return batch | {
            modality: Padded(torch.where(_spread(mask, values), values, 0), mask)
        }
    return batch | {modality: values}


def _spread(mask: Tensor, values: Tensor) -> Tensor:
    """The mask [B, T] with as many axes as the values [B, T, ...]."""
    return mask.view(*mask.shape, *[1] * (values.ndim - 2))


def _continuous(batch: Batch, modality: str) -> Tensor:
    """The values of a modality, float [B, ...]."""
    if modality not in batch:
        raise ValueError(f"the batch has {sorted(batch)}, but not {modality!r}")
    column = batch[modality]
    values = column.values if isinstance(column, Padded) else column
    if not values.is_floating_point():
        raise TypeError(
            f"{modality} is {values.dtype}: numbers of tokens cannot be changed a "
            "little; captum's LayerIntegratedGradients explains their embeddings"
        )
    return values


def _starts(length: int, size: int, stride: int) -> list[int]:
    """Where squares begin along one side; the last one ends at the edge."""
    starts = list(range(0, length - size + 1, stride))
    return starts if starts[-1] + size == length else [*starts, length - size]
