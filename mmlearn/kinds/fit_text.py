"""Which kind reads texts of a language that nobody has named."""

from __future__ import annotations

from collections.abc import Sequence

from mmlearn.kinds.characters import Characters
from mmlearn.kinds.sentences import Sentences

_ENGLISH = 0.95  # of the letters are ASCII, at least


def kind_of_texts(texts: Sequence[str], column: str = "text") -> Sentences | Characters:
    """`Sentences` for texts that may be English, `Characters` for all others.

    MiniLM has read English; nearly all letters of English are ASCII. For Spanish or
    Indonesian, whose letters are so too, name `Characters` yourself.
    """
    letters = [letter for text in texts for letter in text if letter.isalpha()]
    plain = sum(map(str.isascii, letters))
    english = plain >= _ENGLISH * max(1, len(letters))
    return Sentences(column) if english else Characters(column)
