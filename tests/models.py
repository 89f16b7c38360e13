"""Small models of every fusion and head, for the tests that hold for all of them."""

import torch

from mmlearn.batch import Batch, pad
from mmlearn.encoders import ConvEncoder, RecurrentEncoder, SpectrogramEncoder
from mmlearn.fusion import (
    BottleneckFusion,
    ConcatFusion,
    CrossAttentionFusion,
    GatedFusion,
    LowRankFusion,
    SelfAttentionFusion,
    Separate,
    TensorFusion,
)
from mmlearn.heads import Classify, Contrast, LateClassify
from mmlearn.model import MultimodalModel

D_MODEL, CLASSES, VOCABULARY, N_MELS = 16, 5, 11, 10
MODALITIES = ("image", "text", "audio")
FUSIONS = (
    Separate,
    ConcatFusion,
    GatedFusion,
    TensorFusion,
    LowRankFusion,
    SelfAttentionFusion,
    CrossAttentionFusion,
    BottleneckFusion,
)


def encoders(pool: bool = True) -> dict[str, torch.nn.Module]:
    return {
        "image": ConvEncoder(D_MODEL, widths=(8, 16), pool=pool),
        "text": RecurrentEncoder(VOCABULARY, D_MODEL, embedding_dim=8, pool=pool),
        "audio": SpectrogramEncoder(N_MELS, D_MODEL, width=12, pool=pool),
    }


def heads() -> list[torch.nn.Module]:
    torch.manual_seed(0)
    return [
        Classify(D_MODEL, CLASSES),
        LateClassify(MODALITIES, D_MODEL, CLASSES, average="logits"),
        LateClassify(MODALITIES, D_MODEL, CLASSES, average="probabilities"),
        Contrast("text", "audio", D_MODEL, width=8, loss="softmax"),
        Contrast("text", "audio", D_MODEL, width=8, loss="sigmoid"),
    ]


def build(fusion, head, pool: bool = True) -> MultimodalModel:
    torch.manual_seed(0)
    return MultimodalModel(encoders(pool), fusion(MODALITIES, D_MODEL), head)


def batch_of(size: int = 6, seed: int = 0) -> Batch:
    """Ragged texts and sounds; sample 1 lacks the sound, sample 2 the text."""
    torch.manual_seed(seed)
    texts = [torch.randint(1, VOCABULARY, (2 + i % 3,)) for i in range(size)]
    sounds = [torch.randn(9 + i, N_MELS) for i in range(size)]
    return {
        "image": torch.randn(size, 3, 8, 8),
        "text": pad([None if i == 2 else x for i, x in enumerate(texts)]),
        "audio": pad([None if i == 1 else x for i, x in enumerate(sounds)]),
        "label": torch.arange(size) % CLASSES,
    }
