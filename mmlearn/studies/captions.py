"""Captions of scenes whose pairs of a thing and a colour are new.

A decoder that has to teach its own eyes learns last which things there are, and learns
the pairs of training by heart. So the captioner looks through two encoders: a frozen
one that was taught the things alone, on crops (`scene_eyes.py`), and one of its own,
which is narrow and is told where each pixel stands.

Everything was chosen on the validation scenes. The words of validation and test are
all in the training captions: what is new there is the pair, never the word.

Three changes keep a training caption true. The whole scene moves, as far as its things
stay inside. Where a mirror is held to it, "left" and "right" change places. And where
two sentences are true (`scene_truth`), either may be asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.batch import Batch, Padded, TensorData, Tokens
from mmlearn.data import scenes
from mmlearn.data.scene_truth import PARTS, right, true_captions
from mmlearn.encoders import ConvEncoder, CoordConv
from mmlearn.evaluate import predict
from mmlearn.fusion import SelfAttentionFusion
from mmlearn.heads import Caption
from mmlearn.made_for import mark
from mmlearn.metrics import Metric, of_columns, ratio
from mmlearn.metrics.bleu import BLEU, bleu_statistics
from mmlearn.model import MultimodalModel
from mmlearn.preprocess import image
from mmlearn.preprocess.text import encode
from mmlearn.preprocess.vocabulary import Vocabulary
from mmlearn.studies import scene_eyes, weights
from mmlearn.studies.scene_eyes import D_MODEL, WIDTHS
from mmlearn.studies.study import Part, Splits, Study, Weights

BEGIN, END = "<begin>", "<end>"
SPLITS = ("train", "valid", "test")
OWN_WIDTHS = (8, 8, 16)  # colours, sizes and places need little
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
    of = {name: np.flatnonzero(np.array(corpus["split"]) == name) for name in SPLITS}
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
    train, valid, test = (data.take(of[name]) for name in SPLITS)
    about = [captions[row] for row in of["test"]]
    groups = corpus.groups[of["test"]]
    # The row half the set away shows another pair: groups are drawn at random.
    other = torch.arange(len(test)).roll(len(test) // 2)
    swapped = TensorData(test.columns | {"image": test[other]["image"]})
    parts = {
        "new pairs": Part(test, groups, about),
        "pictures swapped": Part(swapped, groups, about),
    }
    more = {"statistics": (mean, std)}
    return Splits(train, valid, test_parts=parts, more=more)


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


class TwoEyes(nn.Module):
    """What each of two encoders sees at a place, added up.

    Args:
        taught: knows the things, and stays as it is.
        own: learns all else: colours, sizes, the ground.
    """

    def __init__(self, taught: nn.Module, own: CoordConv) -> None:
        super().__init__()
        self.taught, self.own, self.d_model = taught, own, own.d_model
        self.taught.requires_grad_(False)

    def forward(self, image: Tensor) -> Tokens:
        """Pictures [B, 3, H, W] to Tokens [B, P, D]."""
        tokens: Tokens = self.own(image)
        return tokens.with_values(tokens.values + self.taught(image).values)


def captioner(eyes: nn.Module) -> MultimodalModel:
    """Places that look at each other, and a decoder of two blocks that looks at them.

    Args:
        eyes: the encoder of pictures.
    """
    fusion = SelfAttentionFusion(["image"], D_MODEL, depth=1)
    head = Caption(D_MODEL, len(WORDS), WORDS[BEGIN], WORDS[END], dropout=0.0)
    mark(head, {"words": WORDS.get_itos()})
    return MultimodalModel({"image": eyes}, fusion, head)


def two_eyes(taught: nn.Module | None = None) -> TwoEyes:
    """Eyes that know the things, beside new ones.

    Args:
        taught: an encoder that knows them; by default the recorded one.

    Raises:
        FileNotFoundError: with the command that records it, when it is not there.
    """
    if taught is None:
        taught = weights.load("09-eyes", scene_eyes.eyes()).encoders["image"]
    return TwoEyes(taught, new_eyes(OWN_WIDTHS))


def new_eyes(widths: Sequence[int]) -> CoordConv:
    """Eyes that have learned nothing yet, and know where each pixel stands."""
    encoder = ConvEncoder(D_MODEL, channels=5, widths=widths, pool=False)
    return CoordConv(scene_eyes.quick(encoder))


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

SHUT, TAUGHT, UNTAUGHT = "eyes shut", "taught eyes", "untaught eyes"
MODELS = {
    SHUT: lambda splits: captioner(EyesShut(D_MODEL)),
    TAUGHT: lambda splits: captioner(two_eyes()),
}
TRAINING = {"batch_size": 16, "learning_rate": 2e-3, "augment": vary}

CAPTIONS = Study(
    "09-captions",
    prepare,
    MODELS,
    single=(SHUT,),
    training={"epochs": 50, **TRAINING},
    metrics=METRICS,
    judge=judge,
    weights=Weights(
        TAUGHT,
        what="Writes a sentence about a scene of two things: their number, sizes, "
        "colours, relation, and the ground.",
        data="3,000 synthetic scenes, of recoloured OpenMoji pictures (CC BY-SA 4.0); "
        "one of its encoders is that of 09-eyes",
        not_for="photographs, or anybody who needs to know what is in a picture.",
    ),
)
SHORT = replace(
    CAPTIONS,
    name="09-captions-short",
    models={**MODELS, UNTAUGHT: lambda splits: captioner(new_eyes(WIDTHS))},
    training={"epochs": 4, **TRAINING},
    weights=None,
)
