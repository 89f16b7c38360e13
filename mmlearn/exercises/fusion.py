"""Exercises of notebook 05."""

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise, Question

# 1. A look-up on paper

look_up = Question(
    answer={"weights": [0.75, 0.25], "mixture": [3.0, 2.0]},
    mistakes=[
        (
            {"weights": [0.25, 0.75], "mixture": [1.0, 6.0]},
            "The larger score gets the larger weight, and ln 3 is above 0.",
        ),
        (
            {"weights": [3.0, 1.0], "mixture": [12.0, 8.0]},
            "These are the exponentials: divide them by their sum.",
        ),
        (
            {"weights": [1.0, 0.0], "mixture": [4.0, 0.0]},
            "A score of 0 is no weight of 0: its exponential is 1.",
        ),
    ],
    hints=[
        "The exponential of ln 3 is 3, and that of 0 is 1. What is their sum?",
        "The weights are 3/4 and 1/4; multiply each value by its weight, and add.",
    ],
    why=(
        "The exponentials of ln 3 and 0 are 3 and 1, and they add up to 4, so the "
        "weights are 3/4 = 0.75 and 1/4 = 0.25. The mixture is 0.75 · (4, 0) + 0.25 · "
        "(0, 8) = (3, 0) + (0, 2) = (3, 2)."
    ),
)

# 2. How concentrated is it?

softness = Question(
    answer={"without": "falls", "with": "stays"},
    mistakes=[
        (
            {"without": "stays", "with": "falls"},
            "The other way round: what grows with d when nothing divides it?",
        ),
        (
            {"without": "stays", "with": "stays"},
            "Without the division the scores grow with d. Does softmax not notice?",
        ),
        (
            {"without": "rises", "with": "stays"},
            "Larger scores differ more: does one weight then stand out, or do all?",
        ),
        (
            {"without": "falls", "with": "rises"},
            "What is the standard deviation of the scores after the division?",
        ),
        (
            {"without": "falls", "with": "falls"},
            "What is the standard deviation of the scores after the division?",
        ),
    ],
    hints=[
        "The standard deviation of the dot products is √d. What does softmax do then?",
        "Far apart, the largest score takes nearly all, and the entropy is near 0.",
    ],
    why=(
        "Without the division, the standard deviation of the scores is √d and grows "
        "from 2 to 32, so in the end one key takes nearly all the weight: the entropy "
        "falls from about 2.6 bits to 0.2. Divided by √d, the scores have a standard "
        "deviation of 1 at any width, and the entropy stays at about 3.5 bits."
    ),
)

# 3. Attend


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

# 4. Softmax under a mask


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
        _masked_afterwards: (
            "This is the softmax that was given: what do its weights sum to?"
        ),
        _softmax_over_first: "Each query's weights sum to 1 over the keys: dim=-1.",
        _mask_turned_round: "True means: may be looked at. Here it is the other way.",
    },
    hints=[
        "The weights that are left sum to 2/3. Mask before they are shared out.",
        "`scores.masked_fill(~mask, -torch.inf)`, then softmax.",
    ],
)

# 5. What attention costs

multiplications = Question(
    answer={"4 heads": 61_952, "8 heads": 61_952, "44 tokens": 247_808},
    mistakes=[
        (
            {"4 heads": 247_808, "8 heads": 495_616, "44 tokens": 991_232},
            "Each of h heads has a width of d / h only: together they cost the same as "
            "one of width d.",
        ),
        (
            {"4 heads": 15_488, "8 heads": 7_744, "44 tokens": 61_952},
            "These are the multiplications of one head; add up all of them.",
        ),
        (
            {"4 heads": 30_976, "8 heads": 30_976, "44 tokens": 123_904},
            "These are the scores; the mixture A V costs as much again.",
        ),
        (
            {"4 heads": 61_952, "8 heads": 61_952, "44 tokens": 123_904},
            "Each of n queries meets each of n keys: twice the tokens, four times the "
            "pairs.",
        ),
    ],
    hints=[
        "How many numbers are in Q Kᵀ, and how many multiplications does each take?",
        "22 · 22 scores of 64 / 4 multiplications in each of 4 heads; A V is the same.",
    ],
    why=(
        "Each of 4 heads is 64 / 4 = 16 wide: 22 · 22 · 16 = 7,744 multiplications for "
        "the scores, and as many for A V, make 4 · 2 · 7,744 = 61,952. 8 heads are "
        "half as wide, so together they take the same. Twice the tokens make four "
        "times the pairs: 4 · 61,952 = 247,808."
    ),
)

# 6. A veto

veto = Question(
    answer={"vote": 1, "late": 2},
    mistakes=[
        (
            {"vote": 2, "late": 1},
            "The other way round: what does a factor of .01 do to a product?",
        ),
        (
            {"vote": 1, "late": 1},
            "Multiply class by class: the first makes .70 · .01. And the second?",
        ),
        (
            {"vote": 2, "late": 2},
            "Add class by class: the first makes .70 + .01. And the second?",
        ),
    ],
    hints=[
        "The mean has the order of the sums, the root the order of the products.",
        "Sums: .71, .70, .59. Products: .007, .100, .049.",
    ],
    why=(
        "The vote goes by the sums, .71, .70 and .59: class 1, by a hair. Late fusion "
        "goes by the products, .70 · .01 = .007, .20 · .50 = .100 and .10 · .49 = "
        ".049: class 2, because the sound's .01 is a veto against class 1."
    ),
)

# 7. The numbers of three modalities

three_modalities = Question(
    answer={"full": 17_576_000, "low-rank": 49_920, "narrowed": 314_432},
    mistakes=[
        (
            {"full": 270_400, "low-rank": 33_280, "narrowed": 18_496},
            "These are the numbers of two modalities; a third one is another axis.",
        ),
        (
            {"full": 16_777_216, "low-rank": 49_152, "narrowed": 262_144},
            "A 1 is appended to each vector: 65 and 17 numbers, not 64 and 16.",
        ),
        (
            {"full": 274_625, "low-rank": 780, "narrowed": 4_913},
            "Each of the 64 outputs has a table of its own.",
        ),
    ],
    hints=[
        "The product of three vectors has 65 · 65 · 65 numbers.",
        "65³ · 64, then 4 · 3 · 65 · 64, then 17³ · 64.",
    ],
    why=(
        "With a 1 appended, each vector has 65 numbers. The full table has 65³ entries "
        "for each of 64 outputs, 65³ · 64 = 17,576,000, and narrowed to 16 it has 17³ "
        "· 64 = 314,432. Low-rank needs, for each output, 4 vectors of 65 numbers for "
        "each of the 3 modalities: 3 · 4 · 65 · 64 = 49,920."
    ),
)
