"""One name in several spellings is one class, one group, one split."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmlearn.data import folder, names
from mmlearn.data.corpus import Corpus
from mmlearn.data.split import split

Printed = pytest.CaptureFixture[str]
COMPOSED, APART = "ros\u00e9", "rose\u0301"
# Each is "Ann Lee" to who reads it.
ANN = [
    *("Ann Lee", "Ann Lee ", " Ann Lee", "Ann  Lee", "Ann\tLee", "Ann\u00a0Lee"),
    *(
        "Ann\u2009Lee",
        "\ufeffAnn Lee",
        "Ann\u200b Lee",
        "Ann Lee\u200b",
        "A\u00adnn Lee",
    ),
    *("Ann Lee\u200d", "\u200eAnn Lee\u200f", "Ann\nLee", "Ann\u3000Lee\u202c"),
]


def own(path: Path, header: str, *rows: str) -> Path:
    """A folder with a picture of its own for each row; rows without the file name."""
    path.mkdir(parents=True, exist_ok=True)
    lines = [f"file_name,{header}"]
    for i, row in enumerate(rows):
        Image.new("RGB", (4, 4), (i, len(path.name), 0)).save(path / f"{i}.png")
        lines.append(f"{i}.png,{row}")
    (path / "metadata.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return path


def tree(path: Path, *folders: str) -> Path:
    for i, name in enumerate(folders):
        (path / name).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (i, i, 0)).save(path / name / f"{i}.png")
    return path


def load(path: Path, **how: object) -> Corpus:
    return folder.load(path, size=2, **how)  # type: ignore[arg-type]


# Names
@pytest.mark.parametrize("written", ANN)
def test_spellings_of_one_name(written: str) -> None:
    assert names.clean(written).replace("\u200d", "") == "Ann Lee"
    assert names.key(written) == names.key("Ann Lee")


def test_names_that_are_two() -> None:
    pairs = [
        ("Ann", "Anne"),
        ("m²", "m2"),
        ("rose", COMPOSED),
        ("a b", "ab"),
        ("1", "2"),
    ]
    pairs += [("\U0001f469", "\U0001f468"), ("Ann", "ann"), ("1", "1.0"), ("7", "007")]
    tags = (
        "".join(chr(0xE0000 + ord(c)) for c in "gbeng"),
        "".join(chr(0xE0000 + ord(c)) for c in "gbsct"),
    )
    pairs.append(("\U0001f3f4" + tags[0] + "\U000e007f", "\U0001f3f4" + tags[1]))
    for one, other in pairs:
        assert names.key(one) != names.key(other)


def test_what_is_shown_keeps_what_is_seen() -> None:
    cook = "\U0001f469\u200d\U0001f373"  # a woman, a joiner, a pan
    assert names.clean(f" {cook} ") == cook
    assert names.shown([cook]) == {names.key(cook): cook}
    assert list(names.shown(["cat\u200b ", "cat"]).values()) == ["cat"]
    assert names.clean("e\u200b\u0301") == "\u00e9"
    assert names.clean("\u0645\u06cc\u200c\u062e") == "\u0645\u06cc\u200c\u062e"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        *(("Ann", "ANN", True), ("Stra\u00dfe", "STRASSE", True), ("Ann", "An", False)),
        *(("\uff21nn", "Ann", True), ("1", "1.0", True), ("007", "7", True)),
        *(("100", "1e2", True), ("-0", "0", True), ("1", "-1", False)),
        *(("10", "1", False), ("0.1", "0.10", True), ("0.1", "0.01", False)),
        ("12345678901234567890", "12345678901234567891", False),  # alike in float64
        *(
            ("1e99999999999999999999", "1e1", False),
            ("1e999999999", "1e99999999", False),
        ),
    ],
)
def test_names_that_may_be_one(one: str, other: str, same: bool) -> None:
    assert (names.loose_key(one) == names.loose_key(other)) is same
    assert names.alike([one, "between", other, one]) == ([(0, 2)] if same else [])


# Groups
def test_a_person_is_one_group_however_written(tmp_path: Path, capsys: Printed) -> None:
    rows = [f'"{written}"' for written in (*ANN, "Bob", "Ann", "Bob\u200b")]
    corpus = load(own(tmp_path / "x", "who", *rows), label=None, group="who")
    n = len(ANN)
    assert corpus.groups.tolist() == [0] * n + [1, 2, 1]
    assert (
        "column 'who': took several spellings (spaces, accents) of 'Ann Lee', 'Bob' "
        "for one name"
    ) in capsys.readouterr().out
    parts = split(corpus.groups)
    assert sum(np.isin(range(n), part).any() for part in parts) == 1


def test_accents_composed_and_apart_are_one_group(tmp_path: Path) -> None:
    path = own(tmp_path / "x", "who", COMPOSED, APART, "rose")
    assert load(path, label=None, group="who").groups.tolist() == [0, 0, 1]


def test_groups_that_may_be_one_are_one_and_said(
    tmp_path: Path, capsys: Printed
) -> None:
    path = own(tmp_path / "x", "who", "Ann", "ann", "1", "1.0", "Bo", "B\uff4f")
    assert load(path, label=None, group="who").groups.tolist() == [0, 0, 1, 1, 2, 2]
    assert (
        "; column 'who': put 'Ann' with 'ann', '1' with '1.0', 'Bo' with 'B\uff4f' "
        "into one group\n"
    ) in capsys.readouterr().out


def test_plain_names_are_not_remarked_on(tmp_path: Path, capsys: Printed) -> None:
    path = own(tmp_path / "x", "who,label", "Ann,cat", "Bob,dog", "Ann,dog")
    corpus = load(path, group="who")
    assert corpus.groups.tolist() == [0, 1, 0]
    assert capsys.readouterr().out.strip() == "x: 3 pictures, 2 classes (cat, dog)"


@pytest.mark.parametrize("gap", ["", " ", "NaN", "nan", "NA", "null", "-", "\u200b"])
def test_a_group_without_a_name_is_refused(gap: str, tmp_path: Path) -> None:
    """One group for all of them may be too few; one each may be a leak."""
    path = own(tmp_path / "x", "who", "Ann", gap, "Bob", gap)
    message = r"row 2 \(line 3\): column 'who' .*1 other row\).*leave out group=\.\.\."
    with pytest.raises(ValueError, match=message):
        load(path, label=None, group="who")
    assert load(path, label=None, text=[]).groups.tolist() == [0, 1, 2, 3]


def test_groups_that_pandas_made_floats(tmp_path: Path) -> None:
    """Whole numbers with a gap among them are written 1.0, and those without, 1."""
    own(tmp_path / "x" / "train", "who,label", "1,cat", "2,dog")
    own(tmp_path / "x" / "test", "who,label", "1.0,cat", "3.0,dog")
    corpus = load(tmp_path / "x", group="who")
    assert corpus["who" if "who" in corpus.columns else "split"] is not None
    by_name = dict(zip(corpus["file_name"], corpus.groups.tolist(), strict=True))
    assert by_name["train/0.png"] == by_name["test/0.png"]
    assert len(set(by_name.values())) == 3


def test_a_person_in_two_splits_is_said(tmp_path: Path, capsys: Printed) -> None:
    own(tmp_path / "x" / "train", "who,label", "Ann,cat", "Bob,dog")
    own(tmp_path / "x" / "testing", "who,label", "Ann ,cat", "Cy,dog")
    load(tmp_path / "x", group="who")
    assert "LEAK: 1 group in more than one split" in capsys.readouterr().out


# Classes
def test_a_class_is_one_however_written(tmp_path: Path, capsys: Printed) -> None:
    rows = (COMPOSED, APART, f" {APART}", f"{COMPOSED}\u200b", "tulip", "tulip\u00a0")
    corpus = load(own(tmp_path / "x", "label", *rows))
    assert corpus.label_names == (COMPOSED, "tulip")
    assert corpus.label.tolist() == [0, 0, 0, 0, 1, 1]
    said = capsys.readouterr().out
    assert f"2 classes ({COMPOSED}, tulip)" in said
    assert f"took several spellings (spaces, accents) of '{COMPOSED}', 'tulip'" in said


def test_class_folders_however_written(tmp_path: Path) -> None:
    path = tree(tmp_path / "x", COMPOSED, APART, "tulip", "tulip ")
    if len(list(path.iterdir())) < 4:
        pytest.skip("this disk takes them for one already")
    corpus = load(path)
    assert corpus.label_names == (COMPOSED, "tulip")
    labels = dict(zip(corpus["file_name"], corpus.label.tolist(), strict=True))
    assert labels == {  # file names as on the disk
        f"{COMPOSED}/0.png": 0,
        f"{APART}/1.png": 0,
        "tulip/2.png": 1,
        "tulip /3.png": 1,
    }


def test_classes_of_two_splits_however_written(tmp_path: Path) -> None:
    path = tree(
        tmp_path / "x",
        *(f"train/{COMPOSED}", f"test/{APART}", "train/tulip", "test/tulip"),
    )
    assert load(path).label_names == (COMPOSED, "tulip")


@pytest.mark.parametrize("given", [[APART, "tulip "], [f"{COMPOSED}\u200b", "tulip"]])
def test_classes_that_are_given_otherwise(given: list[str], tmp_path: Path) -> None:
    path = own(tmp_path / "x", "label", COMPOSED, "tulip", APART)
    corpus = load(path, classes=given)
    assert corpus.label_names == (COMPOSED, "tulip")
    assert corpus.label.tolist() == [0, 1, 0]
    with pytest.raises(ValueError, match="expected each name once"):
        load(path, classes=[COMPOSED, APART, "tulip"])


@pytest.mark.parametrize(
    ("one", "other"), [("Cat", "cat"), ("1", "1.0"), ("7", "007"), ("cat", "\uff43at")]
)
def test_classes_that_may_be_one_are_refused(
    one: str, other: str, tmp_path: Path
) -> None:
    path = own(tmp_path / "x", "label", one, "dog", other)
    with pytest.raises(ValueError) as caught:
        load(path)
    assert str(caught.value) == (
        f"metadata.csv row 3 (line 4): column 'label' holds {other!r}, and {one!r} in "
        "metadata.csv row 1 (line 2), which may be one class. Fix: write them alike, "
        f"or, if they are two, name all: classes=[{one!r}, {other!r}, ...]"
    )
    corpus = load(path, classes=[one, other, "dog"])
    assert corpus.label.tolist() == [0, 2, 1]


@pytest.mark.parametrize("classes", ["cat", [0, 1], [None]])
def test_classes_are_texts(classes: object, tmp_path: Path) -> None:
    path = own(tmp_path / "x", "label", "0", "1")
    with pytest.raises(ValueError, match="expected a list of texts"):
        load(path, classes=classes)
    with pytest.raises(ValueError, match="classes without a label"):
        load(path, label=None, classes=["0"])


def test_a_class_called_as_an_empty_cell_is_said(
    tmp_path: Path, capsys: Printed
) -> None:
    corpus = load(own(tmp_path / "x", "label", "cat", "nan", "dog"))
    assert corpus.label_names == ("cat", "dog", "nan")
    assert "a class is called 'nan', as an empty cell may be" in capsys.readouterr().out


def test_a_row_twice_but_for_a_space(tmp_path: Path) -> None:
    path = own(tmp_path / "x", "label", "cat", "dog")
    text = (path / "metadata.csv").read_text() + "0.png, cat\u00a0\n"
    (path / "metadata.csv").write_text(text)
    with pytest.raises(ValueError, match=r"row 3 .* is the same as .* row 1"):
        load(path)


# Splits
def test_a_column_of_splits(tmp_path: Path, capsys: Printed) -> None:
    rows = ("train,cat", "Train ,cat", "test,cat", "\u200btrain,cat", "TEST\u00a0,cat")
    corpus = load(own(tmp_path / "x", "split,label", *rows), classes=["cat", "dog"])
    assert corpus["split"] == ["train", "train", "test", "train", "test"]
    said = capsys.readouterr().out
    assert "took the splits 'Train', 'train' for one" in said
    assert "took the splits 'TEST', 'test' for one" in said


def test_a_leak_across_a_column_of_splits(tmp_path: Path, capsys: Printed) -> None:
    rows = ("train,Ann", "Train,Bob", "test,Ann", "test,Cy")
    load(own(tmp_path / "x", "split,who", *rows), label=None, group="who")
    assert "LEAK: 1 group in more than one split" in capsys.readouterr().out


def test_folders_of_splits(tmp_path: Path, capsys: Printed) -> None:
    path = tree(tmp_path / "x", "Train /cat", "train/cat", "test\u00a0/cat")
    corpus = load(path, classes=["cat", "dog"])
    assert sorted(corpus["split"]) == ["test", "train", "train"]
    assert corpus.label_names == ("cat", "dog")
    said = capsys.readouterr().out
    assert "3 pictures in train 2, test 1, 2 classes (cat, dog)" in said
    assert "took the splits 'Train', 'train' for one" in said


# Numbers
def test_gaps_are_said(tmp_path: Path, capsys: Printed) -> None:
    path = own(tmp_path / "x", "a,b,c", "1,,NaN", "2,-1,2", ",-,NA")
    corpus = load(path, label=None, numbers=["a", "b", "c"])
    np.testing.assert_array_equal(corpus["a"], [1, 2, np.nan])
    np.testing.assert_array_equal(corpus["b"], [np.nan, -1, np.nan])
    np.testing.assert_array_equal(corpus["c"], [np.nan, 2, np.nan])
    assert capsys.readouterr().out == "x: 3 pictures; gaps (NaN) in a 1, b 2, c 2\n"


# Columns
def test_a_column_s_name_however_written(tmp_path: Path) -> None:
    header = f"{APART},gr\u00f6sse,wer\u200b,art"
    path = own(tmp_path / "x", header, "a,1,Ann,x", "b,2,Ann,y")
    corpus = load(
        path, label=COMPOSED, numbers=["gro\u0308sse"], group="wer", text=["art "]
    )
    assert corpus.label_names == ("a", "b") and corpus.groups.tolist() == [0, 0]
    assert corpus["gr\u00f6sse"].tolist() == [1, 2] and corpus["art"] == ["x", "y"]
    path = own(tmp_path / "x", "label,who,who\u00a0", "a,Ann,Bob")
    with pytest.raises(ValueError, match="two columns 'who'"):
        load(path)
