"""The study of synthesis: nothing of a test name is learned, and the judge is fair."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mmlearn.batch import TensorData, pad
from mmlearn.made_for import marks
from mmlearn.studies import intelligible, synthesis
from mmlearn.studies.heard import LETTERS, N_MELS
from mmlearn.studies.synthesis import InBunches, synthesiser


def small() -> TensorData:
    torch.manual_seed(0)
    sizes = (5, 9, 6, 12, 7)
    text = pad([torch.randint(1, len(LETTERS), (2 + i,)) for i in range(5)])
    return TensorData({"text": text, "mel": pad([torch.randn(n, 3) for n in sizes])})


def test_words_that_only_new_names_have_are_left_out_and_longer_ones():
    names = np.array(["sea otter", "owl", "sea lion", "ant"])
    words = np.array(["otter", "otters", "owl", "owls", "sea", "lion", "ants", "cat"])
    kept = synthesis.spelling_words(words, names, train=np.array([1, 2]))
    # "ant" is short: "ants" and "antique" may stay, or little would be left.
    assert words[kept].tolist() == ["owl", "owls", "sea", "lion", "ants", "cat"]


def test_bunches_hold_every_clip_once_and_are_cut_to_the_longest():
    data = small()
    bunches = InBunches(data, 2)
    assert len(bunches) == 3
    each = [bunches[torch.tensor([i])] for i in range(3)]
    found = [batch["mel"] for batch in each]
    assert [mel.mask.shape[1] for mel in found] == [6, 9, 12]
    lengths = torch.cat([mel.mask.sum(dim=1) for mel in found])
    assert sorted(lengths.tolist()) == [5, 6, 7, 9, 12]
    assert [batch["text"].mask.shape[1] for batch in each] == [4, 6, 5]


def test_two_tables_of_frames_are_joined_as_long_as_the_longer():
    one, other = pad([torch.ones(2, 3)]), pad([torch.ones(4, 3), torch.ones(1, 3)])
    both = synthesis._joined(one, other)
    assert both.mask.sum(dim=1).tolist() == [2, 4, 1]
    assert both.values.sum(dim=(1, 2)).tolist() == [6, 12, 3]


def test_what_is_said_is_loud_and_as_long_as_the_model_wants():
    torch.manual_seed(0)
    model = synthesiser(torch.zeros(N_MELS) - 8, torch.ones(N_MELS))
    waves, lengths = intelligible.say(model, ["owl", "sea lion"], rounds=2)
    frames = intelligible.frames(model, ["owl", "sea lion"]).mask.sum(dim=1)
    assert lengths.tolist() == [128 * (int(n) - 1) + 256 for n in frames]
    torch.testing.assert_close(waves.abs().amax(dim=1), torch.full((2,), 0.9))
    model.head.speed = 2.0
    fast = intelligible.frames(model, ["owl", "sea lion"]).mask.sum(dim=1)
    assert (frames / 2 - fast).abs().max() <= 1


def test_the_judge_counts_wrong_letters(monkeypatch: pytest.MonkeyPatch):
    said = {"owl": "oul", "cat": "cat"}
    monkeypatch.setattr(intelligible, "understood", lambda w, n: list(said.values()))
    found = intelligible.wrong_letters(torch.zeros(2, 9), torch.tensor([9, 9]), [*said])
    assert found.tolist() == [1, 0]


def test_metrics_read_the_columns_of_the_judge():
    rows = np.array([[2, 8, 1, 0, 4.0, 10, 8.0, 3], [0, 2, 0, 1, 6.0, 10, 8.0, 1]])
    found = {name: m.value(rows) for name, m in intelligible.METRICS.items()}
    assert found == {
        "CER": 0.2,
        "CER of the recordings": 0.1,
        "CER of the copies": 0.1,
        "mel distance": 0.5,
        "mel distance of the mean": 0.8,
        "length error": 0.2,
    }


def test_the_model_says_for_what_it_was_made():
    model = synthesiser(torch.zeros(N_MELS), torch.ones(N_MELS))
    assert "head" in marks(model)
    size = 4 * sum(p.numel() for p in model.parameters())
    assert size < 2_990_000, "recorded weights are at most 3 MB"
