"""Your own data: a folder with metadata.csv, a tree with a folder per class, a table.

    flowers/metadata.csv            flowers/rose/1.jpg       birds/train/metadata.csv
    flowers/1.jpg ...               flowers/tulip/2.png      birds/test/metadata.csv

metadata.csv follows Hugging Face's imagefolder and audiofolder: a row per sample, a
column `file_name` (or several, `image_file_name`, `sound_file_name` ...), and others of
your choice. Whatever is not loaded is named in the one line that `load` prints, and
what cannot be loaded is an error that names its row and file.

The layouts of Flickr8k, LibriSpeech, LJ Speech, Common Voice and of the Free Spoken
Digit Dataset are read as they are: see `own.layouts` and `own.spoken`.

Nothing is cached: the folder is read anew at each load, since it may have changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mmlearn.data.corpus import Column, Corpus
from mmlearn.data.own import columns, media, named, recordings, together, tree
from mmlearn.data.own.listing import Listing, count, is_file_column, some
from mmlearn.data.own.rows import paths_of, rows_of
from mmlearn.data.own.strays import left_out
from mmlearn.data.own.table import table


def load(
    path: str | Path,
    *,
    label: str | None = "label",
    text: Sequence[str] | None = None,
    numbers: Sequence[str] = (),
    group: str | Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    from_name: named.FromName | None = None,
    beside: Mapping[str, str] | None = None,
    kind: tree.Kind | None = None,
    size: int = 64,
    rate: int = 16_000,
    fps: float = 4.0,
    clock: float = 50.0,
    gap: float = 0.5,
    longest: float = 30.0,
    encoding: str | None = None,
    licence: str = "your own data",
) -> Corpus:
    """A folder of your own as a corpus; prints one line of what was read.

    Columns, for a file column `file_name` (or `<name>_file_name`):
        image (or <name>): uint8 [N, 3, size, size] where the files are pictures, each
            resized while it is read; see `decode.files.read_picture`.
        waveform, length (or <name>, <name>_length): int16 [N, T] where they are sounds,
            mono at `rate` Hz, zeros after `length` (int64 [N], samples). T is the
            longest sound's; N x T x 2 bytes are kept. A sound beyond full scale is
            turned down.
        film, length (or <name>, <name>_length): uint8 [N, T, 3, size, size] where they
            are films, `fps` frames a second, zeros after `length` (frames).
        sensor, length (or <name>, <name>_length): float32 [N, T, C] where they are
            recordings: csv files of a time and C channels, see `own.readings`. All
            devices of a row are on one clock of `clock` steps a second; NaN where one
            was not on, or measured nothing for more than `gap` seconds.
        file_name itself: texts, as written. Where a row has several files, all but
            pictures may be missing: an empty cell, length 0.
    Further columns:
        the text columns: list of N, each cell as it is written ("007" stays "007"), ""
            where it is empty.
        the number columns: float64 [N], NaN where a cell is empty, NaN, NA, null or -.
        split: "train", "test" ..., where the folder is divided so, or has the column.

    Label names are sorted, as numbers where all are whole numbers. Rows that share a
    file, or its content, or a value in the column `group`, are of one group.

    Classes, groups and splits that differ in spaces, in invisible characters, or in how
    an accent is coded are one. Where they differ in upper and lower case only, or as 1
    and 1.0 do, classes are refused unless `classes` names both; groups and splits are
    one, which the line says, since two would be a leak.

    Args:
        path: a folder; or a csv file, for a table without files.
        label: column of the classes (in a tree: "label", the folders' names); None for
            data without classes: then the corpus has the label None and no names.
        text: columns to keep as texts; None for all that are not named otherwise.
        numbers: columns to read as numbers.
        group: column whose values (person, place, day) stay on one side of a split; of
            several, the first that is there: ["speaker", "family"].
        classes: the label names in your order, where not all of them occur in each
            split, or for a second folder: `classes=train.label_names`.
        from_name: columns from the files' names, by a pattern with named groups or a
            function of the path: `(?P<label>[0-9])_(?P<speaker>[a-z]+)`.
        beside: texts in files beside: `{"transcript": ".txt"}` reads 7.txt for 7.wav.
        kind: which files of a tree are the data, where it holds several kinds.
        size: height and width of pictures and frames in the corpus, in pixels.
        rate: of the sounds in the corpus, in Hz.
        fps: of the films in the corpus, in frames a second.
        clock: of the recordings in the corpus, in steps a second.
        gap: seconds between two measurements over which no line is drawn.
        longest: seconds that a sound or a film may last.
        encoding: of metadata.csv, where it is neither UTF-8 nor Western European.

    Raises:
        FileNotFoundError: when there is no such folder, or a row's file is missing.
        ValueError: when a row, cell or file is wrong, or class names differ between
            splits; names row, column and file, and the first five where many are.
    """
    settings = {"size": size, "rate": rate, "fps": fps, "clock": clock, "gap": gap}
    for name, number in {**settings, "longest": longest}.items():
        if not number > 0:
            raise ValueError(f"{name} is {number}; expected a positive number")
    path = Path(path)

    def example() -> str:
        listed = rows_of(path, kind, False, encoding)
        return listed.column(_file_columns(listed)[0])[0]

    by_folder = label is not None and label not in named.columns_of(from_name, example)
    rows = rows_of(path, kind, by_folder, encoding, by_name=from_name is None)
    rows, used = _with_names(rows, from_name, beside)
    columns.no_row_twice(rows)
    if group is not None and not isinstance(group, str):
        group = next(filter(rows.has, group), None)
    label, group = (name and rows.spelt(name) for name in (label, group))
    made, remarks = table(rows, label, text, numbers, group)
    split: list[str] = []
    if rows.split or isinstance(made.get("split"), list):
        split, of_split = together.splits(rows)
        made["split"] = split
        remarks += of_split
    label_names, labels = columns.labels(rows, label, classes)
    paths = {name: paths_of(rows, name) for name in _file_columns(rows)}
    groups, of_groups = together.groups(rows, paths, group, split)
    remarks = [*rows.remarks, *left_out(rows, paths, used, path), *remarks]
    remarks += [*columns.said_of_labels(rows, label), *of_groups]
    if group is None:
        remarks += named.repeated_ids(rows, [label])
    if group is None and paths:
        files = rows.column(next(iter(paths)))
        remarks += named.look_alike(files, rows.column(label) if label else None)
    kinds = {name: media.kind_in(rows, name, files) for name, files in paths.items()}
    of_files, rates, channels, said = _files(
        rows, paths, kinds, list(made), settings, longest
    )
    name = rows.folder.name if path.is_dir() else path.stem
    line = _line(
        name, rows, kinds, split if rows.split else [], label_names, [*remarks, *said]
    )
    print(line)
    return Corpus(
        name=name,
        columns=of_files | made,
        label=labels,
        label_names=label_names,
        groups=groups,
        licence=licence,
        source=f"own data, {line}",
        rates=rates,
        channels=channels,
    )


def _with_names(
    rows: Listing,
    from_name: named.FromName | None,
    beside: Mapping[str, str] | None,
) -> tuple[Listing, list[str]]:
    """The listing with what the files' names and the texts beside them say."""
    files = _file_columns(rows)
    if (from_name or beside) and not files:
        raise ValueError("from_name and beside are for files; this table has none")
    used: list[str] = []
    if from_name is not None:
        rows = named.with_names(rows, files[0], from_name)
    if beside is not None:
        rows, used = named.with_texts_beside(rows, files[0], beside)
    return rows, used


def _file_columns(rows: Listing) -> list[str]:
    return [name for name in rows.header if is_file_column(name)]


def _files(
    rows: Listing,
    paths: Mapping[str, Sequence[Path | None]],
    kinds: Mapping[str, tree.Kind],
    taken: Sequence[str],
    settings: Mapping[str, float],
    longest: float,
) -> tuple[dict[str, Column], dict[str, float], dict[str, tuple[str, ...]], list[str]]:
    """The columns that files become, their rates and channels, and what to say."""
    made: dict[str, Column] = {}
    rates: dict[str, float] = {}
    channels: dict[str, tuple[str, ...]] = {}
    said: list[str] = []
    devices: dict[str, Sequence[Path | None]] = {}
    size = int(settings["size"])
    for name, files in paths.items():
        kind = kinds[name]
        into, length = _names(name, kind, [*taken, *made, *devices])
        if kind == "picture":
            if None in files:
                row = rows.where[list(files).index(None)]
                raise ValueError(
                    f"{row}: column {name!r} is empty; expected a picture in each row"
                )
            made[into], remarks = media.pictures(rows, files, size)
        elif kind == "sound":
            rates[into] = settings["rate"]
            made[into], made[length], remarks = media.sounds(
                rows, files, int(rates[into]), longest
            )
        elif kind == "film":
            rates[into] = settings["fps"]
            made[into], made[length], remarks = media.films(
                rows, files, size, rates[into], longest
            )
        else:
            devices[into], remarks = files, []
        said += remarks
    if devices:
        clock = settings["clock"]
        found, channels, remarks = recordings.recordings(
            rows, devices, clock, settings["gap"]
        )
        if len(devices) == 1 and "sensor" in devices:
            found["length"] = found.pop("sensor_length")
        made |= found
        rates |= dict.fromkeys(devices, clock)
        said += remarks
    return made, rates, channels, said


_INTO: Mapping[tree.Kind, str] = {
    "picture": "image",
    "sound": "waveform",
    "film": "film",
    "recording": "sensor",
}


def _names(column: str, kind: tree.Kind, taken: Sequence[str]) -> tuple[str, str]:
    """What a file column and its lengths become: file_name is waveform and length."""
    into, length = _INTO[kind], "length"
    if column != "file_name":
        into = column.removesuffix("_file_name")
        length = f"{into}_length"
    for name in (into,) if kind == "picture" else (into, length):
        if name in taken:
            raise ValueError(
                f"column {name!r} is the name that the {kind}s of {column!r} get; "
                "rename it"
            )
    return into, length


def _line(
    name: str,
    rows: Listing,
    kinds: Mapping[str, tree.Kind],
    split: Sequence[str],
    label_names: Sequence[str],
    remarks: Sequence[str],
) -> str:
    n = len(rows.rows)
    if not kinds:
        what = count(n, "row")
    elif len(kinds) == 1:
        what = count(n, next(iter(kinds.values())))
    else:
        each = (f"{name} ({kind})" for name, kind in kinds.items())
        what = f"{count(n, 'row')} of {some(each)}"
    if split:
        sizes = {name: split.count(name) for name in dict.fromkeys(split)}
        what += " in " + ", ".join(f"{name} {size}" for name, size in sizes.items())
    if label_names:
        what += f", {count(len(label_names), 'class')} ({some(label_names)})"
    return "; ".join((f"{name}: {what}", *remarks))
