"""Sentences to words, and words to numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import spacy
import torch

from mmlearn.batch import Padded, pad

Tokenizer = Callable[[str], list[str]]


def tokenizer(language: str = "en") -> Tokenizer:
    """spaCy's tokeniser for a language, by its two-letter code, in lower case.

    It works offline: it is rules, not a trained pipeline. Chinese ("zh") is split
    into characters.

    Raises ValueError for a language that spaCy does not know or cannot split without
    a further package, naming it.
    """
    try:
        pipeline = spacy.blank(language)
    except ImportError as error:
        raise ValueError(
            f"language {language!r}: {error}; expected a code that spaCy can split "
            'without further packages, such as "en", "zh", "de", "fr" or "es"'
        ) from error

    def tokenize(text: str) -> list[str]:
        doc = pipeline.make_doc(text)
        return [token.lower_ for token in doc if not token.is_space]

    return tokenize


class Vocabulary:
    """Words and their numbers, with the interface of torchtext's `Vocab`.

    The numbers are those of `torchtext.vocab.build_vocab_from_iterator`: specials
    first, then words by falling frequency, equals in alphabetical order.

    Raises ValueError when a word stands twice.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = list(words)
        self._numbers = {word: number for number, word in enumerate(self._words)}
        if len(self._numbers) < len(self._words):
            word = next(w for w, n in Counter(self._words).items() if n > 1)
            raise ValueError(f"{word!r} stands twice; expected each word once")
        self._default: int | None = None

    @classmethod
    def build(
        cls,
        sentences: Iterable[Sequence[str]],
        min_frequency: int = 1,
        max_size: int | None = None,
        specials: Sequence[str] = ("<pad>", "<unk>"),
    ) -> Vocabulary:
        """Number the words of the training split; "<unk>" stands for all others.

        max_size: the largest number of words, specials included.
        """
        counts = Counter(word for sentence in sentences for word in sentence)
        for special in specials:
            counts.pop(special, None)
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        words = [word for word, count in ranked if count >= min_frequency]
        vocabulary = cls([*specials, *words][:max_size])
        if "<unk>" in specials:
            vocabulary.set_default_index(vocabulary["<unk>"])
        return vocabulary

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, word: str) -> bool:
        return word in self._numbers

    def __getitem__(self, word: str) -> int:
        """Raises KeyError for an unknown word when there is no default."""
        number = self._numbers.get(word, self._default)
        if number is None:
            raise KeyError(
                f"{word!r} is not in the vocabulary, and no default is set: "
                "vocabulary.set_default_index(...)"
            )
        return number

    def __call__(self, words: Iterable[str]) -> list[int]:
        return [self[word] for word in words]

    def lookup_tokens(self, numbers: Iterable[int]) -> list[str]:
        return [self._words[number] for number in numbers]

    def set_default_index(self, number: int | None) -> None:
        self._default = number

    def get_itos(self) -> list[str]:
        return list(self._words)

    def get_stoi(self) -> dict[str, int]:
        return dict(self._numbers)


def encode(
    texts: Sequence[str], tokenize: Tokenizer, vocabulary: Callable[..., list[int]]
) -> Padded:
    """Texts to token numbers: int64 [N, T] and mask, T the longest text's words.

    vocabulary: a `Vocabulary` or torchtext's own.

    Raises ValueError, naming the sample, for an empty text or one of spaces only,
    TypeError for what is not a text.
    """
    rows = []
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(f"sample {i}: found {text!r}; expected a text")
        if not text.strip():
            raise ValueError(f"sample {i}: found {text!r}; expected a text with words")
        rows.append(torch.tensor(vocabulary(tokenize(text)), dtype=torch.int64))
    return pad(rows)
