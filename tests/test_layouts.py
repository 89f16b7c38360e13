"""Folders as Flickr8k and LibriSpeech hand them out, made small; nothing is lost."""

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


def test_the_digits_of_the_free_spoken_digit_dataset(tmp_path):
    """`{digit}_{speaker}_{index}.wav`, 8 kHz: a pattern says which is which."""
    for i in range(8):
        name = f"{i % 4}_{('ann', 'bob')[i // 4]}_{i}.wav"
        wave = np.sin(np.arange(2_000) / (5 + i))
        subtype = "PCM_U8" if i % 2 else "PCM_16"
        soundfile.write(tmp_path / name, 0.3 * wave, 8_000, subtype=subtype)
    corpus = folder.load(
        tmp_path,
        from_name=r"(?P<label>\d)_(?P<speaker>[a-z]+)_\d+",
        group="speaker",
        rate=8_000,
    )
    assert corpus.label_names == ("0", "1", "2", "3")
    assert len(np.unique(corpus.groups)) == 2
