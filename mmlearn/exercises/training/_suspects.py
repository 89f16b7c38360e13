"""What the exercises of training are about."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

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
