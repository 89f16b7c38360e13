"""What of a caption is true of a scene (`mmlearn.data.scenes`), word for word.

Where one thing stands beside one thing, two sentences are true:

    a small red cat above a large blue key on sand
    a large blue key below a small red cat on sand

So a caption is held against each true sentence, and the one that agrees in more counts.
"""

from __future__ import annotations

from collections.abc import Mapping

from mmlearn.data.scenes import SLOTS, content

OPPOSITE = {
    "above": "below",
    "below": "above",
    "left of": "right of",
    "right of": "left of",
}
PARTS = {
    "things": ("thing", "other thing"),
    "colours": ("colour", "other colour"),
    "sizes": ("size", "other size"),
    "number": ("number",),
    "relation": ("relation",),
    "ground": ("ground",),
    "everything": SLOTS,
}


def sentence(said: Mapping[str, str]) -> str:
    """The caption that says this, slot by slot: what `scenes.content` undoes.

    Raises:
        KeyError: for a slot that is missing.
    """
    plural = "" if said["number"] == "a" else "s"
    first = f"{said['number']} {said['size']} {said['colour']} {said['thing']}{plural}"
    other = f"a {said['other size']} {said['other colour']} {said['other thing']}"
    return f"{first} {said['relation']} {other} on {said['ground']}"


def true_captions(caption: str) -> list[str]:
    """The caption, and where it has one, the sentence that begins with the other thing.

    "two red cats above a blue key" has none: the grammar has no "a blue key below two
    red cats".

    Raises:
        ValueError: when the caption is no sentence of the scenes.
    """
    said = content(caption)
    if said is None:
        raise ValueError(f"{caption!r} is no caption of a scene; see scenes.content")
    if said["number"] != "a":
        return [caption]
    turned = dict(said) | {"relation": OPPOSITE[said["relation"]]}
    for slot in ("size", "colour", "thing"):
        turned[slot], turned[f"other {slot}"] = said[f"other {slot}"], said[slot]
    return [caption, sentence(turned)]


def right(caption: str, wanted: str) -> dict[str, bool]:
    """Which parts (`PARTS`) of a caption are right, where `wanted` is true.

    In what is no sentence of the scenes, nothing is.

    Raises:
        ValueError: as `true_captions` does.
    """
    said, best = content(caption), set[str]()
    for sentence in true_captions(wanted):
        true = content(sentence)
        if said is not None and true is not None:
            agreed = {slot for slot in SLOTS if said[slot] == true[slot]}
            best = max(best, agreed, key=len)
    return {part: best.issuperset(slots) for part, slots in PARTS.items()}
