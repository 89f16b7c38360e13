"""The folder of a run: its name, what lies in it, and whether it is finished.

runs/mine/fusion=gated,seed=0-1a2b3c4d/
    parameters.json  environment.json  metrics.jsonl  samples-*.safetensors
    executed.ipynb  figures/1.png ...  result.json   (the last: it is finished)
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

PARAMETERS, ENVIRONMENT = "parameters.json", "environment.json"
RESULT, EXECUTED, FIGURES = "result.json", "executed.ipynb", "figures"
FAILED, TRACEBACK = "failed", "traceback.txt"
_PACKAGES = ("mmlearn-course", "numpy", "torch", "torchvision", "transformers")


def of_run(
    runs: Path, chosen: Mapping[str, Any], everything: Mapping[str, Any], digest: str
) -> Path:
    """Where a run with these parameters of a notebook of this digest lies.

    Args:
        chosen: those that were asked for; they are in the name.
        everything: with the others' defaults.
    """
    said = ",".join(f"{name}={value}" for name, value in chosen.items())
    said = re.sub(r"[^\w=,.+-]+", "_", said)[:80] or "defaults"
    key = json.dumps([digest, sorted(everything.items())], default=str)
    return runs / f"{said}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def is_finished(run: Path) -> bool:
    """Whether a run came to its end."""
    return (run / RESULT).is_file()


def finished(place: Path) -> list[Path]:
    """The finished runs in a folder or below it, by name; a run's own folder is one."""
    if is_finished(place):
        return [place]
    found = [path.parent for path in sorted(place.rglob(RESULT))]
    return [run for run in found if FAILED not in run.relative_to(place).parts]


def write_json(path: Path, value: Any) -> None:
    """Write JSON, whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value, indent=1, default=str) + "\n", encoding="utf-8")
    os.replace(part, path)


def read_json(path: Path) -> Any:
    """What `write_json` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


def environment(beside: Path) -> dict[str, Any]:
    """Where a run is made: versions, processors, and git's state of a notebook."""
    import torch

    versions = {}
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "gpus": gpus,
        "packages": versions,
        "command": sys.argv,
        "git": _git(beside.parent),
    }


def _git(place: Path) -> dict[str, Any] | None:
    """The commit that is checked out there, and what was changed since; or None."""
    commit = _said_by_git(place, "rev-parse", "HEAD")
    if commit is None:
        return None
    changed = _said_by_git(place, "status", "--porcelain") or ""
    return {"commit": commit.strip(), "changed": changed.splitlines()}


def _said_by_git(place: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(place), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:  # no git here
        return None
    return done.stdout if done.returncode == 0 else None
