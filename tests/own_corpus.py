"""A small corpus with a column of every kind, for the tests of the road to training."""

from typing import Any

import numpy as np

from mmlearn.data.corpus import Corpus

SIZE = 60


def own_corpus(seed: int = 0, **changed: Any) -> Corpus:
    """60 rows in 20 groups; two classes that every column tells a little about."""
    draw = np.random.default_rng(seed)
    group = np.arange(SIZE) // 3
    label = group % 2
    sign = 2 * label - 1
    length = 400 + draw.integers(0, 100, SIZE)
    tone = np.sin(np.arange(500) * (0.5 + 0.5 * label[:, None])) * 8_000
    tone[np.arange(500) >= length[:, None]] = 0
    height = 170 + 5 * sign + draw.normal(size=SIZE)
    height[4] = np.nan
    columns = {
        "photo": draw.integers(0, 100, (SIZE, 3, 16, 16)).astype(np.uint8)
        + (100 * label).astype(np.uint8)[:, None, None, None],
        "film": draw.integers(0, 255, (SIZE, 4, 3, 8, 8)).astype(np.uint8),
        "film_length": draw.integers(1, 5, SIZE),
        "voice": tone.astype(np.int16),
        "voice_length": length,
        "watch": draw.normal(size=(SIZE, 30, 2)).astype(np.float32),
        "watch_length": draw.integers(10, 31, SIZE),
        "vector": draw.normal(size=(SIZE, 5)).astype(np.float32),
        "height": height,
        "town": [("", "Bern", "Rome")[i % 3] for i in range(SIZE)],
        "note": [f"a {'long' if y else 'short'} note" for y in label],
        "price": 100.0 + 20 * sign + draw.normal(size=SIZE),
        "keywords": ["red, big" if y else "red; small" for y in label],
    }
    fields = {
        "name": "own",
        "columns": columns,
        "label": label,
        "label_names": ("low", "high"),
        "groups": group,
        "licence": "CC0",
        "source": "made here",
        "rates": {"voice": 8_000, "film": 4.0, "watch": 50.0},
    }
    return Corpus(**(fields | changed))
