"""The exercise `collapsed`, its solution, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Exercise


def _collapsed(path: str) -> str:
    kept = [x for i, x in enumerate(path) if i == 0 or x != path[i - 1]]
    return "".join(kept).replace("-", "")


def _blanks_first(path: str) -> str:
    letters = path.replace("-", "")
    return "".join(x for i, x in enumerate(letters) if i == 0 or x != letters[i - 1])


def _blanks_stay(path: str) -> str:
    return "".join(x for i, x in enumerate(path) if i == 0 or x != path[i - 1])


def _repeats_stay(path: str) -> str:
    return path.replace("-", "")


def _each_letter_once(path: str) -> str:
    return "".join(dict.fromkeys(path.replace("-", "")))


def _looks_ahead(path: str) -> str:
    kept = [x for i, x in enumerate(path[:-1]) if x != path[i + 1]]
    return "".join(kept).replace("-", "")


collapsed = Exercise(
    solution=_collapsed,
    cases=[
        ("-cc-aa-tt",),
        ("hhe-l-lloo",),
        ("bb-o-o-kk",),
        ("---",),
        ("",),
        ("aabb-ba",),
    ],
    mistakes={
        _blanks_first: (
            "The blanks are removed before the repeats are merged, so the two l of "
            "hello become one. Merge first: only a blank between keeps a double."
        ),
        _blanks_stay: "The repeats are merged, but the blanks are still there.",
        _repeats_stay: (
            "The blanks are gone, but a letter that is held over several frames is "
            "still written several times."
        ),
        _each_letter_once: (
            "Here every letter comes at most once in the whole text. Merge only equal "
            "neighbours."
        ),
        _looks_ahead: (
            "The last frame is dropped: compare each with the one before it, not with "
            "the one after it."
        ),
    },
    hints=[
        "Two steps: keep a frame if it differs from the one before; then drop blanks.",
        "`path[i] != path[i - 1]`, or i is 0. After that, `.replace('-', '')`.",
    ],
)
