"""Four pairs of towers and a ridge regression search together, hubs held down.

The ridge (Hoerl and Kennard, 1970) predicts MiniLM's vector of the text from the
picture. A hub is near to many texts; half of a picture's mean cosine with its 20
nearest known texts is taken away (after Conneau et al., 2018). What is mixed, and how,
was chosen on validation.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from sklearn.linear_model import Ridge
from torch import Tensor
from torch.nn import functional as F

from mmlearn.batch import TensorData
from mmlearn.evaluate import one_side
from mmlearn.metrics.metric import Metric, of_columns, ratio
from mmlearn.model import MultimodalModel
from mmlearn.studies.retrieval import TRAINING, committee, prepare
from mmlearn.studies.study import Part, Splits, Study

ALPHA, NEAREST = 2.0, 20
KS = (1, 5, 10)
WAYS = ("text to image", "image to text")
METRICS = {
    f"{way} recall@{k}": of_columns(
        Metric(ratio, bounds=(0.0, 1.0)),
        2 * (len(KS) * i + j),
        2 * (len(KS) * i + j) + 2,
    )
    for i, way in enumerate(WAYS)
    for j, k in enumerate(KS)
}


def tensors(data: TensorData) -> dict[str, Tensor]:
    """Its columns, none of which is padded."""
    return {n: x for n, x in data.columns.items() if isinstance(x, Tensor)}


def by_ridge(train: Mapping[str, Tensor], texts: Tensor, images: Tensor) -> Tensor:
    """Cosines [texts, images] after the mean training text is taken away."""
    wanted = F.normalize(train["text"], dim=1)
    middle = wanted.mean(dim=0)
    line = Ridge(alpha=ALPHA).fit(F.normalize(train["image"], dim=1), wanted)
    guessed = torch.as_tensor(line.predict(F.normalize(images, dim=1))).float()
    asked = F.normalize(F.normalize(texts, dim=1) - middle, dim=1)
    return asked @ F.normalize(guessed - middle, dim=1).mT


def similarities(
    model: MultimodalModel, splits: Splits, texts: Tensor, images: Tensor
) -> Tensor:
    """Of each text and each picture, float32 [texts, images]."""
    train = tensors(splits.train)
    pictures = one_side(model, "image", images)

    def together(asked: Tensor) -> Tensor:
        linear = by_ridge(train, asked, images)
        return one_side(model, "text", asked) @ pictures.mT + linear

    hubs = together(train["text"]).topk(NEAREST, dim=0).values.mean(dim=0)
    return together(texts) - hubs / 2


def judge(model: MultimodalModel, part: Part, splits: Splits) -> np.ndarray:
    """For both ways and each k whether the right one is found, and 1: [N, 12]."""
    data = tensors(part.data)
    near = similarities(model, splits, data["text"], data["image"])
    columns = []
    for each in (near, near.mT):
        before = (each > each.diagonal()[:, None]).sum(dim=1)
        columns += [x for k in KS for x in (before < k, torch.ones(len(before)))]
    return torch.stack([x.double() for x in columns], dim=1).numpy()


MIXTURE = Study(
    "10-retrieval-mixture",
    prepare,
    {"mixture": committee},
    (),
    TRAINING,
    1,
    METRICS,
    judge,
)
