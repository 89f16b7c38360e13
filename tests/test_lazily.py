"""Rows made batch by batch are those made at once, and train the same model."""

import numpy as np
import pytest
import torch
from own_corpus import own_corpus

from mmlearn import MultimodalModel, fit, prepare
from mmlearn.batch import Padded
from mmlearn.data.corpus import Corpus
from mmlearn.evaluate import evaluate
from mmlearn.fusion import ConcatFusion
from mmlearn.lazily import LazyData

EVERYTHING = [
    *("photo", "film", "voice", "watch", "vector", "height", "town", "note"),
]


def both(**settings):
    options = {"categories": ["town"], "tags": ["keywords"]} | settings
    return (
        prepare(own_corpus(), EVERYTHING, **options, lazy=lazy)
        for lazy in (False, True)
    )


def test_batches_are_the_same_but_for_padding():
    eager, lazy = both(targets=["label", "price"])
    assert isinstance(lazy.train, LazyData)
    index = torch.tensor([5, 0, 17])
    one, other = eager.train[index], lazy.train[index]
    assert one.keys() == other.keys()
    for name, column in one.items():
        same = other[name]
        if isinstance(column, Padded):
            steps = same.mask.shape[1]
            assert not column.mask[:, steps:].any()
            column = Padded(column.values[:, :steps], column.mask[:, :steps])
            assert torch.equal(column.mask, same.mask)
            column, same = column.values, same.values
        torch.testing.assert_close(column, same)


def test_the_model_is_the_same():
    reports = []
    for data in both():
        torch.manual_seed(0)
        model = MultimodalModel(
            data.encoders(8, dropout=0),
            ConcatFusion(data.modalities, 8),
            data.head(8, 0),
        )
        history = fit(model, data.train, data.valid, epochs=2, batch_size=16)
        report = evaluate(model, data.test, data.groups["test"])
        reports.append((history[-1]["valid_loss"], report["label.accuracy"].value))
    assert reports[0] == pytest.approx(reports[1], rel=1e-4)


def test_parts_of_lazy_data():
    _, lazy = both()
    part = lazy.train.take([3, 1])
    assert len(part) == 2
    assert torch.equal(part.columns["label"], lazy.train.columns["label"][[3, 1]])
    whole, taken = lazy.train[torch.tensor([1])], part[torch.tensor([1])]
    assert torch.equal(whole["photo"], taken["photo"])
    with pytest.raises(IndexError, match=r"row 40; expected 0\.\.35"):
        lazy.train.take([40])
    assert lazy.head(8, balanced=True).heads["label"].weight is not None


def test_pictures_on_the_disk_are_read_as_they_are_asked_for(tmp_path, monkeypatch):
    pictures = np.lib.format.open_memmap(
        tmp_path / "p.npy", "w+", np.uint8, (3_000, 3, 8, 8)
    )
    pictures[:] = np.arange(3_000, dtype=np.int64)[:, None, None, None] % 200
    label = np.arange(3_000) // 100 % 2
    corpus = Corpus(
        name="large",
        columns={"image": np.load(tmp_path / "p.npy", mmap_mode="r")},
        label=label,
        label_names=("a", "b"),
        groups=np.arange(3_000),
        licence="",
        source="",
    )
    data = prepare(corpus, lazy=True)
    asked = []
    take = Corpus.__getitem__

    def noted(self, key):
        asked.append(len(key) if not isinstance(key, str) else 0)
        return take(self, key)

    monkeypatch.setattr(Corpus, "__getitem__", noted)
    batch = data.train[torch.tensor([7, 3])]
    assert max(asked) == 2
    row = data.rows["train"][[7, 3]]
    assert (batch["label"].numpy() == label[row]).all()
    assert batch["image"].shape == (2, 3, 8, 8)
    assert torch.equal(batch["image"].argsort(0)[:, 0, 0, 0], torch.tensor([1, 0]))
