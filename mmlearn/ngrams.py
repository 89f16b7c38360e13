"""How likely the next letter is after a text: a language model that counts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from mmlearn.heads.transcribe import BLANK

END = BLANK  # no letter has this number, so it stands for the end of a text


class Ngrams:
    """A letter after the last few, by counts (Witten and Bell, 1991).

    With h the last letters, n(h) how often they were followed, u(h) by how many
    different letters, and h' the same without the first of them:

        p(c | h) = (n(h c) + u(h) p(c | h')) / (n(h) + u(h))

    The shortest h is empty, and below it every letter is equally likely. A call gives
    the natural logarithm, as `ctc_beam.beam_search` wants it.

    Args:
        texts: each the numbers of its letters, 1 to letters - 1.
        letters: how many symbols there are, the blank of CTC among them: 0 is the end.
        order: how many letters are looked at, the one that is asked for among them.

    Raises:
        ValueError: when order is below 1, or a letter outside 1..letters - 1; naming
            the text.
    """

    def __init__(
        self, texts: Iterable[Sequence[int]], letters: int, order: int = 4
    ) -> None:
        if order < 1:
            raise ValueError(f"order is {order}; expected 1 or more letters")
        self.letters, self.order = letters, order
        self._counts: dict[tuple[int, ...], Counter[int]] = {}
        for number, text in enumerate(texts):
            odd = [letter for letter in text if not 1 <= letter < letters]
            if odd:
                raise ValueError(
                    f"text {number}: letter {odd[0]}; expected 1..{letters - 1}"
                )
            whole = [*text, END]
            for place, letter in enumerate(whole):
                for before in range(min(order, place + 1)):
                    last = tuple(whole[place - before : place])
                    self._counts.setdefault(last, Counter())[letter] += 1

    def __call__(self, text: Sequence[int], letter: int) -> float:
        """The logarithm of p(letter | text); with `END`, that the text is complete."""
        return math.log(self.probability(text, letter))

    def probability(self, text: Sequence[int], letter: int) -> float:
        """p(letter | text), above 0 for every letter; over all it sums to 1."""
        found = 1 / self.letters
        for before in range(min(self.order, len(text) + 1)):
            counts = self._counts.get(tuple(text[len(text) - before :]))
            if counts is None:
                break  # nor were any longer ones seen
            followed, different = counts.total(), len(counts)
            found = (counts[letter] + different * found) / (followed + different)
        return found

    def bits(self, texts: Iterable[Sequence[int]]) -> float:
        """The mean surprise of a letter, ends among them, in bits.

        Raises:
            ValueError: when there is no text.
        """
        asked = [
            self(text[:place], [*text, END][place])
            for text in texts
            for place in range(len(text) + 1)
        ]
        if not asked:
            raise ValueError("there is no text; expected at least one")
        return -sum(asked) / len(asked) / math.log(2)


class ByWord:
    """Texts of several words, by a model of single ones: each is read as if alone.

    A model of words knows what ends one and not whether another follows, so the end's
    probability is shared out between a space and the end of the text. Over all letters
    it still sums to 1.

    Args:
        words: has read single words, no spaces among their letters.
        space: the letter between two words.
        more: how likely another word follows, above 0 and below 1.

    Raises:
        ValueError: when `more` is not between 0 and 1.
    """

    def __init__(self, words: Ngrams, space: int, more: float = 0.5) -> None:
        if not 0 < more < 1:
            raise ValueError(f"more is {more}; expected a number between 0 and 1")
        self.words, self.space, self.more = words, space, more

    def __call__(self, text: Sequence[int], letter: int) -> float:
        """The logarithm of p(letter | text); with `END`, that the text is complete."""
        start = len(text)
        while start and text[start - 1] != self.space:
            start -= 1
        word = text[start:]
        if letter not in (self.space, END):
            return self.words(word, letter)
        # No word has a space, but nothing is impossible to `Ngrams`: it means the end.
        over = sum(self.words.probability(word, end) for end in (END, self.space))
        return math.log(over * (1 - self.more if letter == END else self.more))
