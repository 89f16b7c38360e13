"""The exercise `count_windows`, its solution, its mistakes and its hints."""

from mmlearn.exercises.exercise import Exercise


def _count(steps: int, length: int, hop: int) -> int:
    return max(0, (steps - length) // hop + 1)


def _last_one_forgotten(steps: int, length: int, hop: int) -> int:
    return max(0, (steps - length) // hop)


def _too_short_forgotten(steps: int, length: int, hop: int) -> int:
    return (steps - length) // hop + 1


def _beyond_the_end(steps: int, length: int, hop: int) -> int:
    return steps // hop


def _side_by_side(steps: int, length: int, hop: int) -> int:
    return steps // length


def _not_whole(steps: int, length: int, hop: int) -> float:
    return max(0.0, (steps - length) / hop + 1)


def _both_forgotten(steps: int, length: int, hop: int) -> int:
    return (steps - length) // hop


count_windows = Exercise(
    solution=_count,
    cases=[(500, 100, 50), (130, 100, 50), (100, 100, 25), (40, 100, 50)],
    mistakes={
        _last_one_forgotten: (
            "With 100 steps and windows of 100 there is one: count the first one too."
        ),
        _both_forgotten: (
            "This is how often one can go a hop further: count the first window too. "
            "And 40 steps hold no window of 100, not less than none."
        ),
        _too_short_forgotten: "40 steps hold no window of 100, and not less than none.",
        _beyond_the_end: "The last ones begin too late to be whole: use the length.",
        _side_by_side: "Windows may overlap: where does the next one begin?",
        _not_whole: "Only whole windows count: use `//`.",
    },
    hints=[
        "The first begins at 0, the next at hop. Where must the last one begin, at the "
        "latest?",
        "They begin at 0, hop, 2 * hop ... up to steps - length: how many are those?",
    ],
)
