"""metadata.csv and trees of folders as rows of texts; typed columns; paths."""

from pathlib import Path

import numpy as np
import pytest

from mmlearn.data.own import columns, listing, metadata, tree
from mmlearn.data.own.listing import Listing

ROWS = "file_name,label,text\na.png,cat,one\nb.png,dog,two\n"


def read(folder: Path, content: str | bytes, encoding: str | None = None) -> Listing:
    raw = content.encode() if isinstance(content, str) else content
    (folder / "metadata.csv").write_bytes(raw)
    return metadata.read(folder, encoding)


# The file
def test_rows_as_written(tmp_path: Path) -> None:
    text = 'file_name, label ,text\n\na.png,007,"one,\n ""two"""\nb.png, 7 ,1.50\n'
    rows = read(tmp_path, text)
    assert rows.header == ("file_name", "label", "text")
    assert rows.rows == [["a.png", "007", 'one,\n "two"'], ["b.png", " 7 ", "1.50"]]
    assert rows.where == ["metadata.csv row 1 (line 4)", "metadata.csv row 2 (line 5)"]
    assert rows.column("label") == ["007", " 7 "]
    assert rows.remarks == []
    with pytest.raises(ValueError, match="no column 'colour'; there are file_name"):
        rows.column("colour")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_and_line_ends(newline: str, encoding: str, tmp_path: Path) -> None:
    text = "file_name,label\nñ.png,猫\n".replace("\n", newline)
    rows = read(tmp_path, text.encode(encoding))
    assert rows.header == ("file_name", "label")
    assert rows.rows == [["ñ.png", "猫"]] and rows.remarks == []


@pytest.mark.parametrize(("word", "encoding"), [("Café", "latin-1"), ("5 €", "cp1252")])
def test_other_encodings_are_said(word: str, encoding: str, tmp_path: Path) -> None:
    raw = f"file_name,label\na.png,{word}\n".encode(encoding)
    rows = read(tmp_path, raw)
    assert rows.column("label") == [word]
    assert rows.remarks == [f"metadata.csv is not UTF-8, read as {encoding}"]


def test_an_encoding_that_is_named(tmp_path: Path) -> None:
    raw = "file_name,label\na.png,Łódź\n".encode("cp1250")
    rows = read(tmp_path, raw, "cp1250")
    assert rows.column("label") == ["Łódź"] and rows.remarks == []
    for wrong in ("ascii", "no-such"):
        with pytest.raises(ValueError, match=f"cannot be read as {wrong}"):
            read(tmp_path, raw, wrong)


def test_bytes_that_no_encoding_knows(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read as cp1252"):
        read(tmp_path, b"file_name\n\xff\x81.png\n")
    with pytest.raises(ValueError, match=r"is not text \(a spreadsheet\?\)"):
        read(tmp_path, b"PK\x03\x04\0\0\0")


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_other_separators_are_said(sign: str, name: str, tmp_path: Path) -> None:
    rows = read(tmp_path, f"label{sign}file_name\n1,5{sign}a.png\n")
    assert rows.rows == [["1,5", "a.png"]]
    assert rows.remarks == [f"metadata.csv is separated by {name}"]


def test_a_column_without_a_name(tmp_path: Path) -> None:
    rows = read(tmp_path, ",file_name,label\n0,a.png,cat\n1,b.png,dog\n")
    assert rows.header == ("file_name", "label")
    assert rows.rows == [["a.png", "cat"], ["b.png", "dog"]]
    assert rows.remarks == ["left out column 1 of metadata.csv, without a name"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("filename,label\na.png,x\n", "no column file_name .* found 'filename', 'lab"),
        ("", "has nothing in it"),
        ("file_name,label\n", "has no row"),
        ("file_name,a,a\nx,y,z\n", "two columns 'a'"),
        (ROWS + "c.png,cat\n", r"row 3 \(line 4\) has 2 cells, the header 3; .* comma"),
        (ROWS + "c.png,a,b,c\n", r"row 3 \(line 4\) has 4 cells"),
        (ROWS + '"c.png,cat,x\n', "line 4: unexpected end of data"),
        (ROWS + '"c"d,cat,x\n', "line 4: ',' expected after '\"'"),
    ],
)
def test_metadata_refuses(content: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"metadata.csv.*{message}"):
        read(tmp_path, content)


# Its columns
def test_numbers_and_texts(tmp_path: Path) -> None:
    rows = read(tmp_path, "file_name,n\na,007\nb, -1.5e3\nc,.5\nd,+2.\n")
    assert columns.texts(rows, "n") == ["007", " -1.5e3", ".5", "+2."]
    numbers = columns.numbers(rows, "n")
    assert numbers.dtype == np.float64
    assert numbers.tolist() == [7, -1500, 0.5, 2]


@pytest.mark.parametrize(
    "cell",
    [
        *("3,5", "1_000", "inf", "-inf", "Infinity", "0x1", "5 kg", "٣", "--1", "."),
        *("1e999", "-1e400", "1e-400", "9" * 400, "9007199254740993", "NaN3", "none 1"),
        *("1,234.5", "\N{MINUS SIGN}5", "1 000", "12%", "1/2", "true"),
    ],
)
def test_no_number(cell: str, tmp_path: Path) -> None:
    rows = read(tmp_path, f'file_name,n\na,1\nb,"{cell}"\n')
    with pytest.raises(ValueError) as caught:
        columns.numbers(rows, "n")
    said = str(caught.value)
    assert said.startswith(f"metadata.csv row 2 (line 3): column 'n' holds '{cell}'")


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        ("3,5", "Fix: write 3.5, if the comma is a decimal one"),
        ("1,234.5", "Fix: write 1234.5"),
        ("\N{MINUS SIGN}5", "Fix: write -5"),
        ("1e400", "beyond float64"),
        ("1e-400", "nearer to 0 than float64"),
        (
            "9007199254740993",
            "make 9007199254740992. Fix: if it is a code and no quantity, move the "
            "column from numbers=[...] to text=[...]",
        ),
    ],
)
def test_what_to_do_about_a_number(cell: str, advice: str, tmp_path: Path) -> None:
    rows = read(tmp_path, f'file_name,n\na,1\nb,"{cell}"\n')
    with pytest.raises(ValueError) as caught:
        columns.numbers(rows, "n")
    assert advice in str(caught.value)


def test_numbers_at_the_limits_of_float64(tmp_path: Path) -> None:
    cells = ["1.7976931348623157e308", "5e-324", "0e-999", "9007199254740994", "-0"]
    cells += ["0" * 5_000 + "7", "0.1", "12345678901234567890.0"]
    rows = read(tmp_path, "\n".join(["file_name,n", *(f"a,{c}" for c in cells)]) + "\n")
    expected = [
        np.finfo(float).max,
        5e-324,
        0,
        2**53 + 2,
        0,
        7,
        0.1,
        1234567890123456789e1,
    ]
    assert columns.numbers(rows, "n").tolist() == expected


GAPS = [
    "",
    " ",
    "NaN",
    "nan",
    "NA",
    "n/a",
    "N/A",
    "null",
    "None",
    "-",
    "<NA>",
    "\u00a0",
]


def test_gaps_among_numbers_are_nan(tmp_path: Path) -> None:
    cells = ["1.5", *GAPS, "-2"]
    rows = read(tmp_path, "\n".join(["file_name,n", *(f"a,{c}" for c in cells)]) + "\n")
    numbers = columns.numbers(rows, "n")
    assert numbers.dtype == np.float64
    assert np.isnan(numbers).tolist() == [False, *[True] * len(GAPS), False]
    assert numbers[[0, -1]].tolist() == [1.5, -2]


def test_empty_cells(tmp_path: Path) -> None:
    rows = read(tmp_path, "file_name,n,m\na,1,\nb, ,\nc,\u200b,\n")
    with pytest.raises(ValueError, match=r"row 2 .*'n' is empty \(and 1 other"):
        columns.texts(rows, "n")
    for typed, argument in ((columns.texts, "text"), (columns.numbers, "numbers")):
        with pytest.raises(ValueError, match="column 'm' is empty in all 3 rows") as e:
            typed(rows, "m")
        assert f"do not ask for this column ({argument}=[...])" in str(e.value)
    with pytest.raises(ValueError, match=r"row 2 .* 'n' is empty.*label=\"\.\.\.\""):
        columns.labels(rows, "n", None)


def test_class_names(tmp_path: Path) -> None:
    rows = read(tmp_path, "file_name,l,n\na,dog ,10\nb,Cat,9\nc,dog,007\n")
    names, labels = columns.labels(rows, "l", None)
    assert names == ("Cat", "dog") and labels.tolist() == [1, 0, 1]
    assert labels.dtype == np.int64
    assert columns.labels(rows, "n", None)[0] == ("007", "9", "10")
    names, labels = columns.labels(rows, "l", ["dog", "emu", "Cat"])
    assert names == ("dog", "emu", "Cat") and labels.tolist() == [0, 2, 0]
    assert columns.labels(rows, None, None) == ((), None)
    with pytest.raises(ValueError, match=r"row 2 .*: class 'Cat' is not in classes: d"):
        columns.labels(rows, "l", ["dog", "cat"])
    with pytest.raises(ValueError, match="expected each name once"):
        columns.labels(rows, "l", ["dog", "Cat", "dog"])


def test_a_row_twice(tmp_path: Path) -> None:
    rows = read(tmp_path, ROWS + "a.png,cat,other\n")
    columns.no_row_twice(rows)
    rows = read(tmp_path, ROWS + "a.png,cat,one\n")
    with pytest.raises(
        ValueError, match=r"row 3 .* is the same as .* row 1 .*: a\.png"
    ):
        columns.no_row_twice(rows)


# Its paths
def test_locate_takes_names_as_other_systems_write_them(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("sub/a.png", "cafe\u0301.png", "caf\u00e8.png", " b.png"):
        (tmp_path / name).touch()
    found = {
        written: listing.locate(tmp_path, written).name
        for written in ("sub\\a.png", "sub/../sub/a.png", "./sub/a.png ", " b.png")
    }
    assert set(found.values()) == {"a.png", " b.png"}
    assert listing.locate(tmp_path, "caf\u00e9.png").is_file()  # composed, and apart
    assert listing.locate(tmp_path, "cafe\u0300.png").is_file()


@pytest.mark.parametrize("written", ["c.png", "sub", "a" * 300, "a\0b", "https://x/y"])
def test_no_such_file(written: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    with pytest.raises(FileNotFoundError, match="no file "):
        listing.locate(tmp_path, written)


def test_a_file_that_differs_in_case_is_named(tmp_path: Path) -> None:
    (tmp_path / "A.PNG").touch()
    if (tmp_path / "a.png").exists():
        pytest.skip("this disk does not tell cases apart")
    with pytest.raises(FileNotFoundError, match=r"'a\.png' in .* \(there is A\.PNG\)"):
        listing.locate(tmp_path, "a.png")


def test_a_path_that_leaves_the_folder(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (tmp_path / "secret.png").touch()
    (own / "link.png").symlink_to(tmp_path / "secret.png")
    for written in ("../secret.png", "..\\secret.png", "link.png", "../gone.png"):
        with pytest.raises(ValueError, match=r"leaves the folder; expected .* own/"):
            listing.locate(own, written)
    with pytest.raises(ValueError, match="leaves the folder"):
        listing.locate(own, str(tmp_path / "secret.png"))


def test_words() -> None:
    assert listing.some("abc") == "a, b, c"
    assert listing.some("abcdefg") == "a, b, c, d, e and 2 more"
    counts = (listing.count(1, "class"), listing.count(2_000, "class"))
    assert counts == ("1 class", "2,000 classes")


# Trees
def plant(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_a_tree(tmp_path: Path) -> None:
    plant(
        tmp_path,
        *("rose/1.JPG", "rose/old/2.png", "tulip/3.webp", "tulip/._3.webp"),
        *("rose/notes.txt", "4.png", "empty/none.txt", ".git/5.png"),
    )
    rows = tree.read(tmp_path, None, classes=True)
    assert rows.header == ("file_name", "label")
    assert rows.rows == [
        ["rose/1.JPG", "rose"],
        ["rose/old/2.png", "rose"],
        ["tulip/3.webp", "tulip"],
    ]
    assert rows.where == ["rose/1.JPG", "rose/old/2.png", "tulip/3.webp"]
    assert rows.remarks == ["left out 2 folders without data: .git/, empty/"]
    flat = tree.read(tmp_path, None, classes=False)
    assert flat.header == ("file_name",) and len(flat.rows) == 4 and not flat.remarks


def test_a_link_to_a_folder_is_a_stray(tmp_path: Path) -> None:
    plant(tmp_path, "own/rose/1.png", "other/2.png")
    (tmp_path / "own" / "rose" / "more").symlink_to(tmp_path / "other")
    assert listing.inside(tmp_path / "own") == ["rose/1.png", "rose/more"]


def test_a_tree_refuses(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"no picture, sound, film or recording in it; .*label=None"
    ):
        tree.read(tmp_path, None, classes=True)
    plant(tmp_path, "a/1.png", "a/2.wav", "b/3.png")
    with pytest.raises(ValueError, match=r"2 pictures and 1 sound \(a/2\.wav \.\.\.\)"):
        tree.read(tmp_path, None, classes=True)
    assert len(tree.read(tmp_path, "picture", classes=True).rows) == 2
    assert len(tree.read(tmp_path, "sound", classes=True).rows) == 1
    plant(tmp_path, "Metadata.CSV")
    with pytest.raises(ValueError, match=r"Metadata\.CSV; expected metadata\.csv"):
        tree.read(tmp_path, None, classes=True)


def test_splits(tmp_path: Path) -> None:
    plant(tmp_path, "train/cat/1.png", "Test/cat/2.png", "notes/x.txt", "README")
    assert [path.name for path in tree.splits(tmp_path)] == ["Test", "train"]
    plant(tmp_path, "extra/cat/3.png")
    with pytest.raises(ValueError, match=r"Test/, train/ look like splits, but extra/"):
        tree.splits(tmp_path)
    plant(tmp_path, "metadata.csv")
    assert tree.splits(tmp_path) == []


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    plant(tmp_path, "train/1.png", "plane/2.png")
    assert tree.splits(tmp_path) == []
