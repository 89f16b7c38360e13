"""Spoken emoji names: alike in every build, several languages and voices."""

from pathlib import Path

import numpy as np
import pytest

from mmlearn.data import emoji, speech
from mmlearn.data.corpus import Corpus
from mmlearn.data.decode.clip import RATE
from mmlearn.data.split import split
from mmlearn.data.store import cache
from mmlearn.data.synth import espeak

pytest.importorskip("espeakng_loader", reason="the extra `speech` is not installed")


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return speech.load()


def test_shapes(corpus: Corpus) -> None:
    names = [name for name in emoji.load()["name_en"] if len(name) <= speech.LONGEST]
    assert len(corpus) == 3 * len(names) == 4_485
    assert corpus["text"] == 3 * names
    assert corpus["waveform"].shape == (len(corpus), corpus["length"].max())
    assert corpus["waveform"].dtype == np.int16
    assert np.bincount(corpus.groups).tolist() == [len(names)] * 3
    assert [corpus["voice"][i * len(names)] for i in range(3)] == list(speech.VOICES)
    assert set(corpus["language"]) == {"en"}
    assert "synthetic" in corpus.source and "up to 16 characters" in corpus.source


def test_rows_are_the_emoji_corpus_own(corpus: Corpus) -> None:
    known = emoji.load()
    row = {character: i for i, character in enumerate(known["emoji"])}
    rows = [row[character] for character in corpus["emoji"]]
    assert corpus.label_names == known.label_names
    np.testing.assert_array_equal(corpus.label, known.label[rows])
    np.testing.assert_array_equal(corpus["family"], known.groups[rows])
    assert corpus["text"] == [known["name_en"][i] for i in rows]


def test_clips_are_sound(corpus: Corpus) -> None:
    steps = np.arange(corpus["waveform"].shape[1])
    for part in np.array_split(np.arange(len(corpus)), 8):
        rows = corpus[part]
        beyond = steps[None] >= rows["length"][:, None]
        assert (rows["waveform"][beyond] == 0).all()
        assert (np.abs(rows["waveform"].astype(np.int32)).max(axis=1) == 29_490).all()
    seconds = corpus["length"] / RATE
    assert seconds.min() > 0.2 and seconds.max() < 1.5
    assert len({c.tobytes() for c in corpus["waveform"]}) > 0.99 * len(corpus)


def test_groups_split_by_voice_or_by_family(corpus: Corpus) -> None:
    train, _, test = split(corpus.groups)
    voices = np.array(corpus["voice"])
    assert not set(voices[train]) & set(voices[test])
    by_family = speech.load(groups="family")
    train, _, test = split(by_family.groups)
    characters = np.array(by_family["emoji"])
    assert not set(characters[train]) & set(characters[test])


def test_languages_and_voices_change_no_clip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clip is the same whatever else is asked for, and in every build."""
    known = emoji.load()
    few = known[np.arange(0, 1_906, 400)]
    monkeypatch.setattr(emoji, "load", lambda: few)
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "one"))
    languages = [language for language in speech.LANGUAGES]
    every = speech.load(languages, ("m3", "f1"), longest=None, groups="family")
    assert len(every) == 2 * len(languages) * len(few)
    assert np.unique(every.groups).tolist() == sorted(set(few.groups.tolist()))
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "two"))
    alone = speech.load(["de"], ["f1"], longest=None)
    rows = np.array(every["language"]) == "de"
    same = every[rows & (np.array(every["voice"]) == "f1")]
    assert alone["text"] == same["text"] == few["name_de"]
    longest = int(alone["length"].max())
    np.testing.assert_array_equal(alone["waveform"], same["waveform"][:, :longest])
    cache.verify(cache.entry(speech.recipe(["de"], ["f1"], None)))

    with pytest.raises(ValueError, match="no name has 0 characters"):
        speech.load(["de"], ["f1"], longest=0)
    with pytest.raises(ValueError, match="no variant 'nobody'"):
        speech.load(["de"], ["nobody"], longest=9)


def test_each_choice_is_an_entry_of_its_own() -> None:
    choices = [
        speech.recipe(),
        speech.recipe(["de"]),
        speech.recipe(voices=["f1"]),
        speech.recipe(longest=None),
    ]
    assert len({cache.entry(recipe) for recipe in choices}) == 4


def test_refuses() -> None:
    with pytest.raises(ValueError, match=r'"ja" cannot be spoken: .* kanji'):
        speech.load(["en", "ja"])
    with pytest.raises(ValueError, match="no names in language 'xx'; there are en"):
        speech.load(["xx"])
    with pytest.raises(ValueError, match=r"expected several: \('en',\)"):
        speech.load("en")
    with pytest.raises(ValueError, match=r"languages are .* each once"):
        speech.load([])
    with pytest.raises(ValueError, match=r"voices are .* each once"):
        speech.load(voices=["f1", "f1"])
    with pytest.raises(ValueError, match="'whisper' sounds different at each build"):
        speech.load(voices=["whisper"])
    with pytest.raises(ValueError, match="groups is 'row'"):
        speech.load(groups="row")  # type: ignore[arg-type]


def test_without_the_synthesiser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, corpus: Corpus
) -> None:
    monkeypatch.setattr(espeak, "find_spec", lambda name: None)
    assert len(speech.load()) == len(corpus), "from the cache it loads without"
    known = emoji.load()
    monkeypatch.setattr(emoji, "load", lambda: known)
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="extra `speech`"):
        speech.load()
