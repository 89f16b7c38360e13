"""The package behind a course on multimodal learning.

Importing it is cheap: torch is loaded by the modules that need it, so that
`python -m mmlearn doctor` can also report on a broken installation.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from mmlearn.batch import MappedData, Padded, TensorData, collate
    from mmlearn.evaluate import paired_difference, predict
    from mmlearn.model import MultimodalModel
    from mmlearn.prepared import prepare
    from mmlearn.train import fit

# What most experiments need, imported when it is first asked for. `evaluate` has the
# name of its module, so it stays there: from mmlearn.evaluate import evaluate.
_AT_HOME = {
    "MappedData": "mmlearn.batch",
    "MultimodalModel": "mmlearn.model",
    "Padded": "mmlearn.batch",
    "TensorData": "mmlearn.batch",
    "collate": "mmlearn.batch",
    "fit": "mmlearn.train",
    "paired_difference": "mmlearn.evaluate",
    "predict": "mmlearn.evaluate",
    "prepare": "mmlearn.prepared",
}

__all__ = [
    "MappedData",
    "MultimodalModel",
    "Padded",
    "TensorData",
    "__version__",
    "collate",
    "fit",
    "paired_difference",
    "predict",
    "prepare",
    "seed_everything",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`from mmlearn import fit` loads torch; `import mmlearn` does not."""
    if name not in _AT_HOME:
        raise AttributeError(f"module 'mmlearn' has no attribute {name!r}")
    return getattr(importlib.import_module(_AT_HOME[name]), name)


def seed_everything(seed: int) -> torch.Generator:
    """Seed Python, NumPy and torch, and return a CPU generator with that seed.

    Two runs on one machine then give the same metrics.

    Raises:
        ValueError: when the seed is not between 0 and 2**32 - 1 (NumPy's range).
    """
    import random

    import numpy as np
    import torch

    if not 0 <= seed < 2**32:
        raise ValueError(f"seed is {seed}; expected a number from 0 to 2**32 - 1")
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)
