"""Awkward folders in every layout that a reader may have: a maker for each.

Pictures are of several sizes and modes, recordings of several rates, depths and
channels; texts are in two scripts. There is a little to learn in all: a picture has the
colour that its texts name, a letter has its own tone.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

COLOURS = {
    "red": ("红", (200, 40, 40)),
    "green": ("绿", (40, 170, 60)),
    "blue": ("蓝", (40, 60, 200)),
    "grey": ("灰", (128, 128, 128)),
}
SHAPES = {"wide": ("宽", 30, 60), "tall": ("高", 60, 30), "square": ("方", 41, 41)}
PICTURES = 36
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
DIGITS = (
    *("zero", "one", "two", "three", "four"),
    *("five", "six", "seven", "eight", "nine"),
)
_MODES = ("RGB", "RGBA", "L", "CMYK", "I;16", "P")
_RATES = (16_000, 11_025, 44_100, 8_000, 22_050)


def what(i: int) -> tuple[str, str]:
    """The colour and the shape of picture i."""
    return list(COLOURS)[i % 4], list(SHAPES)[i // 4 % 3]


def pixels(i: int) -> np.ndarray:
    """Picture i, uint8 [H, W, 4]: its colour, a little noise, another on its border."""
    colour, shape = what(i)
    _, height, width = SHAPES[shape]
    noise = np.random.default_rng(i).integers(-25, 25, (height + i, width + i, 1))
    made = np.full((height + i, width + i, 4), 255)
    made[..., :3] = np.clip(np.array(COLOURS[colour][1]) + noise, 0, 255)
    made[: 3 + i % 5, :, 3] = 90  # half transparent, where the mode can say so
    return made.astype(np.uint8)


def picture(folder: Path, i: int, jpg: bool = False) -> str:
    """Write picture i in one of six modes: its name.

    Args:
        jpg: whether the name ends so, whatever the file is.
    """
    mode = _MODES[i % len(_MODES)]
    folder.mkdir(parents=True, exist_ok=True)
    if mode == "I;16":
        made = Image.fromarray(pixels(i)[..., 0].astype(np.uint16) * 257)
    else:
        made = Image.fromarray(pixels(i), "RGBA").convert(mode)
    form = "JPEG" if mode in ("RGB", "CMYK") else "PNG"
    name = f"{1000268201 + i}_{0x693B08CB0E + 7919 * i:010x}"
    name += ".jpg" if jpg or form == "JPEG" else ".png"
    made.save(folder / name, format=form)
    return name


def captions(i: int) -> list[str]:
    """One to five captions of picture i; the later ones in Chinese, or of two lines."""
    colour, shape = what(i)
    said = [
        f"A {colour} thing , rather {shape} .",
        f"一个{COLOURS[colour][0]}色的东西、很{SHAPES[shape][0]}。",
        f'"{shape.capitalize()}",\nsays the sign,\nand {colour}',
        f"the {shape} one is {colour}, picture {i}",
        f"{COLOURS[colour][0]}色。",
    ]
    return said[: 1 + i % 5] if i % 7 else said[1:2]


def table(folder: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write metadata.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def keywords(folder: Path) -> None:
    """Pictures with keywords: commas or semicolons, one rare, one row without any."""
    rows = []
    for i in range(PICTURES):
        colour, shape = what(i)
        words = [colour, shape, COLOURS[colour][0], *(["rare"] if i == 5 else [])]
        joined = (", " if i % 2 else ";").join(words)
        rows.append([picture(folder, i), "" if i == 9 else joined])
    table(folder, ["file_name", "keywords"], rows)


def captions_in_columns(folder: Path) -> None:
    """metadata.csv with caption, caption_2 ... of which the later ones may be empty."""
    rows = [[f"photos/{picture(folder / 'photos', i)}"] for i in range(PICTURES)]
    for i, row in enumerate(rows):
        row += [*captions(i), *[""] * (5 - len(captions(i)))]
    names = ["caption", *(f"caption_{k}" for k in range(2, 6))]
    table(folder, ["file_name", *names], rows)


def captions_in_rows(folder: Path) -> None:
    """metadata.csv with a row for each caption: a picture comes several times."""
    names = [picture(folder, i) for i in range(PICTURES)]
    rows = [[name, text] for i, name in enumerate(names) for text in captions(i)]
    table(folder, ["file_name", "caption"], rows)


def flickr8k_captions(folder: Path) -> None:
    """Flickr8k's captions.txt: `image,caption`, a line break in quotes."""
    names = [picture(folder / "Images", i, jpg=True) for i in range(PICTURES)]
    rows = [[name, text] for i, name in enumerate(names) for text in captions(i)]
    with (folder / "captions.txt").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["image", "caption"], *rows])


def flickr8k_tokens(folder: Path) -> None:
    """Flickr8k.token.txt with its lists of names."""
    place = folder / "Flicker8k_Dataset"
    names = [picture(place, i, jpg=True) for i in range(PICTURES)]
    lines = [
        f"{name}#{k}\t{' '.join(text.split())}"
        for i, name in enumerate(names)
        for k, text in enumerate(captions(i))
    ]
    text = "\n".join([*lines, "2258277193_586949ec62.jpg.1#0\tIt is not there ."])
    (folder / "Flickr8k.token.txt").write_text(text, encoding="utf-8")
    ends = (0, 2 * PICTURES // 3, 5 * PICTURES // 6, PICTURES)
    for k, part in enumerate(("train", "dev", "test")):
        listed = "\n".join(names[ends[k] : ends[k + 1]]) + "\n"
        (folder / f"Flickr_8k.{part}Images.txt").write_text(listed)


def voice(text: str, i: int, pitch: float, rate: int) -> np.ndarray:
    """A tone for each letter, float [T]; the noise around it is that of recording i."""
    time = np.arange(int(0.08 * rate)) / rate
    tones = [300 * pitch + 37 * (ord(letter) % 64) for letter in text.lower()]
    sounds = [np.sin(2 * np.pi * tone * time) * np.hanning(len(time)) for tone in tones]
    hush = np.random.default_rng(i).normal(0, 0.003, int(0.1 * rate))
    return np.concatenate([hush, *sounds, hush])


def recording(path: Path, text: str, i: int, pitch: float = 1.0) -> None:
    """Write a recording, of one of five rates; some stereo, some of 8 bits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rate = 32_000 if path.suffix == ".mp3" else _RATES[i % len(_RATES)]
    sound = 0.4 * voice(text, i, pitch, rate)
    if i % 4 == 1:
        sound = np.stack([sound, 0.5 * sound], axis=1)
    subtype = None
    if path.suffix == ".wav":
        subtype = ("PCM_16", "PCM_U8", "PCM_24", "FLOAT")[i % 4]
    elif path.suffix == ".flac":
        subtype = ("PCM_16", "PCM_S8", "PCM_24")[i % 3]
    soundfile.write(path, sound, rate, subtype=subtype)


def sayings(i: int) -> str:
    """Text i: two words, at times in Chinese, with a sign, or with a hyphen."""
    one, other = DIGITS[i % 10], DIGITS[(i * 3 + 1) % 10]
    chinese = "零一二三四五六七八九"
    if i % 6 == 5:
        return chinese[i % 10] + chinese[(i * 3 + 1) % 10]
    if i % 4 == 2:
        return f"{one}-{other}"
    return f"{one} {other}" if i % 4 else f"{one.capitalize()}, {other}."


def spoken_list(folder: Path) -> None:
    """metadata.csv with transcripts and speakers, WAV beside FLAC."""
    rows = []
    for i in range(48):
        name = f"clips/{i}.{'flac' if i % 3 == 2 else 'wav'}"
        who = SPEAKERS[i % len(SPEAKERS)]
        recording(folder / name, sayings(i // 5), i, 1 + i % 6 / 10)
        rows.append([name, sayings(i // 5), who])
    table(folder, ["file_name", "transcript", "speaker"], rows)


def free_spoken_digits(folder: Path) -> None:
    """{digit}_{speaker}_{index}.wav, of six speakers, not all digits as often."""
    for i in range(60):
        who, digit = i // 10, (i % 10 + (i % 10 > 7) * (i // 10)) % 10
        name = f"{digit}_{SPEAKERS[who]}_{i}.wav"
        recording(folder / name, DIGITS[digit], i, 1 + who / 10)


def librispeech(folder: Path) -> None:
    """speaker/chapter/*.flac with the transcripts of a chapter in a file."""
    for who in range(6):
        for chapter in range(2):
            place, lines = folder / f"{84 + who}" / f"{121_123 + chapter}", []
            for k in range(4):
                text = sayings(who % 3 + 4 * chapter + k).upper()
                name = f"{place.parent.name}-{place.name}-{k:04}"
                recording(place / f"{name}.flac", text, who + k, 1 + who / 10)
                lines.append(f"{name} {text}\n")
            listed = place / f"{place.parent.name}-{place.name}.trans.txt"
            listed.write_text("".join(lines), encoding="utf-8")


def lj_speech(folder: Path) -> None:
    """metadata.csv without a header, of id|text|normalised text, and wavs/."""
    lines = []
    for i in range(40):
        name = f"LJ{1 + i // 20:03}-{1 + i % 20:04}"
        recording(folder / "wavs" / f"{name}.wav", sayings(i), i)
        lines.append(f'{name}|"{sayings(i)}" he said|{sayings(i)}\n')
    (folder / "metadata.csv").write_text("".join(lines), encoding="utf-8")


def common_voice(folder: Path) -> None:
    """clips/ and validated.tsv, the speakers by a long number."""
    lines = ["client_id\tpath\tsentence\tup_votes\tage"]
    for i in range(36):
        name = f"common_voice_en_{i}.mp3"
        recording(folder / "clips" / name, sayings(i // 5), i, 1 + i % 6 / 10)
        lines.append(f"{i % 6:064x}\t{name}\t{sayings(i // 5)}\t2\t")
    text = "\n".join(lines) + "\n"
    (folder / "validated.tsv").write_text(text, encoding="utf-8")


def read_list(folder: Path) -> None:
    """metadata.csv with the texts that one person read."""
    rows = []
    for i in range(40):
        recording(folder / f"{i}.wav", sayings(i), i)
        rows.append([f"{i}.wav", sayings(i)])
    table(folder, ["file_name", "transcript"], rows)


CAPTIONED = (
    *(captions_in_columns, captions_in_rows, flickr8k_captions, flickr8k_tokens),
)
LAYOUTS: dict[str, tuple[Callable[[Path], None], ...]] = {
    "tagged_folder": (keywords,),
    "captioned_folder": CAPTIONED,
    "scenes_folder": CAPTIONED,
    "spoken_folder": (
        *(spoken_list, free_spoken_digits, librispeech, lj_speech, common_voice),
    ),
    "read_folder": (read_list, lj_speech),
}
