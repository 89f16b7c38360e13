"""The files that a text leads to, so that an edition's links lead somewhere too."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

LINK = re.compile(r"\]\(([^)\s#]+)")


def led_to(texts: Iterable[tuple[Path, str]], root: Path) -> set[Path]:
    """Files below `root` that texts link to, and those that these link to in turn.

    Of a folder, the pages in it.

    Args:
        texts: where each text stands, and the text.

    Returns:
        Paths relative to root, without the texts' own.
    """
    waiting, found = list(texts), set[Path]()
    own = {place for place, _ in waiting}
    while waiting:
        place, text = waiting.pop()
        for link in LINK.findall(text):
            if re.match(r"\w+:", link):
                continue  # the web, mail, or an attachment
            path = (place.parent / link).resolve()
            if path.is_dir() and path != root and path.is_relative_to(root):
                pages = sorted([*path.glob("*.md"), *path.glob("*.ipynb")])
                found |= {page.relative_to(root) for page in pages if page not in own}
            if not path.is_file() or not path.is_relative_to(root):
                continue
            relative = path.relative_to(root)
            if path in own or relative in found:
                continue
            found.add(relative)
            if path.suffix == ".md":
                waiting.append((path, path.read_text(encoding="utf-8")))
    return found
