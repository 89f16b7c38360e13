"""Exercises of notebook 04."""

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise, Question

# 1. On paper: the next letter

next_sum = Question(
    answer=(-0.82, 0.83),
    mistakes=[
        ((0.18, 0.83), "This is W h alone: the letter t has its say too, through U."),
        ((-1.0, 0.0), "This is U x alone: the state has its say too, through W."),
        (
            (0.12, 0.47),
            "W is read by columns here. Each *row* of W meets the state: 0.5 and 0, "
            "then 1 and 0.5.",
        ),
        (
            (-0.68, 0.68),
            "This is the state, after the tanh. Asked for is what goes into it.",
        ),
        (
            (1.18, 0.83),
            "The third column of U is (\N{MINUS SIGN}1, 0): mind the sign.",
        ),
    ],
    hints=[
        "The letter t is the third, so U x is the third column of U.",
        "W h is (0.5 · 0.36 + 0 · 0.94, 1 · 0.36 + 0.5 · 0.94). Add U x.",
    ],
    why=(
        "Each row of W meets the state: 0.5 · 0.36 + 0 · 0.94 = 0.18, and 1 · 0.36 + "
        "0.5 · 0.94 = 0.83. The letter t is the third, so U adds its third column, "
        "(\N{MINUS SIGN}1, 0), which makes \N{MINUS SIGN}0.82 and 0.83."
    ),
)

# 2. Write it: the memory of an LSTM


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

# 3. Predict first: an LSTM as torch starts it

lstm_share = Question(
    answer=0.25,
    mistakes=[
        (
            1.0,
            "One would think so: it has gates. Run the next cell and compare; why it "
            "comes out so is what the rest of the section is about.",
        ),
        (
            0.6,
            "Less sure than 1, but still too hopeful. Run the next cell and compare.",
        ),
    ],
    hints=[
        "At the start all weights are near 0. How far open is a gate then?",
        "A gate of one half, a hundred times in a row, leaves next to nothing.",
    ],
    why=(
        "torch starts the biases near 0, so each gate stands near 0.5, and about half "
        "of the memory is lost at every step. After 100 steps 0.5 to the power of 100 "
        "is left, about 8e-31, and as little of the gradient comes back. With nothing "
        "to learn from, the LSTM can only guess one symbol of four: 0.25."
    ),
)

# 4. Write it: the last valid state


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

# 5. Find the fault: a network that reads both ways

wrong_line = Question(
    answer=6,
    mistakes=[
        (
            2,
            "Packing is right, and needed here: without it the backward half would "
            "begin with the padding.",
        ),
        (3, "The LSTM reads what is real, in both directions. Look further down."),
        (4, "This only puts the states back into a rectangle, zeros in the padding."),
        (5, "These are the numbers of the rows, one for each name: as it should be."),
        (1, "Each letter gets its vector: as it should be."),
    ],
    hints=[
        "At the last letter of a name, how many letters has the backward half read?",
        "The backward half has read the whole name at the *first* letter. Which line "
        "takes both halves from one place? (`h` of the LSTM's second output, "
        "[2, B, H], holds both complete readings.)",
    ],
    why=(
        "Line 6 takes both halves at the last letter, where the forward half has read "
        "the whole name, but the backward half has only just begun: a new first letter "
        "cannot reach it. It has read everything at the *first* letter, and `h` of the "
        "LSTM's second output holds both complete readings."
    ),
)

# 6. Predict first: what order is worth

without_order = Question(
    answer={"digit"},
    mistakes=[
        (
            {"group"},
            "The letters of a name without their order still tell something. Run on, "
            "and see how much is lost.",
        ),
        (
            {"direction"},
            "Shuffled, a recording that runs forwards and one that runs backwards are "
            "the same heap of steps.",
        ),
        (
            {"group", "digit"},
            "One of the two is right. Listen to the digit again; then run on.",
        ),
        (set(), "One of the three does about as well. Listen again; then run on."),
    ],
    hints=[
        "What is left of each sample when its steps are shuffled? For one of the three "
        "tasks, nothing that could tell the classes apart.",
        "Ten words, each with sounds of its own: what tells them apart?",
    ],
    why=(
        "Ten words can be told by their sounds, and shuffling keeps these: about 0.95 "
        "either way. A movement forwards and backwards consists of the same steps, so "
        "without order the reader falls from about 0.8 to 0.5, which is guessing. For "
        "the group, the letters alone still help, but about ten points are lost."
    ),
)
