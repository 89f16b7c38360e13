"""The encoder and the head of one's own in the package's README train."""

import re

import numpy as np
import torch
from own_corpus import own_corpus
from torch import Tensor, nn

from mmlearn import MultimodalModel, fit, prepare
from mmlearn.batch import Batch, Tokens
from mmlearn.course.paths import ROOT
from mmlearn.evaluate import evaluate
from mmlearn.fusion import ConcatFusion
from mmlearn.fusion.fused import Fused
from mmlearn.heads import Loss, Regress

README = (ROOT / "mmlearn" / "README.md").read_text(encoding="utf-8")
NAMES = {
    each.__name__: each for each in (Tensor, Batch, Tokens, Fused, Loss, Regress)
} | {"torch": torch, "nn": nn, "Batch": Batch}


def example(name: str) -> type:
    block = re.search(rf"```python\n(class {name}\(.*?)```", README, re.DOTALL)
    made = dict(NAMES)
    exec(block[1], made)
    return made[name]


def test_an_encoder_of_ones_own():
    data = prepare(own_corpus(), ["photo"])
    torch.manual_seed(0)
    model = MultimodalModel(
        {"photo": example("Histogram")(8)}, ConcatFusion(["photo"], 8), data.head(8)
    )
    fit(model, data.train, data.valid, epochs=100, learning_rate=1e-2)
    assert evaluate(model, data.test, data.groups["test"]).accuracy.value > 0.9


def test_a_head_of_ones_own():
    data = prepare(own_corpus(), ["height"], targets=["price"])
    number = data.targets["price"]
    head = example("Robust")(8, "price", number.mean, number.std)
    torch.manual_seed(0)
    fusion = ConcatFusion(data.modalities, 8)
    model = MultimodalModel(data.encoders(8), fusion, head)
    history = fit(model, data.train, data.valid, epochs=15, keep="mae")
    report = evaluate(model, data.test, data.groups["test"])
    spread = np.abs(data.test.columns["price"] - number.mean).mean()
    assert report["mae"].value < spread
    assert history[-1]["train_loss"] < history[0]["train_loss"]
