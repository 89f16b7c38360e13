"""torchtext, on the stack in which it loads (torch 2.3): imported, and used to read."""

from __future__ import annotations

import contextlib
import io
import ssl
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any


def load() -> ModuleType:
    """Import torchtext 0.18, with its parts data, transforms and vocab.

    It does so without torchtext's warning that it is no longer maintained.

    Raises:
        ImportError: where it is not installed or does not load, with how to get it.
    """
    try:
        import torchtext

        # Before the parts: each warns when it is imported. Older ones lack the call.
        torchtext.disable_torchtext_deprecation_warning()
        import torchtext.data
        import torchtext.transforms
        import torchtext.vocab
    except (ImportError, OSError, AttributeError) as error:
        # OSError: its library was built for another torch.
        raise ImportError(
            "torchtext does not load here: its last version, 0.18, needs torch 2.3. "
            "Get both with: python3 course.py lab --stack torchtext"
        ) from error
    return torchtext


def read_vectors(path: str | Path, limit: int | None = None) -> Any:
    """Read a text file of word vectors as a `torchtext.vocab.Vectors`, cleanly.

    Left to itself, torchtext keeps a pickle of what it has read in `.vector_cache`,
    trusts any pickle that lies there, prints its progress on stderr, and disables
    certificate checks for the whole process.

    Args:
        limit: read only so many words, the first ones.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when limit is not positive, or torchtext leaves out a word.
        ImportError: as `load` does.
        RuntimeError: where a line has another count of numbers than the first;
            torchtext may raise other errors for a file that it cannot read.
            `glove.read` names the line.
    """
    vectors = load().vocab.Vectors
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file of word vectors")
    if limit is not None and limit < 1:
        raise ValueError(f"limit is {limit}; expected 1 or more")
    check = ssl._create_default_https_context
    try:
        with (
            tempfile.TemporaryDirectory() as cache,
            contextlib.redirect_stderr(io.StringIO()),
        ):
            found = vectors(str(path), cache=cache, max_vectors=limit)
    finally:
        ssl._create_default_https_context = check
    if left_out := len(found.vectors) - len(found.itos):
        raise ValueError(
            f"{path.name}: torchtext leaves out {left_out} of its words: they are not "
            "UTF-8, or have one number only. `glove.read` names the first line."
        )
    return found
