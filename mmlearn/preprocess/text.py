"""Sentences to words, and words to numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import spacy
import torch

from mmlearn.batch import Padded, pad
from mmlearn.preprocess.vocabulary import AnyVocabulary, Vocabulary

__all__ = ["Tokenizer", "Vocabulary", "basic_english", "encode", "tokenizer"]

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


def basic_english(text: str) -> list[str]:
    """Words as torchtext's tokeniser `basic_english` cuts them.

    For networks that were trained with it: `tokenizer("en")` cuts otherwise. All in
    small letters; ' . , ( ) ! ? stand alone; double quotes, ; and : are dropped, and
    the line break of HTML.
    """
    text = text.lower().replace('"', "").replace("<br />", " ")
    text = re.sub(r"(['.,()!?])", r" \1 ", text)
    return re.sub("[;:]", " ", text).split()


def encode(
    texts: Sequence[str], tokenize: Tokenizer, vocabulary: AnyVocabulary
) -> Padded:
    """Texts to token numbers: int64 [N, T] and mask, T the longest text's words.

    Where the mask is False there is a 0. A network that does not read the mask, and
    has learned that another number is padding, wants it to be that one:
    `padded.values.masked_fill(~padded.mask, vocabulary["<pad>"])`.
    tokenize: ours, or one of `torchtext.data.get_tokenizer`. vocabulary: a
    `Vocabulary`, or torchtext's own.

    Raises, naming the sample: ValueError for an empty text or one in which there is no
    word, TypeError for what is not a text, also among the words, KeyError for a word
    that is unknown when the vocabulary has no default.
    """
    rows = []
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(f"sample {i}: found {text!r}; expected a text")
        if not text.strip():
            raise ValueError(f"sample {i}: found {text!r}; expected a text with words")
        words = tokenize(text)
        if not words:
            raise ValueError(f"sample {i}: the tokeniser finds no word in {text!r}")
        for word in words:  # torchtext's vocabulary ends the process at what is no text
            if not isinstance(word, str):
                raise TypeError(
                    f"sample {i}: the tokeniser gives {word!r}, a "
                    f"{type(word).__name__}; expected texts (of spaCy: token.text)"
                )
        try:
            numbers = vocabulary(words)
        except (KeyError, RuntimeError) as error:  # ours, torchtext's
            # torchtext's message goes on with its library's own stack.
            reason = str(error.args[0] if error.args else error).split("\n")[0]
            raise KeyError(f"sample {i}, {text!r}: {reason}") from error
        rows.append(torch.tensor(numbers, dtype=torch.int64))
    return pad(rows)
