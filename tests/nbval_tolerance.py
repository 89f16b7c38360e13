"""A plugin of pytest: nbval compares trained numbers within a tolerance.

A cell tagged `tolerance:0.03` prints what was trained. Its text has to be the stored
one exactly, and each number in it within 0.03 of the stored one. All other cells are
compared to the letter.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from nbval.plugin import IPyNbCell

NUMBER = re.compile(r"[-+\u2212]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[-+]?\d+)?")
TEXTS = ("text", "text/plain")  # of a stream, of a result
Output = dict[str, Any]


def tolerance(tags: Sequence[str]) -> float | None:
    """What a cell's tags allow; None when they say nothing of it.

    Raises:
        ValueError: when the tag has no number above 0, or there are two.
    """
    found = [tag for tag in tags if tag.startswith("tolerance")]
    if not found:
        return None
    if len(found) > 1 or not re.fullmatch(r"tolerance:\d*\.?\d+", found[0]):
        raise ValueError(f"{found}; expected one tag such as 'tolerance:0.03'")
    allowed = float(found[0].partition(":")[2])
    if allowed == 0:
        raise ValueError(f"{found[0]}; expected a number above 0, or no tag")
    return allowed


def snapped(found: str, stored: str, allowed: float) -> str:
    """The stored text where the other says the same within the tolerance, else itself.

    A number may be wider than the stored one: runs of spaces count as one.
    """
    words, stored_words = NUMBER.split(found), NUMBER.split(stored)
    if list(map(_spaces, words)) != list(map(_spaces, stored_words)):
        return found
    pairs = zip(NUMBER.findall(found), NUMBER.findall(stored), strict=True)
    if all(abs(_float(a) - _float(b)) <= allowed + 1e-9 for a, b in pairs):
        return stored
    return found


def _spaces(text: str) -> str:
    return re.sub(r"[ \t]+", " ", text)


def _float(number: str) -> float:
    return float(number.replace("\N{MINUS SIGN}", "-"))


def within(
    outputs: Sequence[Output], stored: Sequence[Output], allowed: float
) -> list[Output]:
    """The outputs, with each text snapped to the stored one of the same place."""
    moved = copy.deepcopy(list(outputs))
    for output, reference in zip(moved, stored, strict=False):
        for place, model in ((output, reference), *_data(output, reference)):
            for key in TEXTS:
                if key in place and key in model:
                    place[key] = snapped(place[key], model[key], allowed)
    return moved


def _data(output: Output, reference: Output) -> list[tuple[Output, Output]]:
    """A result's texts by kind; a figure's text is its alt text, compared as it is."""
    pictures = any(kind.startswith("image/") for kind in output.get("data", {}))
    if pictures or "data" not in output or "data" not in reference:
        return []
    return [(output["data"], reference["data"])]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    if isinstance(item, IPyNbCell):
        allowed = tolerance(item.cell.metadata.get("tags", []))
        if allowed is not None:
            compare = item.compare_outputs

            def compare_within(
                outputs: Any, stored: Any, *rest: Any, allowed: float = allowed
            ) -> bool:
                return bool(compare(within(outputs, stored, allowed), stored, *rest))

            item.compare_outputs = compare_within
    yield
