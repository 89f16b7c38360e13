"""What a screen of ours computes is what captum computes."""

import captum.attr
import pytest
import torch
from models import CLASSES, batch_of, build, heads
from torch.testing import assert_close

from mmlearn.batch import TensorData
from mmlearn.explain import (
    gradients,
    integrated_gradients,
    occlusion,
    shapley,
    subset_values,
)
from mmlearn.fusion import SelfAttentionFusion


@pytest.fixture
def case():
    """A model, a batch, the class to explain, and the score as captum wants it."""
    model, batch = build(SelfAttentionFusion, heads()[0]).eval(), batch_of()

    def scores(image):
        return model(batch | {"image": image})

    return model, batch, torch.arange(6) % CLASSES, scores


def test_gradients(case):
    model, batch, target, scores = case
    image = batch["image"].clone().requires_grad_()
    theirs = captum.attr.Saliency(scores).attribute(image, target, abs=False)
    assert_close(gradients(model, batch, "image", target), theirs)


def test_integrated_gradients(case):
    model, batch, target, scores = case
    theirs = captum.attr.IntegratedGradients(scores).attribute(
        batch["image"],
        0.5,
        target,
        n_steps=16,
        method="riemann_middle",
        internal_batch_size=len(target),  # all pictures at one step, then the next
    )
    ours = integrated_gradients(model, batch, "image", target, baseline=0.5, steps=16)
    assert_close(ours, theirs.to(ours.dtype), atol=1e-5, rtol=1e-4)


def test_occlusion(case):
    model, batch, target, scores = case
    square = (3, 4, 4)  # of all three channels, side by side
    theirs = captum.attr.Occlusion(scores).attribute(
        batch["image"], square, strides=square, target=target
    )
    ours = occlusion(model, batch, size=4, target=target)  # [B, 2, 2]
    each_pixel = ours.repeat_interleave(4, dim=1).repeat_interleave(4, dim=2)
    assert_close(each_pixel, theirs[:, 0], atol=1e-5, rtol=1e-4)


def test_shapley_values(case):
    model, *_ = case
    values = subset_values(model, TensorData(batch_of()))
    names = sorted(frozenset().union(*values))

    def worth(there):  # [1, M], 1 where the modality takes part -> sample 0's value
        subset = frozenset(n for n, x in zip(names, there[0], strict=True) if x)
        return values[subset][:1]

    everyone = torch.ones(1, len(names))
    theirs = captum.attr.ShapleyValues(worth).attribute(everyone)
    ours = torch.stack([shapley(values)[name][0] for name in names])
    assert_close(theirs[0], ours)
