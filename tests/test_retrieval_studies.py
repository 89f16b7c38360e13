"""The heads and towers that the studies of retrieval compare, by another road."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from mmlearn import seed_everything
from mmlearn.batch import TensorData
from mmlearn.evaluate import one_side
from mmlearn.studies import mixture, retrieval
from mmlearn.studies.study import Part, Splits


def batch(n: int = 6, seed: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {
        "image": torch.randn(n, retrieval.AXES, generator=generator),
        "text": torch.randn(n, 384, generator=generator),
        "family": torch.arange(n) // 2,
    }


def test_a_committee_is_the_mean_of_its_members():
    seed_everything(0)
    model, data = retrieval.committee().eval(), batch()
    output = model(data)
    sides = [output[side].chunk(retrieval.MEMBERS, dim=1) for side in ("a", "b")]
    cosines, losses = [], []
    for a, b in zip(*sides, strict=True):
        a, b = F.normalize(a, dim=1), F.normalize(b, dim=1)
        logits, own = output["scale"] * a @ b.mT, torch.arange(len(a))
        cosines.append(a @ b.mT)
        both = F.cross_entropy(logits, own) + F.cross_entropy(logits.mT, own)
        losses.append(both / 2)
    near = (
        one_side(model, "image", data["image"])
        @ one_side(model, "text", data["text"]).mT
    )
    torch.testing.assert_close(near, torch.stack(cosines).mean(dim=0))
    found = model.head.loss(output, data).mean
    torch.testing.assert_close(found, torch.stack(losses).mean())


def test_members_know_nothing_of_each_other():
    seed_everything(0)
    model, data = retrieval.committee().eval(), batch()
    before = model(data)["a"].detach()
    with torch.no_grad():
        model.encoders["image"].members[1].layers[2].weight.zero_()
    after = model(data)["a"].detach()
    width = retrieval.WIDTH
    assert not torch.equal(before[:, width : 2 * width], after[:, width : 2 * width])
    torch.testing.assert_close(before[:, :width], after[:, :width])


def test_the_hardest_alone_counts():
    head = retrieval.Hardest("image", "text", 8, margin=0.2)
    near = torch.tensor([[0.9, 0.1, 0.8], [0.3, 0.5, 0.6], [0.0, 0.2, 0.7]])
    output = {"a": near, "b": torch.eye(3)}
    # rows: .9 leads .8 by .1; .5 is .1 behind; .7 leads .2 by .5. Columns: .9 leads .3,
    # .5 leads .2 by .3, .7 is .1 behind .8.
    total = (0.1 + 0.3 + 0) + (0 + 0 + 0.3)
    found = head.loss(output, {})
    torch.testing.assert_close(found.total, torch.tensor(total))
    assert found.weight == 3


def test_axes_come_from_the_training_rows_alone(monkeypatch):
    monkeypatch.setattr(retrieval, "AXES", 4)
    generator = torch.Generator().manual_seed(0)
    seen = torch.randn(30, 12, generator=generator)
    train = np.arange(20)
    found = retrieval.narrowed(seen, train)
    changed = seen.clone()
    changed[25] *= 9
    again = retrieval.narrowed(changed, train)
    torch.testing.assert_close(found[:25], again[:25])
    assert found.shape == (30, 4) and abs(found[train].std() - 1) < 1e-5
    scaled = (seen - seen[train].mean(dim=0)) / (seen[train].std(dim=0) + 1e-3)
    values = torch.linalg.svdvals(scaled[train])[:4]  # the lengths along the axes
    along = found[train].norm(dim=0).flip(0)
    torch.testing.assert_close(along / along[0], values / values[0])


@pytest.fixture(scope="module")
def splits() -> Splits:
    train, test = TensorData(batch(40)), TensorData(batch(12, seed=1))
    return Splits(train, test, test_parts={"all": Part(test, np.arange(12) // 2)})


def test_a_mixture_is_judged_by_what_is_first(splits):
    seed_everything(0)
    model, part = retrieval.committee(), splits.test_parts["all"]
    found = mixture.judge(model, part, splits)
    data = part.data.columns
    near = mixture.similarities(model, splits, data["text"], data["image"])
    first = (near.argmax(dim=1) == torch.arange(12)).double()
    assert found.shape == (12, 12) and (found[:, 1::2] == 1).all()
    assert found[:, 0].tolist() == first.tolist()
    back = (near.argmax(dim=0) == torch.arange(12)).double()
    assert found[:, 6].tolist() == back.tolist()
    value = mixture.METRICS["image to text recall@1"].value(found)
    assert value == pytest.approx(float(back.mean()))


def test_a_hub_is_held_down(splits):
    """A picture that is near to all known texts loses; the order of texts stays."""
    seed_everything(0)
    model, data = retrieval.committee(), splits.valid.columns
    near = mixture.similarities(model, splits, data["text"], data["image"])
    train = splits.train.columns
    plain = one_side(model, "text", data["text"]) @ one_side(
        model, "image", data["image"]
    ).mT + mixture.by_ridge(train, data["text"], data["image"])
    taken = plain - near
    torch.testing.assert_close(taken, taken[:1].expand_as(taken))
