"""The exercise `grows`, its answer, its mistakes and its hints."""

from __future__ import annotations

from mmlearn.exercises.exercise import Question

grows = Question(
    answer={"recall@1": "falls", "recall@10": "falls", "rank / size": "stays"},
    mistakes=[
        (
            {"recall@1": "stays", "recall@10": "stays", "rank / size": "stays"},
            "The model stays as it is, but the task does not: who is first of 32 need "
            "not be first of 381.",
        ),
        (
            {"recall@1": "falls", "recall@10": "falls", "rank / size": "rises"},
            "The rank itself rises. Twelve times as many candidates hold about twelve "
            "times as many nearer ones: what about the share?",
        ),
        (
            {"recall@1": "falls", "recall@10": "stays", "rank / size": "stays"},
            "Ten is a third of a gallery of 32, and a fortieth of 381.",
        ),
    ],
    hints=[
        "Each further picture can push the right one down, and none can push it up.",
        "If 5 % of all pictures are nearer than the right one, how many are that in a "
        "gallery of 32, and in one of 381?",
    ],
    why=(
        "Every further candidate can only come before the right one, never lift it, so "
        "both recalls fall. If a share q of all pictures is nearer than the right one, "
        "it stands near rank q times the size in any gallery: the rank rises, its "
        "share stays (but for rounding in small galleries)."
    ),
)
