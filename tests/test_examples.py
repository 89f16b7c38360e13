"""The folders to try a program on: files as people keep them, whole or built again."""

import csv
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
from PIL import Image

from mmlearn.data import command, examples
from mmlearn.data.store import cache


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("make", "columns", "rows"),
    [
        (examples.tagged, ["file_name", "keywords", "family"], 160),
        (
            examples.captioned,
            ["file_name", "caption", "caption_2", "caption_3", "family"],
            200,
        ),
        (examples.scenes, ["file_name", "caption"], 400),
        (examples.spoken, ["file_name", "transcript", "speaker", "family"], 224),
    ],
)
def test_every_row_has_its_file_and_its_text(
    make: Callable[[], Path], columns: list[str], rows: int
) -> None:
    folder = make()
    found = table(folder)
    assert len(found) == rows and list(found[0]) == columns
    assert {row["file_name"] for row in found} | {"metadata.csv"} == {
        path.name for path in folder.iterdir()
    }
    assert all(row[columns[1]].strip() for row in found)


def test_the_pictures_are_pictures_and_the_keywords_come_again() -> None:
    folder = examples.tagged()
    found = table(folder)
    for row in found:
        with Image.open(folder / row["file_name"]) as picture:
            assert picture.size == (64, 64) and picture.mode == "RGB"
    often = Counter(word for row in found for word in row["keywords"].split("; "))
    assert sum(count >= 10 for count in often.values()) >= 8
    assert len({row["family"] for row in found}) > 100


def test_captions_are_one_to_three_a_picture() -> None:
    counts = Counter(
        sum(bool(row[f"caption{end}"]) for end in ("", "_2", "_3"))
        for row in table(examples.captioned())
    )
    assert set(counts) == {1, 2, 3}


def test_the_digits_are_named_as_in_the_free_spoken_digit_dataset() -> None:
    files = sorted(examples.digits_spoken().iterdir())
    parts = [re.fullmatch(r"(\d)_([A-Za-z0-9]+)_(\d)\.wav", f.name) for f in files]
    assert len(files) == 320 and all(parts)
    assert soundfile.info(files[0]).samplerate == 8_000


def test_what_is_read_aloud_lies_as_in_lj_speech() -> None:
    folder = examples.read_aloud()
    text = (folder / "metadata.csv").read_text(encoding="utf-8")
    lines = [line.split("|") for line in text.splitlines()]
    assert len(lines) == 120 and {len(line) for line in lines} == {3}
    for name, written, plain in lines:
        assert written == f"{plain.capitalize()}."
        sound = soundfile.info(folder / "wavs" / f"{name}.wav")
        assert sound.samplerate == 22_050 and sound.channels == 1


def test_nothing_is_read_into_memory_and_all_is_checked() -> None:
    folder = examples.digits_spoken()
    cache.verify(folder.parent)
    manifest = cache.read_manifest(folder.parent)
    assert manifest["rows"] == 320 and len(manifest["files"]) == 321
    assert manifest["licence"] and manifest["source"].startswith("synthetic")


@pytest.mark.parametrize("how", ["changed", "removed"])
def test_a_folder_that_was_changed_is_built_again(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path))
    made = b"made again"
    monkeypatch.setattr(examples, "_read_aloud", lambda: {"wavs/1.wav": made})
    file = examples.read_aloud() / "wavs" / "1.wav"
    assert file.read_bytes() == made
    file.write_bytes(b"other") if how == "changed" else file.unlink()
    with pytest.warns(UserWarning, match="building it again"):
        assert examples.read_aloud() / "wavs" / "1.wav" == file
    assert file.read_bytes() == made


def test_they_are_listed_with_their_licence(capsys: pytest.CaptureFixture[str]) -> None:
    examples.tagged()
    assert command.main(["list"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"examples\.tagged: 160 rows.*\n  licence  CC BY-SA 4\.0", said)
