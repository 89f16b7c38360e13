"""Weights that were trained on another preparation are refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from own_corpus import own_corpus

from mmlearn import MultimodalModel, prepare, seed_everything
from mmlearn.data.corpus import Corpus
from mmlearn.describe import describe
from mmlearn.fusion import Separate
from mmlearn.heads import Several
from mmlearn.made_for import marks
from mmlearn.preparation import Preparation, load_preparation
from mmlearn.prepared import Prepared

READ = ["photo", "note", "height", "voice"]


def with_notes(*words: str) -> Corpus:
    """The corpus with other words, as many as before."""
    corpus = own_corpus()
    notes = [f"a {words[y]} note" for y in corpus.label]
    return own_corpus(columns={**corpus.columns, "note": notes})


def prepared(corpus: Corpus, read: list[str] = READ, **options) -> Prepared:
    return prepare(corpus, read, **options)


def model(data: Prepared | Preparation, read: list[str] = READ) -> MultimodalModel:
    seed_everything(0)
    names = list(data.modalities)
    return MultimodalModel(data.encoders(8), Separate(names, 8), data.head(8))


def test_weights_meet_the_model_of_their_preparation(tmp_path):
    data = prepared(own_corpus())
    trained = model(data)
    trained.save(tmp_path / "model.safetensors")
    data.save(tmp_path / "data.json")
    again = model(load_preparation(tmp_path / "data.json"))
    again.load(tmp_path / "model.safetensors")
    for name, value in trained.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], value, rtol=0, atol=0)


def test_another_vocabulary_of_the_same_size_is_refused(tmp_path):
    file = tmp_path / "model.safetensors"
    model(prepared(with_notes("short", "long"))).save(file)
    other = model(prepared(with_notes("green", "blue")))
    before = {name: x.clone() for name, x in other.state_dict().items()}
    with pytest.raises(ValueError, match=r"encoders\.note was trained on another prep"):
        other.load(file)
    for name, value in other.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


def test_other_statistics_and_other_classes_are_refused(tmp_path):
    file = tmp_path / "model.safetensors"
    model(prepared(own_corpus())).save(file)
    brighter = own_corpus()
    photo = brighter["photo"] // 2
    brighter = own_corpus(columns={**brighter.columns, "photo": photo})
    with pytest.raises(ValueError, match=r"encoders\.photo was trained on another"):
        model(prepared(brighter)).load(file)
    renamed = own_corpus(label_names=("high", "low"))
    with pytest.raises(ValueError, match="head was trained on another preparation"):
        model(prepared(renamed)).load(file)


def test_each_of_several_targets_has_its_mark():
    data = prepared(own_corpus(), ["photo"], targets=["label", "town"])
    parts = marks(model(data, ["photo"]))
    assert isinstance(data.head(8), Several)
    assert len(parts) == 3 and len(set(parts.values())) == 3


def test_a_file_without_marks_and_a_model_without_are_taken_as_they_are(tmp_path):
    from safetensors.torch import load_file, save_file

    file = tmp_path / "model.safetensors"
    data = prepared(own_corpus())
    model(data).save(file)
    plain = tmp_path / "plain.safetensors"
    save_file(load_file(file), plain)
    model(data).load(plain)
    bare = model(data)
    for part in bare.modules():
        part.__dict__.pop("made_for", None)
    bare.load(file)


def test_the_mark_is_one_of_content_not_of_an_object():
    first, second = (marks(model(prepared(own_corpus()))) for _ in range(2))
    assert first == second
    assert set(first) == {
        *(f"encoders.{name}" for name in ("photo", "note", "voice", "table")),
        "head",
    }


# Varied training batches


def test_pictures_move_and_sounds_get_noise_and_the_rest_stays():
    data = prepared(own_corpus())
    batch = data.train[torch.arange(12)]
    torch.manual_seed(0)
    varied = data.vary(batch)
    assert varied.keys() == batch.keys()
    assert not torch.equal(varied["photo"], batch["photo"])
    assert varied["photo"].shape == batch["photo"].shape
    assert not torch.equal(varied["voice"].values, batch["voice"].values)
    assert torch.equal(varied["voice"].mask, batch["voice"].mask)
    for name in ("note", "table"):
        assert varied[name] is batch[name]
    assert torch.equal(varied["label"], batch["label"])
    del batch["photo"]
    assert "photo" not in data.vary(batch)


def test_a_varied_training_goes_on_where_it_stopped(tmp_path):
    """`describe` has to tell `data.vary` by its content, also after a reload."""
    from mmlearn import fit

    file = tmp_path / "run.safetensors"
    histories = []
    for _ in range(2):
        data = prepared(own_corpus(), ["photo"])
        trained = model(data, ["photo"])
        options = {"epochs": 2, "augment": data.vary, "checkpoint": file}
        histories.append(fit(trained, data.train, data.valid, **options))
    assert histories[0] == histories[1]


def test_what_varies_is_told_by_what_was_learned_and_no_class_is_walked(monkeypatch):
    """A class leads to all that it names, and so to half of the libraries."""
    one, same = (prepared(own_corpus(), ["photo"]) for _ in range(2))
    other = own_corpus()
    other = own_corpus(columns={**other.columns, "photo": other["photo"] // 2})
    monkeypatch.setattr("mmlearn.describe._class", lambda *a: pytest.fail("walked"))
    monkeypatch.setattr("mmlearn.describe._function", lambda *a: pytest.fail("walked"))
    assert describe(one.vary) == describe(same.vary)
    assert describe(one.vary) != describe(prepared(other, ["photo"]).vary)


def test_noise_is_new_at_every_step():
    data = prepared(own_corpus(), ["voice"])
    batch = data.train[torch.arange(12)]
    torch.manual_seed(0)
    first, second = data.vary(batch)["voice"], data.vary(batch)["voice"]
    assert not torch.equal(first.values, second.values)
    noise = (first.values - batch["voice"].values)[first.mask]
    assert noise.std().item() == pytest.approx(0.7, rel=0.1)


# Pictures that are shifted


def test_a_shift_moves_whole_pictures_by_whole_pixels():
    from mmlearn.preprocess.image import shift

    torch.manual_seed(0)
    pictures = torch.rand(200, 2, 5, 6)
    moved = shift(pictures, 1)
    padded = torch.nn.functional.pad(pictures, (1, 1, 1, 1), mode="replicate")
    seen = set()
    for before, after in zip(padded, moved, strict=True):
        where = [
            (y, x)
            for y in range(3)
            for x in range(3)
            if torch.equal(before[:, y : y + 5, x : x + 6], after)
        ]
        assert len(where) == 1
        seen |= set(where)
    assert len(seen) == 9, "every direction comes"


def test_a_shift_by_nothing_changes_nothing_and_a_wrong_one_is_refused():
    from mmlearn.preprocess.image import shift

    pictures = torch.rand(3, 1, 4, 5)
    assert torch.equal(shift(pictures, 0), pictures)
    with pytest.raises(ValueError, match="most is 4; expected 0 to 3"):
        shift(pictures, 4)
    with pytest.raises(ValueError, match="most is -1"):
        shift(pictures, -1)
    with pytest.raises(ValueError, match=r"images are \[3, 4, 5\]"):
        shift(pictures[:, 0], 1)


def test_a_picture_of_28_pixels_moves_by_one_and_a_larger_one_by_its_share():
    for width, most in ((28, 1), (8, 1), (112, 4)):
        images = np.zeros((6, 3, 8, width), np.uint8)
        images[:, :, :, width // 2] = 255
        corpus = Corpus("c", {"image": images}, np.arange(6) % 2, ("a", "b"),
                        np.arange(6), "CC0", "here")  # fmt: skip
        kind = prepare(corpus, rows=[[0, 1], [2, 3], [4, 5]]).inputs["image"]
        torch.manual_seed(0)
        line = kind.vary(kind(corpus)[torch.zeros(300, dtype=torch.long)])
        where = line[:, 0, 0].argmax(dim=1) - width // 2
        assert where.abs().max() == most


def test_pictures_of_another_size_are_those_resized_first(tmp_path):
    from functools import partial

    from mmlearn.kinds import Pictures
    from mmlearn.preprocess.image import resize

    corpus = own_corpus()
    small = resize(corpus["photo"], 9).numpy()
    resized = own_corpus(columns={**corpus.columns, "photo": small})
    first = prepare(corpus, {"photo": partial(Pictures.fit, size=9)})
    second = prepare(resized, ["photo"])
    every = torch.arange(len(first.train))
    expected = second.train[every]["photo"]
    torch.testing.assert_close(first.train[every]["photo"], expected, rtol=0, atol=0)
    first.save(tmp_path / "data.json")
    again = load_preparation(tmp_path / "data.json").apply(corpus)
    assert again[torch.arange(3)]["photo"].shape == (3, 3, 9, 9)
    with pytest.raises(ValueError, match="photo"):
        load_preparation(tmp_path / "data.json").apply(resized)
