"""CTC: equal to a sum over all paths, and texts found that no best path finds."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

from mmlearn.batch import Padded, Tokens
from mmlearn.batch.collate import pad
from mmlearn.ctc_beam import beam_search
from mmlearn.fusion.fused import Fused
from mmlearn.heads import Transcribe
from mmlearn.heads.transcribe import collapse, steps_needed

D_MODEL = 6


def fused(values: torch.Tensor, mask: torch.Tensor) -> Fused:
    tokens = Tokens(values, mask, None)
    return Fused(values[:, 0], {"audio": tokens}, {}, mask.any(dim=1)[:, None])


def texts(*rows: list[int]) -> Padded:
    return pad([torch.tensor(row) if row else None for row in rows])


def every_text(log_probs: torch.Tensor) -> dict[tuple[int, ...], float]:
    """The probability of each text, by going through all paths."""
    found: dict[tuple[int, ...], float] = {}
    probs = log_probs.exp().tolist()
    for path in itertools.product(range(len(probs[0])), repeat=len(probs)):
        text = tuple(collapse(list(path)))
        chance = math.prod(row[letter] for row, letter in zip(probs, path, strict=True))
        found[text] = found.get(text, 0.0) + chance
    return found


def test_the_loss_is_the_sum_over_all_paths():
    torch.manual_seed(0)
    head = Transcribe(D_MODEL, 3)
    values, mask = torch.randn(2, 4, D_MODEL), torch.ones(2, 4, dtype=torch.bool)
    mask[1, 3:] = False
    output = head(fused(values, mask))
    wanted = texts([1, 1], [2])
    loss = head.loss(output, {"transcript": wanted})
    log_probs = output["logits"].log_softmax(-1).detach()
    by_hand = -sum(
        math.log(every_text(log_probs[i, : int(mask[i].sum())])[text])
        for i, text in enumerate([(1, 1), (2,)])
    )
    assert loss.total.item() == pytest.approx(by_hand, rel=1e-5)
    assert loss.weight.item() == 3


def test_what_is_not_known_and_what_was_not_heard_count_nowhere():
    torch.manual_seed(0)
    head = Transcribe(D_MODEL, 4)
    values, mask = torch.randn(3, 5, D_MODEL), torch.ones(3, 5, dtype=torch.bool)
    mask[2] = False
    output = head(fused(values, mask))
    batch = {"transcript": texts([1, 2], [3], [2])}
    known = torch.tensor([True, False, True])
    one = head.loss(
        {k: x[:1] for k, x in output.items()}, {"transcript": texts([1, 2])}
    )
    both = head.loss(output, batch | {"transcript_known": known})
    assert_close(both, one)
    head.check(batch | {"transcript_known": known})
    rows = head.statistics(output, batch | {"transcript_known": known})
    assert rows[1].tolist() == [0, 0] and rows[0, 1].item() == 2
    assert rows[2].tolist() == [1, 1], "unheard: all letters are missing"


def test_the_prediction_merges_repeats_before_it_removes_blanks():
    head = Transcribe(D_MODEL, 3)
    path = torch.tensor([[1, 1, 0, 1, 2, 2, 0, 0]])
    logits = F.one_hot(path, 3).float()
    mask = torch.ones(1, 8, dtype=torch.bool)
    assert head.predict({"logits": logits, "mask": mask}) == [[1, 1, 2]]
    mask[0, 3:] = False
    assert head.predict({"logits": logits, "mask": mask}) == [[1]]
    mask[:] = False
    assert head.predict({"logits": logits, "mask": mask}) == [[]]
    assert collapse([]) == [] and collapse([0, 2, 2, 0, 2]) == [2, 2]


def test_doubles_need_a_step_between():
    assert steps_needed(texts([1, 1, 2, 2, 2], [1, 2, 1], [])).tolist() == [8, 3, 0]


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (
            {"transcript": texts([1], [1, 0])},
            "sample 1: transcript, letter 1 is 0; exp",
        ),
        ({"transcript": texts([4], [1, 2])}, r"letter 0 is 4; expected 1\.\.3 \(0 is"),
        ({"transcript": torch.ones(2, 3)}, "transcript is a Tensor; expected Padded"),
        ({"label": torch.ones(2)}, "learns 'transcript'; the batch has"),
        (
            {
                "transcript": texts([1, 2], [3, 3]),
                "audio": Padded(torch.zeros(2, 5, 1), torch.ones(2, 5) > 0),
            },
            r"sample 1: 2 letters need 3 steps .* the audio has 2 at a stride of 3",
        ),
    ],
)
def test_wrong_transcripts_are_named(batch, message):
    with pytest.raises(ValueError, match=message):
        Transcribe(D_MODEL, 4, stride=3).check(batch)


def test_letters_that_are_too_unlikely_are_not_tried():
    torch.manual_seed(0)
    log_probs = (3 * torch.randn(8, 5)).log_softmax(-1)
    assert beam_search(log_probs, 20, least=1e-9) == beam_search(log_probs, 20)
    found, _ = beam_search(log_probs, 20, least=0.5)
    assert all(log_probs[:, letter].exp().max() >= 0.5 for letter in found)


def test_refusals():
    with pytest.raises(ValueError, match="letters is 1"):
        Transcribe(D_MODEL, 1)
    with pytest.raises(ValueError, match="stride is 0"):
        Transcribe(D_MODEL, 3, stride=0)
    with pytest.raises(ValueError, match=r"reads 'audio'; found \['text'\]"):
        mask = torch.ones(1, 2, dtype=torch.bool)
        tokens = {"text": Tokens(torch.ones(1, 2, D_MODEL), mask, None)}
        Transcribe(D_MODEL, 3)(Fused(torch.ones(1, D_MODEL), tokens, {}, mask[:, :1]))


# Beam search


def test_two_steps_of_point_six_and_point_four():
    """The example of the docstring: the best path is empty, the best text is not."""
    log_probs = torch.tensor([[0.6, 0.4], [0.6, 0.4]]).log()
    assert collapse(log_probs.argmax(dim=1).tolist()) == []
    text, chance = beam_search(log_probs)
    assert text == [1] and math.exp(chance) == pytest.approx(0.64)


@pytest.mark.parametrize("seed", range(20))
def test_a_wide_beam_finds_what_going_through_all_paths_finds(seed):
    torch.manual_seed(seed)
    log_probs = torch.randn(5, 3).mul(2).log_softmax(-1)
    chances = every_text(log_probs)
    text, chance = beam_search(log_probs, width=1000)
    best = max(chances, key=lambda t: chances[t])
    assert tuple(text) == best
    assert math.exp(chance) == pytest.approx(chances[best], rel=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_a_language_model_weighs_each_text_as_by_hand(seed):
    torch.manual_seed(seed)
    log_probs = torch.randn(4, 3).log_softmax(-1)
    table = torch.randn(3, 3).log_softmax(-1).tolist()  # row: the letter before

    def language(text: tuple[int, ...], letter: int) -> float:
        return table[text[-1] if text else 0][letter]

    def by_hand(text: tuple[int, ...]) -> float:
        spoken = sum(language(text[:i], x) for i, x in enumerate(text))
        ended = language(text, 0)
        return 0.7 * (spoken + ended) + 0.3 * len(text)

    chances = every_text(log_probs)
    best = max(chances, key=lambda t: math.log(chances[t]) + by_hand(t))
    options = {"language": language, "weight": 0.7, "bonus": 0.3, "end": 0}
    text, chance = beam_search(log_probs, width=1000, **options)
    assert tuple(text) == best
    assert math.exp(chance) == pytest.approx(chances[best], rel=1e-5)


def test_no_steps_no_letters():
    assert beam_search(torch.zeros(0, 3)) == ([], 0.0)


@pytest.mark.parametrize(
    ("log_probs", "message"),
    [
        (torch.zeros(3), r"log_probs is \[3\]"),
        (torch.zeros(3, 1), r"log_probs is \[3, 1\]"),
        (torch.randn(3, 4), "step .: the probabilities sum to .*; expected 1"),
        (torch.full((2, 3), torch.nan), "step 0: the probabilities sum to nan"),
    ],
)
def test_what_is_no_log_probability_is_refused(log_probs, message):
    with pytest.raises(ValueError, match=message):
        beam_search(log_probs)
    with pytest.raises(ValueError, match="width is 0"):
        beam_search(torch.zeros(0, 3), width=0)
