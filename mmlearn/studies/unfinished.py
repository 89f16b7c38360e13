"""What an interrupted recording has finished, so that it goes on where it stopped.

One small file per study, beside the records and ignored by git: the predictions of each
model, seed and fold that has been trained. Each model's are kept with its fingerprint,
and are dropped when the model, or what it rests on, now computes something else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from mmlearn.studies.fingerprint import Numbers, differences
from mmlearn.studies.recorded import write

FOLDER = ".unfinished"


class Unfinished:
    """Predictions by model, seed and fold; each is on disk once it is added.

    Args:
        prints: model -> the fingerprint that it has now, of the models to be recorded.

    Attributes:
        dropped: model -> why what was there is of no use.
    """

    def __init__(self, folder: Path, study: str, prints: Mapping[str, Numbers]) -> None:
        self.path = folder / FOLDER / f"{study}.json"
        self.models: dict[str, Numbers] = {}
        self.dropped: dict[str, str] = {}
        if self.path.is_file():
            # Written whole or not at all, so what cannot be read is not our file.
            self.models = json.loads(self.path.read_text(encoding="utf-8"))
        for name, fingerprint in prints.items():
            known = self.models.get(name)
            changes = differences(known["fingerprint"], fingerprint) if known else []
            if changes:
                self.dropped[name] = changes[0]
            if changes or not known:
                self.models[name] = {"fingerprint": fingerprint, "predicted": {}}

    def __len__(self) -> int:
        """How many predictions (of a model, seed and fold) are there."""
        return sum(len(each["predicted"]) for each in self.models.values())

    def get(self, model: str, seed: int, fold: int) -> np.ndarray | None:
        """The predictions, int64 [N_test of the fold], or None: not trained yet."""
        found = self.models[model]["predicted"].get(f"{seed}/{fold}")
        return None if found is None else np.array(found, dtype=np.int64)

    def add(self, model: str, seed: int, fold: int, predicted: np.ndarray) -> None:
        """Keep the predictions of one model, seed and fold."""
        self.models[model]["predicted"][f"{seed}/{fold}"] = predicted.tolist()
        write(self.path, json.dumps(self.models))

    def remove(self, models: Iterable[str]) -> None:
        """Forget these models: they are recorded. With the last one the file goes."""
        for name in models:
            self.models.pop(name, None)
        if any(each["predicted"] for each in self.models.values()):
            write(self.path, json.dumps(self.models))
            return
        self.path.unlink(missing_ok=True)
        if self.path.parent.is_dir() and not any(self.path.parent.iterdir()):
            self.path.parent.rmdir()
