"""The exercise `vocabulary`, its solution, its mistakes and its hints."""

from collections import Counter

from mmlearn.exercises.exercise import Exercise


def _vocabulary(sentences: list[list[str]], min_frequency: int) -> dict[str, int]:
    counts = Counter(word for sentence in sentences for word in sentence)
    kept = [word for word in counts if counts[word] >= min_frequency]
    kept.sort(key=lambda word: (-counts[word], word))
    return {word: i for i, word in enumerate(["<pad>", "<unk>", *kept])}


def _without_specials(sentences: list[list[str]], min_frequency: int) -> dict[str, int]:
    words = list(_vocabulary(sentences, min_frequency))[2:]
    return {word: i for i, word in enumerate(words)}


def _more_often_than(sentences: list[list[str]], min_frequency: int) -> dict[str, int]:
    return _vocabulary(sentences, min_frequency + 1)


def _every_word(sentences: list[list[str]], min_frequency: int) -> dict[str, int]:
    return _vocabulary(sentences, 1)


def _by_alphabet(sentences: list[list[str]], min_frequency: int) -> dict[str, int]:
    words = sorted(list(_vocabulary(sentences, min_frequency))[2:])
    return {word: i for i, word in enumerate(["<pad>", "<unk>", *words])}


def _once_a_sentence(sentences: list[list[str]], min_frequency: int) -> dict[str, int]:
    return _vocabulary([sorted(set(words)) for words in sentences], min_frequency)


def _ties_by_the_text(sentences: list[list[str]], min_frequency: int) -> dict[str, int]:
    counts = Counter(word for sentence in sentences for word in sentence)
    kept = [word for word, n in counts.most_common() if n >= min_frequency]
    return {word: i for i, word in enumerate(["<pad>", "<unk>", *kept])}


vocabulary = Exercise(
    solution=_vocabulary,
    cases=[
        ([["cat", "face"], ["dog", "face"], ["cat", "with", "cat", "face"]], 1),
        ([["red", "heart"], ["heart", "on", "fire"], ["red", "apple"]], 2),
        ([["knot"], ["so", "so"], ["up", "up", "up"]], 2),
    ],
    mistakes={
        _without_specials: 'Keep 0 for "<pad>" and 1 for "<unk>".',
        _more_often_than: "A word of just `min_frequency` stays: at least, not more.",
        _every_word: "Rare words are still in: `min_frequency` is not used.",
        _by_alphabet: "The most frequent word comes first; the alphabet breaks ties.",
        _ties_by_the_text: (
            "Equally frequent words are in the order of the text. Let the alphabet "
            "decide, so that the same words always get the same numbers."
        ),
        _once_a_sentence: "A word that occurs twice in one sentence counts twice.",
    },
    hints=[
        "Count all words, drop the rare ones, sort, then number.",
        "Sort by `(-counts[word], word)`, and put the two specials in front.",
    ],
)
