"""What several test files need."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import matplotlib
import pytest

ROOT = Path(__file__).resolve().parent.parent

matplotlib.use("Agg")  # a test never opens a window


@pytest.fixture
def course() -> ModuleType:
    """course.py as a module, freshly imported."""
    spec = importlib.util.spec_from_file_location("course", ROOT / "course.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
