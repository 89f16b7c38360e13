"""Captions: nothing of the future is seen, and a beam finds what greed misses."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

from mmlearn.batch import Padded, Tokens
from mmlearn.batch.collate import pad
from mmlearn.fusion.fused import Fused
from mmlearn.heads import Caption
from mmlearn.heads.caption import beam_search

D_MODEL, WORDS, BEGIN, END = 8, 6, 1, 2


def head_of(**options) -> Caption:
    torch.manual_seed(0)
    settings = {"heads": 2, "depth": 2, "longest": 4, "dropout": 0.0} | options
    return Caption(D_MODEL, WORDS, BEGIN, END, **settings).eval()


def fused(seed: int = 0, samples: int = 3, steps: int = 5) -> Fused:
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(samples, steps, D_MODEL, generator=generator)
    mask = torch.ones(samples, steps, dtype=torch.bool)
    mask[-1, 3:] = False
    tokens = {"image": Tokens(values, mask, None)}
    return Fused(values[:, 0], tokens, {}, mask.any(dim=1)[:, None])


def sentences(*rows: list[int]) -> Padded:
    return pad([torch.tensor(row) for row in rows])


THREE = sentences([1, 3, 4, 2], [1, 5, 2], [1, 2])


def test_the_loss_is_the_cross_entropy_of_each_next_word():
    head = head_of()
    output = head(fused(), {"caption": THREE})
    loss = head.loss(output, {"caption": THREE})
    by_hand, words = 0.0, 0
    for i, row in enumerate([[1, 3, 4, 2], [1, 5, 2], [1, 2]]):
        one = {k: output[k][i : i + 1] for k in ("memory", "mask")}
        for t in range(1, len(row)):
            logits = head.decode(torch.tensor([row[:t]]), one)[0, -1]
            by_hand += F.cross_entropy(logits, torch.tensor(row[t])).item()
            words += 1
    assert loss.total.item() == pytest.approx(by_hand, rel=1e-5)
    assert loss.weight.item() == words == 6


def test_no_word_sees_a_later_one():
    head = head_of()
    output = head(fused())
    words = torch.tensor([[1, 3, 4, 5]] * 3)
    other = words.clone()
    other[:, 3] = 0
    assert_close(head.decode(words, output)[:, :3], head.decode(other, output)[:, :3])
    assert not torch.allclose(
        head.decode(words, output)[:, 3], head.decode(other, output)[:, 3]
    )


def test_the_padding_of_the_picture_changes_nothing():
    head = head_of()
    output = head(fused())
    changed = dict(output)
    changed["memory"] = output["memory"].clone()
    changed["memory"][-1, 3:] = 99
    words = torch.tensor([[1, 3]] * 3)
    assert_close(head.decode(words, output), head.decode(words, changed))
    weights = head.attention(words, output)
    assert weights.shape == (3, 2, 5) and not weights[-1, :, 3:].any()
    assert bool((weights.sum(dim=-1) < 1).all())


def test_unknown_sentences_count_nowhere():
    head = head_of()
    known = torch.tensor([True, False, True])
    batch = {"caption": THREE, "caption_known": known}
    loss = head.loss(head(fused(), batch), batch)
    without = THREE.values.clone()
    without[1] = 9  # no word's number: nobody looks
    odd = {"caption": Padded(without, THREE.mask), "caption_known": known}
    output = head(fused(), {"caption": THREE})
    assert_close(head.loss(output, odd), loss)
    head.check(odd)
    assert head.statistics(output, batch)[1].tolist() == [0, 0]


def test_greedy_writes_the_likeliest_next_word_until_the_end():
    head = head_of()
    output = head(fused())
    for i, found in enumerate(head.predict(output)):
        one = {k: x[i : i + 1] for k, x in output.items()}
        words = [BEGIN]
        while len(words) <= head.longest and words[-1] != END:
            words.append(int(head.decode(torch.tensor([words]), one)[0, -1].argmax()))
        assert found == [w for w in words[1:] if w != END]
    assert [text for text, _ in beam_search(head, output, width=1)] == head.predict(
        output
    )


def test_a_wide_beam_is_the_best_of_all_sentences():
    head = head_of(longest=3)
    output = {k: x[:1] for k, x in head(fused()).items()}
    chances = {}
    for n in range(head.longest):
        for body in itertools.product([w for w in range(WORDS) if w != END], repeat=n):
            row = [BEGIN, *body, END]
            logits = head.decode(torch.tensor([row[:-1]]), output)[0].log_softmax(-1)
            chances[body] = sum(logits[t, w].item() for t, w in enumerate(row[1:]))
    for length in (0.0, 1.0):
        best = max(chances, key=lambda b: chances[b] / (len(b) + 1) ** length)
        ((text, chance),) = beam_search(head, output, width=1000, length=length)
        assert tuple(text) == best
        assert chance == pytest.approx(chances[best], rel=1e-4)


def test_errors_are_counted_without_begin_and_end():
    head = head_of()
    output = head(fused(), {"caption": THREE})
    rows = head.statistics(output, {"caption": THREE})
    assert rows[:, 1].tolist() == [2, 1, 0]
    said = head.predict(output)
    assert rows[2, 0].item() == len(said[2])


@pytest.mark.parametrize(
    ("caption", "message"),
    [
        (
            sentences([1, 3, 2], [1, 6, 2]),
            r"sample 1: caption, word 1 is 6; expected",
        ),
        (
            sentences([1, 3, 2], [3, 2]),
            r"sample 1: caption is \[3, 2\]; exp",
        ),
        (
            sentences([1, 3], [1, 2]),
            r"sample 0: caption is \[1, 3\]; exp",
        ),
        (torch.ones(2, 3), "caption is a Tensor; expected Padded"),
    ],
)
def test_wrong_sentences_are_named(caption, message):
    with pytest.raises(ValueError, match=message):
        head_of().check({"caption": caption})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"begin": 2, "end": 2}, "begin is 2 and end 2; expected two numbers"),
        ({"begin": 1, "end": 6}, r"begin is 1 and end 6; expected two numbers, 0\.\.5"),
        ({"begin": 1, "end": 2, "depth": 0}, "depth is 0"),
        ({"begin": 1, "end": 2, "longest": 0}, "longest 0"),
        ({"begin": 1, "end": 2, "heads": 3}, "8 is not a multiple of heads 3"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(ValueError, match=message):
        Caption(D_MODEL, WORDS, **options)
    with pytest.raises(ValueError, match="width is 0"):
        beam_search(head_of(), {"memory": torch.zeros(0, 1, 8)}, width=0)
