"""The contrastive losses against formulas written sample by sample."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from models import D_MODEL, MODALITIES, batch_of, build
from torch.testing import assert_close

from mmlearn.fusion import Separate
from mmlearn.heads import Contrast

LOSSES = ("softmax", "sigmoid")
every_loss = pytest.mark.parametrize("loss", LOSSES)


def output_of(present: list[bool], loss: str, seed: int = 0) -> dict:
    generator = torch.Generator().manual_seed(seed)
    a, b = torch.randn(2, len(present), 6, generator=generator)
    output = {
        "a": torch.nn.functional.normalize(a, dim=1),
        "b": torch.nn.functional.normalize(b, dim=1),
        "present": torch.tensor(present),
        "scale": torch.tensor(3.0),
    }
    return output | ({"bias": torch.tensor(-1.5)} if loss == "sigmoid" else {})


def head_of(loss: str) -> Contrast:
    return Contrast("text", "audio", D_MODEL, width=8, loss=loss)


def by_hand(output: dict, loss: str) -> float:
    """The same number with no tensor operation but the dot product."""
    kept = [i for i, there in enumerate(output["present"].tolist()) if there]
    scale = float(output["scale"])

    def score(i: int, j: int) -> float:
        return scale * float(output["a"][i].double() @ output["b"][j].double())

    total = 0.0
    for i in kept:
        if loss == "softmax":
            a_to_b = math.log(sum(math.exp(score(i, j)) for j in kept))
            b_to_a = math.log(sum(math.exp(score(j, i)) for j in kept))
            total += (a_to_b + b_to_a) / 2 - score(i, i)
        else:
            for j in kept:
                sign = 1 if i == j else -1
                logit = score(i, j) + float(output["bias"])
                total += math.log(1 + math.exp(-sign * logit))
    return total / max(1, len(kept))


@every_loss
@settings(deadline=None, max_examples=40)
@given(present=st.lists(st.booleans(), min_size=1, max_size=7), seed=st.integers(0, 99))
def test_the_loss_is_the_formula_and_absent_pairs_count_in_neither(loss, present, seed):
    head, output = head_of(loss), output_of(present, loss, seed)
    value = head.loss(output, {}).mean
    assert value.shape == () and float(value) == pytest.approx(
        by_hand(output, loss), abs=1e-5
    )
    there = output["present"]
    noise = torch.where(there[:, None], 0, torch.randn(len(present), 6))
    disturbed = output | {"a": output["a"] + noise, "b": output["b"] - noise}
    assert_close(head.loss(disturbed, {}).mean, value, atol=0, rtol=0)
    order = torch.randperm(len(present))
    turned = output | {name: output[name][order] for name in ("a", "b", "present")}
    assert_close(head.loss(turned, {}).mean, value)


@every_loss
@pytest.mark.parametrize("present", [[False] * 3, [True, False, False], [True]])
def test_too_few_pairs_give_a_finite_loss_and_gradient(loss, present):
    output = output_of(present, loss)
    for name in ("a", "b"):
        output[name].requires_grad_()
    value = head_of(loss).loss(output, {}).mean
    value.backward()
    assert torch.isfinite(value)
    assert torch.isfinite(output["a"].grad).all()
    if loss == "softmax":
        assert value == 0, "there is nothing to tell apart"


@every_loss
def test_the_loss_is_float32_under_autocast(loss):
    model, batch = build(Separate, head_of(loss)), batch_of(8)
    exact = model.head.loss(model(batch), batch).mean
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(batch)
        value = model.head.loss(output, batch).mean
        assert output["a"].dtype == value.dtype == torch.float32
    # On the same vectors autocast changes nothing; only the encoders have rounded.
    assert_close(model.head.loss(output, batch).mean, value, atol=0, rtol=0)
    assert_close(value, exact, atol=0.1, rtol=0.05)


@every_loss
def test_it_starts_where_the_papers_do(loss):
    with torch.no_grad():
        output = build(Separate, head_of(loss))(batch_of())
    scale, bias = (1 / 0.07, None) if loss == "softmax" else (10.0, -10.0)
    assert float(output["scale"]) == pytest.approx(scale, rel=1e-5)
    assert ("bias" in output) == (bias is not None)
    assert bias is None or float(output["bias"].detach()) == bias


def test_the_scale_is_at_most_100():
    model = build(Separate, head_of("softmax"))
    with torch.no_grad():
        model.head.log_scale.fill_(9.0)
        assert float(model(batch_of())["scale"]) == pytest.approx(100, rel=1e-3)


def test_predict_is_the_nearest_complete_pair():
    output = output_of([True, True, False, True], "softmax")
    output["a"][0] = output["b"][3]  # the third pair's b
    output["a"][1] = output["b"][1]  # its own
    output["a"][3] = output["b"][2]  # of a pair that is not complete
    predicted = head_of("softmax").predict(output).tolist()
    assert predicted[:3] == [3, 1, -1]
    assert predicted[3] in (0, 1, 3)
    assert head_of("softmax").predict(output_of([False] * 2, "softmax")).tolist() == [
        -1,
        -1,
    ]


def test_a_pair_is_complete_when_both_are_there():
    output = build(Separate, head_of("softmax"))(batch_of())
    assert output["present"].tolist() == [True, False, False, True, True, True]
    lengths = output["a"].norm(dim=1)
    assert_close(lengths, torch.ones(6))


def test_refusals():
    with pytest.raises(ValueError, match="loss is 'hinge'"):
        Contrast("text", "audio", D_MODEL, loss="hinge")
    with pytest.raises(ValueError, match="a and b are both 'text'"):
        Contrast("text", "text", D_MODEL)
    model = build(Separate, Contrast("text", "video", D_MODEL))
    with pytest.raises(ValueError, match="but not 'video'") as error:
        model(batch_of())
    assert str(list(MODALITIES)) in str(error.value)
