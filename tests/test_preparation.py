"""What was learned from training rows is kept, and refuses what is not alike."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from own_corpus import SIZE, own_corpus

from mmlearn import MultimodalModel, fit, prepare
from mmlearn.batch import Padded
from mmlearn.encoders import MiniLMEncoder
from mmlearn.evaluate import predict
from mmlearn.fusion import ConcatFusion
from mmlearn.kinds import Photographs, Sentences, Sounds, Vectors
from mmlearn.preparation import load_preparation
from mmlearn.targets import Classes

EVERYTHING = [
    *("photo", "film", "voice", "watch", "vector", "height", "town", "note"),
]


def with_columns(**columns):
    corpus = own_corpus()
    return replace(corpus, columns={**corpus.columns, **columns})


def test_a_saved_run_predicts_the_same_in_another_process(tmp_path, capsys):
    data = prepare(
        own_corpus(),
        EVERYTHING,
        categories=["town"],
        targets=["label", "price"],
        tags=["keywords"],
    )
    torch.manual_seed(0)
    model = MultimodalModel(
        data.encoders(8), ConcatFusion(data.modalities, 8), data.head(8)
    )
    fit(model, data.train, data.valid, epochs=1)
    data.save(tmp_path / "run" / "data.json")
    model.save(tmp_path / "run" / "model.st")  # whatever the ending

    how = load_preparation(tmp_path / "run" / "data.json")
    torch.manual_seed(9)
    again = MultimodalModel(
        how.encoders(8), ConcatFusion(how.modalities, 8), how.head(8)
    )
    again.load(tmp_path / "run" / "model.st")
    fresh = own_corpus(seed=3)
    one, other = data.apply(fresh), how.apply(fresh)
    for name, column in one.columns.items():
        same = other.columns[name]
        if isinstance(column, Padded):
            assert torch.equal(column.mask, same.mask)
            column, same = column.values, same.values
        assert torch.equal(column, same), name
    for theirs, ours in zip(predict(again, other), predict(model, one), strict=True):
        assert theirs.keys() == ours.keys()
        assert all(torch.equal(theirs[name], ours[name]) for name in ours)
    assert how.targets["label"] == Classes("label", ("low", "high"))
    assert capsys.readouterr().out.count("own: 60 rows\n") == 2


def test_a_network_is_not_kept_but_named(tmp_path):
    photos = with_columns(photo=own_corpus()["photo"].repeat(2, 2).repeat(2, 3))
    data = prepare(photos, {"photo": Photographs.fit})
    data.save(tmp_path / "data.json")
    how = load_preparation(tmp_path / "data.json")
    assert isinstance(how.inputs["photo"], Photographs)
    assert (tmp_path / "data.json").stat().st_size < 1_000


def test_a_missing_sentence_is_missing():
    notes = own_corpus()["note"]
    notes[7] = " "
    data = prepare(with_columns(note=notes), {"note": Sentences.fit, "photo": None})
    everyone = data.apply(with_columns(note=notes)).columns["note"]
    assert everyone.values.shape == (SIZE, 1, 384)
    assert everyone.mask[:, 0].tolist() == [i != 7 for i in range(SIZE)]
    assert not everyone.values[7].any()
    plain = MiniLMEncoder()(MiniLMEncoder().tokenize([notes[3]])).values
    torch.testing.assert_close(everyone.values[3:4], plain, rtol=1e-4, atol=1e-4)


class Own(Vectors):
    """A kind of the reader's own."""


def test_files_that_are_no_preparation(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.json: no such file"):
        load_preparation(tmp_path / "gone.json")
    for text in (
        *("no json", "[]", '{"format": 9}', '{"format": 1, "inputs": {}}'),
        '{"format": 1, "targets": {}, "inputs": {"a": {"is": "os.system"}}}',
        '{"format": 1, "targets": {}, "inputs": {"a": {"is": "Table"}}}',
    ):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(ValueError, match=r"bad\.json: cannot be read as a prepar"):
            load_preparation(tmp_path / "bad.json")
    data = prepare(own_corpus(), {"vector": Own.fit})
    with pytest.raises(TypeError, match="Own is none of Characters, Films"):
        data.save(tmp_path / "own.json")
    assert not (tmp_path / "own.json").exists()


@pytest.mark.parametrize(
    ("column", "changed", "message"),
    [
        ("photo", np.zeros((SIZE, 3, 8, 8), np.uint8), r"expected \[3, 16, 16\] in th"),
        (
            "film",
            np.zeros((SIZE, 4, 3, 4, 4), np.uint8),
            r"expected \[3, 8, 8\] in the",
        ),
        ("watch", np.zeros((SIZE, 30, 3), np.float32), r"expected \[2\] in the last"),
        ("vector", np.zeros((SIZE, 4), np.float32), r"expected \[5\] in the last axes"),
    ],
)
def test_other_sizes_than_in_training_are_refused(column, changed, message):
    data = prepare(own_corpus(), [column])
    with pytest.raises(ValueError, match=message):
        data.apply(with_columns(**{column: changed}))


@pytest.mark.parametrize("column", ["film", "watch", "voice"])
def test_other_rates_than_in_training_are_refused(column):
    data = prepare(own_corpus(), [column])
    rates = own_corpus().rates | {column: 3}
    with pytest.raises(ValueError, match=f"'{column}' has 3 steps a second; expected"):
        data.apply(replace(own_corpus(), rates=rates))


def test_other_channels_than_in_training_are_refused():
    corpus = replace(own_corpus(), channels={"watch": ("x", "y")})
    data = prepare(corpus, ["watch"])
    with pytest.raises(ValueError, match=r"has the channels \('y', 'x'\); expected"):
        data.apply(replace(corpus, channels={"watch": ("y", "x")}))


def test_what_new_rows_lack_is_said(capsys):
    data = prepare(own_corpus(), ["photo", "note", "town"], categories=["town"])
    columns = {k: v for k, v in own_corpus().columns.items() if k != "note"}
    columns["town"] = ["Oslo", "Bern"] * 30
    fresh = replace(own_corpus(), columns=columns, label=None, label_names=())
    capsys.readouterr()
    made = data.apply(fresh)
    assert capsys.readouterr().out == (
        "own: 60 rows; without label, note; 30 rows have a town of no training row, "
        "taken for missing\n"
    )
    model = MultimodalModel(
        data.encoders(8), ConcatFusion(data.modalities, 8), data.head(8)
    )
    assert predict(model, made).shape == (60,)
    with pytest.raises(ValueError, match="has none of photo, note, table, only price"):
        data.apply(replace(fresh, columns={"price": own_corpus()["price"]}, rates={}))


def test_what_is_no_corpus_or_of_another_kind_is_named():
    data = prepare(own_corpus(), ["height", "note", "town"], categories=["town"])
    with pytest.raises(TypeError, match="found a str; expected a Corpus"):
        data.apply("folder")
    with pytest.raises(
        TypeError, match=r"'height' holds texts; .*numbers=\['height'\]"
    ):
        data.apply(with_columns(height=["170"] * SIZE))
    with pytest.raises(TypeError, match="'note' is float64; expected texts"):
        data.apply(with_columns(note=np.zeros(SIZE)))
    model = MultimodalModel(
        data.encoders(8), ConcatFusion(data.modalities, 8), data.head(8)
    )
    with pytest.raises(
        TypeError, match=r"gives a Corpus for an index; .*apply\(corpus"
    ):
        predict(model, own_corpus())
    with pytest.raises(TypeError, match="encoder 'x' is a Linear without d_model"):
        MultimodalModel(
            {"x": torch.nn.Linear(2, 8)}, ConcatFusion(["x"], 8), data.head(8)
        )


def test_rows_with_nothing_to_read_are_named():
    notes = own_corpus()["note"]
    notes[7] = notes[9] = ""
    with pytest.raises(ValueError, match="rows have none of note, the first is row"):
        prepare(with_columns(note=notes), ["note"])


def test_classes_that_a_part_lacks_and_words_of_another_language_are_said(capsys):
    label = own_corpus().label.copy()
    label[:3] = 2
    rare = replace(own_corpus(), label=label, label_names=("low", "high", "odd"))
    prepare(rare, ["photo"])
    assert "no row of label odd in " in capsys.readouterr().out
    notes = [f"{i}字 {i}词" for i in range(SIZE)]
    prepare(with_columns(note=notes), ["note"])
    assert "100% of the words of note occur once: is its language 'en'" in (
        capsys.readouterr().out
    )


def test_a_label_column_may_have_gaps():
    words = [
        "" if i % 5 == 0 else ("no", "yes")[y] for i, y in enumerate(own_corpus().label)
    ]
    corpus = replace(with_columns(label=words), label=None, label_names=())
    data = prepare(corpus, ["photo"], targets=["label"])
    known = data.train.columns["label_known"]
    assert 0 < int((~known).sum()) < len(known)


def test_numbers_that_would_be_many_classes_are_refused():
    prices = [str(1_000 + i) for i in range(SIZE)]
    with pytest.raises(ValueError, match=r"would be 60 classes.*numbers=\['price'\]"):
        prepare(with_columns(price=prices), ["photo"], targets=["price"])


def test_a_corpus_prints_its_columns_not_their_values():
    said = repr(own_corpus())
    assert said.startswith("Corpus('own': photo uint8 [60, 3, 16, 16], film uint8 [60")
    assert said.endswith("keywords list [60]; 2 classes; 20 groups)")


def test_a_category_that_is_not_read_is_refused():
    with pytest.raises(
        ValueError, match="category 'town' is not among the columns to r"
    ):
        prepare(own_corpus(), ["height"], categories=["town"])


def test_by_clip_is_kept(tmp_path):
    data = prepare(own_corpus(), {"voice": partial(Sounds.fit, by_clip=False)})
    data.save(tmp_path / "d.json")
    assert load_preparation(tmp_path / "d.json").inputs["voice"].by_clip is False


def test_targets_that_may_be_one_class_are_refused():
    words = [" cat" if i == 2 else ("cat", "dog")[i % 2] for i in range(SIZE)]
    data = prepare(with_columns(kind=words), ["photo"], targets=["kind"])
    assert data.targets["kind"].names == ("cat", "dog")
    words = ["Cat" if i == 4 else ("cat", "dog")[i % 2] for i in range(SIZE)]
    with pytest.raises(ValueError, match=r"holds '.at' and '.at', which may be one"):
        prepare(with_columns(kind=words), ["photo"], targets=["kind"])


def test_small_photographs_are_said(capsys):
    prepare(own_corpus(), {"photo": Photographs.fit})
    assert (
        "by a frozen network that wants 224 pixels, not 16" in capsys.readouterr().out
    )
