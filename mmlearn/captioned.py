"""Pictures with captions as training data for the head `Caption`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mmlearn.batch import Batch, MappedData, Padded, pad
from mmlearn.heads import Caption
from mmlearn.made_for import mark
from mmlearn.preprocess.text import Vocabulary, any_words

PAD, UNKNOWN, BEGIN, END = "<pad>", "<unk>", "<begin>", "<end>"


@dataclass(frozen=True)
class Captioned:
    """What is needed to turn captions into numbers, and numbers into captions.

    Args:
        vocabulary: words, behind the four special ones.
        longest: how many words a caption may have that is written.
        tokenize: a text to words; by default those of any language.
    """

    vocabulary: Vocabulary
    longest: int
    tokenize: Callable[[str], list[str]] = any_words

    @classmethod
    def fit(
        cls,
        captions: Sequence[Sequence[str]],
        min_freq: int = 1,
        tokenize: Callable[[str], list[str]] = any_words,
    ) -> Captioned:
        """The words of the training pictures' captions.

        Args:
            captions: for each picture one or more.
            min_freq: a rarer word is unknown.
            tokenize: see the class.

        Raises:
            ValueError: when there is no word.
        """
        known = [tokenize(text) for several in captions for text in several]
        if not any(known):
            raise ValueError(f"{len(known)} captions have no word; expected some")
        specials = (PAD, UNKNOWN, BEGIN, END)
        words = Vocabulary.build(known, min_freq=min_freq, specials=specials)
        return cls(words, max(map(len, known)), tokenize)

    def data(
        self,
        pictures: Tensor,
        captions: Sequence[Sequence[str]],
        rows: Sequence[int] | np.ndarray,
    ) -> MappedData:
        """Some pictures with each of their captions: a row for each pair.

        The pictures are not copied.

        Args:
            pictures: [N, ...], what the encoder reads, as "image" of the batch.
            captions: N times one or more; those without a word are left out.
            rows: of pictures and captions, int [n].

        Raises:
            ValueError: when no caption is left.
        """
        special = self.vocabulary([BEGIN, END])
        of, numbers = [], []
        for row in map(int, rows):
            for text in captions[row]:
                if words := self.vocabulary(self.tokenize(text)):
                    of.append(row)
                    numbers.append(torch.tensor([special[0], *words, special[1]]))
        if not of:
            raise ValueError(f"{len(rows)} pictures have no caption; expected some")
        values = pad(numbers).values

        def batch(read: dict[str, Tensor]) -> Batch:
            words = read["caption"]
            return {"image": pictures[read["row"]], "caption": Padded(words, words > 0)}

        columns = {"row": np.array(of), "caption": values.numpy()}
        return MappedData(columns, batch)

    def head(self, d_model: int, depth: int = 2, dropout: float = 0.1) -> Caption:
        """A decoder for these words."""
        begin, end = self.vocabulary([BEGIN, END])
        head = Caption(
            d_model,
            len(self.vocabulary),
            begin,
            end,
            depth=depth,
            longest=self.longest + 1,
            dropout=dropout,
        )
        mark(head, {"words": self.vocabulary.get_itos()})
        return head

    def words(self, numbers: Sequence[int]) -> list[str]:
        """The words of what the head has written."""
        return self.vocabulary.lookup_tokens(numbers)
