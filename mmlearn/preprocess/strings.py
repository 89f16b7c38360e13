"""Texts as they come from lists, arrays and tables: checked, and in one spelling."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Set
from typing import Any


def composed(text: str) -> str:
    """The text in Unicode's form C: "é" is one code point, however it was written.

    Letters that look alike but mean different things stay apart. NumPy's texts become
    Python's own, for some tokenisers accept no others.
    """
    return unicodedata.normalize("NFC", str(text))


def one_text(text: Any) -> str:
    """A text, `composed`.

    Raises:
        TypeError: for what is not a text.
    """
    if not isinstance(text, str):
        raise TypeError(f"found {text!r}; expected a text")
    return composed(text)


def many_texts(texts: Any) -> list[str]:
    """A list, tuple or array of N texts, or a column of a table: a list, `composed`.

    Raises:
        TypeError: for one text alone (its letters would be the samples) and for what
            has no order or more than one axis; naming the sample, for what is not a
            text.
        ValueError: naming the sample, for an empty text; and when there is none.
    """
    if isinstance(texts, str | bytes):
        raise TypeError(
            f"found the text {texts[:30]!r}; expected a list of texts: pass "
            f"[{texts[:30]!r}]"
        )
    axes = getattr(texts, "ndim", 1)
    if axes != 1 or isinstance(texts, Mapping | Set) or not isinstance(texts, Iterable):
        shape = f" of {axes} axes" if axes != 1 else ""
        raise TypeError(f"found a {type(texts).__name__}{shape}; expected N texts")
    found = []
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            decode = ": decode it" if isinstance(text, bytes) else ""
            raise TypeError(f"sample {i}: found {text!r}; expected a text{decode}")
        if not text.strip():
            raise ValueError(f"sample {i}: found {text!r}; expected words")
        try:
            text.encode()
        except UnicodeEncodeError:  # half of a pair: libraries raise or crash at it
            raise ValueError(
                f"sample {i}: found {text!r}, not valid Unicode; expected a text"
            ) from None
        found.append(composed(text))
    if not found:
        raise ValueError("found no text; expected one or more")
    return found
