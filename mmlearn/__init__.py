"""mmlearn: the package behind a course on multimodal learning.

Importing it is cheap: torch is loaded by the modules that need it, so that
`python -m mmlearn doctor` can also speak about an installation that is broken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

__all__ = ["__version__", "seed_everything"]

__version__ = "0.1.0"


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
