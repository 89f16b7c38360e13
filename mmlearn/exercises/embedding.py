"""Exercises of notebook 02."""

import torch
from torch import Tensor
from torch.nn import functional as F

from mmlearn.exercises.exercise import Exercise

# 1. Cosine of every pair


def _two_tables(seed: int, n: int, m: int, d: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    a = 3 * torch.randn(n, d, generator=generator)
    return a, torch.randn(m, d, generator=generator) + 0.5


def _cosines(a: Tensor, b: Tensor) -> Tensor:
    a = a / a.norm(dim=1, keepdim=True)
    b = b / b.norm(dim=1, keepdim=True)
    return a @ b.T


def _dot_products(a: Tensor, b: Tensor) -> Tensor:
    return a @ b.T


def _one_side_only(a: Tensor, b: Tensor) -> Tensor:
    return a / a.norm(dim=1, keepdim=True) @ b.T


def _squared_lengths(a: Tensor, b: Tensor) -> Tensor:
    return a @ b.T / ((a * a).sum(dim=1, keepdim=True) * (b * b).sum(dim=1))


def _whole_length(a: Tensor, b: Tensor) -> Tensor:
    return a @ b.T / (a.norm() * b.norm())


def _columns(a: Tensor, b: Tensor) -> Tensor:
    return F.normalize(a, dim=0) @ F.normalize(b, dim=0).T


cosines = Exercise(
    solution=_cosines,
    cases=[_two_tables(0, 2, 3, 4), _two_tables(1, 5, 2, 3)],
    mistakes={
        _dot_products: "These are dot products: divide by both lengths.",
        _one_side_only: "One side still has its length: divide by the other's, too.",
        _squared_lengths: "A length is the square root of the sum of squares.",
        _whole_length: (
            "`norm()` without `dim` is one number for the whole table; each row has a "
            "length of its own (dim=1)."
        ),
        _columns: "Here columns are brought to length 1; the vectors are the rows.",
    },
    hints=[
        "Bring every row of both tables to length 1; what is left is a dot product.",
        "`a / a.norm(dim=1, keepdim=True)`, the same for b, and `a @ b.T`.",
    ],
)

# 2. Nearest neighbours, without oneself


def _table(seed: int, n: int, d: int, row: int, k: int) -> tuple[Tensor, int, int]:
    generator = torch.Generator().manual_seed(seed)
    lengths = 1 + 4 * torch.rand(n, 1, generator=generator)
    return lengths * torch.randn(n, d, generator=generator), row, k


def _nearest(E: Tensor, row: int, k: int) -> Tensor:
    unit = F.normalize(E, dim=1)
    cosine = unit @ unit[row]
    cosine[row] = -torch.inf
    return cosine.topk(k).indices


def _itself_included(E: Tensor, row: int, k: int) -> Tensor:
    unit = F.normalize(E, dim=1)
    return (unit @ unit[row]).topk(k).indices


def _by_dot_product(E: Tensor, row: int, k: int) -> Tensor:
    score = E @ E[row]
    score[row] = -torch.inf
    return score.topk(k).indices


def _by_distance(E: Tensor, row: int, k: int) -> Tensor:
    distance = (E - E[row]).norm(dim=1)
    distance[row] = torch.inf
    return distance.topk(k, largest=False).indices


def _one_too_few(E: Tensor, row: int, k: int) -> Tensor:
    return _itself_included(E, row, k)[1:]


def _farthest(E: Tensor, row: int, k: int) -> Tensor:
    unit = F.normalize(E, dim=1)
    return (unit @ unit[row]).topk(k, largest=False).indices


def _zero_for_itself(E: Tensor, row: int, k: int) -> Tensor:
    unit = F.normalize(E, dim=1)
    cosine = unit @ unit[row]
    cosine[row] = 0
    return cosine.topk(k).indices


def _cosines_for_rows(E: Tensor, row: int, k: int) -> Tensor:
    unit = F.normalize(E, dim=1)
    cosine = unit @ unit[row]
    cosine[row] = -torch.inf
    return cosine.topk(k).values


nearest = Exercise(
    solution=_nearest,
    cases=[
        _table(0, 12, 4, 3, 3),
        _table(1, 20, 3, 0, 5),
        _table(2, 9, 6, 8, 2),
        _table(3, 5, 3, 1, 4),  # all others, and some have a negative cosine
    ],
    mistakes={
        _itself_included: (
            "The first neighbour is the row itself: its cosine with itself is 1, and "
            "nothing is larger. Leave it out."
        ),
        _by_dot_product: (
            "Long vectors come first here: a dot product grows with the length. Rank "
            "by cosine."
        ),
        _by_distance: "These are the nearest by distance; rank by cosine.",
        _one_too_few: "The row itself is out, but then only k - 1 are left.",
        _farthest: "These are the farthest: the largest cosine is the nearest.",
        _zero_for_itself: (
            "With a 0 in its own place the row still beats every negative cosine (see "
            "case 4): put something there that is smaller than all."
        ),
        _cosines_for_rows: "These are the cosines; the row numbers are asked for.",
    },
    hints=[
        "Rank all rows by cosine, but see to it that `row` itself cannot win.",
        "Set the row's own cosine to `-torch.inf`, and take `.topk(k).indices`.",
    ],
)

# 3. The loss of negative sampling


def _scores(seed: int, batch: int, k: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    true = 2 * torch.randn(batch, generator=generator)
    return true, 2 * torch.randn(batch, k, generator=generator)


def _sampling_loss(true: Tensor, drawn: Tensor) -> Tensor:
    return -(F.logsigmoid(true) + F.logsigmoid(-drawn).sum(dim=1)).mean()


def _sign_forgotten(true: Tensor, drawn: Tensor) -> Tensor:
    return -(F.logsigmoid(true) + F.logsigmoid(drawn).sum(dim=1)).mean()


def _mean_of_negatives(true: Tensor, drawn: Tensor) -> Tensor:
    return -(F.logsigmoid(true) + F.logsigmoid(-drawn).mean(dim=1)).mean()


def _no_negatives(true: Tensor, drawn: Tensor) -> Tensor:
    return -F.logsigmoid(true).mean()


def _to_be_maximised(true: Tensor, drawn: Tensor) -> Tensor:
    return (F.logsigmoid(true) + F.logsigmoid(-drawn).sum(dim=1)).mean()


def _summed(true: Tensor, drawn: Tensor) -> Tensor:
    return -(F.logsigmoid(true) + F.logsigmoid(-drawn).sum(dim=1)).sum()


def _all_drawn_in_each(true: Tensor, drawn: Tensor) -> Tensor:
    return -(F.logsigmoid(true) + F.logsigmoid(-drawn).sum()).mean()


def _one_minus_the_logarithm(true: Tensor, drawn: Tensor) -> Tensor:
    return -(F.logsigmoid(true) + (1 - F.logsigmoid(drawn)).sum(dim=1)).mean()


def _no_mean(true: Tensor, drawn: Tensor) -> Tensor:
    return -(F.logsigmoid(true) + F.logsigmoid(-drawn).sum(dim=1))


sampling_loss = Exercise(
    solution=_sampling_loss,
    cases=[_scores(0, 3, 2), _scores(1, 6, 5), _scores(2, 1, 4)],
    mistakes={
        _sign_forgotten: (
            "The drawn words are treated as true ones: their scores should be low, so "
            "the term is log sigmoid(-score)."
        ),
        _mean_of_negatives: "The drawn words are summed over k, not averaged.",
        _no_negatives: (
            "The drawn words are missing. Without them all vectors may become equal "
            "and long, and the loss is 0."
        ),
        _to_be_maximised: "A loss is to fall: mind the minus in front.",
        _summed: "The mean over the batch is asked for, not the sum.",
        _all_drawn_in_each: (
            "`sum()` without `dim` adds up the drawn words of the whole batch; each "
            "pair has its own k (dim=1)."
        ),
        _one_minus_the_logarithm: (
            "The 1 belongs inside the logarithm: log(1 - sigmoid(x)) is "
            "log sigmoid(-x)."
        ),
        _no_mean: "This is one loss a pair, [B]: the mean over the batch is missing.",
    },
    hints=[
        "One term for the true pair, k for the drawn ones; then the mean over B.",
        "`F.logsigmoid(true)` [B] and `F.logsigmoid(-drawn).sum(dim=1)` [B].",
    ],
)

# 4. The mean under a mask


def _sentences(seed: int, lengths: list[int], d: int) -> tuple[Tensor, Tensor]:
    """Values that are not zero where the mask is False, as a network leaves them."""
    generator = torch.Generator().manual_seed(seed)
    longest = max(lengths)
    mask = torch.arange(longest) < torch.tensor(lengths)[:, None]
    return torch.randn(len(lengths), longest, d, generator=generator) + 1, mask


def _masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    weights = mask.unsqueeze(-1).to(values.dtype)
    return (values * weights).sum(dim=1) / weights.sum(dim=1)


def _padding_counted(values: Tensor, mask: Tensor) -> Tensor:
    return values.mean(dim=1)


def _divided_by_the_longest(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask.unsqueeze(-1)).mean(dim=1)


def _not_divided(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask.unsqueeze(-1)).sum(dim=1)


def _one_mean_for_all(values: Tensor, mask: Tensor) -> Tensor:
    return values[mask].mean(dim=0).expand(len(values), -1)


def _mask_turned_round(values: Tensor, mask: Tensor) -> Tensor:
    weights = (~mask).unsqueeze(-1).to(values.dtype)
    return (values * weights).sum(dim=1) / weights.sum(dim=1)


def _mask_of_two_axes(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask).sum(dim=1) / mask.sum(dim=1, keepdim=True)


def _number_of_one_axis(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask.unsqueeze(-1)).sum(dim=1) / mask.sum(dim=1)


masked_mean = Exercise(
    solution=_masked_mean,
    cases=[
        _sentences(0, [2, 4], 3),
        _sentences(1, [5, 1, 3], 2),
        _sentences(2, [3, 3], 4),
    ],
    mistakes={
        _padding_counted: (
            "Padding is counted: what stands under a False mask must not change the "
            "mean."
        ),
        _divided_by_the_longest: (
            "Padding is out of the sum, but still divides: divide by the number of "
            "real steps, not by T."
        ),
        _not_divided: "This is the sum; divide by the number of real steps.",
        _one_mean_for_all: (
            "This is one mean over all sentences together; each has its own."
        ),
        _mask_turned_round: "True means: real. Here only the padding is averaged.",
        _mask_of_two_axes: (
            "Values are [B, T, D], the mask is [B, T]: give it a third axis, [B, T, 1]."
        ),
        _number_of_one_axis: (
            "The sum is [B, D], the number of real steps [B]: make it [B, 1]."
        ),
    },
    hints=[
        "Two sums over the steps: of the real values, and of the mask.",
        "`mask.unsqueeze(-1)` is [B, T, 1] and can be multiplied with values.",
    ],
)
