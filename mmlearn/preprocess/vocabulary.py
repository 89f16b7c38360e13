"""Words and their numbers, with the interface of torchtext's `Vocab`."""

from __future__ import annotations

import operator
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, Protocol

from mmlearn import with_torchtext
from mmlearn.preprocess.strings import composed


class AnyVocabulary(Protocol):
    """What the package asks of a vocabulary: ours has it, and so has torchtext's."""

    def __call__(self, tokens: list[str], /) -> list[int]:
        """The numbers of words."""
        ...

    def get_itos(self) -> list[str]:
        """The words, in the order of their numbers."""
        ...


class Vocabulary:
    """Words and their numbers, 0 to N - 1, each word once.

    The methods, and the names of their arguments, are those of `torchtext.vocab.Vocab`
    (0.18). Three things differ. Errors have Python's own types: KeyError for an unknown
    word, IndexError for a number that no word has, ValueError for a word that is there
    already (in torchtext all are RuntimeError). A word that is unknown as it is spelt,
    but known in another form that Unicode considers the same ("é" as one code point or
    as two), has the number of that form. And this is not an `nn.Module`: where
    torchtext wants its own, as its transforms do, give it `to_torchtext()`.

    Raises:
        ValueError: when a word occurs twice.
        TypeError: for what is not a text, and for a set or a dict: the numbers are the
            order of the words.
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        self._default: int | None = None
        self._tokens: list[str] = []
        self._numbers: dict[str, int] = {}
        self._spellings: dict[str, str] = {}  # Unicode's form C -> the word, as it is
        if isinstance(tokens, Set):
            raise TypeError("found a set of words; expected a list: it has no order")
        for token in _separate(tokens):
            if token in self._numbers:
                raise ValueError(f"{token!r} occurs twice; expected each word once")
            self.append_token(token)

    @classmethod
    def build(
        cls,
        iterator: Iterable[Sequence[str]],
        min_freq: int = 1,
        specials: Sequence[str] = ("<pad>", "<unk>"),
        special_first: bool = True,
        max_tokens: int | None = None,
    ) -> Vocabulary:
        """Number the words of the training split; "<unk>" stands for all others.

        The arguments are those of `torchtext.vocab.build_vocab_from_iterator`, and so
        are the numbers: words by falling frequency, ties in the order of their
        characters' code points, the specials before or after them. Only the defaults
        differ: torchtext has no specials, and "<unk>" stands for others only after
        `set_default_index`.

        Args:
            iterator: sentences, each a list of words.
            min_freq: a rarer word is left out.
            max_tokens: the largest number of words, specials included; as in torchtext,
                a special that occurs in the sentences takes up two of these places when
                it is frequent enough.

        Raises:
            ValueError: when max_tokens leaves no place for a word, or a special occurs
                twice.
            TypeError: for a text where a list of words is expected.
        """
        specials = _separate(specials)
        counts = Counter(token for tokens in iterator for token in _separate(tokens))
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if max_tokens is not None:
            if max_tokens <= len(specials):
                raise ValueError(
                    f"max_tokens is {max_tokens}, of which the specials "
                    f"{', '.join(specials)} take {len(specials)}; expected more"
                )
            ranked = ranked[: max_tokens - len(specials)]
        words = [
            word for word, count in ranked if count >= min_freq and word not in specials
        ]
        vocabulary = cls([*specials, *words] if special_first else [*words, *specials])
        if "<unk>" in specials:
            vocabulary.set_default_index(vocabulary["<unk>"])
        return vocabulary

    @classmethod
    def from_torchtext(cls, vocab: Any) -> Vocabulary:
        """A `torchtext.vocab.Vocab` as ours: the same numbers, the same default."""
        ours = cls(vocab.get_itos())
        ours.set_default_index(vocab.get_default_index())
        return ours

    def to_torchtext(self) -> Any:
        """The same numbers and default as a `torchtext.vocab.Vocab`.

        Raises:
            ImportError: where torchtext does not load, with how to get it.
        """
        theirs = with_torchtext.load().vocab.vocab(OrderedDict.fromkeys(self, 1))
        theirs.set_default_index(self._default)
        return theirs

    def __len__(self) -> int:
        return len(self._tokens)

    def __iter__(self) -> Iterator[str]:
        """The words, in the order of their numbers."""
        return iter(self._tokens)

    def __contains__(self, token: str) -> bool:
        """Whether the word has a number, in this spelling or an equal one."""
        return self._number(token) is not None

    def _number(self, token: str) -> int | None:
        if (number := self._numbers.get(token)) is not None:
            return number
        if not isinstance(token, str):
            return None
        spelling = self._spellings.get(composed(token))
        return None if spelling is None else self._numbers[spelling]

    def __getitem__(self, token: str) -> int:
        """The word's number, or the default for one that is unknown.

        Raises:
            KeyError: for an unknown word when there is no default.
            TypeError: for what is not a text.
        """
        if not isinstance(token, str):
            raise TypeError(f"found {token!r}; expected a word (of spaCy: token.text)")
        number = self._number(token)
        if number is None:
            number = self._default
        if number is None:
            raise KeyError(
                f"{token!r} is not in the vocabulary, and no default is set: "
                "vocabulary.set_default_index(...)"
            )
        return number

    def __call__(self, tokens: Sequence[str]) -> list[int]:
        """The numbers of words.

        Raises:
            KeyError: for an unknown word when there is no default.
            TypeError: for a bare text, and for a word that is not a text.
        """
        return [self[token] for token in _separate(tokens)]

    forward = lookup_indices = __call__

    def lookup_token(self, index: int) -> str:
        """The word that has a number.

        Raises:
            IndexError: when none has it; a negative one does not count from the end
                here.
            TypeError: for what is not a whole number.
        """
        index = _index(index)
        if not 0 <= index < len(self):
            raise IndexError(
                f"no word has the number {index}; expected 0 to {len(self) - 1}"
            )
        return self._tokens[index]

    def lookup_tokens(self, indices: Iterable[int]) -> list[str]:
        """The words that have these numbers, of any integer type.

        Raises:
            IndexError: as `lookup_token` does.
            TypeError: as `lookup_token` does.
        """
        return [self.lookup_token(index) for index in indices]

    def get_default_index(self) -> int | None:
        """The number of unknown words, or None where they raise."""
        return self._default

    def set_default_index(self, index: int | None) -> None:
        """Set the number of unknown words; None: they have none, and raise.

        Raises:
            TypeError: for what is neither a whole number nor None.
        """
        self._default = None if index is None else _index(index, " or None")

    def insert_token(self, token: str, index: int) -> None:
        """Give a new word a number; those from there on move up by one.

        The default stays what it is, even where the word that it meant has moved.

        Raises:
            ValueError: for a word that is there already.
            IndexError: for a number that is not from 0 to len(self).
            TypeError: for what is not a text.
        """
        index = _index(index)
        if not 0 <= index <= len(self):
            raise IndexError(f"index is {index}; expected 0 to {len(self)}")
        after = self._tokens[index:]
        self.append_token(token)
        self._tokens[index:] = [token, *after]
        self._numbers |= {word: index + i for i, word in enumerate([token, *after])}

    def append_token(self, token: str) -> None:
        """Give a new word the next number.

        Raises:
            ValueError: for a word that is there already.
            TypeError: for what is not a text.
        """
        if not isinstance(token, str):
            raise TypeError(f"found {token!r}; expected a word")
        token = str(token)  # numpy's own would print otherwise
        if token in self._numbers:  # as it is spelt: torchtext takes another form
            raise ValueError(f"{token!r} is there already: it is {self[token]}")
        self._spellings.setdefault(composed(token), token)
        self._numbers[token] = len(self._tokens)
        self._tokens.append(token)

    def get_itos(self) -> list[str]:
        """The words, in the order of their numbers: a copy."""
        return list(self._tokens)

    def get_stoi(self) -> dict[str, int]:
        """Word -> number: a copy."""
        return dict(self._numbers)


def _separate(tokens: Sequence[str]) -> Sequence[str]:
    """The words as they are.

    Raises:
        TypeError: for a text, whose words would be its letters, and for a dict.
    """
    if isinstance(tokens, str | bytes):
        raise TypeError(f"found the text {tokens[:30]!r}; expected a list of words")
    if isinstance(tokens, Mapping):  # its values would count for nothing
        raise TypeError(f"found a {type(tokens).__name__}; expected a list of words")
    return tokens


def _index(index: Any, others: str = "") -> int:
    """A whole number of any integer type, as int.

    Raises:
        TypeError: for anything else.
    """
    try:
        if isinstance(index, bool):
            raise TypeError
        return operator.index(index)
    except TypeError:
        raise TypeError(
            f"index is {index!r}; expected a whole number{others}"
        ) from None
