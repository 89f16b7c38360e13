"""Eyes for the captioner: which of 40 things is in a small crop of a scene?

Crops of 24 x 24 pixels are cut round one copy of each thing, not quite centred; beside
a small thing there may be parts of others. Validation and test hold only crops whose
pair of a thing and a colour is new.

Eyes that are asked for the colour as well learn which pairs there are, and fail on new
ones; asked for the thing alone, they do not. The captioner of `captions.py` looks
through those, with the weights of seed 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mmlearn.batch import Batch, TensorData
from mmlearn.data import scenes
from mmlearn.data.corpus import Corpus
from mmlearn.encoders import ConvEncoder
from mmlearn.fusion import Separate
from mmlearn.heads import Classify, Several
from mmlearn.made_for import mark
from mmlearn.metrics import ACCURACY
from mmlearn.model import MultimodalModel
from mmlearn.preprocess import image
from mmlearn.studies.study import Part, Splits, Study, Weights, by_head

D_MODEL, WIDTHS = 64, (16, 32, 64)
SIDE = 24  # of a crop, in pixels: that of a large thing
APART = 3  # pixels by which a crop may miss the middle
PARTS = ("train", "valid", "test")


def prepare(fold: int = 0) -> Splits:
    """Crops of the scenes in their own splits, normalised as the scenes are."""
    corpus = scenes.load(seed=fold)
    seen = {pair for *_, pair in crops(corpus, "train")}
    data = {}
    groups: list[int] = []
    for part in PARTS:
        found = crops(corpus, part)
        kept = [one for one in found if part == "train" or one[2] not in seen]
        groups = [pair for *_, pair in kept]
        columns: Batch = {
            "image": normal(corpus, np.stack([picture for picture, *_ in kept])),
            "thing": torch.tensor([thing for _, thing, _ in kept]),
            "colour": torch.tensor(groups) % len(scenes.COLOURS),
        }
        data[part] = TensorData(columns)
    train, valid, test = (data[part] for part in PARTS)
    parts = {"new pairs": Part(test, np.array(groups))}
    return Splits(train, valid, test_parts=parts)


def normal(corpus: Corpus, pictures: np.ndarray) -> Tensor:
    """Pictures uint8 [N, 3, H, W], normalised by the training scenes: float32."""
    train = np.array(corpus["split"]) == "train"
    return image.normalise(pictures, *image.channel_statistics(corpus["image"][train]))


def crops(corpus: Corpus, part: str) -> list[tuple[np.ndarray, int, int]]:
    """Two of each scene of a split: crop uint8 [3, 24, 24], thing, and pair."""
    draw = np.random.default_rng(PARTS.index(part))
    colours = list(scenes.COLOURS)
    found = []
    for row in np.flatnonzero(np.array(corpus["split"]) == part):
        said = scenes.content(corpus["caption"][row])
        assert said is not None
        for word, box in zip(("", "other "), corpus["boxes"][row], strict=True):
            x, y = _corner(draw, box)
            thing = scenes.THINGS.index(said[word + "thing"])
            pair = thing * len(colours) + colours.index(said[word + "colour"])
            crop = corpus["image"][row][:, y : y + SIDE, x : x + SIDE]
            found.append((crop, thing, pair))
    return found


def _corner(draw: np.random.Generator, box: Sequence[float]) -> tuple[int, int]:
    """Where a crop round one copy begins; it does not leave the picture."""
    x1, y1, x2, y2 = (int(end) for end in box)
    side = min(x2 - x1, y2 - y1)
    which = side * int(draw.integers(max(x2 - x1, y2 - y1) // side))
    x, y = (x1 + which, y1) if x2 - x1 > y2 - y1 else (x1, y1 + which)
    middle = np.array([x, y]) + side // 2 + draw.integers(-APART, APART + 1, size=2)
    x, y = (middle - SIDE // 2).clip(0, scenes.PIXELS - SIDE)
    return int(x), int(y)


def mirror(batch: Batch) -> Batch:
    """A training batch, half of it mirrored: a thing stays what it is."""
    pictures = batch["image"]
    assert isinstance(pictures, Tensor)
    half = torch.rand(len(pictures), 1, 1, 1, device=pictures.device) < 0.5
    return {**batch, "image": torch.where(half, pictures.flip(3), pictures)}


def eyes(*asked: str) -> MultimodalModel:
    """A convolutional encoder that keeps its places, and a classifier on their mean.

    Args:
        asked: "thing", "colour" or both; by default the thing.
    """
    encoder = ConvEncoder(D_MODEL, widths=WIDTHS, pool=False)
    classes = {"thing": len(scenes.THINGS), "colour": len(scenes.COLOURS)}
    heads = {
        name: Classify(D_MODEL, classes[name], target=name)
        for name in asked or ("thing",)
    }
    head = Several(heads) if len(heads) > 1 else heads.popitem()[1]
    mark(head, {"things": list(scenes.THINGS)})
    fusion = Separate(["image"], D_MODEL)
    return MultimodalModel({"image": quick(encoder)}, fusion, head)


def quick(encoder: ConvEncoder) -> ConvEncoder:
    """The same, its channels beside each other in memory: a third faster on a CPU."""
    return encoder.to(memory_format=torch.channels_last)


def judge(model: MultimodalModel, part: Part, splits: Splits) -> np.ndarray:
    """Each crop's thing and the one that was named: [N, 2]."""
    return by_head(model, part, splits)[:, :2]


EYES = Study(
    "09-eyes",
    prepare,
    models={
        "thing and colour": lambda splits: eyes("thing", "colour"),
        "thing": lambda splits: eyes(),
    },
    single=("thing and colour",),
    training={
        "epochs": 5,
        "batch_size": 32,
        "learning_rate": 4e-3,
        "augment": mirror,
    },
    metrics={"accuracy": ACCURACY},
    judge=judge,
    weights=Weights(
        "thing",
        what="Says which of 40 things a crop of 24 x 24 pixels shows. The captioner of "
        "09-captions looks through its encoder.",
        data="crops of synthetic scenes, of recoloured OpenMoji pictures (CC BY-SA "
        "4.0)",
        not_for="anything but these drawings: it has never seen a photograph.",
    ),
)
