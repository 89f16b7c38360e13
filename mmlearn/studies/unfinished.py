"""What an interrupted recording has finished, so that it goes on where it stopped.

One small file per study, beside the records and ignored by git: what each model said
(predictions, or statistics), by seed and fold, as soon as it has been trained. Each
model's are kept with its fingerprint, and are dropped when the model, or what it rests
on, now computes something else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mmlearn.studies.fingerprint import Numbers, differences
from mmlearn.studies.recorded import write

FOLDER = ".unfinished"


class Unfinished:
    """What models said, by model, seed and fold; each is on disk once it is added.

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
        """How many (of a model, seed and fold) are there."""
        return sum(len(each["predicted"]) for each in self.models.values())

    def get(self, model: str, seed: int, fold: int) -> Any:
        """What `add` was given, or None: not trained yet."""
        return self.models[model]["predicted"].get(f"{seed}/{fold}")

    def add(self, model: str, seed: int, fold: int, said: Any) -> None:
        """Keep what one model, seed and fold said, as JSON can hold it."""
        self.models[model]["predicted"][f"{seed}/{fold}"] = said
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
