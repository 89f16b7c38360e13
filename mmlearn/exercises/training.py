"""Exercises of notebook 06."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmlearn.exercises.exercise import Exercise, Question

# 1. Cross-entropy


def _logits(
    seed: int, size: int, classes: int, scale: float = 1.0
) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(size, classes, generator=generator)
    return logits, torch.randint(0, classes, (size,), generator=generator)


def _cross_entropy(logits: Tensor, label: Tensor) -> Tensor:
    below = logits - logits.amax(dim=1, keepdim=True)  # [B, C], 0 or less
    log_total = below.exp().sum(dim=1, keepdim=True).log()  # [B, 1]
    return (log_total - below.gather(1, label[:, None])).mean()


def _softmax_twice(logits: Tensor, label: Tensor) -> Tensor:
    return F.cross_entropy(logits.softmax(dim=1), label)


def _overflows(logits: Tensor, label: Tensor) -> Tensor:
    p = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
    return -p.gather(1, label[:, None]).log().mean()


def _underflows(logits: Tensor, label: Tensor) -> Tensor:
    return -logits.softmax(dim=1).gather(1, label[:, None]).log().mean()


def _largest_of_all(logits: Tensor, label: Tensor) -> Tensor:
    below = logits - logits.max()
    log_total = below.exp().sum(dim=1, keepdim=True).log()
    return (log_total - below.gather(1, label[:, None])).mean()


def _summed(logits: Tensor, label: Tensor) -> Tensor:
    return F.cross_entropy(logits, label, reduction="sum")


def _each(logits: Tensor, label: Tensor) -> Tensor:
    return F.cross_entropy(logits, label, reduction="none")


def _over_samples(logits: Tensor, label: Tensor) -> Tensor:
    return -logits.log_softmax(dim=0).gather(1, label[:, None]).mean()


def _without_minus(logits: Tensor, label: Tensor) -> Tensor:
    return -F.cross_entropy(logits, label)


def _of_probability(logits: Tensor, label: Tensor) -> Tensor:
    return 1 - logits.softmax(dim=1).gather(1, label[:, None]).mean()


cross_entropy = Exercise(
    solution=_cross_entropy,
    cases=[_logits(0, 4, 3), _logits(1, 5, 9), _logits(2, 3, 4, scale=500.0)],
    mistakes={
        _softmax_twice: (
            "A softmax is applied twice: these are the logits' probabilities, taken "
            "for logits again. The formula starts from the logits."
        ),
        _overflows: "Logits of 500 overflow in exp: subtract the largest first.",
        _underflows: (
            "Infinite for logits of 500: exp overflows (subtract the largest logit "
            "first), or a probability rounds to 0 (stay with logarithms)."
        ),
        _largest_of_all: (
            "The largest logit of the whole batch is subtracted. In another row all "
            "logits may lie far below it, and exp rounds them to 0: each row its own."
        ),
        _summed: "This is the sum over the batch; the mean is asked for.",
        _each: "This is one loss for each sample; their mean is asked for.",
        _over_samples: "The classes of one sample compete: sum over dim 1, not 0.",
        _without_minus: "The sign is turned round: a loss is small where all is well.",
        _of_probability: "This is 1 - p of the right class; -log p is asked for.",
    },
    hints=[
        "Per sample: the logarithm of the sum of exp(logits), minus the right logit. "
        "Subtract each row's largest logit from the row before anything else.",
        "`below = logits - logits.amax(dim=1, keepdim=True)`; then `below.exp()`, sum, "
        "`log`, and `below.gather(1, label[:, None])` are the right logits.",
    ],
)

# 2. A step of SGD with momentum

Pair = tuple[Tensor, Tensor]


def _place(seed: int, shape: tuple[int, ...], rate: float, momentum: float) -> tuple:
    generator = torch.Generator().manual_seed(seed)
    w, gradient, velocity = torch.randn(3, *shape, generator=generator).unbind()
    return w, gradient, velocity, rate, momentum


def _step(
    w: Tensor, gradient: Tensor, velocity: Tensor, rate: float, momentum: float
) -> Pair:
    velocity = momentum * velocity + gradient
    return w - rate * velocity, velocity


def _uphill(
    w: Tensor, gradient: Tensor, velocity: Tensor, rate: float, momentum: float
) -> Pair:
    velocity = momentum * velocity + gradient
    return w + rate * velocity, velocity


def _old_velocity(
    w: Tensor, gradient: Tensor, velocity: Tensor, rate: float, momentum: float
) -> Pair:
    return w - rate * velocity, momentum * velocity + gradient


def _gradient_only(
    w: Tensor, gradient: Tensor, velocity: Tensor, rate: float, momentum: float
) -> Pair:
    return w - rate * gradient, momentum * velocity + gradient


def _average(
    w: Tensor, gradient: Tensor, velocity: Tensor, rate: float, momentum: float
) -> Pair:
    velocity = momentum * velocity + (1 - momentum) * gradient
    return w - rate * velocity, velocity


def _rate_inside(
    w: Tensor, gradient: Tensor, velocity: Tensor, rate: float, momentum: float
) -> Pair:
    velocity = momentum * velocity - rate * gradient
    return w + velocity, velocity


def _rate_inside_and_minus(
    w: Tensor, gradient: Tensor, velocity: Tensor, rate: float, momentum: float
) -> Pair:
    velocity = momentum * velocity + rate * gradient
    return w - velocity, velocity


def _exchanged(
    w: Tensor, gradient: Tensor, velocity: Tensor, rate: float, momentum: float
) -> Pair:
    w, velocity = _step(w, gradient, velocity, rate, momentum)
    return velocity, w


sgd_step = Exercise(
    solution=_step,
    cases=[
        _place(0, (2,), 0.1, 0.9),
        _place(1, (3, 2), 0.5, 0.0),
        _place(2, (4,), 1.0, 0.5),
    ],
    mistakes={
        _uphill: "The step goes uphill: the gradient points to where the loss grows.",
        _old_velocity: "The step is taken with the old velocity: renew it first.",
        _gradient_only: "The velocity is kept, but the step does not use it.",
        _rate_inside: (
            "The rate is inside the velocity (some books write it so). Here the "
            "velocity adds up gradients, and the rate scales the step."
        ),
        _rate_inside_and_minus: (
            "The velocity adds up steps (rate times gradient). Here it adds up "
            "gradients, and the rate scales the step along it."
        ),
        _exchanged: "The two are exchanged: first the weights, then the velocity.",
        _average: "The gradient is added whole, not (1 - momentum) of it (Adam does).",
    },
    hints=[
        "Two lines: first the new velocity, then the step along it.",
        "`velocity = momentum * velocity + gradient`, and return both.",
    ],
)

# 3. Warm-up and cosine


def _factor(step: int, steps: int, warm_up: int) -> float:
    if step < warm_up:
        return (step + 1) / warm_up
    done = (step - warm_up) / (steps - warm_up)
    return (1 + math.cos(math.pi * done)) / 2


def _whole_wave(step: int, steps: int, warm_up: int) -> float:
    if step < warm_up:
        return (step + 1) / warm_up
    done = (step - warm_up) / (steps - warm_up)
    return (1 + math.cos(2 * math.pi * done)) / 2


def _from_zero(step: int, steps: int, warm_up: int) -> float:
    return step / warm_up if step < warm_up else _factor(step, steps, warm_up)


def _counted_from_the_start(step: int, steps: int, warm_up: int) -> float:
    if step < warm_up:
        return (step + 1) / warm_up
    return (1 + math.cos(math.pi * step / steps)) / 2


def _no_warm_up(step: int, steps: int, warm_up: int) -> float:
    return _factor(step, steps, 0)


def _without_pi(step: int, steps: int, warm_up: int) -> float:
    if step < warm_up:
        return (step + 1) / warm_up
    return (1 + math.cos((step - warm_up) / (steps - warm_up))) / 2


def _not_halved(step: int, steps: int, warm_up: int) -> float:
    if step < warm_up:
        return (step + 1) / warm_up
    return math.cos(math.pi * (step - warm_up) / (steps - warm_up))


def _share_of_all(step: int, steps: int, warm_up: int) -> float:
    if step < warm_up:
        return (step + 1) / warm_up
    return (1 + math.cos(math.pi * (step - warm_up) / steps)) / 2


def _twice(step: int, steps: int, warm_up: int) -> float:
    if step < warm_up:
        return (step + 1) / warm_up
    return 2 * _factor(step, steps, warm_up)


cosine = Exercise(
    solution=_factor,
    cases=[(0, 100, 10), (9, 100, 10), (10, 100, 10), (55, 100, 10), (80, 100, 20)],
    mistakes={
        _whole_wave: "This is a whole wave: it is back at 1 in the end. Half of one.",
        _from_zero: "Step 0 gets the factor 0, so the first batch changes nothing.",
        _counted_from_the_start: (
            "After the warm-up the factor jumps: count the cosine's steps from there."
        ),
        _share_of_all: (
            "It does not reach 0 at the last step: the cosine has only the steps that "
            "follow the warm-up."
        ),
        _twice: "1 + cos goes from 2 down to 0; half of it is asked for.",
        _no_warm_up: "The line of the first `warm_up` steps is missing.",
        _without_pi: "The angle has to end at pi, not at 1: multiply the share by pi.",
        _not_halved: "A cosine falls to -1, and a negative rate climbs: (1 + cos) / 2.",
    },
    hints=[
        "Two cases: step < warm_up is a line; what follows is half a cosine wave.",
        "The share that is done: `(step - warm_up) / (steps - warm_up)`, times pi.",
    ],
)

# 4. Find the bug: three programs that train on one batch, each with a fault

STEPS, RATE = 150, 3e-3


def _network(inputs: int, classes: int, seed: int = 0) -> nn.Sequential:
    generator_state = torch.get_rng_state()
    torch.manual_seed(seed)
    made = nn.Sequential(nn.Linear(inputs, 64), nn.ReLU(), nn.Linear(64, classes))
    torch.set_rng_state(generator_state)
    return made


def _losses(
    loss_now: Callable[[], Tensor], parameters: Iterable[nn.Parameter]
) -> list[float]:
    """The loss at each of STEPS steps of AdamW on the same batch."""
    optimizer, losses = torch.optim.AdamW(parameters, lr=RATE), []
    for _ in range(STEPS):
        loss = loss_now()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def _suspect_a(x: Tensor, label: Tensor, classes: int) -> list[float]:
    network = _network(x.shape[1], classes).to(x.device)

    def loss_now() -> Tensor:
        probabilities = network(x).softmax(dim=1)
        return F.cross_entropy(probabilities, label)

    return _losses(loss_now, network.parameters())


def _suspect_b(x: Tensor, label: Tensor, classes: int) -> list[float]:
    network, i = _network(x.shape[1], classes).to(x.device), 0

    def loss_now() -> Tensor:
        rows = torch.stack([x[i] for _ in label])
        return F.cross_entropy(network(rows), label)

    return _losses(loss_now, network.parameters())


def _suspect_c(x: Tensor, label: Tensor, classes: int) -> list[float]:
    network = _network(x.shape[1], classes).to(x.device)
    parameters = list(network.parameters())
    network = _network(x.shape[1], classes).to(x.device)

    def loss_now() -> Tensor:
        return F.cross_entropy(network(x), label)

    return _losses(loss_now, parameters)


# Each gives its losses on features [B, D] and labels int64 [B].
suspects = {"A": _suspect_a, "B": _suspect_b, "C": _suspect_c}

find_the_bug = Question(
    answer={"A": 2, "B": 4, "C": 5},
    mistakes=[
        (
            {"A": 2, "B": 5, "C": 4},
            "Two are exchanged: with the weights of another network, could it learn "
            "even how frequent each label is?",
        ),
        (
            {"A": 4, "B": 2, "C": 5},
            "Two are exchanged: which one can learn how frequent each label is, and "
            "nothing else?",
        ),
        (
            {"A": 2, "B": 4, "C": 1},
            "A small rate is slow, but it moves. This curve does not move at all.",
        ),
        (
            {"A": 2, "B": 3, "C": 1},
            "Two are not yet right. Labels that are shuffled can be learned by heart, "
            "and a small rate is slow, but it moves: C does not move at all.",
        ),
        (
            {"A": 2, "B": 3, "C": 5},
            "One batch with shuffled labels can be learned by heart: its loss would "
            "fall to 0.",
        ),
    ],
    hints=[
        "C does not move at all. A and B get stuck: compare where with the two lines.",
        "B stops where one stops who knows how frequent each label is, and nothing "
        "about the emoji.",
    ],
)
