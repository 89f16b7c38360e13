"""Exercises of notebook 05."""

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise

# 1. Attend


def _qkv(seed: int, n: int, d: int) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    q, k, v = (2 * torch.randn(3, n, d, generator=generator)).unbind()
    return q, k, v


def _attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    scores = q @ k.mT / q.shape[-1] ** 0.5
    return scores.softmax(dim=-1) @ v


def _unscaled(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (q @ k.mT).softmax(dim=-1) @ v


def _divided_by_d(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (q @ k.mT / q.shape[-1]).softmax(dim=-1) @ v


def _softmax_over_queries(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (q @ k.mT / q.shape[-1] ** 0.5).softmax(dim=-2) @ v


def _only_weights(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (q @ k.mT / q.shape[-1] ** 0.5).softmax(dim=-1)


attend = Exercise(
    solution=_attend,
    cases=[_qkv(0, 3, 4), _qkv(1, 5, 64), _qkv(2, 2, 8)],
    mistakes={
        _unscaled: "The scores are not divided by √d: is the width d of q used?",
        _divided_by_d: "The scores are divided by d; divide by its square root.",
        _softmax_over_queries: (
            "Each query's weights should sum to 1 over the keys (dim=-1)."
        ),
        _only_weights: "These are the weights; mix the values with them.",
    },
    hints=[
        "Three steps: scores, weights, weighted sum of the values.",
        "`q @ k.mT` gives scores [n, n]; `q.shape[-1]` is d; softmax over `dim=-1`.",
    ],
)

# 2. Softmax under a mask


def _scores(seed: int, n: int, allowed: list[int]) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    mask = torch.zeros(n, dtype=torch.bool)
    mask[allowed] = True
    return torch.randn(2, n, generator=generator), mask


def _masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, -torch.inf).softmax(dim=-1)


def _filled_with_zero(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, 0.0).softmax(dim=-1)


def _masked_afterwards(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.softmax(dim=-1) * mask


def _mask_turned_round(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(mask, -torch.inf).softmax(dim=-1)


def _softmax_over_first(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, -torch.inf).softmax(dim=0)


masked_softmax = Exercise(
    solution=_masked_softmax,
    cases=[_scores(0, 4, [0, 1]), _scores(1, 6, [1, 2, 5]), _scores(2, 3, [0, 2])],
    mistakes={
        _filled_with_zero: (
            "A score of 0 is not small: softmax gives it the weight e⁰ = 1 before it "
            "divides. Which score has weight 0?"
        ),
        _masked_afterwards: "The weights that are left no longer sum to 1.",
        _softmax_over_first: "Each query's weights sum to 1 over the keys: dim=-1.",
        _mask_turned_round: "True means: may be looked at. Here it is the other way.",
    },
    hints=[
        "Change the scores before the softmax, so that a masked one gets weight 0.",
        "`scores.masked_fill(~mask, -torch.inf)`, then softmax.",
    ],
)

# 3. Two opinions in one


def _opinions(seed: int, n: int, classes: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    a, b = (2 * torch.randn(2, n, classes, generator=generator)).unbind()
    return a, b


def _product_of_experts(a: Tensor, b: Tensor) -> Tensor:
    return (a.log_softmax(dim=-1) + b.log_softmax(dim=-1)).softmax(dim=-1)


def _vote(a: Tensor, b: Tensor) -> Tensor:
    return (a.softmax(dim=-1) + b.softmax(dim=-1)) / 2


def _mean_of_logits(a: Tensor, b: Tensor) -> Tensor:
    return ((a + b) / 2).softmax(dim=-1)


def _not_normalised(a: Tensor, b: Tensor) -> Tensor:
    return a.softmax(dim=-1) * b.softmax(dim=-1)


def _product_of_logits(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).softmax(dim=-1)


def _over_samples(a: Tensor, b: Tensor) -> Tensor:
    return (a.log_softmax(dim=-1) + b.log_softmax(dim=-1)).softmax(dim=0)


combine = Exercise(
    solution=_product_of_experts,
    cases=[_opinions(0, 2, 3), _opinions(1, 4, 10)],
    mistakes={
        _vote: "This is the vote, the mean of the two; the product is asked for.",
        _mean_of_logits: (
            "The mean of the logits is the square root of the product: sum them."
        ),
        _product_of_logits: (
            "You multiplied logits; multiply probabilities, which is adding logits."
        ),
        _over_samples: "Each row is a sample: it sums to 1 over the classes (dim=-1).",
        _not_normalised: "Each row should sum to 1: divide, or work with logarithms.",
    },
    hints=[
        "The logarithm of a product is a sum of logarithms.",
        "`a.log_softmax(dim=-1) + b.log_softmax(dim=-1)`, and softmax once more.",
    ],
)

# 4. What attention costs


def _multiplications(n: int, d: int, heads: int) -> int:
    return 2 * n * n * d


def _times_heads(n: int, d: int, heads: int) -> int:
    return 2 * n * n * d * heads


def _only_scores(n: int, d: int, heads: int) -> int:
    return n * n * d


def _linear(n: int, d: int, heads: int) -> int:
    return 2 * n * d


def _square_of_width(n: int, d: int, heads: int) -> int:
    return 2 * n * d * d


multiplications = Exercise(
    solution=_multiplications,
    cases=[(5, 8, 2), (100, 64, 4), (200, 64, 1)],
    mistakes={
        _times_heads: (
            "Each of h heads has a width of d / h only: together they cost the same as "
            "one of width d."
        ),
        _only_scores: "These are the scores; the mixture A V costs as much again.",
        _linear: "Each of n queries meets each of n keys: n · n pairs.",
        _square_of_width: "That is a matrix W; here n tokens meet n tokens.",
    },
    hints=[
        "How many numbers has Q Kᵀ, and how many multiplications makes each?",
        "n · n scores of d / h multiplications in each of h heads; A V is the same.",
    ],
)

# 5. A gate


def _vectors(seed: int, d: int) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    h1, h2, gate_logits = torch.randn(3, d, generator=generator).unbind()
    return h1, h2, 2 * gate_logits


def _gate(h1: Tensor, h2: Tensor, gate_logits: Tensor) -> Tensor:
    z = gate_logits.sigmoid()
    return z * h1 + (1 - z) * h2


def _turned_round(h1: Tensor, h2: Tensor, gate_logits: Tensor) -> Tensor:
    z = gate_logits.sigmoid()
    return (1 - z) * h1 + z * h2


def _no_sigmoid(h1: Tensor, h2: Tensor, gate_logits: Tensor) -> Tensor:
    return gate_logits * h1 + (1 - gate_logits) * h2


def _first_only(h1: Tensor, h2: Tensor, gate_logits: Tensor) -> Tensor:
    return gate_logits.sigmoid() * h1 + h2


def _softmax_over_width(h1: Tensor, h2: Tensor, gate_logits: Tensor) -> Tensor:
    z = gate_logits.softmax(dim=-1)
    return z * h1 + (1 - z) * h2


def _all_of_both(h1: Tensor, h2: Tensor, gate_logits: Tensor) -> Tensor:
    z = gate_logits.sigmoid()
    return z * h1 + z * h2


gate = Exercise(
    solution=_gate,
    cases=[_vectors(0, 4), _vectors(1, 16)],
    mistakes={
        _turned_round: "A large logit should take `h1`; here it takes `h2`.",
        _no_sigmoid: "A gate lies between 0 and 1: put the logits through a sigmoid.",
        _first_only: "What is not taken of `h1` is taken of `h2`: weigh it by 1 - z.",
        _all_of_both: "The shares sum to 1: where `h1` gets z, `h2` gets 1 - z.",
        _softmax_over_width: (
            "The numbers of one vector do not compete: each has a sigmoid of its own."
        ),
    },
    hints=[
        "First turn each logit into a share z between 0 and 1.",
        "`z = gate_logits.sigmoid()`; then z of `h1` and 1 - z of `h2`.",
    ],
)
