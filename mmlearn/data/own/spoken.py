"""Recordings with transcripts, in the layouts of well-known data sets.

    librispeech/84/121123/84-121123-0000.flac ...  84-121123.trans.txt
    ljspeech/metadata.csv  wavs/LJ001-0001.wav ...   lines of id|text|normalised text
    common_voice/validated.tsv  clips/common_voice_de_1.mp3 ...
    digits/7_jackson_32.wav ...                      {digit}_{speaker}_{index}.wav

LibriSpeech (Panayotov et al., 2015), LJ Speech (Ito and Johnson, 2017), Common Voice
(Ardila et al., 2020), and the Free Spoken Digit Dataset (Jackson et al., 2018). A row
is a recording, with a column transcript, and speaker where the layout knows one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmlearn.data.decode.files import SOUNDS
from mmlearn.data.own import metadata
from mmlearn.data.own.listing import Listing, count, some

TRANSCRIPTS, VALIDATED = ".trans.txt", "validated.tsv"
_CLIPS = {"path": "file_name", "sentence": "transcript", "client_id": "speaker"}
_DIGIT = re.compile(r"([0-9])_([^_]+)_[0-9]+\.wav", re.IGNORECASE)
_WORDS = (
    *("zero", "one", "two", "three", "four"),
    *("five", "six", "seven", "eight", "nine"),
)


def read(folder: Path, by_name: bool) -> Listing | None:
    """The rows of a folder in one of these layouts; None when it is in none.

    Args:
        by_name: whether names such as 7_jackson_32.wav may say digit and speaker.

    Raises:
        ValueError: naming the line, for one that is not of the layout, that has no
            text, or whose recording is missing.
    """
    if (folder / metadata.NAME).is_file():  # LJ Speech's has that name, and no header
        return _read_aloud(folder) if _is_read_aloud(folder) else None
    if (folder / VALIDATED).is_file() and (folder / "clips").is_dir():
        return _clips(folder)
    transcripts = sorted(folder.rglob(f"*{TRANSCRIPTS}"))
    if transcripts:
        return _chapters(folder, transcripts)
    return _digits(folder) if by_name else None


def text_of(file: Path) -> str:
    """A file's text.

    Raises:
        ValueError: when it is not UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        raise ValueError(
            f"{file.name} is not UTF-8 ({fault.reason} at byte {fault.start}); save it "
            "as UTF-8"
        ) from None


def _chapters(folder: Path, files: list[Path]) -> Listing:
    """LibriSpeech: a row for each line of the transcripts."""
    rows, where, gone = [], [], []
    for file in files:
        beside = _sounds(file.parent)
        chapter = file.parent.relative_to(folder).as_posix()
        for place, line in _lines(file):
            name, _, transcript = line.strip().partition(" ")
            if not transcript.strip():
                raise ValueError(f"{place}: {name} has no transcript; expected a text")
            if name not in beside:
                gone.append(f"{place}: no recording {name} beside it")
                continue
            path = beside[name].relative_to(folder).as_posix()
            rows.append([path, transcript.strip(), name.split("-")[0], chapter])
            where.append(f"{place} ({name})")
    _refuse(gone)
    header = ("file_name", "transcript", "speaker", "chapter")
    return Listing(folder, header, rows, where, [])


def _is_read_aloud(folder: Path) -> bool:
    """Whether the list begins with a line such as LJ001-0001|text, and wavs/ is there.

    Read as bytes: whether it is UTF-8 is found out where it is known to be such a list.
    """
    if not (folder / "wavs").is_dir():
        return False
    with (folder / metadata.NAME).open("rb") as file:
        first = file.readline()
    return b"|" in first and b"file_name" not in first


def _read_aloud(folder: Path) -> Listing:
    """LJ Speech: a row for each line; the normalised text is the transcript."""
    beside = _sounds(folder / "wavs")
    rows, where, gone = [], [], []
    for place, line in _lines(folder / metadata.NAME):
        name, *texts = (cell.strip() for cell in line.split("|"))
        if not 1 <= len(texts) <= 2:
            raise ValueError(
                f"{place}: found {count(len(texts) + 1, 'cell')} ({line[:40]!r}); "
                "expected id|text or id|text|normalised text"
            )
        transcript = texts[-1] or texts[0]
        if not transcript:
            raise ValueError(f"{place}: {name} has no text; expected one")
        stem = Path(name).stem if Path(name).suffix.lower() in SOUNDS else name
        if stem not in beside:
            gone.append(f"{place}: no recording {name} in wavs/")
            continue
        path = beside[stem].relative_to(folder).as_posix()
        rows.append([path, transcript, texts[0] or transcript])
        where.append(f"{place} ({name})")
    _refuse(gone)
    return Listing(folder, ("file_name", "transcript", "written"), rows, where, [])


def _clips(folder: Path) -> Listing:
    """Common Voice: a row for each line of validated.tsv, the speaker by client_id."""
    (_, first), *lines = _lines(folder / VALIDATED)
    header = first.split("\t")
    lacking = [name for name in _CLIPS if name not in header]
    if lacking:
        raise ValueError(
            f"{VALIDATED} has no column {lacking[0]!r}; found {some(header, 20)}"
        )
    beside = {path.name: path for path in (folder / "clips").iterdir()}
    rows, where, gone = [], [], []
    for place, line in lines:
        cells = line.split("\t")
        if len(cells) != len(header):
            raise ValueError(
                f"{place} has {count(len(cells), 'cell')}, the header {len(header)}"
            )
        name, said, speaker = (cells[header.index(column)].strip() for column in _CLIPS)
        if not said:
            raise ValueError(f"{place}: {name} has no sentence; expected a text")
        if name not in beside:
            gone.append(f"{place}: no recording {name} in clips/")
            continue
        rows.append([f"clips/{name}", _unquoted(said), speaker])
        where.append(f"{place} ({name})")
    _refuse(gone)
    if not rows:
        raise ValueError(f"{VALIDATED} has no row")
    others = [name for name in header if name not in _CLIPS]
    remarks = [f"left out {some(others)} of {VALIDATED}"] if others else []
    return Listing(folder, tuple(_CLIPS.values()), rows, where, remarks)


def _digits(folder: Path) -> Listing | None:
    """The Free Spoken Digit Dataset: all names are such, and nothing else is there."""
    files = [path for path in sorted(folder.iterdir()) if path.name[0] != "."]
    found = [path.is_file() and _DIGIT.fullmatch(path.name) for path in files]
    parts = [match.groups() for match in found if match]
    if not files or len(parts) < len(files):
        return None
    names = [path.name for path in files]
    rows = [
        [name, digit, _WORDS[int(digit)], speaker]
        for name, (digit, speaker) in zip(names, parts, strict=True)
    ]
    header = ("file_name", "label", "transcript", "speaker")
    return Listing(folder, header, rows, names, ["digits and speakers by file name"])


def _sounds(folder: Path) -> Mapping[str, Path]:
    """Its recordings by name without ending."""
    return {p.stem: p for p in sorted(folder.iterdir()) if p.suffix.lower() in SOUNDS}


def _lines(file: Path) -> list[tuple[str, str]]:
    """Where, and what, of each line that is not blank.

    Raises:
        ValueError: when there is none.
    """
    lines = text_of(file).split("\n")  # a text may hold other breaks, such as U+2028
    found = [
        (f"{file.name} line {number}", line)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not found:
        raise ValueError(f"{file.name} has nothing in it")
    return found


def _unquoted(cell: str) -> str:
    """A cell as it was before it was put in quotes."""
    quoted = re.fullmatch('"((?:[^"]|"")+)"', cell)
    return quoted[1].replace('""', '"') if quoted else cell


def _refuse(gone: Sequence[str]) -> None:
    if gone:
        more = len(gone) - 5
        rest = [f"and {count(more, 'other recording')}"] if more > 0 else []
        raise ValueError("\n".join((*gone[:5], *rest)))
