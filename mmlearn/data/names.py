"""One name in several spellings: of a class, a group or a split.

Two rows are of one class, or of one person, even if a program or a hand wrote the name
with another space, or with a separate accent. Taken for two, a class falls into halves,
and a person is on two sides of a split.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from decimal import Decimal

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
# How programs write a cell without a value.
GAPS = frozenset(
    ("", "-", "--", "na", "n/a", "#n/a", "<na>", "nan", "nat", "null", "none")
)
# Soft hyphen, zero-width space, marks of direction, byte order mark ... Not all that
# Unicode calls a format character: tags, for one, tell England's flag from Scotland's.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
_JOINERS = "\u200c\u200d"  # they shape letters and join emoji: kept where they do
_PRESENTATION = "\ufe0e\ufe0f"  # an emoji as text or as a picture


def clean(written: str) -> str:
    """A name as it is shown: composed (NFC), single spaces, nothing invisible.

    Any space of Unicode counts (tab, line end, no-break). Joiners stay in a word.
    """
    if not written.isascii():
        written = unicodedata.normalize("NFC", _INVISIBLE.sub("", written))
    words = (word.strip(_JOINERS) for word in written.split())
    return " ".join(word for word in words if word)


def key(written: str) -> str:
    """What all spellings of one name share: also without joiners."""
    unseen = str.maketrans("", "", _JOINERS + _PRESENTATION)
    return clean(written.translate(unseen))


def loose_key(written: str) -> Hashable:
    """What names share that may be one: letters of either case or width, 1 and 1.0."""
    name = key(written)
    if NUMBER.fullmatch(name):
        try:
            sign, digits, exponent = Decimal(name).as_tuple()
        except ArithmeticError:  # an exponent of 20 digits
            return name
        plain = "".join(map(str, digits))
        zeros = len(plain) - len(plain.rstrip("0"))
        significant = plain[: len(plain) - zeros].lstrip("0")
        if not significant:
            return ("number", 0)
        return ("number", sign, significant, int(exponent) + zeros)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())


def is_gap(cell: str) -> bool:
    """Whether a cell holds no value: empty, or as programs write it (NaN, NA, null)."""
    return key(cell).casefold() in GAPS


def shown(spellings: Iterable[str]) -> dict[str, str]:
    """How each name is shown, by its key: its shortest clean spelling."""
    found: dict[str, str] = {}
    for written in spellings:
        name = clean(written)
        before = found.setdefault(key(written), name)
        found[key(written)] = min(before, name, key=lambda each: (len(each), each))
    return found


def alike(spellings: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of different names that may be one: positions of the first of each."""
    first: dict[str, int] = {}
    for i, written in enumerate(spellings):
        first.setdefault(key(written), i)
    near: dict[Hashable, list[int]] = defaultdict(list)
    for i in first.values():
        near[loose_key(spellings[i])].append(i)
    return [(rows[0], other) for rows in near.values() for other in rows[1:]]


def several(spellings: Iterable[str]) -> list[str]:
    """The names, as shown, that are spelt in more than one way."""
    ways: Mapping[str, set[str]] = defaultdict(set)
    for written in spellings:
        ways[key(written)].add(written)
    names = shown(each for written in ways.values() for each in written)
    return [names[each] for each, written in ways.items() if len(written) > 1]
