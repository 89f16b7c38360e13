"""Sentences to words, and words to numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from mmlearn.batch import Padded, pad
from mmlearn.preprocess.strings import composed, many_texts, one_text
from mmlearn.preprocess.vocabulary import AnyVocabulary, Vocabulary

__all__ = [
    "Tokenizer",
    "Vocabulary",
    "any_words",
    "basic_english",
    "encode",
    "tokenizer",
]

# Chinese and Japanese write no spaces: a character is a word. (Hiragana to ideographs.)
_UNSPACED = "\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+(?:['\u2019][^\W{_UNSPACED}]+)*")

Tokenizer = Callable[[str], list[str]]


def tokenizer(language: str = "en") -> Tokenizer:
    """The tokeniser of spaCy for a language, by its two-letter code, in lower case.

    It works offline: it consists of rules, not of a trained pipeline. Chinese ("zh") is
    split into characters. The text is brought to Unicode's form C first, so "é" gives
    the same word whether it was written as one code point or as two. The tokeniser
    raises TypeError for what is not a text.

    Raises:
        ValueError: naming it, for a language that spaCy does not know or cannot split
            without a further package.
    """
    import spacy  # takes a second, and only this function needs it

    try:
        pipeline = spacy.blank(language)
    except ImportError as error:
        raise ValueError(
            f"language {language!r}: {error}; expected a code that spaCy can split "
            'without further packages, such as "en", "zh", "de", "fr" or "es"'
        ) from error

    def tokenize(text: str) -> list[str]:
        doc = pipeline.make_doc(one_text(text))
        return [token.lower_ for token in doc if not token.is_space]

    return tokenize


def basic_english(text: str) -> list[str]:
    """Words as torchtext's tokeniser `basic_english` cuts them.

    For networks that were trained with it: `tokenizer("en")` cuts differently. All is
    lower case; ' . , ( ) ! ? are words of their own; double quotes, ; and : are
    dropped, and the line break of HTML. The spelling stays as it is, as in torchtext;
    `encode` has brought it to one form before.

    Raises:
        TypeError: for what is not a text.
    """
    if not isinstance(text, str):
        raise TypeError(f"found {text!r}; expected a text")
    text = text.lower().replace('"', "").replace("<br />", " ")
    text = re.sub(r"(['.,()!?])", r" \1 ", text)
    return re.sub("[;:]", " ", text).split()


def any_words(text: str) -> list[str]:
    """Words of a text in whatever language, in lower case, without punctuation.

    Of Chinese and Japanese, characters; [] where there is none.

    Raises:
        TypeError: for what is not a text.
    """
    return _WORD.findall(composed(one_text(text)).lower())


def encode(
    texts: Sequence[str] | np.ndarray, tokenize: Tokenizer, vocabulary: AnyVocabulary
) -> Padded:
    """Texts to token numbers: int64 [N, T] and mask, T the longest text's words.

    Where the mask is False there is a 0. A network that does not read the mask, and
    has learned that another number is padding, needs that one instead:
    `padded.values.masked_fill(~padded.mask, vocabulary["<pad>"])`.

    Spellings that Unicode considers the same ("é" as one code point or as two) get the
    same numbers: the tokeniser is given form C, and a word of the vocabulary is found
    in whichever form it is there; where it is there in both, the first counts.

    Args:
        texts: a list, a tuple, an array or a column of a table.
        tokenize: ours, or one of `torchtext.data.get_tokenizer`.
        vocabulary: a `Vocabulary`, or torchtext's own.

    Raises:
        TypeError: for a text in place of a list of texts; naming the sample, for what
            is not a text, also among the words.
        ValueError: when there are no texts; naming the sample, for an empty text or one
            in which there is no word.
        KeyError: naming the sample, for a word that is unknown when the vocabulary has
            no default.
    """
    spellings: dict[str, str] = {}  # form C -> as the vocabulary has it
    for word in vocabulary.get_itos():
        spellings.setdefault(composed(word), word)
    rows = []
    for i, text in enumerate(many_texts(texts)):
        words = _words(i, text, tokenize)
        if not all(word in spellings for word in words):
            # A vocabulary of single letters may have been built from split ones.
            apart = unicodedata.normalize("NFD", text)
            others = _words(i, apart, tokenize) if apart != text else words
            words = others if all(word in spellings for word in others) else words
        try:
            numbers = vocabulary([spellings.get(word, word) for word in words])
        except (KeyError, RuntimeError) as error:  # ours, torchtext's
            # torchtext's message goes on with its library's own stack.
            reason = str(error.args[0] if error.args else error).split("\n")[0]
            raise KeyError(f"sample {i}, {text!r}: {reason}") from error
        rows.append(torch.tensor(numbers, dtype=torch.int64))
    return pad(rows)


def _words(i: int, text: str, tokenize: Tokenizer) -> list[str]:
    """The words of sample i, each composed.

    Raises:
        TypeError: naming the sample, when the tokeniser does not give a list of texts.
        ValueError: naming the sample, when it finds no word.
    """
    words: Any = tokenize(text)
    try:
        words = None if isinstance(words, str | bytes) else list(words)
    except TypeError:
        words = None
    if words is None:
        raise TypeError(
            f"sample {i}: the tokeniser gives {tokenize(text)!r}; expected a list of "
            "words"
        )
    if not words:
        raise ValueError(f"sample {i}: the tokeniser finds no word in {text!r}")
    for word in words:  # torchtext's vocabulary ends the process at what is not text
        if not isinstance(word, str):
            raise TypeError(
                f"sample {i}: the tokeniser gives {word!r}, a "
                f"{type(word).__name__}; expected texts (of spaCy: token.text)"
            )
    return [composed(word) for word in words]
