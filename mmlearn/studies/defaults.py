"""Each encoder as it comes, beside scikit-learn on simple features.

`python -m mmlearn.studies.defaults` prints the table of the package's README. One
split of each corpus, no group on two sides; three seeds; the epoch is chosen on the
validation rows, nothing else; the forest and the linear model are scikit-learn's own
defaults, and see the training rows alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy.fft import dct
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from mmlearn import seed_everything
from mmlearn.data import digits, emoji, penguins, watch, windows
from mmlearn.data.corpus import Corpus
from mmlearn.evaluate import Report, evaluate, paired_difference, report
from mmlearn.fusion import ConcatFusion
from mmlearn.kinds import Sentences, Sounds
from mmlearn.model import MultimodalModel
from mmlearn.prepared import Prepared, prepare
from mmlearn.preprocess.image import resize
from mmlearn.train import fit

SEEDS = (0, 1, 2)
D_MODEL = 64


class Case(NamedTuple):
    """A corpus, what is read of it, and what scikit-learn reads instead."""

    load: Callable[[], Corpus]
    read: Any
    epochs: int
    features: Callable[[Corpus, Prepared], tuple[Any, Any]]  # of training, test rows
    rival: Callable[[int], Any]
    what: str
    settings: Mapping[str, Any] = {}


def forest(seed: int) -> Any:
    """500 trees."""
    return RandomForestClassifier(500, random_state=seed)


def linear(seed: int) -> Any:
    """Logistic regression."""
    return LogisticRegression(max_iter=2_000, random_state=seed)


def pixels(corpus: Corpus, data: Prepared) -> tuple[np.ndarray, np.ndarray]:
    """Each picture at 12 x 12 pixels, as 432 numbers."""
    small = resize(corpus["image"], 12).flatten(1).numpy() / 255
    return small[data.rows["train"]], small[data.rows["test"]]


def words(corpus: Corpus, data: Prepared) -> tuple[Any, Any]:
    """TF-IDF of the words."""
    texts = np.array(corpus["name_en"], dtype=object)
    vectors = TfidfVectorizer().fit(texts[data.rows["train"]])
    return tuple(
        vectors.transform(texts[data.rows[part]]) for part in ("train", "test")
    )


def mfcc(corpus: Corpus, data: Prepared) -> tuple[np.ndarray, np.ndarray]:
    """Of 20 mel-frequency cepstral coefficients: mean, deviation, extremes, slopes."""
    plain = Sounds.fit(corpus[data.rows["train"]], "waveform", by_clip=False)
    made = plain(corpus)
    clips = zip(made.values.numpy(), made.mask.numpy(), strict=True)
    every = [dct(values[mask], axis=1, norm="ortho")[:, :20] for values, mask in clips]
    found = np.stack([_moments(steps) for steps in every])
    return found[data.rows["train"]], found[data.rows["test"]]


def moments(corpus: Corpus, data: Prepared) -> tuple[np.ndarray, np.ndarray]:
    """Of each channel: mean, deviation, extremes, and the deviation of its steps."""
    found = np.stack([_moments(steps) for steps in corpus["sensor"]])
    return found[data.rows["train"]], found[data.rows["test"]]


def rows(corpus: Corpus, data: Prepared) -> tuple[np.ndarray, np.ndarray]:
    """The table's own rows: numbers, flags of gaps, categories."""
    train, test = data.train.columns["table"], data.test.columns["table"]
    return np.asarray(train), np.asarray(test)


CASES: Mapping[str, Case] = {
    "pictures (emoji, 9 groups)": Case(
        emoji.load, ["image"], 15, pixels, forest, "forest on 12 x 12 pixels"
    ),
    "texts (emoji names, 9 groups)": Case(
        emoji.load, ["name_en"], 15, words, linear, "linear on TF-IDF"
    ),
    "the same, by MiniLM": Case(
        emoji.load, {"name_en": Sentences.fit}, 15, words, linear, "linear on TF-IDF"
    ),
    "sounds (spoken digits)": Case(
        digits.load, ["waveform"], 15, mfcc, forest, "forest on MFCC statistics"
    ),
    "sensors (watch, 7 exercises, 5 s)": Case(
        lambda: windows.cut(watch.load(), 5),
        ["sensor"],
        10,
        moments,
        forest,
        "forest on moments",
    ),
    "table (penguins, 3 species)": Case(
        penguins.load,
        [*penguins.NUMBERS, *penguins.CATEGORIES],
        40,
        rows,
        forest,
        "forest on the rows",
        {"categories": list(penguins.CATEGORIES)},
    ),
}


def compare(case: Case, corpus: Corpus) -> list[tuple[Report, Report]]:
    """The encoder's report and the rival's, for each seed."""
    data = prepare(corpus, case.read, **case.settings)
    label = {part: corpus.label[data.rows[part]] for part in ("train", "test")}
    train, test = case.features(corpus, data)
    found = []
    for seed in SEEDS:
        seed_everything(seed)
        fusion = ConcatFusion(data.modalities, D_MODEL)
        model = MultimodalModel(data.encoders(D_MODEL), fusion, data.head(D_MODEL))
        fit(
            model,
            data.train,
            data.valid,
            epochs=case.epochs,
            keep="accuracy",
            seed=seed,
        )
        ours = evaluate(model, data.test, data.groups["test"])
        predicted = case.rival(seed).fit(train, label["train"]).predict(test)
        found.append((ours, report(label["test"], predicted, data.groups["test"])))
    return found


def line(name: str, what: str, found: list[tuple[Report, Report]]) -> str:
    """A row of the table: both accuracies seed by seed, and the paired difference."""
    ours, theirs = zip(*found, strict=True)
    each = [
        " ".join(f"{r.accuracy.value:.3f}" for r in part) for part in (ours, theirs)
    ]
    gains = (paired_difference(a, b) for a, b in found)
    said = ", ".join(f"{g.value:+.3f} [{g.low:+.3f}, {g.high:+.3f}]" for g in gains)
    return f"| {name} | {each[0]} | {what}: {each[1]} | {said} |"


def _moments(steps: np.ndarray) -> np.ndarray:
    slopes = np.diff(steps, axis=0) if len(steps) > 1 else np.zeros_like(steps)
    parts = (steps.mean(0), steps.std(0), steps.min(0), steps.max(0), slopes.std(0))
    return np.concatenate(parts)


def main() -> None:
    """Print the table; with arguments, of the cases whose names hold one of them."""
    wanted = sys.argv[1:]
    for name, case in CASES.items():
        if not wanted or any(word in name for word in wanted):
            print(line(name, case.what, compare(case, case.load())), flush=True)


if __name__ == "__main__":
    main()
