from dataclasses import replace

import numpy as np
import pytest
from own_corpus import own_corpus
from own_folders import metadata, picture, sound

from mmlearn.data import folder
from mmlearn.data.split import folds, holdout, leave_one_out

SPEAKERS = ("anna", "ben", "cleo", "dan")


def spoken(path, per=3):
    """Spoken digits as the Free Spoken Digit Dataset names them, in one folder."""
    for digit in range(2):
        for k, who in enumerate(SPEAKERS):
            for take in range(per):
                hertz = 400 + 400 * digit + 20 * k + take
                sound(path / f"{digit}_{who}_{take}.wav", hertz)
    return path


PATTERN = r"(?P<label>[0-9])_(?P<speaker>[a-z]+)_[0-9]+\.wav"


# Names of files
def test_classes_and_groups_from_the_names_of_files(tmp_path, capsys):
    corpus = folder.load(
        spoken(tmp_path / "fsdd"), from_name=PATTERN, group="speaker", rate=8_000
    )
    assert corpus.label_names == ("0", "1")
    assert len(np.unique(corpus.groups)) == 4
    assert corpus["speaker"][:4] == ["anna", "anna", "anna", "ben"]
    assert "24 sounds, 2 classes (0, 1)" in capsys.readouterr().out
    train, valid, test = holdout(corpus, "speaker", "cleo")
    assert {corpus["speaker"][i] for i in test} == {"cleo"}
    assert len(test) == 6
    assert sorted([*train, *valid, *test]) == list(range(24))
    sides = [{corpus["speaker"][i] for i in rows} for rows in (train, valid)]
    assert not sides[0] & sides[1]


def test_a_function_of_the_path(tmp_path):
    def parts(path):
        speaker, chapter = path.split("/")[:2]
        return {"speaker": speaker, "label": chapter}

    for path in ("7/a/1.wav", "7/b/2.wav", "8/a/3.wav"):
        sound(tmp_path / path, 500)
    corpus = folder.load(tmp_path, from_name=parts, group="speaker")
    assert corpus.label_names == ("a", "b")
    assert corpus["speaker"] == ["7", "7", "8"]


def test_names_that_may_belong_together_are_said(tmp_path, capsys):
    folder.load(spoken(tmp_path / "fsdd"), label=None, rate=8_000)
    said = capsys.readouterr().out
    assert "rows may belong together: 4 names such as 'anna' (in 6 files)" in said
    pattern = said.split('from_name=r"')[1].split('"')[0]
    corpus = folder.load(
        tmp_path / "fsdd", label=None, from_name=pattern, group="who", rate=8_000
    )
    assert sorted(set(corpus["who"])) == list(SPEAKERS)
    assert "may belong" not in capsys.readouterr().out


def test_numbered_files_and_classes_in_names_are_no_hint(tmp_path, capsys):
    for kind in "ab":
        for i in range(6):
            picture(tmp_path / f"{kind}x" / f"{kind}x_{i}.png", 50, i)
    folder.load(tmp_path)
    assert "may belong" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("from_name", "message"),
    [
        (r"[0-9]+", "expected named groups"),
        (r"(?P<label>[a-z]+)_x", "0_anna_0.wav: the pattern .* is not in this name"),
        (r"(?P<file_name>[a-z]+)", "gives a column 'file_name', and there is one"),
        (
            lambda path: {path[0]: "x", "label": "y"},
            "from_name gives 1, label, in 0_anna_0.wav 0, label; expected the same",
        ),
    ],
)
def test_patterns_that_do_not_fit_are_refused(from_name, message, tmp_path):
    spoken(tmp_path, per=1)
    with pytest.raises(ValueError, match=message):
        folder.load(tmp_path, from_name=from_name, label=None)


def test_sounds_directly_in_the_folder_are_seen(tmp_path):
    for i in range(8):
        sound(tmp_path / "words" / f"yes_{i}.wav", 500 + i)
    with pytest.raises(ValueError, match=r"8 sounds directly in the folder \(yes_0"):
        folder.load(tmp_path / "words")


# Texts beside
def test_transcripts_beside_the_sounds(tmp_path, capsys):
    for i, text in enumerate(("hello\n", "good day")):
        sound(tmp_path / f"{i}.wav", 500 + i)
        (tmp_path / f"{i}.txt").write_text(text)
    sound(tmp_path / "2.wav", 600)
    corpus = folder.load(tmp_path, label=None, beside={"transcript": ".txt"})
    assert corpus["transcript"] == ["hello", "good day", ""]
    said = capsys.readouterr().out
    assert "1 row without a .txt beside" in said
    assert "stray" not in said
    with pytest.raises(ValueError, match=r"no file has one with '\.lab' beside it; ex"):
        folder.load(tmp_path, label=None, beside={"transcript": ".lab"})
    (tmp_path / "1.txt").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(ValueError, match=r"1\.txt is no UTF-8 text"):
        folder.load(tmp_path, label=None, beside={"transcript": ".txt"})


def test_several_captions_of_a_picture_are_one_group(tmp_path):
    picture(tmp_path / "a.png", 50)
    picture(tmp_path / "b.png", 150, 1)
    rows = ("a.png,a cat", "a.png,an animal", "b.png,a dog")
    metadata(tmp_path, "file_name,caption", *rows)
    corpus = folder.load(tmp_path, label=None)
    assert corpus["caption"] == ["a cat", "an animal", "a dog"]
    assert corpus.groups[0] == corpus.groups[1] != corpus.groups[2]


# Tables
def test_a_table_without_files(tmp_path, capsys):
    file = tmp_path / "houses.csv"
    file.write_text("town;rooms;price\nBern;3;100.5\n;;200\nRome;5;\n", "utf-8")
    corpus = folder.load(file, label=None, numbers=["rooms", "price"])
    assert corpus.name == "houses"
    assert corpus["town"] == ["Bern", "", "Rome"]
    np.testing.assert_array_equal(corpus["rooms"], [3, np.nan, 5])
    np.testing.assert_array_equal(corpus["price"], [100.5, 200, np.nan])
    assert capsys.readouterr().out.endswith(
        ": 3 rows; houses.csv is separated by semicolons; gaps (NaN) in rooms 1, "
        "price 1; empty texts in town 1\n"
    )
    with pytest.raises(ValueError, match="from_name and beside are for files"):
        folder.load(file, label=None, beside={"text": ".txt"})


def test_a_folder_s_metadata_without_files_names_the_mend(tmp_path):
    metadata(tmp_path, "town,label", "Bern,a", "Rome,b")
    with pytest.raises(ValueError, match=r"load\('metadata\.csv'\)"):
        folder.load(tmp_path)
    assert len(folder.load(tmp_path / "metadata.csv")) == 2


# Labels that are none
def test_a_number_is_no_class_and_the_mend_is_named(tmp_path):
    file = tmp_path / "houses.csv"
    file.write_text("rooms,price\n" + "\n".join(f"{i % 5},{i * 7}" for i in range(60)))
    with pytest.raises(ValueError) as caught:
        folder.load(file, label="price")
    assert str(caught.value).endswith(
        "column 'price' has 60 classes in 60 rows, '0' for one; expected several rows "
        "of each. Fix: if it is a quantity, label=None and numbers=['price'], and "
        "predict it: prepare(corpus, targets=['price'])"
    )
    assert len(folder.load(file, label="rooms").label_names) == 5


def test_a_text_of_each_row_is_no_class_and_neither_is_one_for_all(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("a,b\n" + "\n".join(f"word {i},same" for i in range(30)))
    with pytest.raises(ValueError, match="'a' has 30 classes in 30 rows, 'word"):
        folder.load(file, label="a")
    with pytest.raises(ValueError, match=r"'b' has one class, 'same'; .*label=None"):
        folder.load(file, label="b")
    names = [f"word {i}" for i in range(30)]
    assert len(folder.load(file, label="a", classes=names).label_names) == 30


# Folds
def test_folds_test_each_row_once_and_keep_groups_and_classes():
    groups, label = np.arange(60) // 3, np.arange(60) // 3 % 2
    made = folds(groups, 5, label=label)
    assert sorted(np.concatenate([test for *_, test in made])) == list(range(60))
    for train, valid, test in made:
        sides = [set(groups[rows]) for rows in (train, valid, test)]
        assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
        assert sum(map(len, (train, valid, test))) == 60
        assert label[test].mean() == 0.5
    again = folds(groups, 5, label=label)
    assert all(np.array_equal(a[2], b[2]) for a, b in zip(made, again, strict=True))
    with pytest.raises(ValueError, match="k is 2; expected 3 or more"):
        folds(groups, 2)
    with pytest.raises(ValueError, match="20 groups for 21 parts"):
        folds(groups, 21)


def test_leave_one_group_out():
    groups = np.array([7, 7, 9, 9, 9, 4], dtype=np.uint8)
    made = leave_one_out(groups)
    assert [test.tolist() for *_, test in made] == [[5], [0, 1], [2, 3, 4]]
    assert [valid.tolist() for _, valid, _ in made] == [[0, 1], [2, 3, 4], [5]]
    assert [train.tolist() for train, *_ in made] == [[2, 3, 4], [5], [0, 1]]
    with pytest.raises(ValueError, match="2 groups; expected 3 or more"):
        leave_one_out(groups[:3])


def test_what_is_held_out_takes_its_groups_along():
    corpus = own_corpus()
    corpus["note"][4] = "Ann"
    train, valid, test = holdout(corpus, "note", "Ann ")
    assert test.tolist() == [3, 4, 5]
    assert len(train) + len(valid) == 57
    with pytest.raises(ValueError, match="no row has note 'Bob'; there are Ann, a"):
        holdout(corpus, "note", "Bob")
    with pytest.raises(ValueError, match="without a long note and their groups 3 rows"):
        holdout(corpus[[0, 1, 2, 3, 9]], "note", "a long note")


# What is said, and what is not to be refused
def test_equal_rows_of_a_table_are_one_group_not_an_error(tmp_path, capsys):
    file = tmp_path / "reviews.csv"
    file.write_text("text,label\ngood,1\nbad,0\ngood,1\n")
    corpus = folder.load(file)
    assert corpus.groups[0] == corpus.groups[2] != corpus.groups[1]
    assert "1 row repeats another (one group)" in capsys.readouterr().out
    with pytest.raises(FileNotFoundError, match=r"no file .*gone\.csv"):
        folder.load(tmp_path / "gone.csv")


def test_numbers_that_are_kept_as_texts_are_said(tmp_path, capsys):
    file = tmp_path / "t.csv"
    file.write_text("age,code,label\n31,007,a\n,008,b\n40,009,a\n")
    folder.load(file)
    assert (
        "kept the numbers of age as texts (numbers=['age'] reads them)"
        in capsys.readouterr().out
    )


def test_columns_and_folders_that_tie_rows_together_are_said(tmp_path, capsys):
    pictures = tmp_path / "skin"
    for i in range(6):
        picture(pictures / f"{i}.png", 40 * i, i)
    rows = [f"{i}.png,L{i // 2},{'ab'[i % 2]}" for i in range(6)]
    metadata(pictures, "file_name,lesion_id,label", *rows)
    folder.load(pictures)
    said = capsys.readouterr().out
    assert "together: 3 values of 'lesion_id' in 6 rows. If so: group='lesion_id'" in (
        said
    )
    folder.load(pictures, group="lesion_id")
    assert "may belong" not in capsys.readouterr().out
    for i in range(8):
        picture(
            tmp_path / "burst" / "ab"[i % 2] / f"plant{i // 4}" / f"{i}.png", 9 * i, i
        )
    folder.load(tmp_path / "burst")
    said = capsys.readouterr().out
    assert "they lie in 4 folders below those of the classes" in said
    pattern = said.split('from_name=r"')[1].split('"')[0]
    grouped = folder.load(tmp_path / "burst", from_name=pattern, group="who")
    assert len(np.unique(grouped.groups)) == 2


def test_a_person_who_is_no_group_is_on_one_side_too():
    corpus = replace(own_corpus(), groups=np.arange(60))
    corpus["note"][:] = [f"person {i % 6}" for i in range(60)]
    train, valid, test = holdout(corpus, "note", "person 1")
    sides = [{corpus["note"][i] for i in rows} for rows in (train, valid, test)]
    assert not sides[0] & sides[1]
    assert len(valid) == 10 and sides[2] == {"person 1"}
