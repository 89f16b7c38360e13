"""The study of captions: varied scenes stay true; the judge tells truth from lies."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from mmlearn import seed_everything
from mmlearn.batch import Padded
from mmlearn.data.scene_truth import PARTS, true_captions
from mmlearn.metrics.bootstrap import value
from mmlearn.studies import captions
from mmlearn.studies.captions import METRICS, WORDS, numbers, statistics, text, vary

ONE = "a small red cat {} a large blue key on sand"
TWO = "two small red cats {} a large blue key on sand"


def scene(relation: str) -> tuple[torch.Tensor, torch.Tensor]:
    """A picture [3, 64, 64] of a red square 1 and a blue square 2, and their boxes."""
    places = {"left of": (10, 5, 40, 30), "right of": (40, 30, 10, 5)}
    places |= {"above": (20, 8, 25, 40), "below": (25, 40, 20, 8)}
    x, y, u, v = places[relation]
    picture = torch.zeros(3, 64, 64)
    picture[0, y : y + 15, x : x + 15] = 1
    picture[2, v : v + 24, u : u + 24] = 1
    boxes = torch.tensor([[x, y, x + 15, y + 15], [u, v, u + 24, v + 24]])
    return picture, boxes.float()


def batch_of(caption: str, copies: int) -> dict:
    seed_everything(0)
    relation = next(r for r in captions.scenes.RELATIONS if f" {r} " in caption)
    picture, boxes = scene(relation)
    both = (caption, true_captions(caption)[-1])
    rows = [numbers([one] * copies) for one in both]
    return {
        "image": picture.expand(copies, -1, -1, -1),
        "boxes": boxes.expand(copies, -1, -1),
        "caption": rows[0],
        "turned": rows[1],
    }


def shown(picture: torch.Tensor, first: str) -> str:
    """The relation of the thing of that colour to the other, from the pixels."""
    ends = {}
    for name, channel in (("red", 0), ("blue", 2)):
        rows, columns = picture[channel].nonzero().T
        ends[name] = (columns.min(), columns.max(), rows.min(), rows.max())
    a = ends[first]
    b = ends["blue" if first == "red" else "red"]
    if a[1] < b[0]:
        return "left of"
    if a[0] > b[1]:
        return "right of"
    return "above" if a[3] < b[2] else "below"


@pytest.mark.parametrize("relation", captions.scenes.RELATIONS)
@pytest.mark.parametrize("sentence", [ONE, TWO])
def test_a_varied_scene_keeps_its_caption_true(sentence, relation):
    batch = batch_of(sentence.format(relation), copies=60)
    before = copy.deepcopy(batch)
    varied = vary(batch)
    said = set()
    words = varied["caption"]
    assert isinstance(words, Padded)
    for row, mask, picture in zip(
        words.values, words.mask, varied["image"], strict=True
    ):
        caption = text(row[mask].tolist()[1:-1])
        content = captions.scenes.content(caption)
        assert content is not None, caption
        assert content["relation"] == shown(picture, content["colour"]), caption
        assert picture.sum() == batch["image"][0].sum(), "nothing leaves the picture"
        said.add(caption)
    mirrored = relation in ("left of", "right of")
    assert len(said) == (2 if mirrored else 1) * (2 if sentence == ONE else 1)
    assert len(varied["image"].flatten(1).unique(dim=0)) > 40
    for name in ("image", "boxes"):
        torch.testing.assert_close(batch[name], before[name])
    torch.testing.assert_close(batch["caption"].values, before["caption"].values)


def test_the_vocabulary_holds_every_word_once():
    corpus = captions.scenes.load(counts=(40, 2, 2))
    for caption in corpus["caption"]:
        row = numbers([caption]).values[0].tolist()
        assert text(row[1:-1]) == caption and row[0] == 1 and row[-1] == 2
    assert WORDS["<pad>"] == 0


def test_the_judge_knows_truth_from_lies():
    wanted = [ONE.format("above"), TWO.format("left of")]
    turned = [true_captions(one)[-1] for one in wanted]
    for said in (wanted, turned):
        table = statistics(said, wanted)
        assert {value(metric, table) for metric in METRICS.values()} == {1.0}
    lie = statistics([one.replace("red", "green") for one in wanted], wanted)
    found = {name: value(metric, lie) for name, metric in METRICS.items()}
    assert found["colours"] == found["everything"] == 0
    assert all(found[p] == 1 for p in PARTS if p not in ("colours", "everything"))
    assert 0.5 < found["BLEU-4"] < 1
    nonsense = statistics(["", "cat cat"], wanted)
    assert np.isfinite(nonsense).all()
    assert {value(metric, nonsense) for metric in METRICS.values()} == {0.0}


def test_the_blind_captioner_says_one_thing_of_all_pictures():
    seed_everything(0)
    blind = captions.captioner(captions.EyesShut(captions.D_MODEL)).eval()
    pictures = torch.randn(3, 3, 64, 64)
    said = blind.head.predict(blind({"image": pictures}))
    assert said[0] == said[1] == said[2]
