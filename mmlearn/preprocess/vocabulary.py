"""Words and their numbers, with the interface of torchtext's `Vocab`."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from mmlearn import with_torchtext


class AnyVocabulary(Protocol):
    """What the package asks of a vocabulary: ours has it, and so has torchtext's."""

    def __call__(self, words: list[str], /) -> list[int]: ...

    def __len__(self) -> int: ...

    def get_itos(self) -> list[str]: ...


class Vocabulary:
    """Words and their numbers, 0 to N - 1, each word once.

    The methods are those of `torchtext.vocab.Vocab` (0.18), so that a program that was
    written for it goes on. Only the errors differ: here an unknown word is a KeyError,
    a number that no word has an IndexError, and a word that stands twice a ValueError;
    there each is a RuntimeError.

    Raises ValueError when a word stands twice.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._default: int | None = None
        self._set(list(words))

    @classmethod
    def build(
        cls,
        sentences: Iterable[Sequence[str]],
        min_frequency: int = 1,
        max_size: int | None = None,
        specials: Sequence[str] = ("<pad>", "<unk>"),
        special_first: bool = True,
    ) -> Vocabulary:
        """Number the words of the training split; "<unk>" stands for all others.

        The numbers are those of `torchtext.vocab.build_vocab_from_iterator`: words by
        falling frequency, equals in the order of their characters' code points, the
        specials before or after them. (There the default has to be set by hand.)
        min_frequency: a rarer word is left out. max_size: the largest number of words,
        specials included; as in torchtext, a special that stands in the sentences
        takes up two of these places when it is frequent enough.

        Raises ValueError when max_size leaves no place for a word, or a special stands
        twice.
        """
        counts = Counter(word for sentence in sentences for word in sentence)
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if max_size is not None:
            if max_size <= len(specials):
                raise ValueError(
                    f"max_size is {max_size}, of which the specials "
                    f"{', '.join(specials)} take {len(specials)}; expected more"
                )
            ranked = ranked[: max_size - len(specials)]
        words = [
            word
            for word, count in ranked
            if count >= min_frequency and word not in specials
        ]
        vocabulary = cls([*specials, *words] if special_first else [*words, *specials])
        if "<unk>" in specials:
            vocabulary.set_default_index(vocabulary["<unk>"])
        return vocabulary

    @classmethod
    def from_torchtext(cls, vocabulary: Any) -> Vocabulary:
        """A `torchtext.vocab.Vocab` as ours: the same numbers, the same default."""
        ours = cls(vocabulary.get_itos())
        ours.set_default_index(vocabulary.get_default_index())
        return ours

    def to_torchtext(self) -> Any:
        """The same numbers and default as a `torchtext.vocab.Vocab`.

        Raises ImportError where torchtext is not there, with how to get it.
        """
        theirs = with_torchtext.load().vocab.vocab(OrderedDict.fromkeys(self._words, 1))
        theirs.set_default_index(self._default)
        return theirs

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, word: str) -> bool:
        return word in self._numbers

    def __getitem__(self, word: str) -> int:
        """The word's number, or the default for one that is unknown.

        Raises KeyError for an unknown word when there is no default.
        """
        number = self._numbers.get(word, self._default)
        if number is None:
            raise KeyError(
                f"{word!r} is not in the vocabulary, and no default is set: "
                "vocabulary.set_default_index(...)"
            )
        return number

    def __call__(self, words: Iterable[str]) -> list[int]:
        """The numbers of words; KeyError as for one of them."""
        return [self[word] for word in words]

    forward = lookup_indices = __call__

    def lookup_token(self, number: int) -> str:
        """The word that has a number.

        Raises IndexError when none has it: a negative one counts from no end here.
        """
        if not 0 <= number < len(self):
            raise IndexError(
                f"{number} is no word's number; expected 0 to {len(self) - 1}"
            )
        return self._words[number]

    def lookup_tokens(self, numbers: Iterable[int]) -> list[str]:
        """The words that have these numbers; IndexError as for one of them."""
        return [self.lookup_token(number) for number in numbers]

    def get_default_index(self) -> int | None:
        return self._default

    def set_default_index(self, number: int | None) -> None:
        """The number of words that are unknown; None: there is none, and they raise."""
        self._default = number

    def insert_token(self, word: str, number: int) -> None:
        """Give a new word a number; those from there on move up by one.

        The default stays what it is, also where the word that it meant has moved.

        Raises ValueError for a word that is there already, IndexError for a number
        that is not from 0 to len(self).
        """
        if not 0 <= number <= len(self):
            raise IndexError(f"number is {number}; expected 0 to {len(self)}")
        if word in self:
            raise ValueError(f"{word!r} is there already: it is {self[word]}")
        self._set([*self._words[:number], word, *self._words[number:]])

    def append_token(self, word: str) -> None:
        """Give a new word the next number; ValueError for one that is there already."""
        if word in self:
            raise ValueError(f"{word!r} is there already: it is {self[word]}")
        self._numbers[word] = len(self._words)
        self._words.append(word)

    def get_itos(self) -> list[str]:
        """The words, in the order of their numbers: a copy."""
        return list(self._words)

    def get_stoi(self) -> dict[str, int]:
        """Word -> number: a copy."""
        return dict(self._numbers)

    def _set(self, words: list[str]) -> None:
        numbers = {word: number for number, word in enumerate(words)}
        if len(numbers) < len(words):
            word = next(w for w, n in Counter(words).items() if n > 1)
            raise ValueError(f"{word!r} stands twice; expected each word once")
        self._words: list[str] = words
        self._numbers: dict[str, int] = numbers
