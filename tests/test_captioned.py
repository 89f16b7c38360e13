"""Captions to numbers and back, a row for each, and errors against the nearest."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mmlearn import MultimodalModel, fit, seed_everything
from mmlearn.captioned import Captioned
from mmlearn.encoders import FeatureEncoder
from mmlearn.evaluate import predict
from mmlearn.fusion import Separate
from mmlearn.metrics import ERROR_RATE, nearest_errors

TEXTS = [["a red cat", "A cat!"], ["两只猫"], ["..."], ["a blue key", "", "one key"]]


def test_a_row_for_each_caption_that_has_a_word():
    captioned = Captioned.fit(TEXTS)
    pictures = torch.arange(4.0)[:, None]
    data = captioned.data(pictures, TEXTS, [3, 0, 2, 1])
    assert len(data) == 5 and captioned.longest == 3
    batch = data[torch.arange(5)]
    assert batch["image"].flatten().tolist() == [3, 3, 0, 0, 1]
    told = [
        " ".join(captioned.words(row[mask].tolist()))
        for row, mask in zip(
            batch["caption"].values, batch["caption"].mask, strict=True
        )
    ]
    wanted = ["a blue key", "one key", "a red cat", "a cat", "两 只 猫"]
    assert told == [f"<begin> {one} <end>" for one in wanted]


def test_unknown_words_and_nothing_to_say():
    captioned = Captioned.fit(TEXTS[:1])
    batch = captioned.data(torch.zeros(1, 2), [["a green cat"]], [0])[torch.arange(1)]
    assert captioned.words(batch["caption"].values[0].tolist())[2] == "<unk>"
    with pytest.raises(ValueError, match="2 captions have no word"):
        Captioned.fit([["..."], [""]])
    with pytest.raises(ValueError, match="1 pictures have no caption"):
        captioned.data(torch.zeros(1, 2), [["..."]], [0])


def test_it_learns_to_tell_two_pictures_apart():
    seed_everything(0)
    texts = [["two cats", "cats"] if i % 2 else ["a long blue key"] for i in range(40)]
    pictures = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).repeat(20, 1)
    captioned = Captioned.fit(texts)
    encoder = FeatureEncoder(2, 16, pool=False)
    model = MultimodalModel(
        {"image": encoder}, Separate(["image"], 16), captioned.head(16, depth=1)
    )
    train, valid = (
        captioned.data(pictures, texts, r) for r in (range(32), range(32, 40))
    )
    fit(model, train, valid, epochs=8, batch_size=8, learning_rate=1e-2)
    said = [captioned.words(row) for row in predict(model, valid)]
    rows = [int(row) for row in valid.columns["row"]]
    wanted = [[text.split() for text in texts[row]] for row in rows]
    assert ERROR_RATE.value(nearest_errors(said, wanted)) < 0.1


def test_errors_against_the_nearest():
    said = [["a", "cat"], []]
    wanted = [[["a", "red", "cat", "here"], ["the", "cat"]], [["key"]]]
    found = nearest_errors(said, wanted)
    assert found.tolist() == [[2, 4], [1, 1]] or found.tolist() == [[1, 2], [1, 1]]
    assert found.dtype == np.float64
    with pytest.raises(ValueError, match="1 were predicted and 2 have targets"):
        nearest_errors(said[:1], wanted)
    for bad in ([], [[]]):
        with pytest.raises(ValueError, match="sample 1 has"):
            nearest_errors(said, [wanted[0], bad])
