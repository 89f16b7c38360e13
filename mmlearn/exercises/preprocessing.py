"""Exercises of notebook 01."""

import math
from collections import Counter

import torch
from torch import Tensor

from mmlearn.exercises.exercise import Exercise

# 1. Normalise pictures


def _pictures(seed: int, n: int, size: int, train: int) -> tuple[Tensor, Tensor]:
    """Pictures to normalise, and those of the training split, of other brightness."""
    generator = torch.Generator().manual_seed(seed)

    def draw(count: int, low: tuple[int, int, int]) -> Tensor:
        noise = torch.randint(0, 120, (count, 3, size, size), generator=generator)
        return (noise + torch.tensor(low).view(3, 1, 1)).to(torch.uint8)

    return draw(n, (100, 40, 0)), draw(train, (60, 130, 20))


def _normalise(images: Tensor, train: Tensor) -> Tensor:
    images, train = images.float() / 255, train.float() / 255
    mean = train.mean(dim=(0, 2, 3), keepdim=True)  # [1, 3, 1, 1]
    std = train.std(dim=(0, 2, 3), keepdim=True)
    return (images - mean) / std


def _per_image(images: Tensor, train: Tensor) -> Tensor:
    images = images.float() / 255
    mean = images.mean(dim=(2, 3), keepdim=True)
    return (images - mean) / images.std(dim=(2, 3), keepdim=True)


def _whole_image(images: Tensor, train: Tensor) -> Tensor:
    images = images.float() / 255
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return (images - mean) / images.std(dim=(1, 2, 3), keepdim=True)


def _own_statistics(images: Tensor, train: Tensor) -> Tensor:
    return _normalise(images, images)


def _all_channels_alike(images: Tensor, train: Tensor) -> Tensor:
    images, train = images.float() / 255, train.float() / 255
    return (images - train.mean()) / train.std()


def _pixel_by_pixel(images: Tensor, train: Tensor) -> Tensor:
    images, train = images.float() / 255, train.float() / 255
    return (images - train.mean(dim=0)) / train.std(dim=0)


def _not_divided(images: Tensor, train: Tensor) -> Tensor:
    mean = (train.float() / 255).mean(dim=(0, 2, 3), keepdim=True)
    return images.float() / 255 - mean


def _axes_dropped(images: Tensor, train: Tensor) -> Tensor:
    images, train = images.float() / 255, train.float() / 255
    return (images - train.mean(dim=(0, 2, 3))) / train.std(dim=(0, 2, 3))


def _two_scales(images: Tensor, train: Tensor) -> Tensor:
    train = train.float() / 255
    mean = train.mean(dim=(0, 2, 3), keepdim=True)
    return (images.float() - mean) / train.std(dim=(0, 2, 3), keepdim=True)


def _variance(images: Tensor, train: Tensor) -> Tensor:
    images, train = images.float() / 255, train.float() / 255
    mean = train.mean(dim=(0, 2, 3), keepdim=True)
    return (images - mean) / train.var(dim=(0, 2, 3), keepdim=True)


normalise = Exercise(
    solution=_normalise,
    cases=[_pictures(0, 2, 4, 5), _pictures(1, 3, 6, 4)],
    mistakes={
        _per_image: (
            "Each picture has statistics of its own here: then a dark one and a bright "
            "one look alike. Take one mean and deviation a channel from `train`."
        ),
        _whole_image: "Each picture has its own mean and deviation; take `train`'s.",
        _own_statistics: (
            "These are statistics of the pictures themselves. In use there may be only "
            "one of them: take those of `train`."
        ),
        _all_channels_alike: "There is one mean for all three channels: keep axis 1.",
        _pixel_by_pixel: "Each pixel has a mean of its own: average axes 2 and 3 too.",
        _not_divided: "The mean is 0 now, but the deviation is not yet 1.",
        _axes_dropped: (
            "The three means [3] are laid on the last axis, the columns of the "
            "picture. Keep the axes: keepdim=True gives [1, 3, 1, 1]."
        ),
        _two_scales: (
            "The statistics are those of 0 to 1, and the pictures are still 0 to 255."
        ),
        _variance: "This divides by the variance; the deviation is its root.",
    },
    hints=[
        "Both to 0..1 first; then the statistics of `train`, one number a channel.",
        "`train.mean(dim=(0, 2, 3), keepdim=True)` is [1, 3, 1, 1], and so with `std`.",
    ],
)

# 2. A vocabulary


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
            "Words that are equally frequent stand as they come in the text: let the "
            "alphabet decide, so that the same words always get the same numbers."
        ),
        _once_a_sentence: "A word that stands twice in a sentence counts twice.",
    },
    hints=[
        "Count all words, drop the rare ones, sort, then number.",
        "Sort by `(-counts[word], word)`, and put the two specials in front.",
    ],
)

# 3. Numbers of unequal length in one tensor


def _pad(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    longest = max(len(row) for row in rows)
    values = torch.zeros(len(rows), longest, dtype=torch.int64)
    mask = torch.zeros(len(rows), longest, dtype=torch.bool)
    for i, row in enumerate(rows):
        values[i, : len(row)] = torch.tensor(row)
        mask[i, : len(row)] = True
    return values, mask


def _mask_turned_round(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    values, mask = _pad(rows)
    return values, ~mask


def _mask_from_the_values(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    values, _ = _pad(rows)
    return values, values != 0


def _padded_in_front(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    values, mask = _pad([row[::-1] for row in rows])
    return values.flip(1), mask.flip(1)


def _cut_to_the_shortest(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    shortest = min(len(row) for row in rows)
    return _pad([row[:shortest] for row in rows])


pad_and_mask = Exercise(
    solution=_pad,
    cases=[
        ([[4, 2, 7], [5], [3, 3]],),
        ([[8, 0, 6], [0, 9]],),
        ([[1], [2, 5, 4, 3, 6]],),
    ],
    mistakes={
        _mask_turned_round: "True means: a real step. Here it is the other way round.",
        _mask_from_the_values: (
            "A real number may be 0 too (see case 2): the mask follows the lengths."
        ),
        _padded_in_front: "The zeros stand in front: put them behind the real steps.",
        _cut_to_the_shortest: "The long rows have lost their ends: pad the short ones.",
    },
    hints=[
        "How wide is the tensor? Begin with zeros, and fill in row by row.",
        "`values[i, : len(row)] = torch.tensor(row)`, and True in the mask there.",
    ],
)

# 4. Hertz to mel


def _hertz_to_mel(hertz: Tensor) -> Tensor:
    return 2595 * torch.log10(1 + hertz / 700)


def _natural_logarithm(hertz: Tensor) -> Tensor:
    return 2595 * torch.log(1 + hertz / 700)


def _without_one(hertz: Tensor) -> Tensor:
    return 2595 * torch.log10(hertz / 700)


def _one_number_only(hertz: Tensor) -> Tensor:
    return torch.tensor(2595 * math.log10(1 + hertz / 700))


def _back(hertz: Tensor) -> Tensor:
    return 700 * (10 ** (hertz / 2595) - 1)


hertz_to_mel = Exercise(
    solution=_hertz_to_mel,
    cases=[
        (torch.tensor([0.0, 440.0, 1000.0]),),
        (torch.tensor([[250.0, 500.0], [2000.0, 4000.0]]),),
    ],
    mistakes={
        _natural_logarithm: (
            "1000 Hz should be 1000 mel: with 2595 belongs the logarithm to base 10."
        ),
        _without_one: "0 Hz should be 0 mel: add 1 before the logarithm.",
        _one_number_only: (
            "`math.log10` takes one number; `torch.log10` takes a whole tensor."
        ),
        _back: "This goes from mel to hertz.",
    },
    hints=[
        "First divide by 700, then add 1, then the logarithm.",
        "`torch.log10` is the logarithm to base 10.",
    ],
)

# 5. How many windows


def _count(steps: int, length: int, hop: int) -> int:
    return max(0, (steps - length) // hop + 1)


def _last_one_forgotten(steps: int, length: int, hop: int) -> int:
    return max(0, (steps - length) // hop)


def _too_short_forgotten(steps: int, length: int, hop: int) -> int:
    return (steps - length) // hop + 1


def _beyond_the_end(steps: int, length: int, hop: int) -> int:
    return steps // hop


def _side_by_side(steps: int, length: int, hop: int) -> int:
    return steps // length


def _not_whole(steps: int, length: int, hop: int) -> float:
    return max(0.0, (steps - length) / hop + 1)


def _both_forgotten(steps: int, length: int, hop: int) -> int:
    return (steps - length) // hop


count_windows = Exercise(
    solution=_count,
    cases=[(500, 100, 50), (130, 100, 50), (100, 100, 25), (40, 100, 50)],
    mistakes={
        _last_one_forgotten: (
            "With 100 steps and windows of 100 there is one: count the first one too."
        ),
        _both_forgotten: (
            "This is how often one can go a hop further: count the first window too. "
            "And 40 steps hold no window of 100, not less than none."
        ),
        _too_short_forgotten: "40 steps hold no window of 100, and not less than none.",
        _beyond_the_end: "The last ones begin too late to be whole: use the length.",
        _side_by_side: "Windows may overlap: where does the next one begin?",
        _not_whole: "Only whole windows count: use `//`.",
    },
    hints=[
        "The first begins at 0, the next at hop. Where must the last one begin, at the "
        "latest?",
        "They begin at 0, hop, 2 * hop ... up to steps - length: how many are those?",
    ],
)
