"""An embedding that starts from word vectors that others have trained."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

from mmlearn.preprocess.vocabulary import AnyVocabulary


class AnyWordVectors(Protocol):
    """What is asked of word vectors: ours have it, and so have torchtext's."""

    def __contains__(self, word: str, /) -> bool: ...

    def get_vecs_by_tokens(self, tokens: list[str], /) -> Tensor:
        """The vectors of N words, float [N, D]; zeros for one that has none."""
        ...


def start_from(
    embedding: nn.Embedding | nn.EmbeddingBag,
    vocabulary: AnyVocabulary,
    vectors: AnyWordVectors,
) -> Tensor:
    """Set the rows of words that have a vector to it; the others stay as they are.

    All of them can still learn; `embedding.requires_grad_(False)` freezes them.

    Args:
        embedding: such as `encoder.embedding`, [N, D], changed in place; the row of its
            padding_idx stays zero.
        vocabulary: of N words, ours or torchtext's.
        vectors: of D numbers, `mmlearn.data.glove` or `torchtext.vocab.Vectors`.

    Returns:
        Which rows were set: bool [N], on the CPU.

    Raises:
        ValueError: when the sizes do not fit, or no word has a vector.
    """
    words = vocabulary.get_itos()
    if len(embedding.weight) != len(words):
        raise ValueError(
            f"the embedding has {len(embedding.weight)} rows; expected one for each of "
            f"the {len(words)} words"
        )
    known = torch.tensor([word in vectors for word in words], dtype=torch.bool)
    if embedding.padding_idx is not None:
        known[embedding.padding_idx] = False
    if not known.any():
        raise ValueError(
            f"none of the {len(words)} words ({', '.join(words[:5])} ...) has a "
            "vector; expected the vectors' language and spelling (lower case?)"
        )
    values = vectors.get_vecs_by_tokens([words[i] for i in known.nonzero()[:, 0]])
    if embedding.weight.shape[1] != values.shape[1]:
        raise ValueError(
            f"the embedding has {embedding.weight.shape[1]} numbers per word; expected "
            f"{values.shape[1]}, as the vectors have"
        )
    with torch.no_grad():
        embedding.weight[known.to(embedding.weight.device)] = values.to(
            embedding.weight
        )
    return known
