"""What runs kept, as files that TensorBoard reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mmlearn.course.paths import CourseError
from mmlearn.experiments import folder
from mmlearn.experiments.keep import EPOCH, METRICS


def write(runs: Sequence[Path], target: Path) -> None:
    """Write a folder for each run: its losses by epoch, its results, its parameters.

    Raises:
        CourseError: when the package tensorboard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ModuleNotFoundError:
        raise CourseError(
            "The package tensorboard is not installed. Fix: install it, or leave "
            "--tensorboard out."
        ) from None
    for run in runs:
        lines = (run / METRICS).read_text(encoding="utf-8").splitlines()
        with SummaryWriter(str(target / run.name)) as out:
            results = {}
            for row in map(json.loads, lines):
                name = row.pop("name")
                if row["kind"] != EPOCH:
                    results["/".join(x for x in (name, row["metric"]) if x)] = row[
                        "value"
                    ]
                    continue
                for key, value in row.items():
                    if key not in ("kind", "epoch"):
                        path = "/".join(x for x in (name, key) if x)
                        out.add_scalar(path, value, row["epoch"])
            parameters = {
                name: value if isinstance(value, int | float | str) else str(value)
                for name, value in folder.read_json(run / folder.PARAMETERS).items()
            }
            out.add_hparams(parameters, results, run_name=".")
