"""Trainings that must come out alike in one process and in two.

    python -m torch.distributed.run --nproc-per-node 2 two_processes.py FOLDER

writes a checkpoint for each case, and for each wrong way of adding up.
"""

import json
import sys
from pathlib import Path
from unittest import mock

import torch
from heads_to_come import Boxes, targets
from interrupted import LEFT, Stop, noise
from models import CLASSES, D_MODEL, MODALITIES, batch_of, build

from mmlearn import distributed, seed_everything, train
from mmlearn.batch import TensorData
from mmlearn.checkpoint import History
from mmlearn.fusion import ConcatFusion, SelfAttentionFusion, Separate
from mmlearn.heads import (
    Caption,
    Classify,
    Contrast,
    LateClassify,
    Regress,
    Several,
    Speak,
    Tag,
    Transcribe,
)


def sentence() -> Caption:
    """Without dropout, which two processes draw apart."""
    return Caption(D_MODEL, 7, begin=1, end=2, heads=2, dropout=0.0)


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
    "tags": (ConcatFusion, lambda: Tag(D_MODEL, 4), 45),
    "number, no sample": (ConcatFusion, lambda: Regress(D_MODEL, "price", 300, 50), 33),
    "several": (
        ConcatFusion,
        lambda: Several(
            {
                "class": Classify(D_MODEL, CLASSES),
                "tags": Tag(D_MODEL, 4),
                "price": Regress(D_MODEL, "price", 300, 50),
            },
            weights={"tags": 0.5},
        ),
        45,
    ),
    "sentence": (
        SelfAttentionFusion,
        sentence,
        45,
    ),
    "sentence, no sample": (
        ConcatFusion,
        sentence,
        33,
    ),
    "transcript": (ConcatFusion, lambda: Transcribe(D_MODEL, 4), 45),
    "sound": (ConcatFusion, lambda: Speak(D_MODEL, [0.5] * 3, [0.3] * 3, width=8), 45),
    "boxes": (ConcatFusion, lambda: Boxes(D_MODEL), 45),
}
# Heads that read the steps of a sequence, not one token for all of it.
STEPS = ("sentence", "transcript", "sound")


def run(case: str, path: Path) -> History:
    """Train the case; the checkpoint at `path` holds model, moments and history."""
    fusion, head, size = CASES[case]
    seed_everything(0)  # the head has weights too
    model = build(fusion, head(), pool=not case.startswith(STEPS))
    return fit(model, size, path)


def fit(model, size: int, path: Path, **options) -> History:
    return train.fit(
        model,
        TensorData(batch_of(size, 0) | targets(size, 0)),
        TensorData(batch_of(21, 1) | targets(21, 1)),
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

    def begin(name: str) -> None:
        seed_everything(0)
        head = Classify(D_MODEL, CLASSES, dropout=0.3)
        model = build(ConcatFusion, head)
        fit(model, 45, folder / name, augment=noise, every=1)

    begin("undisturbed")
    LEFT[:] = [4]
    try:
        begin("stopped")
    except Stop:
        begin("stopped")
    else:
        raise AssertionError("it was not stopped")


def mean_of_means(loss, count):
    """Wrong: each process counts alike, however many samples it has."""
    return loss.mean / distributed.world()


def own_pairs_only(output):
    """Wrong: no process sees the others' samples."""
    return output, 1.0


def half_the_gradient(output):
    """Wrong: what comes from the others is right, what goes back is not."""
    gathered, share = _gather(output)
    rows = {
        name: _Half.apply(x) if x.is_floating_point() and x.ndim else x
        for name, x in gathered.items()
    }
    return rows, share


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
