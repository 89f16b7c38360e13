"""Your own data: what loads, what is said, and what is refused by row and file."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from mmlearn.data import folder
from mmlearn.data.split import split

Printed = pytest.CaptureFixture[str]


def picture(path: Path, colour: str | int | tuple[int, ...] = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (20, 30), colour).save(path)


def sound(path: Path, rate: int = 16_000, seconds: float = 0.5, **how: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    wave = np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate)
    soundfile.write(path, 0.5 * wave, rate, **how)


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Three pictures: `pets` of the tests."""
    pets = tmp_path / "pets"
    for name, colour in {"a": "red", "b": "green", "c": "blue"}.items():
        picture(pets / f"{name}.png", colour)
    rows = ("a.png,cat,007,1.5,x", "b.png,dog,8,-2,x", "c.png,cat,9,1e2,y")
    write(pets, "file_name,label,tag,weight,home", *rows)
    return pets


def write(into: Path, *rows: str) -> None:
    (into / "metadata.csv").write_text("\n".join(rows) + "\n", "utf-8")


def say(printed: Printed) -> str:
    lines = printed.readouterr().out.splitlines()
    assert len(lines) == 1
    return lines[0]


# What loads
def test_types_are_as_asked_for(pets: Path, capsys: Printed) -> None:
    corpus = folder.load(pets, numbers=["weight"], size=8)
    assert say(capsys) == "pets: 3 pictures, 2 classes (cat, dog)"
    assert corpus.name == "pets" and corpus.licence == "your own data"
    assert "pets: 3 pictures" in corpus.source
    assert list(corpus.columns) == ["image", "file_name", "tag", "home", "weight"]
    assert corpus["image"].shape == (3, 3, 8, 8)
    assert corpus["image"].dtype == np.uint8
    assert corpus["image"][:, :, 0, 0].tolist() == [
        [255, 0, 0],
        [0, 128, 0],
        [0, 0, 255],
    ]
    assert corpus["tag"] == ["007", "8", "9"]
    assert corpus["weight"].tolist() == [1.5, -2, 100]
    assert corpus.label_names == ("cat", "dog") and corpus.label.tolist() == [0, 1, 0]
    assert corpus.groups.tolist() == [0, 1, 2]


def test_other_roles_of_the_same_columns(pets: Path, capsys: Printed) -> None:
    corpus = folder.load(pets, label="home", text=["tag"], numbers=["tag"][:0])
    assert say(capsys).endswith("(x, y); left out label, weight (not in text)")
    assert corpus.label_names == ("x", "y") and list(corpus.columns)[1:] == [
        "file_name",
        "tag",
    ]
    corpus = folder.load(pets, label=None, numbers=["tag", "weight"], group="home")
    assert say(capsys) == "pets: 3 pictures"
    assert corpus["tag"].tolist() == [7, 8, 9] and corpus["label"][0] == "cat"
    assert corpus.label_names == () and corpus.label is None and len(corpus) == 3
    assert corpus[[2, 0]].label is None and corpus[[2, 0]]["tag"].tolist() == [9, 7]
    assert corpus.groups.tolist() == [0, 0, 1]
    corpus = folder.load(pets, label="tag", classes=["9", "8", "007", "6"])
    assert corpus.label.tolist() == [2, 1, 0] and len(corpus.label_names) == 4


def test_sounds_of_several_rates_and_formats(tmp_path: Path, capsys: Printed) -> None:
    own = tmp_path / "birds"
    sound(own / "a.wav", 8_000)
    sound(own / "b.flac", 44_100, seconds=0.25)
    sound(own / "c.ogg", 16_000)
    sound(own / "d.wav", 16_000, format="MP3")  # an MP3 called .wav
    both = np.zeros((8_000, 2))
    both[100] = (2.0, 1.0)  # louder than full scale
    soundfile.write(own / "e.wav", both, 16_000, subtype="FLOAT")
    write(
        own,
        "file_name,label",
        *(f"{n},x" for n in sorted(p.name for p in own.iterdir())),
    )
    corpus = folder.load(own, label=None)
    assert say(capsys) == (
        "birds: 5 sounds; resampled from 8000, 16000, 44100 Hz; mixed 1 sound down to "
        "one channel; turned down 1 sound beyond full scale"
    )
    wave, length = corpus["waveform"], corpus["length"]
    assert wave.dtype == np.int16 and length.dtype == np.int64
    assert length[[0, 1, 2]].tolist() == [8_000, 4_000, 8_000]
    assert wave.shape == (5, length.max())
    for row in range(4):
        assert (wave[row, length[row] :] == 0).all()
        middle = wave[row, 1_000:3_000] / 32_768
        assert abs(middle.std() - 0.5 / np.sqrt(2)) < 0.01
        spectrum = np.abs(np.fft.rfft(middle * np.hanning(2_000)))
        assert abs(np.argmax(spectrum) * 8 - 440) <= 8
    assert wave[4, 100] == 32_767 and np.count_nonzero(wave[4]) == 1


def test_16_bits_at_the_rate_asked_for_are_kept(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(-32_768, 32_768, 500, dtype=np.int16)
    samples[:2] = (-32_768, 32_767)
    (tmp_path / "x").mkdir()
    soundfile.write(tmp_path / "x" / "a.wav", samples, 22_050)
    corpus = folder.load(tmp_path, rate=22_050)
    np.testing.assert_array_equal(corpus["waveform"][0], samples)


def test_several_file_columns(pets: Path, capsys: Printed) -> None:
    for name in "ab":
        sound(pets / "sounds" / f"{name}.wav", 8_000)
    write(
        pets,
        "image_file_name,call_file_name,label",
        *("a.png,sounds/a.wav,1", "b.png,sounds\\b.wav,2", "c.png,sounds/b.wav,10"),
    )
    corpus = folder.load(pets, rate=8_000)
    assert say(capsys) == (
        "pets: 3 rows of image_file_name (picture), call_file_name (sound), 3 classes "
        "(1, 2, 10); 2 rows repeat the file of another (one group): b.wav = a.wav"
    )
    assert list(corpus.columns) == [
        *("image", "call", "call_length", "image_file_name", "call_file_name"),
    ]
    assert corpus["call_length"].tolist() == [4_000] * 3
    # The two sounds have the same content under two names.
    assert corpus.groups.tolist() == [0, 0, 0]


def test_one_picture_with_two_captions_is_one_group(
    pets: Path, capsys: Printed
) -> None:
    write(pets, "file_name,text", "a.png,one", "b.png,two", "a.png,three", "c.png,four")
    corpus = folder.load(pets, label=None)
    assert "1 row repeats the file of another (one group)" in say(capsys)
    assert corpus.groups.tolist() == [0, 1, 0, 2]
    assert (corpus["image"][0] == corpus["image"][2]).all()
    assert len(split(corpus.groups)) == 3


def test_strays_of_metadata_are_said(pets: Path, capsys: Printed) -> None:
    (pets / "notes.txt").touch()
    picture(pets / "old" / "d.png")
    folder.load(pets)
    assert "; left out 2 stray files: notes.txt, old/d.png; " in say(capsys)


def test_a_tree_with_strays(tmp_path: Path, capsys: Printed) -> None:
    own = tmp_path / "flowers"
    picture(own / "rose" / "1.png", "red")
    picture(own / "rose" / "deep" / "2.JPG", "red")
    picture(own / "tulip" / "3.webp", "white")
    picture(own / "cover.png", "blue")
    (own / "rose" / "notes.txt").touch()
    (own / "bare").mkdir()
    corpus = folder.load(own)
    assert say(capsys) == (
        "flowers: 3 pictures, 2 classes (rose, tulip); left out 1 folder without data: "
        "bare/; left out 2 stray files: cover.png, rose/notes.txt"
    )
    assert corpus["file_name"] == ["rose/1.png", "rose/deep/2.JPG", "tulip/3.webp"]
    assert corpus.label.tolist() == [0, 0, 1]
    assert len(folder.load(own, label=None)) == 4


def test_frames_that_are_left_out_are_said(tmp_path: Path, capsys: Printed) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    (tmp_path / "x").mkdir()
    frames[0].save(tmp_path / "x" / "a.gif", save_all=True, append_images=frames[1:])
    folder.load(tmp_path)
    assert say(capsys).endswith("; took the first frame of 1 picture")


def test_a_file_without_a_usual_ending(pets: Path) -> None:
    (pets / "a.png").rename(pets / "a")
    (pets / "b.png").rename(pets / "b.data")
    write(pets, "file_name,label", "a,x", "b.data,y")
    assert folder.load(pets)["image"].shape == (2, 3, 64, 64)
    sound(pets / "a", format="WAV")
    write(pets, "file_name,label", "a,x")
    assert folder.load(pets)["length"].tolist() == [8_000]


def test_latin_1_and_semicolons_are_said(pets: Path, capsys: Printed) -> None:
    raw = "file_name;label\na.png;Kätzchen\n".encode("latin-1")
    (pets / "metadata.csv").write_bytes(raw)
    assert folder.load(pets).label_names == ("Kätzchen",)
    assert (
        "metadata.csv is not UTF-8, read as latin-1; metadata.csv is separated by "
        "semicolons; left out 2 stray files: b.png, c.png"
    ) in say(capsys)


# Splits
def test_splits_of_metadata(pets: Path, tmp_path: Path, capsys: Printed) -> None:
    own = tmp_path / "all"
    own.mkdir()
    pets.rename(own / "train")
    picture(own / "test" / "a.png", "white")
    picture(own / "test" / "b.png", "red")  # as train/a.png
    (own / "README").touch()
    rows = ("dog,a.png,1,2,3", "cat,b.png,1,2,3")
    write(own / "test", "label,file_name,tag,weight,home", *rows)
    corpus = folder.load(own, numbers=["weight"])
    assert say(capsys) == (
        "all: 5 pictures in test 2, train 3, 2 classes (cat, dog); left out 1 stray "
        "file: README; 1 row repeats the file of another (one group): a.png = "
        "b.png; LEAK: 1 file in "
        "more than one split"
    )
    assert corpus["split"] == ["test"] * 2 + ["train"] * 3
    assert corpus["file_name"][0] == "test/a.png"
    assert corpus["weight"].tolist() == [2, 2, 1.5, -2, 100]
    assert corpus[np.array(corpus["split"]) == "train"].label.tolist() == [0, 1, 0]


def test_splits_of_trees(tmp_path: Path, capsys: Printed) -> None:
    for i, name in enumerate(("train/cat", "train/dog", "test/cat", "test/Dog")):
        picture(tmp_path / name / "1.png", (i, 0, 0))
    with pytest.raises(ValueError) as caught:
        folder.load(tmp_path)
    assert str(caught.value).startswith(
        "test/Dog/1.png: class 'Dog' is in test/ but not in train/, which has cat, dog"
    )
    corpus = folder.load(tmp_path, classes=["cat", "dog", "Dog"])
    assert corpus.label.tolist() == [2, 0, 0, 1]
    (tmp_path / "test" / "Dog").rename(tmp_path / "test" / "dog")
    assert folder.load(tmp_path).label_names == ("cat", "dog")
    assert "in test 2, train 2, 2 classes" in capsys.readouterr().out


def test_class_names_that_differ_in_metadata(pets: Path, tmp_path: Path) -> None:
    own = tmp_path / "all"
    own.mkdir()
    pets.rename(own / "train")
    picture(own / "test" / "a.png")
    write(own / "test", "file_name,label,tag,weight,home", "a.png,hen,1,2,3")
    with pytest.raises(
        ValueError, match=r"test/metadata\.csv row 1 \(line 2\): class 'h"
    ):
        folder.load(own)
    write(own / "test", "file_name,label", "a.png,cat")
    with pytest.raises(ValueError, match=r"train/ has the columns .* the same in all"):
        folder.load(own)
    (own / "test" / "metadata.csv").unlink()
    picture(own / "test" / "cat" / "b.png")
    with pytest.raises(ValueError, match=r"train/ has the columns"):
        folder.load(own)
    (own / "train" / "metadata.csv").write_text("file_name,label,split\na.png,cat,1\n")
    (own / "test" / "metadata.csv").write_text("file_name,label,split\na.png,cat,1\n")
    with pytest.raises(ValueError, match="called 'split'"):
        folder.load(own)


# What is refused
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["name,label", "a.png,x"], "no column file_name"),
        (
            ["file_name,label", "a.png,x", "d.png,y"],
            r"row 2 \(line 3\): no file 'd\.png'",
        ),
        (
            ["file_name,label", "a.png,x", "a.png,x"],
            r"row 2 .* is the same as .* row 1",
        ),
        (["file_name,label,t", "a.png,x,", "b.png,y,"], "'t' is empty in all 2 rows"),
        (["file_name,label", "a.png,x", ",y"], r"row 2 .*: column 'file_name' is em"),
        (["file_name,label", "a.png,x", "b.png, "], r"row 2 .*: column 'label' is em"),
        (["file_name,label", "../a.png,x"], r"row 1 .*: '\.\./a\.png' leaves the fold"),
        (["file_name,image", "a.png,x"], "no column 'label'; there are file_name, ima"),
        (["file_name,label,image", "a.png,x,y"], "'image' is the name that the pictur"),
    ],
)
def test_rows_that_are_refused(rows: list[str], message: str, pets: Path) -> None:
    write(pets, *rows)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        folder.load(pets)


def test_many_missing_files(pets: Path) -> None:
    write(pets, "file_name,label", *(f"{i}.png,{i % 2}" for i in range(9)))
    with pytest.raises(FileNotFoundError) as caught:
        folder.load(pets)
    lines = str(caught.value).splitlines()
    assert lines[0] == "metadata.csv row 1 (line 2): no file '0.png' in pets/"
    assert len(lines) == 6 and lines[5] == "and 4 other files"


def test_files_that_are_refused(tmp_path: Path) -> None:
    own = tmp_path / "own"
    sound(own / "a.wav")
    sound(own / "long.wav", seconds=1.5)
    (own / "text.wav").write_text("no sound")
    write(own, "file_name,label", "a.wav,x", "text.wav,y", "long.wav,x")
    with pytest.raises(ValueError) as caught:
        folder.load(own, longest=1)
    first, second = str(caught.value).splitlines()
    assert first.startswith(
        "metadata.csv row 2 (line 3): text.wav: found 8 bytes that cannot be read as a "
        "sound"
    )
    assert second.startswith("metadata.csv row 3 (line 4): long.wav: it lasts more")
    assert str(tmp_path) not in str(caught.value)
    picture(own / "b.png")
    write(own, "file_name,label", "a.wav,x", "b.png,y")
    with pytest.raises(
        ValueError, match=r"row 2 .*: b\.png in column 'file_name' is a"
    ):
        folder.load(own)


def test_damaged_files_of_a_tree(tmp_path: Path) -> None:
    for i in range(9):
        picture(tmp_path / "x" / f"{i}.png", (i, 0, 0))
    for i in range(1, 8):
        (tmp_path / "x" / f"{i}.png").write_text(str(i))
    with pytest.raises(ValueError) as caught:
        folder.load(tmp_path, label=None)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("x/1.png: found 1 bytes that cannot be read")
    assert len(lines) == 6 and lines[5] == "and 2 other files"
    for i in range(1, 8):
        (tmp_path / "x" / f"{i}.png").unlink()
    assert len(folder.load(tmp_path, label=None)) == 2


def test_numbers_that_are_none(pets: Path) -> None:
    with pytest.raises(ValueError, match=r"row 1 \(line 2\): column 'home' holds 'x'"):
        folder.load(pets, numbers=["home"])


def test_arguments_that_are_refused(pets: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"text is 'tag'; expected a list: \['tag'\]"):
        folder.load(pets, text="tag")
    with pytest.raises(ValueError, match="'tag' is to be text and numbers"):
        folder.load(pets, text=["tag"], numbers=["tag"])
    wrong: dict[str, Any]
    for wrong in ({"text": ["no"]}, {"numbers": ["no"]}, {"group": "no"}):
        with pytest.raises(ValueError, match="no column 'no'; there are file_name"):
            folder.load(pets, **wrong)
    with pytest.raises(ValueError, match="class 'cat' is not in classes"):
        folder.load(pets, classes=["dog"])
    for wrong in ({"size": 0}, {"rate": 0}, {"longest": float("nan")}):
        with pytest.raises(ValueError, match="expected a positive number"):
            folder.load(pets, **wrong)
    with pytest.raises(ValueError, match=r"kind is 'sound', but metadata\.csv says"):
        folder.load(pets, kind="sound")
    with pytest.raises(FileNotFoundError, match="no folder"):
        folder.load(tmp_path / "gone")
    with pytest.raises(FileNotFoundError, match=r"a\.png is a file; expected a folder"):
        folder.load(pets / "a.png")
