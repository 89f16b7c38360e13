import numpy as np
import pytest
import soundfile
from own_folders import film, metadata, picture, recording, sound

from mmlearn.data import folder


# Films
def films(path, count=3):
    for i in range(count):
        film(path / "up" / f"{i}.mp4", True, i)
        film(path / "down" / f"{i}.mkv", False, i, frames=8)
    return path


def test_a_folder_of_films_a_class(tmp_path, capsys):
    corpus = folder.load(films(tmp_path / "bars"), size=16, fps=4)
    assert corpus["film"].shape == (6, 6, 3, 16, 16)
    assert corpus["film"].dtype == np.uint8
    assert corpus["length"].tolist() == [4, 4, 4, 6, 6, 6]
    assert corpus.label_names == ("down", "up")
    assert corpus.rates == {"film": 4}
    assert not corpus["film"][0, 4:].any()
    rows = corpus["film"][3, :, 0].mean(axis=2)  # of "up": brightness by height
    assert rows[0].argmax() > rows[5].argmax()
    said = capsys.readouterr().out
    assert "6 films, 2 classes (down, up)" in said
    assert "4 frames a second" in said


def test_metadata_names_films_beside_other_files(tmp_path):
    own = tmp_path / "own"
    for i in range(2):
        film(own / f"{i}.mp4", bool(i), i)
        picture(own / f"{i}.png", 50)
    metadata(
        own,
        "clip_file_name,cover_file_name,label",
        *("0.mp4,0.png,a", ",1.png,b"),
    )
    corpus = folder.load(own, size=8, fps=2)
    assert corpus["clip"].shape == (2, 3, 3, 8, 8)
    assert corpus["clip_length"].tolist() == [3, 0]  # the second one is missing
    assert corpus["cover"].shape == (2, 3, 8, 8)


def test_broken_and_long_films_are_named(tmp_path):
    own = films(tmp_path / "bars", 1)
    (own / "up" / "bad.mp4").write_bytes(b"no film")
    film(own / "up" / "long.mp4", True, 0, frames=17)
    with pytest.raises(ValueError) as caught:
        folder.load(own, longest=2)
    bad, long = str(caught.value).splitlines()
    assert bad.startswith("up/bad.mp4: found 7 bytes that cannot be read as a video")
    assert long.startswith("up/long.mp4: it lasts more than 2 s; cut it")


# Sounds
def test_channels_that_cancel_one_another_are_refused_and_others_mixed(
    tmp_path, capsys
):
    wave = np.sin(np.arange(4_000) / 5)
    for name, both in {
        "a": np.stack([wave, 0.5 * wave], axis=1),
        "b": np.stack([wave, -wave], axis=1),
    }.items():
        soundfile.write(tmp_path / f"{name}.wav", both, 8_000)
    with pytest.raises(ValueError, match=r"b\.wav.*its 2 channels cancel one another"):
        folder.load(tmp_path, label=None, rate=8_000)
    (tmp_path / "b.wav").unlink()
    corpus = folder.load(tmp_path, label=None, rate=8_000)
    assert np.abs(corpus["waveform"]).max() == pytest.approx(0.75 * 32_768, abs=2)
    assert "mixed 1 sound down to one channel" in capsys.readouterr().out


# Sensors
def two_devices(own, phone_from=0.0, header="time,x,y"):
    """A watch at 40 Hz for 2 s, and a phone at an uneven 25 Hz."""
    draw = np.random.default_rng(0)
    for i in range(2):
        watch = np.arange(80) / 40
        recording(own / f"watch{i}.csv", watch, np.stack([watch, -watch], axis=1))
        phone = phone_from + np.sort(draw.uniform(0, 2, 50))
        recording(
            own / f"phone{i}.csv", phone, (10 * phone)[:, None], header="t,pressure"
        )
    metadata(
        own,
        "watch_file_name,phone_file_name,label",
        *("watch0.csv,phone0.csv,walk", "watch1.csv,phone1.csv,run"),
    )
    return own


def test_devices_of_uneven_clocks_come_to_one(tmp_path, capsys):
    corpus = folder.load(two_devices(tmp_path / "own"), clock=20)
    assert corpus["watch"].shape[0] == 2 and corpus["watch"].shape[2] == 2
    assert corpus["phone"].shape[2] == 1
    assert corpus.rates == {"watch": 20, "phone": 20}
    steps = np.arange(corpus["phone_length"][0]) / 20
    there = ~np.isnan(corpus["phone"][0, : len(steps), 0])
    assert there.mean() > 0.9
    np.testing.assert_allclose(
        corpus["phone"][0, : len(steps), 0][there], 10 * steps[there], atol=0.6
    )
    np.testing.assert_allclose(
        corpus["watch"][0, 1:39, 0], np.arange(1, 39) / 20, atol=0.015
    )
    said = capsys.readouterr().out
    assert "2 rows of watch_file_name (recording), phone_file_name (recording)" in said
    assert "watch has the channels x, y, 40 measurements a second" in said
    assert "on one clock of 20 steps a second" in said


def test_a_late_device_a_missing_one_and_a_gap(tmp_path, capsys):
    own = two_devices(tmp_path / "own", phone_from=1.0)
    recording(own / "watch1.csv", [0, 0.5, 2, 2.5], np.arange(8).reshape(4, 2))
    metadata(
        own,
        "watch_file_name,phone_file_name,label",
        *("watch0.csv,phone0.csv,walk", "watch1.csv,,run"),
    )
    corpus = folder.load(own, clock=10, gap=1)
    assert np.isnan(corpus["phone"][0, :9]).all()  # not on before 1 s
    assert not np.isnan(corpus["phone"][0, 12:28]).any()
    assert corpus["phone_length"].tolist() == [corpus["phone"].shape[1], 0]
    watch = corpus["watch"][1, :26, 0]
    assert np.isnan(watch[6:20]).all()  # more than a second without a measurement
    np.testing.assert_allclose(watch[:6], [0, 0.4, 0.8, 1.2, 1.6, 2.0], atol=1e-6)
    np.testing.assert_allclose(watch[20:], [4, 4.4, 4.8, 5.2, 5.6, 6.0], atol=1e-5)
    said = capsys.readouterr().out
    assert "phone is missing in 1 row" in said
    assert "watch has 0." in said and "a gap of more than 1 s" in said


def test_repeated_stamps_and_channels_without_a_value(tmp_path, capsys):
    own = tmp_path / "own"
    rows = [[0, 1], [2, ""], [4, 3], [6, "NaN"], [8, 9]]
    recording(own / "walk" / "a.csv", [0, 0.1, 0.1, 0.2, 0.3], rows)
    recording(own / "run" / "b.csv", [0, 100, 200], [[1, 2]] * 3, "time_ms,x,y")
    corpus = folder.load(own, clock=10)
    assert corpus["length"].tolist() == [3, 4]  # run, walk
    np.testing.assert_allclose(corpus["sensor"][1, :, 0], [0, 3, 6, 8], atol=1e-6)
    np.testing.assert_allclose(corpus["sensor"][1, :, 1], [1, 3, 6, 9], atol=1e-6)
    assert "averaged 1 repeated time stamp of sensor" in capsys.readouterr().out


def test_dates_semicolons_and_tabs(tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    lines = [f"2024-05-01T10:00:0{i};{i}" for i in range(5)]
    (own / "a.csv").write_text("\n".join(("Timestamp;x", *lines)))
    (own / "b.tsv").write_text("t\tx\n0\t5\n1\t6\n2\t7\n")
    corpus = folder.load(own, label=None, clock=1, gap=5)
    assert corpus["length"].tolist() == [5, 3]
    assert corpus["sensor"][0, :, 0].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("time", "values", "header", "message"),
    [
        ([0, 2, 1], [[1, 1]] * 3, "time,x,y", "line 4 is at 1 s, after 2 s; expected"),
        ([0, 1], [[1, "1,5"]] * 2, "time,x,y", "line 2 has 4 cells, the header 3"),
        (
            [0, 1],
            [[1, "low"]] * 2,
            "time,x,y",
            "column 'y' holds 'low'; expected",
        ),
        ([0, 1], [[1, "inf"]] * 2, "time,x,y", "'y' holds 'inf'; expected a finite"),
        (
            ["noon", 1],
            [[1, 1]] * 2,
            "time,x,y",
            "'time' holds 'noon'; expected",
        ),
        (
            [0, 1],
            [[1, 1]] * 2,
            "x,y,z",
            "found the columns 'x', 'y', 'z'",
        ),
        ([0, 1], [[1, 1]] * 2, "time,t,y", "expected one of times"),
        ([3, 3], [[1, 1]] * 2, "time,x,y", "all rows are at 3 s; expected two times"),
        ([0], [[1, 1]], "time,x,y", "found 2 lines; expected a header and two"),
        ([0, 1e9], [[1, 1]] * 2, "time,x,y", "is its time in seconds"),
    ],
)
def test_recordings_that_are_refused(time, values, header, message, tmp_path):
    recording(tmp_path / "a.csv", time, values, header)
    with pytest.raises(ValueError, match=message):
        folder.load(tmp_path, label=None)


def test_devices_without_a_common_time_and_other_channels_are_refused(tmp_path):
    own = two_devices(tmp_path / "own", phone_from=1_700_000_000)
    with pytest.raises(ValueError, match=r"row 1 .*expected devices on one clock"):
        folder.load(own)
    own = two_devices(tmp_path / "other")
    recording(own / "watch1.csv", [0, 1], [[1, 2]] * 2, "time,x,z")
    with pytest.raises(ValueError, match=r"row 2 .*has the channels x, z, .*x, y; exp"):
        folder.load(own)
    metadata(own, "watch_file_name,phone_file_name,label", "watch0.csv,,a", ",,b")
    with pytest.raises(ValueError, match="'phone_file_name' is empty in all 2 rows"):
        folder.load(own)


def test_a_csv_beside_pictures_is_no_recording(tmp_path, capsys):
    for i in range(2):
        picture(tmp_path / str(i) / "a.png", 90 * i, i)
        recording(tmp_path / str(i) / "boxes.csv", [0, 1], [[1, 1]] * 2)
    assert len(folder.load(tmp_path)) == 2
    assert "left out 2 stray files" in capsys.readouterr().out


def test_kinds_that_stand_together_are_told_apart(tmp_path):
    film(tmp_path / "a" / "0.mp4", True, 0)
    sound(tmp_path / "b" / "0.wav", 440)
    with pytest.raises(ValueError, match=r'1 sound and 1 film .*kind="sound"'):
        folder.load(tmp_path)
    assert len(folder.load(tmp_path, kind="film", label=None)) == 1
