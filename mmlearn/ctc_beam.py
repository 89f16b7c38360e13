"""Texts from the letters' probabilities of a CTC head, beyond the most likely path."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mmlearn.heads.transcribe import BLANK

Text = tuple[int, ...]
LanguageModel = Callable[[Text, int], float]
"""The natural logarithm of a letter's probability after a text."""


def beam_search(
    log_probs: Tensor,
    width: int = 8,
    language: LanguageModel | None = None,
    weight: float = 0.5,
    bonus: float = 0.0,
    end: int | None = None,
    least: float = 0.0,
) -> tuple[list[int], float]:
    """The most likely text, summed over its paths (Hannun, 2017, prefix beam search).

    The most likely path may be another text: two steps with a blank of .6 and an "a" of
    .4 each have the empty path at .36, and "a" at .64.

    Args:
        log_probs: float [T, letters], of one sample's real steps; each row sums to 1.
        width: how many texts are kept at each step.
        language: what it adds for each new letter, times `weight`.
        weight: of the language model.
        bonus: for each letter; a language model alone favours short texts.
        end: the letter that the language model is asked for at the end of a text, where
            it knows one.
        least: letters less likely than this at a step are not tried there, which saves
            most of the time.

    Returns:
        The text, and the natural logarithm of its probability by sound alone.

    Raises:
        ValueError: when log_probs is no [T, letters] of log-probabilities, or width is
            below 1.
    """
    if width < 1:
        raise ValueError(f"width is {width}; expected 1 or more texts")
    rows, floor = _rows(log_probs), math.log(least) if least > 0 else -math.inf
    beam: dict[Text, tuple[float, float]] = {(): (0.0, -math.inf)}
    added: dict[Text, float] = {(): 0.0}
    for row in rows:
        following: dict[Text, list[float]] = defaultdict(lambda: [-math.inf] * 2)
        for text, (blank, letter) in beam.items():
            both = _sum(blank, letter)
            _add(following[text], 0, both + row[BLANK])
            if text:
                _add(following[text], 1, letter + row[text[-1]])
            for new in range(1, len(row)):
                if row[new] < floor:
                    continue
                # After the same letter only a blank makes a second one of it.
                before = blank if text and new == text[-1] else both
                longer = (*text, new)
                if longer not in added:
                    spoken = language(text, new) if language else 0.0
                    added[longer] = added[text] + weight * spoken + bonus
                _add(following[longer], 1, before + row[new])
        best = sorted(following, key=lambda t: -(_sum(*following[t]) + added[t]))
        beam = {text: (following[text][0], following[text][1]) for text in best[:width]}

    def total(text: Text) -> float:
        last = language(text, end) if language and end is not None else 0.0
        return _sum(*beam[text]) + added[text] + weight * last

    winner = max(beam, key=total)
    return list(winner), _sum(*beam[winner])


def _rows(log_probs: Tensor) -> list[list[float]]:
    if log_probs.ndim != 2 or log_probs.shape[1] < 2:
        raise ValueError(
            f"log_probs is {list(log_probs.shape)}; expected [T, letters], the blank "
            "among them"
        )
    sums = log_probs.detach().double().logsumexp(dim=1)
    if not torch.allclose(sums, torch.zeros_like(sums), atol=1e-3):
        worst = int(sums.abs().nan_to_num(math.inf).argmax())
        raise ValueError(
            f"step {worst}: the probabilities sum to {sums[worst].exp():.3g}; expected "
            "1: logits.log_softmax(-1)"
        )
    rows: list[list[float]] = log_probs.detach().double().tolist()
    return rows


def _sum(a: float, b: float) -> float:
    """log(exp(a) + exp(b))."""
    return float(np.logaddexp(a, b))


def _add(pair: list[float], place: int, number: float) -> None:
    pair[place] = _sum(pair[place], number)
