"""Scenes: a few coloured emoji on a background, and the sentence that says all of it.

    two small red cats above a large blue key on sand

They are drawn by a program (*synthetic*), so that a caption is right or wrong word by
word. Some pairs of a thing and a colour are kept for validation and test: what is new
there is the combination, never the thing or the colour.

Pictures of the things: OpenMoji (CC BY-SA 4.0), recoloured.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from mmlearn.data import emoji
from mmlearn.data.corpus import Column, Corpus
from mmlearn.data.store.cache import Built, Recipe, cached

PIXELS = 64
SIZES = {"small": 15, "large": 24}  # pixels, of one thing
COLOURS = {
    "red": (204, 51, 34),
    "orange": (230, 140, 0),
    "yellow": (225, 205, 40),
    "green": (0, 140, 90),
    "blue": (0, 100, 190),
    "purple": (150, 70, 170),
}
GROUNDS = {
    "snow": (248, 248, 250),
    "sand": (240, 228, 200),
    "grass": (214, 234, 206),
    "water": (206, 226, 242),
}
NUMBERS = ("a", "two", "three")
RELATIONS = ("above", "below", "left of", "right of")
THINGS = (
    *("dog", "cat", "lion", "horse", "cow", "pig", "rabbit", "elephant"),
    *("penguin", "owl", "duck", "turtle", "snail", "crab", "camel", "rat"),
    *("banana", "lemon", "pear", "carrot", "pineapple", "pizza", "egg", "cookie"),
    *("house", "castle", "bicycle", "rocket", "tent", "tractor", "sailboat"),
    *("crown", "bell", "guitar", "drum", "key", "camera", "umbrella", "chair"),
    "candle",
)
SLOTS = ("number", "size", "colour", "thing", "relation", "other size", "other colour",
         "other thing", "ground")  # fmt: skip
_SPLITS = ("train", "valid", "test")
_COUNTS = (3_000, 500, 500)


def load(seed: int = 0, counts: Sequence[int] = _COUNTS) -> Corpus:
    """The scenes, N = 4,000; drawn at the first call, then from the cache.

    Columns:
        image: uint8 [N, 3, 64, 64].
        caption: the sentence.
        boxes: float32 [N, 2, 4], x1, y1, x2, y2 in pixels: of the first things
            together, and of the other one.
        split: "train", "valid" or "test". Each thing has one colour that only
            validation scenes show, and one that only test scenes show; in these scenes
            one of the two things has it, and the other is as in training.

    There is no label. Groups are pairs of a thing and a colour: the pair that is new,
    or the first one in training.

    Args:
        seed: of the pairs kept apart, and of the scenes.
        counts: how many scenes to train, to validate and to test.

    Raises:
        ValueError: when counts are not three positive numbers.
        FileNotFoundError: as `emoji.load` does.
    """
    made = recipe(seed, counts)
    columns = dict(cached(made).columns)
    groups = np.asarray(columns.pop("group"))
    return Corpus(
        name=made.name,
        columns=columns,
        label=None,
        label_names=(),
        groups=groups,
        licence=made.licence,
        source=made.source,
    )


def recipe(seed: int = 0, counts: Sequence[int] = _COUNTS) -> Recipe:
    """How the corpus is built, and what its cache entry is keyed by.

    Raises:
        ValueError: as `load` does.
    """
    if len(counts) != 3 or any(type(n) is not int or n < 1 for n in counts):
        raise ValueError(f"counts are {counts}; expected three numbers of 1 or more")
    drawn_from = emoji.recipe()
    return Recipe(
        name="scenes",
        key={
            "builder": 1,
            "seed": seed,
            "counts": list(counts),
            "emoji": dict(drawn_from.key),
        },
        build=lambda: _build(seed, counts),
        licence="CC BY-SA 4.0 (OpenMoji pictures, recoloured)",
        source="synthetic scenes of OpenMoji 17.0 pictures",
    )


def content(caption: str) -> dict[str, str] | None:
    """What a caption says, slot by slot (`SLOTS`); None where it is no such sentence.

    A plural counts as the thing: "two small red cats" is number "two", thing "cat".
    """
    number, size, colour = (_any(words) for words in (NUMBERS, SIZES, COLOURS))
    pattern = (
        rf"{number} {size} {colour} ([a-z]+) {_any(RELATIONS)} "
        rf"a {size} {colour} ([a-z]+) on {_any(GROUNDS)}"
    )
    found = re.fullmatch(pattern, caption.strip())
    if found is None:
        return None
    said = dict(zip(SLOTS, found.groups(), strict=True))
    if said["number"] != "a" and said["thing"].endswith("s"):
        said["thing"] = said["thing"][:-1]
    elif said["number"] != "a":
        return None
    return said


def _any(words: Sequence[str] | Mapping[str, object]) -> str:
    return "(" + "|".join(words) + ")"


def _build(seed: int, counts: Sequence[int]) -> Built:
    draw = np.random.default_rng(seed)
    sprites = _sprites()
    apart = _pairs(draw)
    columns: dict[str, list] = {name: [] for name in ("image", "caption", "boxes")}
    columns |= {"split": [], "group": []}
    for split, count in zip(_SPLITS, counts, strict=True):
        for _ in range(count):
            first, other = _two(draw, apart["train"])
            new = first
            if split != "train":
                new = apart[split][draw.integers(len(apart[split]))]
                first, other = (new, other) if draw.random() < 0.5 else (first, new)
                if first[0] == other[0]:  # the same thing twice: draw the old one again
                    old = _unlike(draw, apart["train"], new)
                    first, other = (new, old) if first == new else (old, new)
            picture, caption, boxes = _scene(draw, sprites, first, other)
            columns["image"].append(picture)
            columns["caption"].append(caption)
            columns["boxes"].append(boxes)
            columns["split"].append(split)
            columns["group"].append(new[0] * len(COLOURS) + new[1])
    made: dict[str, Column] = {
        "image": np.stack(columns["image"]),
        "caption": columns["caption"],
        "boxes": np.array(columns["boxes"], dtype=np.float32),
        "split": columns["split"],
        "group": np.array(columns["group"], dtype=np.int64),
    }
    return Built(made)


Pair = tuple[int, int]  # of a thing and a colour, by their places


def _pairs(draw: np.random.Generator) -> dict[str, list[Pair]]:
    """Each thing's colours, mixed: one to validate, one to test, the rest to train."""
    apart: dict[str, list[Pair]] = {name: [] for name in _SPLITS}
    # Which colour is kept goes round, so that each is kept for as many things.
    turn = draw.permutation(len(THINGS))
    for thing in range(len(THINGS)):
        for colour in range(len(COLOURS)):
            place = (colour + turn[thing]) % len(COLOURS)
            split = {0: "valid", 1: "test"}.get(int(place), "train")
            apart[split].append((thing, colour))
    return apart


def _two(draw: np.random.Generator, pairs: list[Pair]) -> tuple[Pair, Pair]:
    first = pairs[draw.integers(len(pairs))]
    return first, _unlike(draw, pairs, first)


def _unlike(draw: np.random.Generator, pairs: list[Pair], pair: Pair) -> Pair:
    """A pair of another thing."""
    others = [each for each in pairs if each[0] != pair[0]]
    return others[draw.integers(len(others))]


Sprites = dict[int, list[np.ndarray]]  # side in pixels -> each thing, [side, side, 1]


def _sprites() -> Sprites:
    """The things in grey on white, 0 to 1, in both sizes."""
    corpus = emoji.load()
    names = list(corpus["name_en"])
    missing = [thing for thing in THINGS if thing not in names]
    if missing:
        raise ValueError(f"no emoji is called {missing[0]!r}; expected one")
    rows = [names.index(thing) for thing in THINGS]
    colour = np.asarray(corpus["image"])[rows].transpose(0, 2, 3, 1)
    pictures = [Image.fromarray(picture).convert("L") for picture in colour]
    return {
        side: [
            np.asarray(x.resize((side, side), Image.Resampling.LANCZOS))[..., None]
            / 255
            for x in pictures
        ]
        for side in SIZES.values()
    }


def _scene(
    draw: np.random.Generator, sprites: Sprites, first: Pair, other: Pair
) -> tuple[np.ndarray, str, list[list[int]]]:
    """A picture [3, 64, 64], its caption, and the two boxes."""
    sizes = [list(SIZES)[i] for i in draw.integers(2, size=2)]
    side, other_side = (SIZES[size] for size in sizes)
    many = 1 + int(draw.integers(min(len(NUMBERS), PIXELS // side)))
    relation = RELATIONS[draw.integers(len(RELATIONS))]
    ground = list(GROUNDS)[draw.integers(len(GROUNDS))]
    upright = relation in ("above", "below")
    # Along: the axis on which one stands beyond the other. Copies lie across.
    before = relation in ("above", "left of")
    along, other_along = _apart(draw, side, other_side, before)
    across = int(draw.integers(PIXELS - many * side + 1))
    other_across = int(draw.integers(PIXELS - other_side + 1))
    canvas = np.full((PIXELS, PIXELS, 3), GROUNDS[ground], np.uint8)
    places = [(along, across + i * side) for i in range(many)]
    for place in places:
        _paint(canvas, sprites[side][first[0]], first[1], place, upright)
    place = (other_along, other_across)
    _paint(canvas, sprites[other_side][other[0]], other[1], place, upright)
    boxes = [
        _box(along, across, side, many * side, upright),
        _box(other_along, other_across, other_side, other_side, upright),
    ]
    colours, thing = list(COLOURS), THINGS[first[0]] + ("s" if many > 1 else "")
    caption = (
        f"{NUMBERS[many - 1]} {sizes[0]} {colours[first[1]]} {thing} {relation} "
        f"a {sizes[1]} {colours[other[1]]} {THINGS[other[0]]} on {ground}"
    )
    return canvas.transpose(2, 0, 1), caption, boxes


def _apart(
    draw: np.random.Generator, side: int, other: int, before: bool
) -> tuple[int, int]:
    """Where the two begin, one wholly beyond the other."""
    rest = PIXELS - side - other
    start, end = sorted(int(x) for x in draw.integers(rest + 1, size=2))
    if before:
        return start, end + side
    return end + other, start


def _paint(
    canvas: np.ndarray, light: np.ndarray, colour: int, place: Pair, upright: bool
) -> None:
    """Draw one thing in its colour: its lines darker, what is white in it clear."""
    bright = np.array(list(COLOURS.values())[colour])
    paint = np.minimum(bright * (0.35 + 0.85 * light), 255)
    cover = np.clip((1 - light) * 4, 0, 1)
    along, across = place
    top, left = (along, across) if upright else (across, along)
    side = len(light)
    under = canvas[top : top + side, left : left + side]
    under[:] = np.rint(cover * paint + (1 - cover) * under)


def _box(along: int, across: int, side: int, wide: int, upright: bool) -> list[int]:
    """Its corners x1, y1, x2, y2."""
    if upright:
        return [across, along, across + wide, along + side]
    return [along, across, along + side, across + wide]
