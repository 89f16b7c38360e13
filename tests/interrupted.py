"""Kill a training at random moments and take it up again, until it is done.

    python interrupted.py FOLDER KILLS

Prints JSON: the final checkpoint of the run that nobody disturbed (its CRC), those of
the runs that were killed, and what each kill left behind. Processes are forked: torch
is imported once, not at every start.
"""

import json
import os
import random
import signal
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import torch
from models import CLASSES, D_MODEL, batch_of, build

from mmlearn import seed_everything
from mmlearn.batch import Batch, TensorData
from mmlearn.checkpoint import read
from mmlearn.fusion import ConcatFusion
from mmlearn.heads import Classify
from mmlearn.train import fit


class Stop(Exception):
    """Stands for whatever ends a process."""


LEFT: list[int] = []  # batches until `noise` ends the training; none: it never does


def noise(batch: Batch) -> Batch:
    """An augmentation that draws from each of the three generators."""
    if LEFT:
        if LEFT[0] == 0:
            LEFT.clear()
            raise Stop
        LEFT[0] -= 1
    strength = 0.1 * random.random() + 0.1 * float(np.random.rand())
    image = batch["image"]
    return batch | {"image": image + strength * torch.randn_like(image)}


def train(path: Path | None, **options) -> tuple[torch.nn.Module, list]:
    """From the first line on, as a script that is started again would."""
    seed_everything(0)
    model = build(ConcatFusion, Classify(D_MODEL, CLASSES, dropout=0.1))
    history = fit(
        model,
        TensorData(batch_of(60, 0)),
        TensorData(batch_of(30, 1)),
        **{"epochs": 8, "batch_size": 8, "augment": noise, "every": 2}
        | {"patience": 7, "checkpoint": path}
        | options,
    )
    return model, history


def start(path: Path) -> int:
    """Train in a process of its own; its id."""
    child = os.fork()
    if child == 0:
        train(path)
        os._exit(0)
    return child


def finish(child: int) -> bool:
    """Wait; whether it came to its end (else it was killed)."""
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return False
    assert status == 0, "the training failed"
    return True


def left_behind(path: Path) -> list[int] | None:
    if not path.exists():
        return None
    _, facts = read(path)
    return [facts["epoch"], facts["position"]]


def main(folder: Path, kills: int) -> None:
    torch.set_num_threads(1)  # before any work: a pool of threads does not survive fork
    train(None, epochs=1)  # what torch imports at first use, it imports here
    quiet, began = folder / "quiet.safetensors", time.monotonic()
    assert finish(start(quiet))
    whole = time.monotonic() - began
    found, ends = [], []
    path = folder / "run0.safetensors"
    while len(found) < kills:
        child = start(path)
        time.sleep(random.uniform(0, whole / 2))
        os.kill(child, signal.SIGKILL)
        if finish(child):  # it was done before: begin another
            ends.append(zlib.crc32(path.read_bytes()))
            path = folder / f"run{len(ends)}.safetensors"
        else:
            found.append(left_behind(path))
    assert finish(start(path))
    ends.append(zlib.crc32(path.read_bytes()))
    print(
        json.dumps(
            {
                "quiet": zlib.crc32(quiet.read_bytes()),
                "ends": ends,
                "left behind": found,
                "seconds of a run": round(whole, 2),
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
