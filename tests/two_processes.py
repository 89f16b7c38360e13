"""Trainings that must come out alike in one process and in two.

    python -m torch.distributed.run --nproc-per-node 2 two_processes.py FOLDER

writes a checkpoint for each case, and for each wrong way of adding up.
"""

import itertools
import json
import sys
from pathlib import Path
from unittest import mock

import torch
from models import CLASSES, D_MODEL, MODALITIES, batch_of, build

from mmlearn import distributed, seed_everything, train
from mmlearn.batch import TensorData
from mmlearn.checkpoint import History
from mmlearn.fusion import ConcatFusion, SelfAttentionFusion, Separate
from mmlearn.heads import Classify, Contrast, LateClassify

# Sample 1 of 45 lacks the sound, sample 2 the text. In batches of 16 the last has 13
# samples, 7 and 6; of 33 it has one, and the second process none.
CASES = {
    "classify": (ConcatFusion, lambda: Classify(D_MODEL, CLASSES), 45),
    "classify, attention": (
        SelfAttentionFusion,
        lambda: Classify(D_MODEL, CLASSES),
        45,
    ),
    "classify, no sample": (ConcatFusion, lambda: Classify(D_MODEL, CLASSES), 33),
    # Under this head the fusion's weights get no gradient.
    "late": (ConcatFusion, lambda: LateClassify(MODALITIES, D_MODEL, CLASSES), 45),
    "softmax": (Separate, lambda: Contrast("text", "audio", D_MODEL, width=8), 45),
    "softmax, no sample": (
        Separate,
        lambda: Contrast("text", "audio", D_MODEL, width=8),
        33,
    ),
    "sigmoid": (
        Separate,
        lambda: Contrast("text", "audio", D_MODEL, width=8, loss="sigmoid"),
        45,
    ),
}


def run(case: str, path: Path) -> History:
    """Train the case; the checkpoint at `path` holds model, moments and history."""
    fusion, head, size = CASES[case]
    seed_everything(0)  # the head has weights too
    return fit(build(fusion, head()), size, path)


def fit(model, size: int, path: Path, **options) -> History:
    return train.fit(
        model,
        TensorData(batch_of(size, 0)),
        TensorData(batch_of(21, 1)),
        epochs=2,
        batch_size=16,
        learning_rate=1e-3,
        clip=100.0,  # else it would hide a gradient that is twice too large
        checkpoint=path,
        device="cpu",
        **options,
    )


def stop_and_resume(folder: Path) -> None:
    """With dropout: once undisturbed, and once stopped in the second epoch."""

    def begin(name: str, augment=None) -> None:
        seed_everything(0)
        head = Classify(D_MODEL, CLASSES, dropout=0.3)
        model = build(ConcatFusion, head)
        fit(model, 45, folder / name, augment=augment, every=1)

    calls = itertools.count()

    def stop(batch):
        if next(calls) == 4:
            raise InterruptedError
        return batch

    begin("undisturbed")
    try:
        begin("stopped", stop)
    except InterruptedError:
        begin("stopped")
    else:
        raise AssertionError("it was not stopped")


def mean_of_means(head, output, batch, counts):
    """Wrong: each process counts alike, however many samples it has."""
    return head.loss(output, batch) / len(counts)


def own_pairs_only(rows, counts):
    """Wrong: no process sees the others' samples."""
    return rows


def half_the_gradient(rows, counts):
    """Wrong: what comes from the others is right, what goes back is not."""
    return (
        _gather(rows, counts)
        if not rows.is_floating_point()
        else _Half.apply(_gather(rows, counts))
    )


class _Half(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient / distributed.world()


_gather = distributed.gather

WRONG = {
    "mean of means": ("classify", train, "share_of_loss", mean_of_means),
    "own pairs only": ("softmax", distributed, "gather", own_pairs_only),
    "half the gradient": ("sigmoid", distributed, "gather", half_the_gradient),
}


def main(folder: Path) -> None:
    histories = {case: run(case, folder / case) for case in CASES}
    for name, (case, module, function, wrong) in WRONG.items():
        with mock.patch.object(module, function, wrong):
            run(case, folder / name)
    stop_and_resume(folder)
    rank = distributed.rank()
    (folder / f"histories {rank}").write_text(json.dumps(histories))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]))
