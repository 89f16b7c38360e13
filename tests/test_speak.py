"""Letters to frames: lengths from their sum, and no frame that sees another clip."""

from __future__ import annotations

import math

import pytest
import torch
from torch.testing import assert_close

from mmlearn.batch import Padded, Tokens, pad
from mmlearn.fusion.fused import Fused
from mmlearn.heads import Speak
from mmlearn.heads.speak import centres, overlap

D_MODEL, BANDS = 6, 3


def head(**options) -> Speak:
    torch.manual_seed(0)
    made = Speak(D_MODEL, [1.0, 2, 3], [0.5, 1, 2], width=8, depth=2, **options)
    torch.nn.init.normal_(made.lasts.weight, std=0.5)
    return made


def fused(values: torch.Tensor, mask: torch.Tensor) -> Fused:
    tokens = Tokens(values * mask.unsqueeze(-1), mask, None)
    return Fused(values[:, 0], {"text": tokens}, {}, mask.any(dim=1)[:, None])


def mel_of(*lengths: int) -> Padded:
    torch.manual_seed(1)
    return pad([torch.randn(n, BANDS) if n else None for n in lengths])


def case(size: int = 3, letters: int = 4) -> Fused:
    torch.manual_seed(2)
    mask = torch.ones(size, letters, dtype=torch.bool)
    mask[1, 2:] = False
    return fused(torch.randn(size, letters, D_MODEL), mask)


def test_centres_and_weights_by_hand():
    lengths = torch.tensor([[2.0, 4.0, 0.0]])
    assert centres(lengths).tolist() == [[1.0, 4.0, 6.0]]
    mask = torch.tensor([[True, True, False]])
    found = overlap(lengths, mask, frames=6, sigma=1.5)
    for t in range(6):
        near = [math.exp(-((t + 0.5 - c) ** 2) / (2 * 1.5**2)) for c in (1, 4)]
        expected = [x / sum(near) for x in near] + [0]
        assert found[0, t].tolist() == pytest.approx(expected, abs=1e-6)


def test_narrow_weights_with_whole_lengths_repeat_each_letter():
    letters = torch.randn(1, 4, 5)
    lengths = torch.tensor([[3, 3, 3, 3]])
    mask = torch.ones(1, 4, dtype=torch.bool)
    weights = overlap(lengths.float(), mask, frames=12, sigma=0.1)
    expected = letters[0].repeat_interleave(lengths[0], dim=0)
    assert_close((weights @ letters)[0], expected)


def test_far_away_frames_still_have_weights_of_sum_one():
    mask = torch.tensor([[True, True], [False, True], [False, False]])
    lengths = mask * 0.1
    sums = overlap(lengths, mask, frames=5_000, sigma=0.1).sum(dim=2)
    assert_close(sums[:2], torch.ones(2, 5_000))
    assert not sums[2].any(), "no letter, no weight"


def test_where_the_frames_are_known_the_lengths_fill_them():
    """Training compares frame by frame: the sum is given, the shares are the head's."""
    model, mel = head(), mel_of(9, 20, 5)
    output = model(case(), {"mel": mel})
    assert torch.equal(output["mask"], mel.mask)
    free = model(case())
    assert_close(free["lengths"], output["lengths"])
    total = free["lengths"].sum(dim=1).round().long()
    assert torch.equal(free["mask"].sum(dim=1), total)
    assert [len(x) for x in model.predict(free)] == total.tolist()


def test_the_loss_is_the_error_per_number_and_that_of_the_logarithm_of_the_sum():
    model, mel = head(), mel_of(9, 20, 0)
    output = model(case(), {"mel": mel})
    loss = model.loss(output, {"mel": mel})
    standard = (mel.values - model.mean) / model.std
    errors = [
        (output["mel"] - standard)[i, :n].abs().mean(1).sum()
        for i, n in ((0, 9), (1, 20))
    ]
    off = [
        tokens * (output["lengths"][i].sum() / n).log().abs()
        for i, n, tokens in ((0, 9, 4), (1, 20, 2))
    ]
    assert_close(loss.total, torch.stack([sum(errors), sum(off)]))
    assert loss.weight.tolist() == [29, 6], "sample 2 has no frames: it counts nowhere"
    rows = model.statistics(output, {"mel": mel})
    assert rows[2].tolist() == [0] * 5 and rows[:, 1].tolist() == [9, 20, 0]
    distance = model.metrics["mel distance"].value(rows)
    assert distance == pytest.approx(float(sum(errors).detach()) / 29)
    flat = standard[mel.mask].abs().mean()
    gain = model.metrics["gain over the mean"].value(rows)
    assert gain == pytest.approx(float(flat) - distance, abs=1e-5)
    length = model.metrics["length error"].value(rows)
    gone = [(output["lengths"][i].sum() - n).abs() for i, n in ((0, 9), (1, 20))]
    assert length == pytest.approx(float(sum(gone).detach()) / 29)


def test_frames_that_are_not_known_count_nowhere():
    model, mel = head(), mel_of(9, 20, 5)
    bad = Padded(mel.values.clone(), mel.mask)
    bad.values[1, 3] = torch.nan
    known = {"mel_known": torch.tensor([True, False, True])}
    output = model(case(), {"mel": mel})
    assert_close(
        model.loss(output, {"mel": bad, **known}),
        model.loss(output, {"mel": mel, **known}),
    )
    model.check({"mel": bad, **known})
    assert model.statistics(output, {"mel": bad, **known}).isfinite().all()


def test_a_clip_is_the_same_beside_longer_ones_and_with_holes_in_its_text():
    model, whole = head(), case()
    mel = mel_of(9, 20, 5)
    output = model(whole, {"mel": mel})
    values, mask = whole.tokens["text"].values, whole.tokens["text"].mask
    alone = Fused(
        whole.vector[1:2],
        {"text": Tokens(values[1:2, :2], mask[1:2, :2], None)},
        {},
        whole.present[1:2],
    )
    found = model(alone, {"mel": mel[1:2]})
    assert_close(found["mel"][0], output["mel"][1, :20])
    wide, there = torch.randn(1, 5, D_MODEL), torch.zeros(1, 5, dtype=torch.bool)
    wide[:, [0, 3]], there[:, [0, 3]] = values[1:2, :2], True
    holes = Fused(whole.vector[1:2], {"text": Tokens(wide, there, None)}, {}, there)
    assert_close(model(holes, {"mel": mel[1:2]})["mel"][0], output["mel"][1, :20])
    assert_close(model(holes)["mel"][0], model(alone)["mel"][0])


def test_no_text_is_silence():
    model = head()
    values, mask = torch.randn(2, 3, D_MODEL), torch.ones(2, 3, dtype=torch.bool)
    mask[1] = False
    output = model(fused(values, mask))
    assert len(model.predict(output)[1]) == 0
    output["mel"].sum().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())


def test_lengths_learn_from_the_frames_although_only_their_sum_is_given():
    """A long and a short letter, in either order: each finds its own length."""
    torch.manual_seed(0)
    rows = [[0, 1], [1, 0], [0, 0], [1, 1], [0, 1, 0], [1, 0, 1]]
    lasting, height = (2, 8), (-1.0, 1.0)
    mel = pad(
        [
            torch.cat([torch.full((lasting[x], 1), height[x]) for x in row])
            for row in rows
        ]
    )
    letters = pad([torch.eye(2)[row] for row in rows])
    model = Speak(2, [0.0], [1.0], width=8, depth=1, sigma=0.8)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    inputs = Fused(
        torch.zeros(len(rows), 2),
        {"text": Tokens(letters.values, letters.mask, None)},
        {},
        letters.mask.any(dim=1)[:, None],
    )
    for _ in range(200):
        loss = model.loss(model(inputs, {"mel": mel}), {"mel": mel}).mean
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    found = model(inputs)["lengths"][0, :2]
    assert found.tolist() == pytest.approx([2, 8], abs=1)


def test_the_prediction_is_in_the_unit_of_the_target():
    model = head()
    output = model(case())
    first = model.predict(output)[0]
    n = len(first)
    assert_close((first - model.mean) / model.std, output["mel"][0, :n])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: head(sigma=0.0), "sigma is 0.0; expected a positive number"),
        (lambda: head(frames=-1.0), "frames is -1.0; expected a positive number"),
        (lambda: Speak(4, [0.0], [0.0]), r"each std above 0"),
        (lambda: Speak(4, [0.0, 1], [1.0]), r"mean is \[2\], std \[1\]; expected \[n"),
    ],
)
def test_settings_that_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_batches_that_are_refused():
    model, mel = head(), mel_of(9, 20, 5)
    with pytest.raises(ValueError, match=r"Speak reads 'text'; found \['sound'\]"):
        model(Fused(torch.zeros(1, 6), {"sound": None}, {}, torch.ones(1, 1)))
    with pytest.raises(ValueError, match="Speak learns 'mel'; the batch has"):
        model.check({"text": mel})
    with pytest.raises(ValueError, match=r"mel is a Tensor; expected Padded \[B, T"):
        model.check({"mel": mel.values})
    with pytest.raises(ValueError, match="mel has 2 bands; expected 3"):
        model.check({"mel": Padded(mel.values[..., :2], mel.mask)})
    bad = Padded(mel.values.clone(), mel.mask)
    bad.values[1, 3, 0] = torch.inf
    with pytest.raises(ValueError, match="sample 1: mel, frame 3 is not finite"):
        model.check({"mel": bad})
    text = pad([torch.tensor([1]), None, torch.tensor([1])])
    with pytest.raises(ValueError, match="sample 1: 20 frames of mel, and no text"):
        model.check({"mel": mel, "text": text})
