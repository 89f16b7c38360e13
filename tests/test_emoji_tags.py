"""Which keywords the study of tags asks for."""

from __future__ import annotations

import numpy as np

from mmlearn.data.corpus import Corpus
from mmlearn.studies.emoji_tags import FAMILIES, PICTURES, common


def corpus_of(keywords: list[list[str]], groups: list[int]) -> Corpus:
    return Corpus(
        name="small",
        columns={"keywords": keywords},
        label=None,
        label_names=(),
        groups=np.array(groups),
        licence="none",
        source="none",
    )


def test_a_tag_needs_pictures_and_families_among_the_training_rows() -> None:
    n = PICTURES
    many = (
        [["often", "twice", "twice"]] * n + [["often", "related"]] * n + [["late"]] * n
    )
    families = [
        *range(n),
        *(100 + i % (FAMILIES - 1) for i in range(n)),
        *range(200, 200 + n),
    ]
    corpus = corpus_of(many, families)
    assert common(corpus, range(2 * n)) == ["often", "twice"]
    assert common(corpus, np.arange(2 * n, 3 * n)) == ["late"]
    assert common(corpus, range(n - 1)) == []
