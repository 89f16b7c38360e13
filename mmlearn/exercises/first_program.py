"""Exercises of notebook 00."""

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise, Question

# 1. On paper: sizes after two poolings of 8 channels of 30 rows and 21 columns

numbers_left = Question(
    answer=280,
    mistakes=[
        (5040, "These are the numbers before any pooling."),
        (1200, "That is one pooling: the second halves both sides again."),
        (1260, "Each pooling halves the rows and the columns: a quarter is left."),
        (315, "A pooling drops an odd last row or column: it does not cut it in two."),
        (35, "Each of the 8 channels has a map of its own: multiply by 8."),
    ],
    hints=[
        "How many rows and columns are left after one pooling? And after two?",
        "After one pooling: 15 rows and 10 columns. Halve again, rounding down.",
    ],
    why=(
        "A pooling halves rows and columns and drops an odd last one. The 30 rows "
        "become 15, then 7; the 21 columns become 10, then 5. That leaves 7 · 5 = "
        "35 numbers in each channel, and 8 · 35 = 280 in all."
    ),
)

# 2. Predict first: which accuracies does argmax over one logit report?

reported = Question(
    answer={"right": 91.7, "wrong": 91.7, "guess": 91.7},
    mistakes=[
        (
            {"right": 100.0, "wrong": 0.0, "guess": 50.0},
            "So it should be. But what is the position of the largest of one number?",
        ),
        (
            {"right": 8.3, "wrong": 8.3, "guess": 8.3},
            "All alike, yes. But is position 0 the answer yes or the answer no?",
        ),
    ],
    hints=[
        "Each row holds a single number. At which position is the largest?",
        "So every model says 0, that is no. How many of the emoji are a no?",
    ],
    why=(
        "Each row holds one number, and the largest of one is always at position 0, "
        "whatever its value. So all three models are taken to answer no every time. "
        "That is right wherever the true answer is no: for 91.7 % of the emoji."
    ),
)

# 3. Write it: repair the evaluation


def _case(seed: int, size: int, shift: float) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logit = torch.randn(size, 1, generator=generator) + shift
    return logit, torch.randint(0, 2, (size,), generator=generator)


def _accuracy(logit: Tensor, target: Tensor) -> float:
    predicted = (logit[:, 0] > 0).long()
    return (predicted == target).float().mean().item()


def _argmax_of_one(logit: Tensor, target: Tensor) -> float:
    return (logit.argmax(dim=1) == target).float().mean().item()


def _every_pair(logit: Tensor, target: Tensor) -> float:
    return ((logit > 0) == target).float().mean().item()


def _every_pair_summed(logit: Tensor, target: Tensor) -> float:
    return ((logit > 0) == target).sum().item() / len(target)


def _cut_at_half(logit: Tensor, target: Tensor) -> float:
    return ((logit[:, 0] > 0.5) == target).float().mean().item()


def _counted(logit: Tensor, target: Tensor) -> int:
    return int(((logit[:, 0] > 0) == target).sum())


accuracy = Exercise(
    solution=_accuracy,
    cases=[_case(0, 20, 0.3), _case(1, 7, 0.0), _case(2, 64, -0.2)],
    mistakes={
        _argmax_of_one: "argmax over one logit is always 0: compare the logit with 0.",
        _every_pair: "[B, 1] == [B] compares every pair: take column 0 of the logit.",
        _every_pair_summed: "[B, 1] == [B] makes [B, B], so more than B can be right.",
        _cut_at_half: "A probability is cut at 0.5; a logit is cut at 0.",
        _counted: "That is how many are right; accuracy is the share of them.",
    },
    hints=[
        "sigmoid(logit) is above 0.5 exactly where the logit is above 0.",
        "`logit[:, 0] > 0` is bool [B], as many as the targets: compare the two.",
    ],
)

# 4. Find the fault: a mean over samples


def _mean_loss(means: Tensor, sizes: Tensor) -> Tensor:
    return (means * sizes).sum() / sizes.sum()


def _mean_of_means(means: Tensor, sizes: Tensor) -> Tensor:
    return means.mean()


def _divided_by_batches(means: Tensor, sizes: Tensor) -> Tensor:
    return (means * sizes).sum() / len(sizes)


mean_loss = Exercise(
    solution=_mean_loss,
    cases=[
        (torch.tensor([0.5, 0.7, 3.0]), torch.tensor([64, 64, 2])),
        (torch.tensor([1.0, 4.0]), torch.tensor([3, 1])),
        (torch.tensor([0.25]), torch.tensor([8])),
    ],
    mistakes={
        _mean_of_means: "The batch of 2 counts as much as one of 64: weigh by size.",
        _divided_by_batches: "The sum is over samples: divide by how many those are.",
    },
    hints=[
        "What is the sum of the losses in a batch of 64 whose mean is 0.5?",
        "The sum over all samples is `(means * sizes).sum()`.",
    ],
)

# 5. Predict first: loud or silent? See the table of faults in the notebook

silent = Question(
    answer={"B", "C", "E", "G", "H"},
    mistakes=[
        ({"A", "D", "F"}, "Those are the loud ones: the silent ones are the others."),
        (
            {"B", "C", "G", "H"},
            "One is missing: which one makes the score better than it should be?",
        ),
        (
            {"B", "C", "D", "E", "G", "H"},
            "One is loud: which label is there no class for?",
        ),
    ],
    hints=[
        "A fault is loud where shapes or ranges cannot be made to fit.",
        "Three are loud: one for a shape, one for a size, one for a range.",
    ],
    why=(
        "A, D and F are loud: 32 channels where 3 are expected, no logit at "
        "position 9, 256 numbers for 128. The others compute: B applies softmax "
        "twice, C adds old gradients to new ones, E makes the score too good, G "
        "lets the state read on through the padding, H gives each picture another "
        "one's text."
    ),
)
