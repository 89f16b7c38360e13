"""torchtext, on the stack in which it loads (torch 2.3): imported, and read with."""

from __future__ import annotations

import contextlib
import io
import ssl
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any


def load() -> ModuleType:
    """Import torchtext 0.18 with its parts, and without its word on being retired.

    Raises ImportError where it is not installed or does not load, with how to get it.
    """
    try:
        import torchtext

        # Before the parts: each of them warns when it is imported.
        torchtext.disable_torchtext_deprecation_warning()
        import torchtext.data
        import torchtext.transforms
        import torchtext.vocab
    except (ImportError, OSError) as error:  # OSError: built for another torch
        raise ImportError(
            "torchtext is not in this environment: its last version, 0.18, loads with "
            "torch 2.3 only. Get it with: python3 course.py lab --stack torchtext"
        ) from error
    return torchtext


def read_vectors(path: str | Path, limit: int | None = None) -> Any:
    """A text file of word vectors as a `torchtext.vocab.Vectors`, and nothing besides.

    Left to itself, torchtext keeps a pickle of what it has read in `.vector_cache`,
    takes a pickle that lies there for the truth, draws its progress on stderr, and
    switches off the check of certificates for the whole process.
    limit: only so many words, the first ones.

    Raises FileNotFoundError when there is no such file, ImportError as `load`, and
    RuntimeError for a line with another number of numbers than the first.
    """
    vectors = load().vocab.Vectors
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file of word vectors")
    check = ssl._create_default_https_context
    try:
        with (
            tempfile.TemporaryDirectory() as cache,
            contextlib.redirect_stderr(io.StringIO()),
        ):
            return vectors(str(path), cache=cache, max_vectors=limit)
    finally:
        ssl._create_default_https_context = check
