"""The exercise `clipped`, its solution, its mistakes and its hints."""

from collections import Counter

from mmlearn.exercises.exercise import Exercise


def _case(said: str, wanted: str, n: int) -> tuple[list[str], list[str], int]:
    return said.split(), wanted.split(), n


def _clipped(said: list[str], wanted: list[str], n: int) -> float:
    written, there = (
        Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))
        for words in (said, wanted)
    )
    matches = sum(min(count, there[run]) for run, count in written.items())
    return matches / sum(written.values())


def _unclipped(said: list[str], wanted: list[str], n: int) -> float:
    written, there = (
        [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
        for words in (said, wanted)
    )
    return sum(run in there for run in written) / len(written)


def _one_short(said: list[str], wanted: list[str], n: int) -> float:
    written, there = (
        Counter(tuple(words[i : i + n]) for i in range(len(words) - n))
        for words in (said, wanted)
    )
    matches = sum(min(count, there[run]) for run, count in written.items())
    return matches / sum(written.values())


def _recall(said: list[str], wanted: list[str], n: int) -> float:
    return _clipped(wanted, said, n)


def _distinct(said: list[str], wanted: list[str], n: int) -> float:
    written, there = (
        {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}
        for words in (said, wanted)
    )
    return len(written & there) / len(written)


def _single_words(said: list[str], wanted: list[str], n: int) -> float:
    return _clipped(said, wanted, 1)


clipped = Exercise(
    solution=_clipped,
    cases=[
        _case("a a a a", "a red cat above a key", 1),
        _case("a red cat on a red cat", "a red cat above a key", 2),
        _case("two red cats", "two small red cats on sand", 2),
        _case("a key on sand on sand", "a red key on sand on sand", 3),
    ],
    mistakes={
        _unclipped: "A run counts at most as often as the reference has it: otherwise "
        "`a a a a` is a perfect caption.",
        _recall: "This divides by the runs of the reference, which is the recall. "
        "Precision divides by what was written.",
        _distinct: "A run that was written twice counts twice below the line.",
        _one_short: "The last run is missing: there are len(words) - n + 1.",
        _single_words: "This counts single words, whatever n is.",
    },
    hints=[
        "Count the runs of n words in both sentences: collections.Counter will do.",
        "matches = the sum over the runs written of min(count written, count in the "
        "reference); divide by the number of runs written.",
    ],
)
