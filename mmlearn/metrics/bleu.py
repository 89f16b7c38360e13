"""Written sentences against reference sentences, by the runs of words they share.

Statistics: [matches of 1, 2, 3, 4 words | runs written | words written | words wanted].
BLEU (Papineni et al., 2002) is a function of their sums, so whole groups can be drawn:
it is that of the set, never a mean over sentences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from mmlearn.metrics.metric import Metric

LONGEST = 4  # words in a run


def bleu_statistics(
    written: Sequence[Sequence[str]], references: Sequence[Sequence[Sequence[str]]]
) -> np.ndarray:
    """What BLEU is computed from: float64 [N, 10].

    A run counts as often as it stands in the one reference that has most of it, so
    repeating a word does not pay. The words wanted are those of the reference whose
    length is nearest; of two as near, the first.

    Args:
        written: N sentences, each a list of words (of characters, for Chinese).
        references: for each, one or more sentences, likewise.

    Raises:
        TypeError: naming the sample, for a sentence that is one text.
        ValueError: when the two differ in length, and naming the sample, for one
            without a reference.
    """
    if len(written) != len(references):
        raise ValueError(
            f"{len(written)} sentences were written and {len(references)} have "
            "references; expected the same number"
        )
    rows = []
    for i, (words, wanted) in enumerate(zip(written, references, strict=True)):
        for sentence in (words, wanted, *wanted):
            if isinstance(sentence, str):
                raise TypeError(
                    f"sample {i}: found the text {sentence[:40]!r}; expected lists of "
                    "words, such as caption.split()"
                )
        if not wanted:
            raise ValueError(f"sample {i} has no reference; expected one or more")
        rows.append(_row(words, wanted))
    return np.array(rows, dtype=np.float64).reshape(-1, 2 * LONGEST + 2)


def runs(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    """How often each run of n words stands in a sentence."""
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def _row(words: Sequence[str], wanted: Sequence[Sequence[str]]) -> list[int]:
    matches, written = [], []
    for n in range(1, LONGEST + 1):
        most: Counter[tuple[str, ...]] = Counter()
        for reference in wanted:
            most |= runs(reference, n)  # the larger of the two counts
        said = runs(words, n)
        matches.append(sum((said & most).values()))
        written.append(sum(said.values()))
    nearest = min(map(len, wanted), key=lambda length: abs(length - len(words)))
    return [*matches, *written, len(words), nearest]


def _bleu(sums: np.ndarray) -> np.ndarray:
    """Map sums [..., 10] -> [...]: the geometric mean, times the penalty for brevity.

    0 where no run of some length is shared; NaN where nothing is wanted.
    """
    matches, written = sums[..., :LONGEST], sums[..., LONGEST : 2 * LONGEST]
    length, wanted = sums[..., -2], sums[..., -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(matches > 0, np.log(matches / written), -np.inf)
        brevity = np.minimum(0, 1 - wanted / length)
        bleu = np.exp(precision.mean(axis=-1) + brevity)
    bleu = np.where((matches > 0).all(axis=-1), bleu, 0.0)
    return np.where(wanted > 0, bleu, np.nan)


BLEU = Metric(_bleu, bounds=(0.0, 1.0))
