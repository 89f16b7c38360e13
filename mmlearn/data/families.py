"""Families: emoji that are variants of one thing, kept on one side of a split.

A man cook and a woman cook are nearly one picture with nearly one name. With one in
training and the other in the test, a score measures memory. Variants differ by gender,
hair, age, direction, colour, size or state (the hours of a clock, phases of the moon).
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence

import numpy as np

_MALE, _FEMALE, _JOINER, _PICTURE, _RIGHT = "\u2642\u2640\u200d\ufe0f\u27a1"
_HAIR = "\U0001f9b0\U0001f9b1\U0001f9b2\U0001f9b3"
_SIGNS = set(_MALE + _FEMALE + _JOINER + _PICTURE + _RIGHT + _HAIR)

# man, woman, person, boy, girl, child, old ..., blond, bearded: all stand for "person".
_PEOPLE = set("👨👩🧑👦👧🧒👶👴👵🧓👱🧔")

_VARIANT_WORDS = frozenset(
    (
        # gender and age
        *("man", "men", "woman", "women", "person", "people", "adult"),
        *("boy", "girl", "child"),
        # colour and size
        *("red", "pink", "orange", "yellow", "green", "blue", "purple", "brown"),
        *("black", "grey", "white", "large", "medium", "medium-small", "small"),
        # direction
        *("left", "right", "up", "down", "upwards", "downwards", "leftwards"),
        *("rightwards", "facing", "front-facing", "left-facing", "right-facing"),
        *("up-right", "down-right", "up-left", "down-left", "up-down", "left-right"),
        "oncoming",
        # words that carry nothing
        *("a", "and", "in", "of", "on", "the", "with", "wearing"),
    )
)

# One pattern per family, against the whole English name in lower case: variants whose
# names and code points do not show it. Found by looking at nearest pictures.
_ONE_THING = (
    r".*(o.clock|-thirty)",
    r"keycap .*",
    r".* moon( face)?",
    r"(growing|beating|light blue|red) heart",
    r"globe .*",
    r".* banknote",
    r".* place medal",
    r".* mailbox .*",
    r"(muted speaker|speaker .* volume)",
    r"(un)?locked.*",
    r"hourglass.*",
    r"(low )?battery",
    r"(tear-off )?calendar",
    r"(outbox|inbox) tray",
    r"chart .*",
    r"(closed|green|blue|orange) book",
    r"(open )?file folder",
    r"(linked )?paperclips?",
    r"camera.*",
    r"bell( with slash)?",
    r"(horizontal|vertical) traffic light",
    r"raised .*hand|hand with fingers splayed",
    r"(left|right)(-facing|wards|wards pushing) hand",
    r".* claus",
    r"mer(person|man|maid)",
    r"person with crown|prince(ss)?",
    r"breast-feeding|.* feeding baby",
    r"(guide|service) dog",
    r"droplet|drop of blood",
    r"optical disk|dvd",
    r"oncoming (police car|taxi|automobile)",
    r"(play|reverse|upwards|downwards) button",
    r"fast.* button",
    r"(anguished|fearful) face",
    r"(enraged|angry) face",
    r"(hushed|astonished) face",
    r"(weary|tired) face",
    r"(repeat|repeat single) button",
    r"(back|end|on!|soon|top) arrow",
    r"e-mail|(incoming )?envelope( with arrow)?",
    r"diego garcia|british indian ocean territory",
    r"grinning .*face.*|beaming face.*",
)

# Two pictures nearer than this (root mean square of 16 x 16 colours in 0 ... 1,
# mirrored or not) are taken for one: flags of two lands, faces that differ in a stroke.
NEAR = 0.03


def families(
    emoji: Sequence[str], names: Sequence[str], images: np.ndarray
) -> np.ndarray:
    """Number the families: int64 [N], 0 for the first row's family and so on.

    Two emoji are of one family when they agree in their code points without the signs
    of gender, hair and direction, or in their English names without such words, or when
    both match one pattern of variants, or when their pictures are nearer than `NEAR`;
    and so is whatever a chain of these connects. Better to join one pair too many (an
    envelope and a red envelope) than to leave a twin on the other side.

    Args:
        images: uint8 [N, 3, 64, 64], the pictures in colour.

    Raises:
        ValueError: when emoji, names and images differ in length.
    """
    if not len(emoji) == len(names) == len(images):
        raise ValueError(
            f"{len(emoji)} emoji, {len(names)} names and {len(images)} images; "
            "expected as many of each"
        )
    keys: list[list[Hashable]] = [
        [_code_key(character), _name_key(name), *_pattern_keys(name)]
        for character, name in zip(emoji, names, strict=True)
    ]
    for a, b in np.argwhere(distances(images) < NEAR):
        if a < b:
            keys[a].append(("near", int(a), int(b)))
            keys[b].append(("near", int(a), int(b)))
    return connect(keys)


def distances(images: np.ndarray) -> np.ndarray:
    """How far apart pictures are, mirrored or not: float32 [N, N] in 0 ... 1.

    Args:
        images: uint8 [N, 3, 64, 64]; compared as 16 x 16 means of 4 x 4 pixels.
    """
    n = len(images)
    small = images.reshape(n, 3, 16, 4, 16, 4).mean((3, 5), dtype=np.float32) / 255
    flat = small.reshape(n, -1)
    mirrored = small[..., ::-1].reshape(n, -1)
    norm = np.square(flat).sum(1)
    product = np.maximum(flat @ flat.T, flat @ mirrored.T)
    square = norm[:, None] + norm[None] - 2 * product
    return np.sqrt(np.maximum(square, 0) / flat.shape[1])


def connect(keys: Sequence[Sequence[Hashable]]) -> np.ndarray:
    """Number the connected rows, int64 [N]: rows that share a key are connected.

    A chain of such rows is one number; the first row's is 0, the next new one 1 ...
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    first: dict[Hashable, int] = {}
    pairs = [
        (row, first.setdefault(key, row))
        for row, row_keys in enumerate(keys)
        for key in row_keys
    ]
    if not pairs:
        return np.arange(len(keys), dtype=np.int64)
    rows, others = np.array(pairs).T
    graph = coo_array((np.ones(len(pairs)), (rows, others)), shape=(len(keys),) * 2)
    found = connected_components(graph, directed=False)[1]
    _, seen_at, number = np.unique(found, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(seen_at))  # as they first appear
    return order[number].astype(np.int64)


def _code_key(character: str) -> tuple[str, str]:
    """The set of code points that are not signs, with every human as one person."""
    humans = sum(c in _PEOPLE for c in character)
    others = [c for c in character if c not in _SIGNS and c not in _PEOPLE]
    who = "🧑" * min(humans, 2)  # a family of any size is not a single person
    return "code points", who + "".join(others) or character


def _name_key(name: str) -> tuple[str, str]:
    words = [word for word in name.lower().split() if word not in _VARIANT_WORDS]
    return "name", " ".join(words) or "person"


def _pattern_keys(name: str) -> list[tuple[str, str]]:
    return [("one thing", p) for p in _ONE_THING if re.fullmatch(p, name.lower())]
