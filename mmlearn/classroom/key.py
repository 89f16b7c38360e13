"""The key to all exercises on one page, to be printed from a browser."""

from __future__ import annotations

from collections.abc import Sequence

from mmlearn.classroom.tasks import Lesson
from mmlearn.classroom.teacher import said

STYLE = """
body { font: 11pt/1.4 Georgia, serif; max-width: 46em; margin: 2em auto; }
pre, code { font: 9.5pt/1.35 monospace; white-space: pre-wrap; }
pre { background: #f4f4f4; padding: .5em; }
section { break-inside: avoid; border-top: 1px solid #999; }
h2 { break-before: page; }
"""


def page(lessons: Sequence[Lesson]) -> str:
    """The key as HTML, which needs nothing beside it: no script, no web address."""
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    parts = ["<h1>Key to the exercises</h1>"]
    for lesson in lessons:
        parts.append(f"<h2>{lesson.title}</h2>")
        for task in lesson.tasks:
            body = markdown2html_mistune(said(lesson, task))
            parts.append(f"<section>{body}</section>")
    head = f"<meta charset='utf-8'><title>Key</title><style>{STYLE}</style>"
    return "\n".join(["<!doctype html>", head, *parts, ""])
