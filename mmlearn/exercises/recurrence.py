"""Exercises of notebook 04."""

import math

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise

# 1. One step


def _step_case(seed: int, b: int, d: int, h: int) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    shapes = ((b, d), (b, h), (h, h), (h, d), (h,))  # x, h, W, U, b
    return tuple(torch.randn(shape, generator=generator) / 2 for shape in shapes)


def _step(x: Tensor, h: Tensor, W: Tensor, U: Tensor, b: Tensor) -> Tensor:
    return torch.tanh(h @ W.T + x @ U.T + b)


def _not_squashed(x: Tensor, h: Tensor, W: Tensor, U: Tensor, b: Tensor) -> Tensor:
    return h @ W.T + x @ U.T + b


def _logistic(x: Tensor, h: Tensor, W: Tensor, U: Tensor, b: Tensor) -> Tensor:
    return torch.sigmoid(h @ W.T + x @ U.T + b)


def _without_state(x: Tensor, h: Tensor, W: Tensor, U: Tensor, b: Tensor) -> Tensor:
    return torch.tanh(x @ U.T + b)


def _not_transposed(x: Tensor, h: Tensor, W: Tensor, U: Tensor, b: Tensor) -> Tensor:
    return torch.tanh(h @ W + x @ U.T + b)


def _swapped(x: Tensor, h: Tensor, W: Tensor, U: Tensor, b: Tensor) -> Tensor:
    return torch.tanh(x @ W.T + h @ U.T + b)


step = Exercise(
    solution=_step,
    cases=[_step_case(0, 1, 2, 3), _step_case(1, 4, 5, 2), _step_case(2, 2, 3, 6)],
    mistakes={
        _not_squashed: "This is what goes into the tanh: squash it.",
        _logistic: "nn.RNNCell squashes with tanh, which can be negative.",
        _without_state: "The state before, h, is not used: nothing is remembered.",
        _not_transposed: (
            "W and U act on columns; here states are rows, so both are transposed."
        ),
        _swapped: "W reads the state, U the input: here it is the other way round.",
    },
    hints=[
        "For a single row the formula is W h + U x + b; for rows under each other, "
        "the product is turned round.",
        "`h @ W.T` is [B, H]. Add what U makes of x, add b, then `torch.tanh`.",
    ],
)

# 2. Clipping by norm


def _gradients(seed: int, scale: float, limit: float) -> tuple[list[Tensor], float]:
    generator = torch.Generator().manual_seed(seed)
    shapes = ((3, 2), (3,), (1, 3))
    made = [scale * torch.randn(shape, generator=generator) for shape in shapes]
    return made, limit


def _clip(gradients: list[Tensor], limit: float) -> list[Tensor]:
    norm = torch.stack([g.square().sum() for g in gradients]).sum().sqrt()
    factor = torch.clamp(limit / norm, max=1.0)
    return [g * factor for g in gradients]


def _each_its_own(gradients: list[Tensor], limit: float) -> list[Tensor]:
    return [g * torch.clamp(limit / g.norm(), max=1.0) for g in gradients]


def _by_value(gradients: list[Tensor], limit: float) -> list[Tensor]:
    return [g.clamp(-limit, limit) for g in gradients]


def _always(gradients: list[Tensor], limit: float) -> list[Tensor]:
    norm = torch.stack([g.square().sum() for g in gradients]).sum().sqrt()
    return [g * limit / norm for g in gradients]


def _sum_of_norms(gradients: list[Tensor], limit: float) -> list[Tensor]:
    norm = torch.stack([g.norm() for g in gradients]).sum()
    return [g * torch.clamp(limit / norm, max=1.0) for g in gradients]


clip = Exercise(
    solution=_clip,
    cases=[_gradients(0, 5.0, 1.0), _gradients(1, 0.01, 1.0), _gradients(2, 1.0, 2.0)],
    mistakes={
        _each_its_own: (
            "Each tensor has its own factor here: that turns the direction. Take one "
            "norm over all numbers together."
        ),
        _by_value: (
            "This cuts number by number, which turns the direction. Scale all alike."
        ),
        _always: "A gradient below the limit must stay as it is: no factor above 1.",
        _sum_of_norms: (
            "The norm of all is not the sum of the norms: add the squares, then take "
            "the root."
        ),
    },
    hints=[
        "One norm over all numbers of all tensors, then one factor for all of them.",
        "norm = root of the sum of all `g.square().sum()`; the factor is limit / norm, "
        "but never above 1.",
    ],
)

# 3. The memory of an LSTM


def _memory_case(seed: int, b: int, h: int) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(4, b, h, generator=generator).unbind()


def _memory(c: Tensor, i: Tensor, f: Tensor, g: Tensor) -> Tensor:
    return f.sigmoid() * c + i.sigmoid() * g.tanh()


def _gates_swapped(c: Tensor, i: Tensor, f: Tensor, g: Tensor) -> Tensor:
    return i.sigmoid() * c + f.sigmoid() * g.tanh()


def _raw_gates(c: Tensor, i: Tensor, f: Tensor, g: Tensor) -> Tensor:
    return f * c + i * g.tanh()


def _raw_candidate(c: Tensor, i: Tensor, f: Tensor, g: Tensor) -> Tensor:
    return f.sigmoid() * c + i.sigmoid() * g


def _nothing_squashed(c: Tensor, i: Tensor, f: Tensor, g: Tensor) -> Tensor:
    return f * c + i * g


def _candidate_as_a_gate(c: Tensor, i: Tensor, f: Tensor, g: Tensor) -> Tensor:
    return f.sigmoid() * c + i.sigmoid() * g.sigmoid()


def _forget_means_forget(c: Tensor, i: Tensor, f: Tensor, g: Tensor) -> Tensor:
    return (1 - f.sigmoid()) * c + i.sigmoid() * g.tanh()


memory = Exercise(
    solution=_memory,
    cases=[_memory_case(0, 1, 3), _memory_case(1, 4, 2)],
    mistakes={
        _gates_swapped: "The forget gate f is for the old memory c, i for the new g.",
        _raw_gates: "A gate is a number between 0 and 1: where is the sigmoid?",
        _raw_candidate: "The candidate g is squashed by tanh before it is let in.",
        _nothing_squashed: "Nothing is squashed: i and f take the sigmoid, g tanh.",
        _candidate_as_a_gate: (
            "g is no gate: tanh squashes it, so that what is added may be negative."
        ),
        _forget_means_forget: (
            "A forget gate of 1 keeps everything: the name says the opposite of what "
            "the number does."
        ),
    },
    hints=[
        "Old memory times its gate, plus new candidate times its gate.",
        "Squash each gate by `.sigmoid()`: the first term is `f.sigmoid() * c`.",
    ],
)

# 4. How long does a gate keep?


def _half_life_bias(steps: int) -> float:
    gate = 0.5 ** (1 / steps)
    return math.log(gate / (1 - gate))


def _the_gate(steps: int) -> float:
    return 0.5 ** (1 / steps)


def _to_one_in_e(steps: int) -> float:
    gate = math.exp(-1 / steps)
    return math.log(gate / (1 - gate))


def _log_steps(steps: int) -> float:
    return math.log(steps)


def _log_twice(steps: int) -> float:
    return math.log(2 * steps)


def _halved_each_step(steps: int) -> float:
    gate = 1 - 0.5 / steps
    return math.log(gate / (1 - gate))


half_life_bias = Exercise(
    solution=_half_life_bias,
    cases=[(2,), (10,), (100,)],
    mistakes={
        _the_gate: "This is the gate itself; the bias is what sigmoid turns into it.",
        _to_one_in_e: "After so many steps 1/e is left here; a half is asked for.",
        _log_steps: "log T leaves about 1/e after T steps; a half is asked for.",
        _log_twice: (
            "log 2T leaves more than a half. Which gate, to the power T, is a half?"
        ),
        _halved_each_step: (
            "The gate multiplies at each step: its T-th power is to be a half."
        ),
    },
    hints=[
        "First the gate f with f to the power of `steps` = 1/2, then the bias.",
        "f = 0.5 ** (1 / steps); sigmoid(b) = f for b = log(f / (1 - f)).",
    ],
)

# 5. The last valid state


def _states(seed: int, lengths: list[int], h: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    return torch.randn(*mask.shape, h, generator=generator), mask


def _last_state(states: Tensor, mask: Tensor) -> Tensor:
    last = mask.sum(dim=1) - 1
    return states[torch.arange(len(states)), last]


def _last_column(states: Tensor, mask: Tensor) -> Tensor:
    return states[:, -1]


def _one_too_early(states: Tensor, mask: Tensor) -> Tensor:
    return states[torch.arange(len(states)), mask.sum(dim=1) - 2]


def _zeroed_then_last(states: Tensor, mask: Tensor) -> Tensor:
    return (states * mask.unsqueeze(-1))[:, -1]


def _every_pair(states: Tensor, mask: Tensor) -> Tensor:
    return states[:, mask.sum(dim=1) - 1]


last_state = Exercise(
    solution=_last_state,
    cases=[
        _states(0, [3, 5, 2], 2),
        _states(1, [4, 2], 3),
        _states(2, [2, 6, 3, 6], 1),
    ],
    mistakes={
        _last_column: (
            "`[:, -1]` is the last column of the batch: for a short sequence that is "
            "padding."
        ),
        _one_too_early: "One step too early: a sequence of length 3 ends at index 2.",
        _zeroed_then_last: (
            "Zeroing the padding does not move the last state: short sequences give 0."
        ),
        _every_pair: (
            "`:` takes all samples for every length, [B, B, H]; pair each sample with "
            "its own, by `torch.arange(B)`."
        ),
    },
    hints=[
        "How long is each sequence? The mask knows.",
        "`mask.sum(dim=1) - 1` is the index of the last real step; index both axes, "
        "the first by `torch.arange(len(states))`.",
    ],
)
