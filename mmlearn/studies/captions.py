"""Captions of scenes whose pairs of a thing and a colour are new.

Everything was chosen on the validation scenes. The words of validation and test are
all in the training captions: what is new there is the pair, never the word.

Three changes keep a training caption true. The whole scene moves, as far as its things
stay inside. Where a mirror is held to it, "left" and "right" change places. And where
two sentences are true (`scene_truth`), either may be asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.batch import Batch, Padded, TensorData, Tokens
from mmlearn.data import scenes
from mmlearn.data.scene_truth import PARTS, right, true_captions
from mmlearn.encoders import ConvEncoder
from mmlearn.evaluate import predict
from mmlearn.fusion import Separate
from mmlearn.heads import Caption
from mmlearn.metrics import Metric, of_columns, ratio
from mmlearn.metrics.bleu import BLEU, bleu_statistics
from mmlearn.model import MultimodalModel
from mmlearn.preprocess import image
from mmlearn.preprocess.text import encode
from mmlearn.preprocess.vocabulary import Vocabulary
from mmlearn.studies.study import Part, Splits, Study

D_MODEL, WIDTHS = 64, (16, 32, 64)
BEGIN, END = "<begin>", "<end>"
COLUMNS = 10  # of BLEU; then a column for each of PARTS, and a last one of ones


def vocabulary() -> Vocabulary:
    """All words of the scenes' grammar, in the order of the alphabet."""
    plurals = [f"{thing}s" for thing in scenes.THINGS]
    phrases = [*scenes.NUMBERS, *scenes.SIZES, *scenes.COLOURS, *scenes.GROUNDS, "on"]
    phrases += [*scenes.THINGS, *plurals, *scenes.RELATIONS]
    words = {word for phrase in phrases for word in phrase.split()}
    return Vocabulary(["<pad>", BEGIN, END, *sorted(words)])


WORDS = vocabulary()


def numbers(captions: Sequence[str]) -> Padded:
    """Captions as int64 [N, L], each between the numbers of BEGIN and END."""
    return encode([f"{BEGIN} {c} {END}" for c in captions], str.split, WORDS)


def text(words: Sequence[int]) -> str:
    """A caption from the numbers of its words."""
    return " ".join(WORDS.lookup_tokens(words))


def prepare(fold: int = 0) -> Splits:
    """The scenes in their own splits; two test sets, one with its pictures exchanged.

    A caption of an exchanged picture is judged by the scene that it was taken from:
    what it still gets right, it got without looking.
    """
    corpus = scenes.load(seed=fold)
    of = {name: np.flatnonzero(np.array(corpus["split"]) == name) for name in PLACES}
    mean, std = image.channel_statistics(corpus["image"][of["train"]])
    captions = list(corpus["caption"])
    both = numbers([*captions, *(true_captions(caption)[-1] for caption in captions)])
    columns: Batch = {
        "image": image.normalise(corpus["image"], mean, std),
        "caption": both[: len(captions)],
        "turned": both[len(captions) :],
        "boxes": torch.as_tensor(np.array(corpus["boxes"])),
    }
    data = TensorData(columns)
    train, valid, test = (data.take(of[name]) for name in PLACES)
    about = [captions[row] for row in of["test"]]
    groups = corpus.groups[of["test"]]
    # The row half the set away shows another pair: groups are drawn at random.
    other = torch.arange(len(test)).roll(len(test) // 2)
    swapped = TensorData(test.columns | {"image": test[other]["image"]})
    parts = {
        "new pairs": Part(test, groups, about),
        "pictures swapped": Part(swapped, groups, about),
    }
    return Splits(train, valid, test_parts=parts)


PLACES = ("train", "valid", "test")
LEFT, RIGHT = WORDS["left"], WORDS["right"]


def vary(batch: Batch) -> Batch:
    """A training batch with each scene changed so that its caption stays true."""
    pictures, boxes = batch["image"], batch["boxes"]
    assert isinstance(pictures, Tensor) and isinstance(boxes, Tensor)
    size, n = pictures.shape[-1], len(pictures)
    before = boxes[..., :2].amin(dim=1)  # [n, 2]: how far left, and up, it can go
    after = size - boxes[..., 2:].amax(dim=1)
    move = (torch.rand(n, 2, device=boxes.device) * (before + after + 1)).floor()
    move = (move - before).long()
    places = torch.arange(size, device=boxes.device)
    columns, rows = ((places - move[:, i, None]) % size for i in (0, 1))  # [n, size]
    mirror, turn = torch.rand(2, n, 1, device=boxes.device) < 0.5
    columns = torch.where(mirror, columns.flip(dims=[1]), columns)
    pictures = pictures.gather(2, rows[:, None, :, None].expand_as(pictures))
    pictures = pictures.gather(3, columns[:, None, None, :].expand_as(pictures))
    words = torch.where(turn, _values(batch["turned"]), _values(batch["caption"]))
    other = torch.where(words == LEFT, RIGHT, torch.where(words == RIGHT, LEFT, words))
    words = torch.where(mirror, other, words)
    return {**batch, "image": pictures, "caption": Padded(words, words > 0)}


def _values(column: Padded | Tensor) -> Tensor:
    assert isinstance(column, Padded)
    return column.values


class EyesShut(nn.Module):
    """An image encoder that sees nothing: one token, masked."""

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.d_model = d_model

    def forward(self, image: Tensor) -> Tokens:
        """Pictures [B, 3, H, W] to Tokens [B, 1, D], none of them there."""
        nothing = image.new_zeros(len(image), 1, self.d_model)
        return Tokens(nothing, nothing[..., 0] > 0)


def captioner(encoder: nn.Module, dropout: float = 0.1) -> MultimodalModel:
    """An encoder of pictures, and a decoder of two blocks that looks at its tokens."""
    head = Caption(D_MODEL, len(WORDS), WORDS[BEGIN], WORDS[END], dropout=dropout)
    fusion = Separate(["image"], D_MODEL)
    return MultimodalModel({"image": encoder}, fusion, head)


def judge(model: MultimodalModel, part: Part, splits: Splits) -> np.ndarray:
    """Each sample's numbers for METRICS: float64 [N, 18]."""
    said = [text(words) for words in predict(model, part.data)]
    return statistics(said, part.about)


def statistics(said: Sequence[str], wanted: Sequence[str]) -> np.ndarray:
    """Captions against true ones: float64 [N, 18], what METRICS read.

    BLEU counts every true sentence as a reference.
    """
    references = [[s.split() for s in true_captions(one)] for one in wanted]
    bleu = bleu_statistics([one.split() for one in said], references)
    rows = [list(right(*pair).values()) for pair in zip(said, wanted, strict=True)]
    return np.concatenate([bleu, np.array(rows, float), np.ones((len(said), 1))], 1)


@dataclass(frozen=True)
class _Share:
    """Statistics [N, 18] -> [N, 2]: whether one of PARTS is right, and 1."""

    part: str

    def __call__(self, statistics: np.ndarray) -> np.ndarray:
        column = COLUMNS + list(PARTS).index(self.part)
        return statistics[:, [column, -1]]


METRICS: dict[str, Metric] = {
    part: Metric(ratio, whole=_Share(part), bounds=(0.0, 1.0)) for part in PARTS
}
METRICS["BLEU-4"] = of_columns(BLEU, 0, COLUMNS)

CAPTIONS = Study(
    "09-captions",
    prepare,
    models={
        "eyes shut": lambda splits: captioner(EyesShut(D_MODEL)),
        "captioner": lambda splits: captioner(
            ConvEncoder(D_MODEL, widths=WIDTHS, pool=False)
        ),
    },
    single=("eyes shut",),
    training={"epochs": 10, "augment": vary},
    metrics=METRICS,
    judge=judge,
)
