from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from own_corpus import SIZE, own_corpus

from mmlearn import MultimodalModel, fit, prepare
from mmlearn.batch import Padded
from mmlearn.data.parts import parts_of
from mmlearn.evaluate import evaluate, predict
from mmlearn.fusion import ConcatFusion, SelfAttentionFusion
from mmlearn.heads import Classify, Regress, Several, Tag
from mmlearn.kinds import Sounds, Texts
from mmlearn.preprocess.image import channel_statistics, normalise

EVERYTHING = [
    *("photo", "film", "voice", "watch", "vector", "height", "town", "note"),
]


def with_columns(**columns):
    corpus = own_corpus()
    return replace(corpus, columns={**corpus.columns, **columns})


def everything(**settings):
    return prepare(own_corpus(), EVERYTHING, categories=["town"], **settings)


@pytest.mark.parametrize("fusion", [ConcatFusion, SelfAttentionFusion])
def test_a_column_of_every_kind_goes_from_corpus_to_interval(fusion, capsys):
    pool = fusion is ConcatFusion
    data = everything(targets=["label", "price"], tags=["keywords"])
    torch.manual_seed(0)
    model = MultimodalModel(
        data.encoders(16, pool=pool), fusion(data.modalities, 16), data.head(16)
    )
    fit(model, data.train, data.valid, epochs=2)
    report = evaluate(model, data.test, data.groups["test"])
    assert list(data.inputs) == [
        *("photo", "film", "voice", "watch", "vector", "note", "table"),
    ]
    assert isinstance(model.head, Several)
    assert report["label.accuracy"].low <= report["label.accuracy"].value
    assert report["price.mae"].value > 0
    said = capsys.readouterr().out
    assert said.startswith("own: rows 36 train, 12 valid, 12 test; reads photo (pict")
    assert "table (table of height, town)" in said
    assert "predicts label (2 classes), price (a number, " in said
    assert "keywords (3 tags)" in said


def test_statistics_are_those_of_the_training_rows_alone():
    corpus = own_corpus()
    rows = parts_of(corpus)
    later = np.concatenate([rows["valid"], rows["test"]])
    columns = {name: column.copy() for name, column in corpus.columns.items()}
    for name in ("photo", "film", "voice", "watch", "height"):
        columns[name][later] = 7
    for row in later:
        columns["note"][row], columns["town"][row] = "other words", "Oslo"
    one = everything()
    other = prepare(replace(corpus, columns=columns), EVERYTHING, categories=["town"])
    for name, column in one.train.columns.items():
        same = other.train.columns[name]
        if isinstance(column, Padded):
            assert torch.equal(column.values, same.values)
            column, same = column.mask, same.mask
        assert torch.equal(column, same)
    words = set(one.inputs["note"].vocabulary.get_itos())
    assert words == {"<pad>", "<unk>", "a", "note", "long", "short"}


def test_pictures_are_those_of_the_library_by_hand():
    corpus = own_corpus()
    data = prepare(corpus, ["photo"])
    train, test = (
        corpus["photo"][data.rows["train"]],
        corpus["photo"][data.rows["test"]],
    )
    expected = normalise(test, *channel_statistics(train))
    assert torch.equal(data.test.columns["photo"], expected)


def test_no_group_is_on_two_sides_and_every_row_on_one():
    data = prepare(own_corpus(), ["photo"])
    assert sorted(np.concatenate(list(data.rows.values()))) == list(range(SIZE))
    sides = [set(found.tolist()) for found in data.groups.values()]
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])


def test_a_text_is_read_only_where_it_is_named():
    data = prepare(own_corpus())
    assert list(data.inputs) == ["photo", "film", "voice", "watch", "vector", "table"]
    assert "price" in str(data.inputs["table"])
    without = prepare(own_corpus(), targets=["price"])
    assert "price" not in str(without.inputs["table"])
    assert "label" not in without.train.columns


def test_heads_fit_their_targets():
    assert isinstance(prepare(own_corpus(), ["photo"]).head(8), Classify)
    number = prepare(own_corpus(), ["photo"], targets=["price"])
    head = number.head(8)
    assert isinstance(head, Regress)
    wanted = own_corpus()["price"][number.rows["train"]]
    assert float(head.mean) == pytest.approx(wanted.mean())
    tag = prepare(own_corpus(), ["photo"], targets=[], tags=["keywords"]).head(8)
    assert isinstance(tag, Tag)
    assert tag.tags == 3


def test_balanced_heads_weigh_by_the_training_rows():
    corpus = own_corpus()
    label = corpus.label.copy()
    label[corpus.groups < 6] = 0
    corpus = replace(corpus, label=label)
    data = prepare(corpus, ["photo"], tags=["keywords"])
    head = data.head(8, balanced=True)
    found = label[data.rows["train"]]
    weight = head.heads["label"].weight
    assert weight.tolist() == pytest.approx(
        [len(found) / (2 * (found == k).sum()) for k in range(2)]
    )
    tags = data.train.columns["keywords"].double()
    yes, no = tags.sum(dim=0), (1 - tags).sum(dim=0).clamp(min=1)
    assert torch.allclose(head.heads["keywords"].positive_weight.double(), no / yes)
    assert data.head(8).heads["label"].weight is None


def test_numbers_that_are_not_known_are_flagged():
    price = own_corpus()["price"].copy()
    price[[0, 30]] = np.nan
    data = prepare(with_columns(price=price), ["photo"], targets=["price"])
    known = {name: getattr(data, name).columns for name in ("train", "valid", "test")}
    flags = [part["price_known"] for part in known.values() if "price_known" in part]
    assert sum(int((~flag).sum()) for flag in flags) == 2


def test_tags_are_those_of_the_training_rows_and_others_are_counted(capsys):
    corpus = own_corpus()
    test = int(parts_of(corpus)["test"][0])
    words = list(corpus["keywords"])
    words[test] = "red, RED ,odd"
    data = prepare(
        with_columns(keywords=words), ["photo"], targets=[], tags=["keywords"]
    )
    assert data.targets["keywords"].names == ("big", "red", "small")
    assert data.test.columns["keywords"][0].tolist() == [False, True, False]
    assert (
        "1 keywords are in no training row, and count for nothing"
        in capsys.readouterr().out
    )


def test_other_rows_are_made_as_the_training_rows_were():
    data = everything()
    fresh = own_corpus(seed=5)
    made = data.apply(fresh)
    assert torch.equal(
        made.columns["photo"],
        normalise(fresh["photo"], data.inputs["photo"].mean, data.inputs["photo"].std),
    )
    without = replace(fresh, label=None, label_names=())
    assert "label" not in data.apply(without).columns
    model = MultimodalModel(
        data.encoders(8), ConcatFusion(data.modalities, 8), data.head(8)
    )
    assert predict(model, data.apply(without)).shape == (SIZE,)


def test_classes_go_by_name_not_by_number():
    data = prepare(own_corpus(), ["photo"])
    turned = replace(
        own_corpus(), label=1 - own_corpus().label, label_names=("high", "low")
    )
    assert torch.equal(
        data.apply(turned).columns["label"], torch.from_numpy(own_corpus().label)
    )
    other = replace(own_corpus(), label_names=("low", "middle"))
    with pytest.raises(ValueError, match="row 3 has label 'middle'; expected one of"):
        data.apply(other)


def test_a_missing_text_category_or_step_is_missing():
    note = own_corpus()["note"]
    note[2] = " "
    watch = own_corpus()["watch"]
    watch[0, 3, 1] = np.nan
    corpus = with_columns(note=note, watch=watch)
    data = prepare(corpus, ["note", "watch", "town"], categories=["town"])
    everyone = data.apply(corpus)
    assert not everyone.columns["note"].mask[2].any()
    assert not everyone.columns["watch"].mask[0, 3]
    assert (everyone.columns["watch"].values[0, 3] == 0).all()
    assert everyone.columns["table"][0].tolist() == [0]  # "" is no town
    assert everyone.columns["table"][2].tolist() == [2]  # Bern, Rome


def test_a_band_channel_or_colour_in_which_nothing_happens_is_zero():
    corpus = own_corpus()
    watch, photo = corpus["watch"].copy(), corpus["photo"].copy()
    watch[..., 1], photo[:, 2] = 3.0, 9
    data = prepare(with_columns(watch=watch, photo=photo), ["watch", "photo", "voice"])
    assert (data.train.columns["watch"].values[..., 1] == 0).all()
    assert data.train.columns["photo"][:, 2].abs().max() < 1e-6
    assert data.train.columns["voice"].values.abs().max() < 100
    small = prepare(with_columns(watch=corpus["watch"] * 1e-9), ["watch"])
    assert small.train.columns["watch"].values.std() > 0.5  # volts may be that small


def test_a_clip_s_own_level_is_taken_out_unless_asked_for():
    corpus = own_corpus()
    quiet = corpus["voice"] // 4
    for by_clip in (True, False):
        read = {"voice": partial(Sounds.fit, by_clip=by_clip)}
        data = prepare(corpus, read)
        loud, low = (
            data.apply(each).columns["voice"]
            for each in (corpus, with_columns(voice=quiet))
        )
        tone = loud.values.abs().mean(dim=(0, 1)).argmax()  # a band that is heard
        gap = (loud.values - low.values)[..., tone].abs().max()
        assert (gap < 0.2) == by_clip


def test_a_language_and_a_kind_can_be_named():
    chinese = with_columns(note=["好不" if i % 2 else "你好吗" for i in range(SIZE)])
    data = prepare(chinese, ["note"], language="zh")
    assert set(data.inputs["note"].vocabulary.get_itos()) >= set("好不你吗")
    with pytest.raises(ValueError, match="language 'qq'"):
        prepare(chinese, ["note"], language="qq")
    every = prepare(own_corpus(), {"note": partial(Texts.fit, min_freq=1_000)})
    assert every.inputs["note"].vocabulary.get_itos() == ["<pad>", "<unk>"]


def test_the_corpus_own_split_is_kept_and_a_leak_left_out(capsys):
    groups = own_corpus().groups
    split = np.where(groups < 14, "train", "test").tolist()
    split[41], split[44] = "test", "Test"  # 41: of group 13, whose other rows train
    data = prepare(with_columns(split=split), ["photo"])
    assert set(data.rows["test"]) == {41, *range(42, SIZE)}
    assert not {39, 40} & set(np.concatenate(list(data.rows.values())))
    assert 0 < len(data.rows["valid"]) < len(data.rows["train"])
    assert "(2 left out: not asked for, or of a group in a later part)" in (
        capsys.readouterr().out
    )


def test_rows_of_ones_own():
    corpus = own_corpus()
    rows = [np.arange(0, 30), np.arange(30, 45), np.arange(45, 60)]
    data = prepare(corpus, ["photo"], rows=rows)
    assert data.rows["valid"].tolist() == list(range(30, 45))
    with pytest.raises(ValueError, match="row 0 of valid is of the same group as"):
        prepare(corpus, ["photo"], rows=[rows[0][1:], [30, 0], rows[2]])
    with pytest.raises(ValueError, match="1 rows are in two parts, or twice in one"):
        prepare(corpus, ["photo"], rows=[rows[0], rows[1], [59, -1]])
    with pytest.raises(ValueError, match="rows has 2 parts; expected three"):
        prepare(corpus, ["photo"], rows=rows[:2])
    with pytest.raises(ValueError, match="no valid row; expected some"):
        prepare(corpus, ["photo"], rows=[rows[0], [], rows[2]])
    with pytest.raises(IndexError, match="row 60 of a corpus of 60 rows"):
        prepare(corpus, ["photo"], rows=[rows[0], rows[1], [60]])


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"read": "photo"}, ValueError, r"read is 'photo'; expected a list: \['photo'"),
        ({"targets": "price"}, ValueError, "targets is 'price'; expected a list"),
        ({"read": ["picture"]}, KeyError, "no column 'picture'; there are photo, "),
        ({"targets": ["cost"]}, KeyError, "no column 'cost'; there are photo"),
        (
            {"read": ["photo", "price"], "targets": ["price"]},
            ValueError,
            "'price' is to be read and predicted; choose one",
        ),
        ({"targets": []}, ValueError, "name what to predict"),
        ({"tags": ["price"]}, TypeError, "tags 'price' are float64; expected texts"),
        ({"targets": ["photo"]}, TypeError, "target 'photo' is uint8 .* expected num"),
    ],
)
def test_what_cannot_be_done_is_said(settings, error, message):
    with pytest.raises(error, match=message):
        prepare(own_corpus(), **settings)


def test_columns_of_no_kind_and_without_content_are_named():
    with pytest.raises(TypeError, match=r"'cube' is float64 \[36, 2, 2, 2\]"):
        prepare(with_columns(cube=np.zeros((SIZE, 2, 2, 2))))
    with pytest.raises(ValueError, match="'height' is the same in all 36 training"):
        prepare(with_columns(height=np.full(SIZE, 3.0)), ["height"])
    with pytest.raises(ValueError, match=r"'town' is \['Bern'\] in all 36 training"):
        prepare(with_columns(town=["Bern"] * SIZE), ["town"], categories=["town"])
    with pytest.raises(ValueError, match="the sampling rate of 'voice' is not known"):
        prepare(replace(own_corpus(), rates={}), ["voice"])
    with pytest.raises(ValueError, match="'price' has fewer than two different"):
        prepare(with_columns(price=np.ones(SIZE)), ["photo"], targets=["price"])
    with pytest.raises(ValueError, match="the column split holds 'fold1'"):
        prepare(with_columns(split=["fold1"] * SIZE), ["photo"])
    with pytest.raises(ValueError, match="'voice' has 16000 steps a second"):
        prepare(own_corpus(), ["voice"]).apply(
            replace(own_corpus(), rates={"voice": 16_000})
        )
    lengths = own_corpus()["voice_length"]
    lengths[7] = 501
    with pytest.raises(ValueError, match="row 7 has voice_length 501; expected"):
        with_columns(voice_length=lengths).lengths("voice")
    with pytest.raises(ValueError, match="the rate of 'voice' is 0; expected"):
        replace(own_corpus(), rates={"voice": 0})
