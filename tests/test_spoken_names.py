"""The recogniser's study: who is new where, and what a clip becomes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mmlearn import seed_everything
from mmlearn.batch import TensorData
from mmlearn.metrics.sequence import errors
from mmlearn.ngrams import Ngrams
from mmlearn.preprocess.audio import log_mel
from mmlearn.studies import heard, spoken_names, transcripts
from mmlearn.studies.heard import KNOWN, NEW, VALIDATION, WORD, WORDS_ONLY, Heard
from mmlearn.studies.study import Part, Splits

NAMES = [f"{a}{b}" for a in "bdfgklmnpt" for b in ("at", "ox", "un")]  # "bat" ...
WORDS = ("sun", "batman", "hat", "oxen")


@pytest.fixture(scope="module")
def clips() -> Heard:
    """Thirty names in ten families, and four words, by every voice."""
    rows = []
    for voice in (*KNOWN, *VALIDATION, *NEW, *WORDS_ONLY):
        if voice not in WORDS_ONLY:
            rows += [(name, voice, i // 3) for i, name in enumerate(NAMES)]
        if voice in (*KNOWN, *WORDS_ONLY):
            rows += [(word, voice, WORD) for word in WORDS]
    text, voice, family = (np.array(column) for column in zip(*rows, strict=True))
    frames = np.full(len(rows), 20)
    audio = np.random.default_rng(0).normal(size=(frames.sum(), heard.N_MELS))
    return Heard(text, voice, family, frames, audio.astype(np.float16))


def test_no_family_and_no_voice_is_on_two_sides(clips: Heard) -> None:
    rows = spoken_names.rows_of(clips)
    train, valid, new = spoken_names.families(clips)
    assert len({*train, *valid, *new}) == 10
    names = rows["train"][clips.family[rows["train"]] != WORD]
    for key, voices, families in (
        ("valid", (*KNOWN, *VALIDATION), valid),
        ("known voice, known name", KNOWN, train),
        ("known voice, new name", KNOWN, new),
        ("new voice, known name", NEW, train),
        ("new voice, new name", NEW, new),
    ):
        own = rows[key]
        assert len(own) and set(clips.voice[own]) <= set(voices)
        assert set(clips.family[own]) <= set(families)
        assert not set(own.tolist()) & set(rows["train"].tolist())
    assert set(clips.family[names]) == set(train)
    assert set(clips.voice[names]) <= set(KNOWN)
    spoken = len(set(clips.text[names]))
    assert len(names) == spoken * spoken_names.TRAINED_BY


def test_words_of_new_names_are_not_taught() -> None:
    text = np.array(["hot dog", "dog", "cat nap", "cats", "cat", "naps", "hot", "x"])
    family = np.array([0, 1, 2, WORD, WORD, WORD, WORD, WORD])
    voice = np.array(["Andy"] * 8)
    made = Heard(text, voice, family, np.full(8, 90), np.zeros((720, 40), np.float16))
    train, valid, test = spoken_names.families(made)
    assert len(train) == len(valid) == len(test) == 1
    words = set(text[spoken_names.rows_of(made)["train"]])
    unknown = {w for t, f in zip(text, family, strict=True)
               if f in (*valid, *test) for w in t.split()}  # fmt: skip
    unknown -= {w for t, f in zip(text, family, strict=True)
                if f in train for w in t.split()}  # fmt: skip
    assert not words & unknown


def test_a_clip_too_short_for_its_letters_is_left_out(clips: Heard) -> None:
    rows = spoken_names.rows_of(clips)
    short = clips.frames.copy()
    short[rows["train"][0]] = 4
    again = Heard(clips.text, clips.voice, clips.family, short, clips.audio)
    left = spoken_names.rows_of(again)
    assert set(rows["train"]) - set(left["train"]) == {rows["train"][0]}


def test_spelling() -> None:
    assert heard.spelling("Côte d\u2019Ivoire") == "cote d'ivoire"
    assert heard.spelling("speak-no-evil") == "speak no evil"
    assert heard.can_be_spelt("São Tomé") and not heard.can_be_spelt("1st place")
    assert heard.read([3, 4, 1]) == "ab"


def test_heard_is_log_mel_without_the_clips_own_mean() -> None:
    waves = np.random.default_rng(0).integers(-9_000, 9_000, (2, 1_000), np.int16)
    found = heard.heard(waves, np.array([1_000, 600]))
    mel = log_mel(waves / 32_768, [1_000, 600], heard.RATE, heard.N_MELS)
    for values, mask, got in zip(mel.values, mel.mask, found.values, strict=True):
        own = (values[mask] - values[mask].mean(dim=0)) / heard.SCALE
        torch.testing.assert_close(got[mask], own.float())
        assert not got[~mask].any()


def test_bunches_hold_every_clip_once_and_little_padding(clips: Heard) -> None:
    frames = np.arange(1, 31)
    some = Heard(
        clips.text[:30], clips.voice[:30], clips.family[:30], frames, clips.audio
    )
    data = TensorData({"audio": some.clips(np.arange(30)), "row": torch.arange(30)})
    bunches = spoken_names.InBunches(data, 4)
    assert len(bunches) == 8
    found = [bunches[torch.tensor([i])] for i in range(8)]
    assert sorted(torch.cat([x["row"] for x in found]).tolist()) == list(range(30))
    for batch in found:
        assert batch["audio"].mask.sum(dim=1).max() == batch["audio"].mask.shape[1]
        assert (~batch["audio"].mask).sum() <= 6
    both = bunches[torch.tensor([0, 7])]
    assert len(both["row"]) == 6


def test_the_judge_counts_letters_words_and_both_beams() -> None:
    seed_everything(0)
    model = spoken_names.recogniser()
    audio = Heard(
        np.array(["bat"]), np.array(["Andy"]), np.array([0]), np.array([20]),
        np.random.default_rng(0).normal(size=(20, 40)).astype(np.float16),
    ).clips(np.array([0]))  # fmt: skip
    data = TensorData({"audio": audio})
    language = Ngrams([[4, 3, 22]], len(heard.LETTERS), 3)
    splits = Splits(data, data, more={"languages": (language, language)})
    part = Part(data, np.array([0]), ["red bat"])
    found = transcripts.judge(model, part, splits)
    assert found.shape == (1, 7) and found[0, 1] == 7 and found[0, 3] == 2
    letters = model.head.predict(model({"audio": audio}))[0]
    assert found[0, 0] == errors(heard.read(letters), "red bat")
    gain = transcripts.METRICS["gain of the beam"].value(found)
    assert gain == pytest.approx((found[0, 0] - found[0, 4]) / 7)


def test_one_language_model_has_read_names_and_one_english(clips: Heard) -> None:
    rows = spoken_names.rows_of(clips)["train"]
    names, english = transcripts.languages(clips, rows)
    known = clips.text[rows[clips.family[rows] != WORD]].tolist()
    assert names.bits([heard.LETTERS(list(x)) for x in known]) < 2.5
    word = [heard.LETTERS(list("people"))]
    assert english.words.bits(word) < names.bits(word)
