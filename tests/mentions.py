"""Notebooks that a text names: each has to be there, or carry "(planned)"."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

PLANNED = "(planned)"
# "22", "22 and 23", "26-29" (a dash); before "(planned)" may stand `**`, a word or two.
_GROUP = r"\d\d\b(?:(?:, | and | or |, and |\u2013|-|, or )\d\d\b)*"
_MARK = re.compile(r"(?:\]|\*\*)*(?: [a-z]+){0,2} \(planned\)")
_NO_PROSE = re.compile(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$|\]\([^)]*\)", re.S)
_NAMED = re.compile(rf"(?i)\bnotebooks?\s+\[?(?P<numbers>{_GROUP})")
# Two digits with a 0 before are no number that one would write otherwise.
_ZERO = re.compile(rf"(?<![\w.,:/\-\u2013%])(?P<numbers>(?=0){_GROUP})(?![.,:]\d)")
_RANGE = re.compile(
    r"\*\*(?P<numbers>\d\d\u2013\d\d)\*\*"
)  # a row of the table of parts
_ANY = re.compile(rf"(?<![\w.,:/\-\u2013])(?P<numbers>{_GROUP})(?![.,:\d]\d|\s*%)")


def mentions(text: str) -> Iterator[tuple[str, bool]]:
    """Each number of a notebook that a prose names, and whether it is called planned.

    A number is a notebook's after the word `notebook`, with a 0 before, in bold as a
    range, and anywhere in the paragraph that begins `**Next.**`.
    """
    said = _NO_PROSE.sub(lambda part: "]" if part[0][0] == "]" else " ", text)
    said = re.sub(r"[ \t]*\n(?!\n)", " ", said)  # sentences go over lines
    found: dict[tuple[int, int], bool] = {}
    for start, end, patterns in _parts(said):
        for pattern in patterns:
            for match in pattern.finditer(said, start, end):
                planned = bool(_MARK.match(said, match.end("numbers")))
                found.setdefault(match.span("numbers"), planned)
    for (start, end), planned in sorted(found.items()):
        for number in _numbers(said[start:end]):
            yield number, planned


def _parts(said: str) -> Iterator[tuple[int, int, tuple[re.Pattern[str], ...]]]:
    """The text before `**Next.**`, and from there on, with what is sought in each."""
    begin = said.find("**Next.**")
    begin = len(said) if begin < 0 else begin
    yield 0, begin, (_NAMED, _ZERO, _RANGE)
    yield begin, len(said), (_ANY,)


def _numbers(group: str) -> Iterator[str]:
    for part in re.findall(r"\d\d(?:[\u2013-]\d\d)?", group):
        first, last = int(part[:2]), int(part[-2:])
        yield from (f"{number:02d}" for number in range(first, last + 1))


def unmarked(text: str, there: Collection[str]) -> Iterator[str]:
    """What is wrong with the notebooks that a text names; there: those that exist."""
    for number, planned in mentions(text):
        if number not in there and not planned:
            yield f"names notebook {number}, which there is not; write `{PLANNED}`"
        elif number in there and planned:
            yield f"calls notebook {number} planned, but it is there; link it"
