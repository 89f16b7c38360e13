"""Scenes: the caption says what the picture shows, and new pairs are really new."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mmlearn.data import scenes
from mmlearn.data.scenes import COLOURS, GROUNDS, NUMBERS, RELATIONS, SIZES, THINGS


@pytest.fixture(scope="module")
def corpus():
    return scenes.load()


def said(corpus) -> list[dict[str, str]]:
    found = [scenes.content(caption) for caption in corpus["caption"]]
    assert None not in found
    return found  # type: ignore[return-value]


def test_every_caption_is_of_the_grammar_and_every_word_occurs(corpus):
    rows = said(corpus)
    assert len(corpus) == 4_000 and corpus["image"].shape == (4_000, 3, 64, 64)
    seen = {slot: {row[slot] for row in rows} for slot in scenes.SLOTS}
    for slots, words in (
        (["thing", "other thing"], THINGS),
        (["colour", "other colour"], COLOURS),
        (["size", "other size"], SIZES),
        (["number"], NUMBERS),
        (["relation"], RELATIONS),
        (["ground"], GROUNDS),
    ):
        for slot in slots:
            assert seen[slot] == set(words), slot
    assert all(row["thing"] != row["other thing"] for row in rows)


def test_new_pairs_are_new_and_their_parts_are_known(corpus):
    split = np.array(corpus["split"])
    pairs: dict[str, set] = {name: set() for name in ("train", "valid", "test")}
    new: dict[str, list[int]] = {"valid": [], "test": []}
    for row, part in zip(said(corpus), split, strict=True):
        both = {
            (row["thing"], row["colour"]),
            (row["other thing"], row["other colour"]),
        }
        pairs[part] |= both
        if part != "train":
            new[part].append(len(both - pairs["train"]))
    assert not (pairs["valid"] - pairs["train"]) & (pairs["test"] - pairs["train"])
    for part in ("valid", "test"):
        assert set(new[part]) == {1}, "just one of the two is new"
        fresh = pairs[part] - pairs["train"]
        assert len(fresh) == len(THINGS) and {t for t, _ in fresh} == set(THINGS)
        assert {c for _, c in fresh} == set(COLOURS)
    assert len(pairs["train"]) == len(THINGS) * 4
    known = [set(corpus.groups[split == part].tolist()) for part in pairs]
    assert not any(a & b for a, b in itertools.combinations(known, 2))


def test_the_boxes_stand_as_the_caption_says_and_hold_the_things(corpus):
    for row, boxes, image in zip(
        said(corpus), corpus["boxes"], corpus["image"], strict=True
    ):
        (x1, y1, x2, y2), (u1, v1, u2, v2) = boxes
        beyond = {
            "above": y2 <= v1,
            "below": y1 >= v2,
            "left of": x2 <= u1,
            "right of": x1 >= u2,
        }
        assert beyond[row["relation"]], row
        assert boxes.min() >= 0 and boxes.max() <= 64
        many = NUMBERS.index(row["number"]) + 1
        side = SIZES[row["size"]]
        assert sorted((x2 - x1, y2 - y1)) == sorted((side, many * side))
        ground = np.array(GROUNDS[row["ground"]])[:, None, None]
        outside = np.ones((64, 64), bool)
        for a, b, c, d in boxes.astype(int):
            outside[b:d, a:c] = False
        assert (image[:, outside] == ground[..., 0]).all(), "nothing outside the boxes"
        for i in range(many):  # and something in each copy
            a, b = (int(x1), int(y1) + i * side) if x2 - x1 == side else (
                int(x1) + i * side, int(y1))  # fmt: skip
            part = image[:, b : b + side, a : a + side]
            assert (part != ground).any(axis=0).mean() > 0.08, row


def test_the_colours_can_be_told_apart(corpus):
    """The hue of what is painted is nearest to that of its own colour."""

    def angles(rgb: np.ndarray) -> np.ndarray:
        r, g, b = np.moveaxis(rgb / 255.0, -1, 0)
        return np.arctan2(np.sqrt(3) * (g - b), 2 * r - g - b)

    own = angles(np.array(list(COLOURS.values()), float))
    right = []
    for row, boxes, image in list(
        zip(said(corpus), corpus["boxes"], corpus["image"], strict=True)
    )[:400]:
        u1, v1, u2, v2 = boxes[1].astype(int)
        part = image[:, v1:v2, u1:u2].reshape(3, -1).T.astype(float)
        strong = part[np.argsort(-np.ptp(part, axis=1))[:12]]
        hue = np.angle(np.exp(1j * angles(strong)).mean())
        nearest = np.abs(np.angle(np.exp(1j * (own - hue)))).argmin()
        right.append(list(COLOURS)[nearest] == row["other colour"])
    assert np.mean(right) > 0.97


@pytest.mark.parametrize(
    "caption",
    [
        "",
        "a red cat above a large blue key on sand",
        "a small red cat above large blue key on sand",
        "two small red cat above a large blue key on sand",
        "a small pink cat above a large blue key on sand",
        "a small red cat near a large blue key on sand",
        "a small red cat above a large blue key on sand and snow",
    ],
)
def test_what_is_no_such_sentence_has_no_content(caption):
    assert scenes.content(caption) is None


def test_the_content_of_one_sentence():
    found = scenes.content("two small red cats left of a large blue key on sand")
    assert found == dict(
        zip(
            scenes.SLOTS,
            ("two", "small", "red", "cat", "left of", "large", "blue", "key", "sand"),
            strict=True,
        )
    )


def test_a_seed_draws_the_same_scenes_and_another_one_others():
    small = (6, 2, 2)
    one, same, other = (scenes.load(seed, small) for seed in (1, 1, 2))
    assert one["caption"] == same["caption"] != other["caption"]
    np.testing.assert_array_equal(one["image"], same["image"])


@pytest.mark.parametrize("counts", [(1, 2), (0, 1, 1), (1.0, 1, 1), (1, 1, True)])
def test_counts_that_are_none_are_refused(counts):
    with pytest.raises(ValueError, match="counts are"):
        scenes.recipe(0, counts)
