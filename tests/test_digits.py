"""Digits: each clip and each picture once, the same in every build; own recordings."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mmlearn.data import digits
from mmlearn.data.corpus import Corpus
from mmlearn.data.split import split
from mmlearn.data.store import cache
from mmlearn.data.synth import espeak


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return digits.load()


def test_shapes(corpus: Corpus) -> None:
    n = len(corpus)
    assert n == 66 * 4 * 10
    assert corpus["image"].shape == (n, 1, 28, 28)
    assert corpus["image"].dtype == np.uint8
    assert corpus["waveform"].shape == (n, corpus["length"].max())
    assert corpus["waveform"].dtype == np.int16
    assert np.bincount(corpus.label).tolist() == [264] * 10
    assert np.bincount(corpus.groups).tolist() == [40] * 66
    assert "synthetic" in corpus.source
    speakers = {
        (int(g), v.partition("+")[2])
        for g, v in zip(corpus.groups, corpus["voice"], strict=True)
    }
    assert len(speakers) == 66  # a group is one voice, in all its accents


def test_no_clip_and_no_picture_twice(corpus: Corpus) -> None:
    assert len({image.tobytes() for image in corpus["image"]}) == len(corpus)
    assert len({clip.tobytes() for clip in corpus["waveform"]}) == len(corpus)


def test_clips_are_sound(corpus: Corpus) -> None:
    steps = np.arange(corpus["waveform"].shape[1])
    beyond = steps[None] >= corpus["length"][:, None]
    assert (corpus["waveform"][beyond] == 0).all()
    loudness = np.abs(corpus["waveform"].astype(np.int32))
    assert (loudness.max(axis=1) == 29_490).all()  # loud, and not clipped
    assert ((loudness == 29_490).sum(axis=1) < 4).all()
    seconds = corpus["length"] / digits.RATE
    assert seconds.min() > 0.1
    assert seconds.max() < 1


def log_spectra(corpus: Corpus) -> np.ndarray:
    """Each clip as 20 bands x 24 steps of its own length: [N, 480]."""
    features = []
    for clip, length in zip(corpus["waveform"], corpus["length"], strict=True):
        starts = np.linspace(0, length - 200, 24).astype(int)
        frames = clip[starts[:, None] + np.arange(200)] / 32_768
        power = np.abs(np.fft.rfft(frames * np.hanning(200)))[:, :100]
        features.append(np.log(power.reshape(24, 20, 5).mean(2) / 64 + 1e-3).ravel())
    return np.array(features)


def test_digits_can_be_told_apart_and_no_voice_has_a_twin(corpus: Corpus) -> None:
    features = log_spectra(corpus)
    train, _, test = split(corpus.groups, seed=0)
    centres = np.stack(
        [features[train][corpus.label[train] == d].mean(0) for d in range(10)]
    )
    distance = ((features[test][:, None] - centres) ** 2).sum(2)
    assert (distance.argmin(1) == corpus.label[test]).mean() > 0.8  # chance is .1
    voices = features.reshape(66, -1)  # rows are ordered by voice, accent and digit
    apart = np.sqrt(((voices[:, None] - voices) ** 2).mean(2))
    off_diagonal = apart[~np.eye(66, dtype=bool)]
    assert off_diagonal.min() > 0.3 * np.median(off_diagonal)


def test_pictures_are_paired_by_digit(corpus: Corpus) -> None:
    images, labels = digits._pictures()
    label_of = {
        image.tobytes(): label for image, label in zip(images, labels, strict=True)
    }
    assert [label_of[image.tobytes()] for image in corpus["image"]] == list(
        corpus.label
    )


def test_voices_exist() -> None:
    pytest.importorskip("espeakng_loader", reason="the extra `speech` is not installed")
    assert set(espeak.variants()) > digits.TWINS
    assert len(espeak.variants()) - len(digits.TWINS) == 66


def test_builds_the_same_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    digits.load()
    usual = cache.read_manifest(cache.entry(digits.recipe()))
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path))
    start = time.perf_counter()
    digits.load()
    record_property("digits_build_seconds", time.perf_counter() - start)
    again = cache.read_manifest(cache.entry(digits.recipe()))
    assert again["files"] == usual["files"]


def test_speech_is_needed_to_build_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits.load()
    monkeypatch.setattr(espeak, "find_spec", lambda name: None)
    assert len(digits.load()) == 2640
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="extra `speech`"):
        digits.load()


def tone(seconds: float, rate: int, pitch: float, channels: int = 1) -> np.ndarray:
    time_of = np.arange(int(seconds * rate)) / rate
    return np.repeat(0.3 * np.sin(2 * np.pi * pitch * time_of)[:, None], channels, 1)


@pytest.fixture
def recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "recordings"
    folder.mkdir()
    for digit in range(10):
        for speaker, rate, channels in (("ada", 8_000, 1), ("alan_t", 44_100, 2)):
            sound = tone(0.3, rate, 200 + 50 * digit, channels)
            quiet = np.zeros((rate // 5, channels))
            name = f"{digit}_{speaker}_{digit + 3}.wav"
            soundfile.write(folder / name, np.concatenate([quiet, sound, quiet]), rate)
    return folder


def test_own_recordings(recordings: Path) -> None:
    (recordings / ".DS_Store").write_text("what a system leaves is passed over")
    corpus = digits.load(recordings=recordings)
    assert len(corpus) == 20
    assert corpus.label.tolist() == sorted(list(range(10)) * 2)
    assert corpus.groups.tolist() == [0, 1] * 10
    assert corpus["voice"][:2] == ["ada 3", "alan_t 3"]
    assert "synthetic" not in corpus.source
    # No silence but 10 ms on both sides; stereo at 44.1 kHz became mono at 8 kHz.
    assert (np.abs(corpus["length"] / digits.RATE - 0.32) < 0.02).all()
    clip = corpus["waveform"][11][: corpus["length"][11]].astype(float)  # digit 5
    spectrum = np.abs(np.fft.rfft(clip))
    assert abs(np.argmax(spectrum) * digits.RATE / len(clip) - 450) < 5
    assert len({image.tobytes() for image in corpus["image"]}) == 20


def test_a_speaker_in_two_spellings_is_one(recordings: Path) -> None:
    """An accent as one character or two, as other systems write it."""
    for i, name in enumerate(("zo\u00e9", "zoe\u0301", "zoe\u0301 ")):
        sound = tone(0.3, 8_000, 900 + 50 * i)
        soundfile.write(recordings / f"1_{name}_{i}.wav", sound, 8_000)
    corpus = digits.load(recordings=recordings)
    own = [g for v, g in zip(corpus["voice"], corpus.groups, strict=True) if "zo" in v]
    assert own == [2, 2, 2]
    soundfile.write(recordings / "1_Ada_9.wav", tone(0.3, 8_000, 999), 8_000)
    with pytest.raises(ValueError, match="'ada' and 'Ada' may be one speaker"):
        digits.load(recordings=recordings)


def test_changed_recordings_are_read_again(recordings: Path) -> None:
    before = digits.load(recordings=recordings)
    soundfile.write(recordings / "0_ada_3.wav", tone(0.5, 8_000, 999), 8_000)
    after = digits.load(recordings=str(recordings))
    assert after["length"][0] > before["length"][0]


def write_zero_bytes(file: Path) -> None:
    file.write_bytes(b"")


def write_text(file: Path) -> None:
    file.write_text("RIFF, said the cat")


def write_nan(file: Path) -> None:
    sound = tone(0.3, 8_000, 300)
    sound[77] = np.nan
    soundfile.write(file, sound, 8_000, subtype="FLOAT")


def write_silence(file: Path) -> None:
    soundfile.write(file, np.zeros(800), 8_000)


def write_header_only(file: Path) -> None:
    soundfile.write(file, np.zeros((0, 1)), 8_000)


def write_song(file: Path) -> None:
    soundfile.write(file, tone(2.5, 8_000, 300), 8_000)


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (write_zero_bytes, "has zero bytes"),
        (write_text, "cannot be read as sound"),
        (write_nan, "sample 77 is not a finite number"),
        (write_silence, "silent from end to end"),
        (write_header_only, "empty"),
        (write_song, r"lasts 2\.5 s; expected one spoken digit"),
    ],
)
def test_a_bad_recording_is_named(
    write: Callable[[Path], None], words: str, recordings: Path
) -> None:
    write(recordings / "4_ada_99.wav")
    with pytest.raises(ValueError, match=rf"4_ada_99\.wav.*{words}"):
        digits.load(recordings=recordings)


@pytest.mark.parametrize(
    "name", ["ada_4_1.wav", "12_ada_1.wav", "4_ada.wav", "4_ada_1.flac", "README.md"]
)
def test_a_bad_name(name: str, recordings: Path) -> None:
    (recordings / name).write_bytes(b"x")
    with pytest.raises(ValueError, match=rf"{name}: expected a name such as 7_jackson"):
        digits.load(recordings=recordings)


def test_the_same_recording_twice(recordings: Path) -> None:
    (recordings / "4_eve_1.wav").write_bytes((recordings / "4_ada_7.wav").read_bytes())
    with pytest.raises(ValueError, match=r"4_eve_1\.wav is the same .* as 4_ada"):
        digits.load(recordings=recordings)


def test_no_recordings(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no folder"):
        digits.load(recordings=tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="is empty"):
        digits.load(recordings=tmp_path)


def test_more_clips_than_pictures() -> None:
    clips = [np.ones(10, np.int16)] * 501
    with pytest.raises(ValueError, match="501 clips of digit 3, but 500 pictures"):
        digits._pair(clips, [3] * 501, [0] * 501, ["a"] * 501)


@pytest.mark.parametrize(
    ("line", "words"),
    [("1,2,3", "expected 785 columns"), (",".join(["300"] * 785), "pixels 0 ... 255")],
)
def test_a_bad_table_of_pictures(
    line: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.csv").write_text(f"{line}\n{line}\n")
    monkeypatch.setenv("MMLEARN_MNIST", str(tmp_path / "own.csv"))
    with pytest.raises(ValueError, match=words):
        digits._pictures()
