"""Folders as well-known data sets hand them out, made small; nothing is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from mmlearn.data import folder

MODES = ("RGB", "RGBA", "L", "CMYK", "I;16", "P")


def picture(path: Path, i: int) -> None:
    """One of odd size and mode; the ending says jpg, whatever it is inside."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = MODES[i % len(MODES)]
    values = np.random.default_rng(i).integers(0, 255, (20 + i, 30, 4), dtype=np.uint8)
    if mode == "I;16":
        made = Image.fromarray(values[..., 0].astype(np.uint16) * 257)
    else:
        made = Image.fromarray(values, "RGBA").convert(mode)
    made.save(path, format="TIFF" if mode in ("CMYK", "I;16") else "PNG")


def flickr(path: Path, n: int = 6) -> list[str]:
    names = [f"{100 + i}_{'ab' * 5}.jpg" for i in range(n)]
    for i, name in enumerate(names):
        picture(path / "Images" / name, i)
    return names


def test_captions_txt_is_a_row_for_each_picture(tmp_path, capsys):
    names = flickr(tmp_path)
    lines = ["image,caption"]
    for i, name in enumerate(names):
        lines += [
            f"{name},A dog {i} runs , fast .",
            f'{name},"Two ""dogs"", or more ."',
        ]
    lines += [f'{names[0]},"一只狗\n在跑"']
    (tmp_path / "captions.txt").write_text("\n".join(lines), encoding="utf-8")
    corpus = folder.load(tmp_path, label=None)
    assert len(corpus) == 6 and corpus["image"].shape == (6, 3, 64, 64)
    assert corpus["caption"][3] == "A dog 3 runs , fast ."
    assert corpus["caption_2"] == ['Two "dogs", or more .'] * 6
    assert corpus["caption_3"] == ["一只狗 在跑", *[""] * 5]
    assert corpus["file_name"] == [f"Images/{name}" for name in names]
    assert "stray" not in capsys.readouterr().out


def test_the_lists_of_flickr8k_are_its_splits(tmp_path, capsys):
    names = flickr(tmp_path)
    tokens = [f"{name}#{k}\tCaption {k} of {i} ." for i, name in enumerate(names)
              for k in range(5)]  # fmt: skip
    tokens.append("1_gone.jpg.1#0\tThere is no such picture .")
    (tmp_path / "Flickr8k.token.txt").write_text("\n".join(tokens), encoding="utf-8")
    for part, some in (("train", names[:3]), ("dev", names[3:4]), ("test", names[4:5])):
        (tmp_path / f"Flickr_8k.{part}Images.txt").write_text("\n".join(some))
    corpus = folder.load(tmp_path, label=None)
    assert corpus["split"] == ["train"] * 3 + ["valid", "test"]
    assert corpus["caption_5"][4] == "Caption 4 of 4 ."
    said = capsys.readouterr().out
    assert (
        "left out the captions of 1 picture (Flickr8k.token.txt line 31: no pic" in said
    )
    assert f"left out 1 picture of no split ({names[5]})" in said


def test_a_picture_in_two_lists_is_a_leak_and_refused(tmp_path):
    names = flickr(tmp_path, 2)
    (tmp_path / "Flickr8k.token.txt").write_text(
        f"{names[0]}#0\tA .\n{names[1]}#0\tB ."
    )
    for part in ("train", "test"):
        (tmp_path / f"Flickr_8k.{part}Images.txt").write_text(names[0])
    with pytest.raises(ValueError, match="is in the list of test too"):
        folder.load(tmp_path, label=None)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("captions.txt", "image,caption\n", "captions.txt has no caption"),
        ("captions.txt", "image,caption\nalone\n", "line 2: found 'alone'; expected a"),
        ("captions.txt", "image,caption\na.jpg, \n", "a.jpg has an empty caption"),
        ("captions.txt", "image,caption\na.jpg,A dog\n", "line 2: no picture a.jpg in"),
        (
            "Flickr8k.token.txt",
            "a.jpg A dog\n",
            "line 1: found 'a.jpg A dog'; expected",
        ),
        ("captions.txt", b"image,caption\na.jpg,\xff\n", "captions.txt is not UTF-8"),
    ],
)
def test_lines_that_are_not_of_the_layout_are_named(tmp_path, file, text, said):
    raw = text if isinstance(text, bytes) else text.encode()
    (tmp_path / file).write_bytes(raw)
    with pytest.raises(ValueError, match=said):
        folder.load(tmp_path, label=None)


def librispeech(path: Path) -> None:
    """Two speakers, three chapters; flac of several rates, one with two channels."""
    i = 0
    for speaker, chapter in (("84", "121"), ("84", "122"), ("19", "7")):
        place = path / speaker / chapter
        place.mkdir(parents=True)
        lines = []
        for k in range(2):
            i += 1
            rate, channels = (16_000, 22_050, 8_000)[i % 3], 1 + i % 2
            wave = np.sin(np.arange(rate // 2) / 10)[:, None].repeat(channels, axis=1)
            name = f"{speaker}-{chapter}-{k:04}"
            soundfile.write(place / f"{name}.flac", 0.3 * wave, rate)
            lines.append(f"{name} HE SAID NUMBER {i}")
        text = "\n".join(lines) + "\n"
        (place / f"{speaker}-{chapter}.trans.txt").write_text(text)


def test_librispeech_has_transcripts_and_speakers(tmp_path, capsys):
    librispeech(tmp_path)
    corpus = folder.load(tmp_path, label=None, group="speaker")
    assert corpus["transcript"] == [f"HE SAID NUMBER {i}" for i in (5, 6, 1, 2, 3, 4)]
    assert corpus["speaker"] == ["19"] * 2 + ["84"] * 4
    assert corpus["chapter"][:3] == ["19/7", "19/7", "84/121"]
    assert len(np.unique(corpus.groups)) == 2
    np.testing.assert_allclose(corpus["length"], 8_000, atol=2)
    assert "stray" not in capsys.readouterr().out


def test_a_recording_without_its_line_is_said_and_a_line_without_one_refused(
    tmp_path, capsys
):
    librispeech(tmp_path)
    soundfile.write(tmp_path / "19" / "7" / "19-7-0009.flac", np.zeros(800), 8_000)
    folder.load(tmp_path, label=None)
    assert "left out 1 stray file: 19/7/19-7-0009.flac" in capsys.readouterr().out
    (tmp_path / "19" / "7" / "19-7-0000.flac").unlink()
    with pytest.raises(ValueError, match="line 1: no recording 19-7-0000 beside it"):
        folder.load(tmp_path, label=None)


def digits(path: Path, n: int = 8) -> None:
    """`{digit}_{speaker}_{index}.wav`, 8 kHz, every second one of 8 bits."""
    path.mkdir(parents=True, exist_ok=True)
    for i in range(n):
        wave = np.sin(np.arange(2_000) / (5 + i))
        subtype = "PCM_U8" if i % 2 else "PCM_16"
        name = f"{i % 4}_{('ann', 'bob')[i // 4]}_{i}.wav"
        soundfile.write(path / name, 0.3 * wave, 8_000, subtype=subtype)


@pytest.mark.parametrize(
    "how", [{}, {"from_name": r"(?P<label>\d)_(?P<speaker>[a-z]+)_\d+"}]
)
def test_the_digits_of_the_free_spoken_digit_dataset(tmp_path, how):
    """By itself, and by a pattern that says which is which."""
    digits(tmp_path)
    corpus = folder.load(tmp_path, group="speaker", rate=8_000, **how)
    assert corpus.label_names == ("0", "1", "2", "3")
    assert corpus.label.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert corpus["speaker"] == ["ann", "bob"] * 4
    assert len(np.unique(corpus.groups)) == 2
    assert ("transcript" in corpus.columns) == (not how)


def test_digits_are_words_and_the_line_says_where_from(tmp_path, capsys):
    digits(tmp_path)
    corpus = folder.load(tmp_path, label=None, group=("speaker", "family"))
    assert corpus["transcript"][:4] == ["zero", "zero", "one", "one"]
    assert corpus["label"][:4] == ["0", "0", "1", "1"]
    assert len(np.unique(corpus.groups)) == 2
    assert "digits and speakers by file name" in capsys.readouterr().out


@pytest.mark.parametrize("other", ["zero_ann_1.wav", "notes.txt", "10_ann_1.wav"])
def test_with_another_name_it_is_no_such_data_set(tmp_path, other):
    digits(tmp_path)
    (tmp_path / "0_ann_0.wav").replace(tmp_path / other)
    corpus = folder.load(tmp_path, label=None, rate=8_000)
    assert "transcript" not in corpus.columns


def read_aloud(path: Path, lines: list[str]) -> None:
    (path / "wavs").mkdir(parents=True)
    for i in range(1, 4):
        wave = np.sin(np.arange(4_000) / (5 + i))
        soundfile.write(path / "wavs" / f"LJ001-{i:04}.wav", 0.3 * wave, 22_050)
    (path / "metadata.csv").write_text("\n".join(lines), encoding="utf-8")


def test_lj_speech_has_no_header_and_its_quotes_are_letters(tmp_path, capsys):
    lines = [
        'LJ001-0001|In 1455, "he" said;|In fourteen fifty-five, "he" said;',
        "",
        "LJ001-0002|Plain, of course.|",
        "LJ001-0003|\u201cR\u00e9publique\u201d\u2028on|la r\u00e9publique",
    ]
    read_aloud(tmp_path, lines)
    corpus = folder.load(tmp_path, label=None, group=["speaker"])
    assert corpus["transcript"] == [
        'In fourteen fifty-five, "he" said;',
        "Plain, of course.",
        "la r\u00e9publique",
    ]
    assert corpus["written"][0] == 'In 1455, "he" said;'
    assert corpus["file_name"][1] == "wavs/LJ001-0002.wav"
    assert len(np.unique(corpus.groups)) == 3
    said = capsys.readouterr().out
    assert "stray" not in said and "3 sounds" in said


def test_lj_speech_of_two_cells_and_with_names_of_files(tmp_path, capsys):
    read_aloud(tmp_path, ["LJ001-0001.wav|One.", "LJ001-0003|Three."])
    corpus = folder.load(tmp_path, label=None)
    assert corpus["transcript"] == ["One.", "Three."] == corpus["written"]
    assert "1 stray file: wavs/LJ001-0002.wav" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("LJ001-0001|a|b|c", "line 2: found 4 cells .*; expected id.text"),
        ("LJ001-0001", "line 2: found 1 cell .*; expected id.text"),
        ("LJ001-0001| |", "line 2: LJ001-0001 has no text; expected one"),
        ("LJ001-0009|Nine.|nine", "line 2: no recording LJ001-0009 in wavs/"),
    ],
)
def test_lines_that_are_not_of_lj_speech_are_named(tmp_path, line, said):
    read_aloud(tmp_path, ["LJ001-0002|Two.|two", line])
    with pytest.raises(ValueError, match=f"metadata.csv {said}"):
        folder.load(tmp_path, label=None)


def test_a_list_of_lj_speech_that_is_not_utf8_is_refused(tmp_path):
    read_aloud(tmp_path, ["LJ001-0002|Two.|two"])
    (tmp_path / "metadata.csv").write_bytes(b"LJ001-0002|caf\xe9|caf\xe9\n")
    with pytest.raises(ValueError, match=r"metadata\.csv is not UTF-8"):
        folder.load(tmp_path, label=None)


def test_a_list_with_pipes_in_a_cell_is_no_lj_speech(tmp_path):
    (tmp_path / "wavs").mkdir()
    soundfile.write(tmp_path / "wavs" / "1.wav", np.zeros(800), 8_000)
    text = "file_name,a|b\nwavs/1.wav,x|y\n"
    (tmp_path / "metadata.csv").write_text(text, encoding="utf-8")
    assert folder.load(tmp_path, label=None)["a|b"] == ["x|y"]


def common_voice(path: Path, rows: list[str]) -> None:
    (path / "clips").mkdir(parents=True)
    for i in range(3):
        wave = np.sin(np.arange(16_000) / (5 + i))
        name = path / "clips" / f"common_voice_de_{i}.mp3"
        soundfile.write(name, 0.3 * wave, 32_000, format="MP3")
    header = "client_id\tpath\tsentence\tup_votes\tage"
    text = "\n".join([header, *rows]) + "\n"
    (path / "validated.tsv").write_text(text, encoding="utf-8")
    (path / "train.tsv").write_text(text, encoding="utf-8")


def test_common_voice_has_sentences_and_speakers(tmp_path, capsys):
    rows = [
        'a1\tcommon_voice_de_0.mp3\t"Er sagte ""ja"" dazu."\t2\t',
        'b2\tcommon_voice_de_1.mp3\t"Ja" hei\u00dft "ja"\t2\ttwenties',
        "a1\tcommon_voice_de_2.mp3\t\u4f60\u597d\t2\t",
    ]
    common_voice(tmp_path, rows)
    corpus = folder.load(tmp_path, label=None, group=["speaker"])
    assert corpus["transcript"] == [
        'Er sagte "ja" dazu.',
        '"Ja" hei\u00dft "ja"',
        "\u4f60\u597d",
    ]
    assert corpus["speaker"] == ["a1", "b2", "a1"]
    assert corpus.groups.tolist() == [0, 1, 0]
    said = capsys.readouterr().out
    assert "left out up_votes, age of validated.tsv" in said
    assert "left out 1 stray file: train.tsv" in said


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a\tcommon_voice_de_0.mp3\tHallo", "line 2 has 3 cells, the header 5"),
        ("a\tcommon_voice_de_0.mp3\t \t\t", "common_voice_de_0.mp3 has no sentence"),
        ("a\tgone.mp3\tHallo\t\t", "line 2: no recording gone.mp3 in clips/"),
    ],
)
def test_rows_that_are_not_of_common_voice_are_named(tmp_path, row, said):
    common_voice(tmp_path, [row])
    with pytest.raises(ValueError, match=rf"validated\.tsv {said}|: {said}"):
        folder.load(tmp_path, label=None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has nothing in it"),
        ("client_id\tpath\tsentence\n", "has no row"),
        ("path\tsentence\na\tb\n", "has no column 'client_id'; found path, sentence"),
    ],
)
def test_a_list_of_common_voice_without_rows_or_columns(tmp_path, text, said):
    common_voice(tmp_path, [])
    (tmp_path / "validated.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=rf"validated\.tsv {said}"):
        folder.load(tmp_path, label=None)


def test_of_several_groups_the_first_that_is_there_counts(tmp_path, capsys):
    flickr(tmp_path)
    rows = [f"Images/{100 + i}_{'ab' * 5}.jpg,{i // 2},{i // 3}" for i in range(6)]
    text = "\n".join(["file_name,day,place", *rows])
    (tmp_path / "metadata.csv").write_text(text, encoding="utf-8")
    for several, groups in (
        (["speaker", "day", "place"], [0, 0, 1, 1, 2, 2]),
        (("place", "day"), [0, 0, 0, 1, 1, 1]),
        (["speaker"], [0, 1, 2, 3, 4, 5]),
        ([], [0, 1, 2, 3, 4, 5]),
    ):
        corpus = folder.load(tmp_path, label=None, group=several)
        assert corpus.groups.tolist() == groups
    with pytest.raises(ValueError, match="no column 'speaker'"):
        folder.load(tmp_path, label=None, group="speaker")
