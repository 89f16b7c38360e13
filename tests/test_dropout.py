"""ModalityDropout: what is dropped, how often, and nothing in evaluation."""

import pytest
import torch
from models import D_MODEL, MODALITIES, batch_of, build, heads
from torch.testing import assert_close

from mmlearn.fusion import ConcatFusion, ModalityDropout
from mmlearn.fusion.dropout import keep_one


def test_one_of_those_present_stays():
    torch.manual_seed(0)
    present = torch.tensor([[True, True, False]] * 3000 + [[False, True, False]] * 9)
    kept = keep_one(present, p=1.0)
    assert bool((kept.sum(dim=1) == 1).all()) and not bool((kept & ~present).any())
    assert_close(kept[:3000, 0].float().mean(), torch.tensor(0.5), atol=0.05, rtol=0)


def test_the_share_is_p_and_others_keep_all():
    torch.manual_seed(0)
    kept = keep_one(torch.ones(4000, 3, dtype=torch.bool), p=0.3)
    counts = kept.sum(dim=1)
    assert set(counts.tolist()) == {1, 3}
    assert_close((counts == 1).float().mean(), torch.tensor(0.3), atol=0.04, rtol=0)


def test_a_sample_with_nothing_stays_so():
    assert not keep_one(torch.zeros(4, 2, dtype=torch.bool), p=1.0).any()


def test_what_is_dropped_is_as_if_never_recorded():
    dropping = build(lambda m, d: ModalityDropout(ConcatFusion(m, d), 1.0), heads()[0])
    fused = dropping.train().fuse(batch_of())
    assert fused.present.sum(dim=1).tolist() == [1] * len(batch_of()["label"])
    for i, name in enumerate(MODALITIES):
        assert not fused.pooled[name][~fused.present[:, i]].any()


def test_evaluation_drops_nothing():
    batch = batch_of()
    plain = build(ConcatFusion, heads()[0]).eval()
    dropping = build(lambda m, d: ModalityDropout(ConcatFusion(m, d), 1.0), heads()[0])
    weights = {k: x for k, x in plain.state_dict().items()}
    dropping.load_state_dict(
        {k.replace("fusion.", "fusion.fusion."): x for k, x in weights.items()}
    )
    assert_close(dropping.eval()(batch), plain(batch), atol=0, rtol=0)


@pytest.mark.parametrize("p", [-0.1, 1.5])
def test_a_share_is_from_0_to_1(p):
    with pytest.raises(ValueError, match=f"p is {p}; expected a share"):
        ModalityDropout(ConcatFusion(MODALITIES, D_MODEL), p)
