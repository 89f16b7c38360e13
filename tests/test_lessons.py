"""For each notebook, faults in what it teaches: an assertion in it has to notice.

To add one, write a row at the end of the notebook's part (`Fault` in lessons.py says
what it holds) and run it alone: `python -m pytest tests/test_lessons.py -k 05`. Take
faults that an early and quick cell notices: a fault may take 20 seconds at most.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from lessons import CELL, Fault, needed, notices, reads_and_binds

from mmlearn.course.paths import NOTEBOOKS, all_notebooks, appendices, number

pytestmark = pytest.mark.once  # a notebook's assertions are the same

LEAST = 2  # faults for a notebook

FAULTS = [
    # 00 From the article to a working program
    Fault(
        "00",
        "the evaluation looks at the logit, and is no longer the article's",
        old="accuracy = (logit.argmax(dim=1) == target)",
        new="accuracy = ((logit[:, 0] > 0) == target)",
    ),
    Fault(
        "00",
        "W reads the input and U the state",
        old="torch.tanh(W @ h + U @ x + b), cell(x, h)",
        new="torch.tanh(W @ x + U @ h + b), cell(x, h)",
    ),
    Fault(
        "00",
        "the means of the batches are weighed by their sizes",
        old="for batch in losses.split(64)])",
        new="for batch in losses.split(65)])",
    ),
    Fault(
        "00",
        "the targets stay in a row where a column is shown",
        old="for target8 in (row, row[:, None]):",
        new="for target8 in (row, row):",
    ),
    Fault(
        "00",
        "a picture votes with another picture's vector",
        old="linear.weight[0, :128] @ a",
        new="linear.weight[0, :128] @ b",
    ),
    # 01 Preprocessing
    Fault(
        "01",
        "the pictures are centred but not scaled",
        old="normal = (scaled - mean) / std",
        new="normal = scaled - mean",
    ),
    Fault(
        "01",
        "the mask is inverted",
        old="masked_mean(vectors(x.values), x.mask)[0]",
        new="masked_mean(vectors(x.values), ~x.mask)[0]",
    ),
    Fault(
        "01",
        "the mel scale has the logarithm to the wrong base",
        before="from mmlearn.preprocess import audio\n"
        "audio.hertz_to_mel = lambda f: 2595 * (1 + f / 700).log()",
        caught="torch.testing.assert_close(steps,",
    ),
    Fault(
        "01",
        "the film is read at another rate",
        old="read_video(file, rate) for",
        new="read_video(file, rate + 1) for",
        caught="assert abs(speed[24] - 2)",
    ),
    Fault(
        "01",
        "OpenCV's channels stay as they are",
        old="cv2.cvtColor(by_opencv, cv2.COLOR_BGR2RGB)",
        new="by_opencv",
    ),
    Fault(
        "01",
        "samples are left out without a filter",
        old="filtered = rising[::6], resample(rising, 48_000, 8_000)",
        new="filtered = rising[::6], rising[::6]",
    ),
    Fault(
        "01",
        "a spectrogram has no window",
        old="torch.fft.rfft(frames * window)",
        new="torch.fft.rfft(frames)",
        caught="torch.testing.assert_close(spectrum, stft.T",
    ),
    Fault(
        "01",
        "columns are chosen honestly both times",
        old="for seen in (200, 100):",
        new="for seen in (100, 100):",
        caught="assert (on_noise[:, 0]",
    ),
    # 02 Embedding
    Fault(
        "02",
        "the cosine keeps one of the two lengths",
        old="cosine = dot / (a.norm() * v.norm())",
        new="cosine = dot / v.norm()",
    ),
    Fault(
        "02",
        "drawn words are treated as true ones",
        old="F.logsigmoid(-drawn).sum(dim=1)).mean()",
        new="F.logsigmoid(drawn).sum(dim=1)).mean()",
        caught="binary_cross_entropy_with_logits",
    ),
    Fault(
        "02",
        "padding is counted in a sentence's mean",
        old="by_hand = (m * h).sum(dim=1) / m.sum(dim=1)",
        new="by_hand = h.mean(dim=1)",
    ),
    Fault(
        "02",
        "families stand on two sides of the split",
        old="split(corpus.groups, label=corpus.label)",
        new="split(np.arange(len(corpus)), label=corpus.label)",
    ),
    Fault(
        "02",
        "the contrastive loss asks for names only, and never for pictures",
        old="F.cross_entropy(logits.T, diagonal)) / 2",
        new="F.cross_entropy(logits, diagonal)) / 2",
    ),
    Fault(
        "02",
        "the words of the question are allowed as answers",
        old="without=(a, b, c))",
        new="without=())",
        caught='assert analogy("man", "king", "woman")',
    ),
    # 03 Convolution
    Fault(
        "03",
        "the kernel is flipped",
        old="window = picture[:, y : y + k, x : x + k]  # [C, k, k]",
        new="window = picture[:, y : y + k, x : x + k].flip(1, 2)",
        caught="by_hand = convolve(eye, weight, bias)",
    ),
    Fault(
        "03",
        "padding counts on one side only",
        old="size = (n + 2 * p - k) // s + 1",
        new="size = (n + p - k) // s + 1",
    ),
    Fault(
        "03",
        "a layer's own stride counts for itself",
        old="field += (size - 1) * step",
        new="field += (size - 1) * step * stride",
        caught="assert sides == fields",
    ),
    Fault(
        "03",
        "families stand on two sides of the split",
        old="split(corpus.groups, label=corpus.label)",
        new="split(np.arange(len(corpus)), label=corpus.label)",
    ),
    Fault(
        "03",
        "the border repeats its pixel, and does not mirror as OpenCV does",
        old='(1, 1, 1, 1), mode="reflect")',
        new='(1, 1, 1, 1), mode="replicate")',
    ),
    Fault(
        "03",
        "the kernel's gradient is a true convolution",
        old="by_hand = conv2d(light.double(), G[None, None])[0]",
        new="by_hand = conv2d(light.double(), G.flip(0, 1)[None, None])[0]",
    ),
    Fault(
        "03",
        "edges and other windows are mixed up, and nothing is to be learned",
        old="torch.tensor([1.0, 0.0]).repeat_interleave(1500)",
        new="torch.tensor([1.0, 0.0]).repeat(1500)",
        caught="assert good > 0.9 and",
    ),
    # 04 Recurrence
    Fault(
        "04",
        "the state is squashed by a sigmoid",
        old="by_hand = torch.tanh(h @ W.T + x @ U.T + b)",
        new="by_hand = torch.sigmoid(h @ W.T + x @ U.T + b)",
    ),
    Fault(
        "04",
        "the gradient walks back without the slope of tanh",
        old="in reversed(states[1:]):\n    delta = W.T @ ((1 - h**2) * delta)",
        new="in reversed(states[1:]):\n    delta = W.T @ delta",
    ),
    Fault(
        "04",
        "the forget gate lets in, the input gate keeps",
        old="    c = f * c + i * g.tanh()",
        new="    c = i * c + f * g.tanh()",
        caught="torch.testing.assert_close((new_h, new_c), cell(x, (h, c)))",
    ),
    Fault(
        "04",
        "the last column is taken for the last valid state",
        old="last_valid = states[torch.arange(len(states)), lengths - 1]",
        new="last_valid = states[:, -1]",
    ),
    Fault(
        "04",
        "clipping cuts number by number",
        old="by_hand = g * min(1, 1.0 / g.norm())",
        new="by_hand = g.clamp(max=1.0)",
    ),
    Fault(
        "04",
        "the update gate of the GRU keeps what it should replace",
        old="return z * h + (1 - z) * n",
        new="return (1 - z) * h + z * n",
    ),
    Fault(
        "04",
        "the gates start closed instead of open",
        old="rnn.bias_hh_l0[hidden : 2 * hidden] += math.log(length)",
        new="rnn.bias_hh_l0[hidden : 2 * hidden] -= math.log(length)",
        caught='assert share > 0.1 if "chrono" in name',
    ),
    # 05 Self-attention and fusion
    Fault(
        "05",
        "the scores are not divided by the root of d",
        old="scores = q @ k.mT / 4**0.5",
        new="scores = q @ k.mT",
    ),
    Fault(
        "05",
        "the scores are divided by d, not by its root",
        old='"q·k / √d": raw / d**0.5}',
        new='"q·k / √d": raw / d}',
        caught="assert abs(scaled - 1) < 0.1",
    ),
    Fault(
        "05",
        "the mask is inverted",
        old="right = scores.masked_fill(~mask, -torch.inf)",
        new="right = scores.masked_fill(mask, -torch.inf)",
    ),
    Fault(
        "05",
        "the heads are put side by side in the wrong order",
        old="mixed = (weights @ v).transpose(0, 1).flatten(1)",
        new="mixed = (weights @ v).flatten(0, 1).view(len(x), -1)",
        caught="torch.testing.assert_close(multi_head(x, x, layer, heads=2)",
    ),
    Fault(
        "05",
        "the transformer block has no second residual connection",
        old="return u + parts.linear2",
        new="return parts.linear2",
    ),
    Fault(
        "05",
        "late fusion takes a vote",
        old="root = (each[0] * each[1]).sqrt()",
        new="root = (each[0] + each[1]) / 2",
    ),
    Fault(
        "05",
        "the gate takes the wrong one",
        old="z * h1 + (1 - z) * h2",
        new="z * h2 + (1 - z) * h1",
    ),
    Fault(
        "05",
        "the factors of the low-rank fusion change places",
        old='"r,rij,rkj->ikj"',
        new='"r,rij,rkj->kij"',
    ),
    Fault(
        "05",
        "the picture looks at itself, not at the sound",
        old='(normed["image"], normed["audio"], audio_mask)',
        new='(normed["image"], normed["image"], image_mask)',
    ),
    # 06 Training
    Fault(
        "06",
        "the gradient of cross-entropy is p plus y",
        old="softmax(dim=0) - F.one_hot(y",
        new="softmax(dim=0) + F.one_hot(y",
    ),
    Fault(
        "06",
        "the largest logit is not subtracted",
        old="below = large - large.max()",
        new="below = large",
    ),
    Fault(
        "06",
        "the velocity forgets too much",
        old='state["v"] = 0.9 * state.get("v", 0) + g',
        new='state["v"] = 0.5 * state.get("v", 0) + g',
        caught="theirs = by_hand.clone()",
    ),
    Fault(
        "06",
        "the gradient is not set to zero",
        old="(net(x[batch]), labels)\n        optimizer.zero_grad()",
        new="(net(x[batch]), labels)",
    ),
    Fault(
        "06",
        "a relu is open where the error is positive",
        old="delta_a = delta_h * (a > 0)",
        new="delta_a = delta_h * (delta_h > 0)",
        caught="torch.autograd.grad(before, (W1, W2))",
    ),
    Fault(
        "06",
        "the slopes of the second layer belong to the first unit alone",
        old="torch.outer(delta_z, h)",
        new="torch.outer(delta_z, h[:1].expand(3))",
        caught="torch.autograd.grad(before, (W1, W2))",
    ),
    # 07 Evaluation
    Fault(
        "07",
        "precision reads the rows of the confusion matrix",
        old="precision, recall = hits / said, hits / there",
        new="precision, recall = hits / there, hits / said",
    ),
    Fault(
        "07",
        "the bootstrap draws single emoji, not families",
        old="_, group = np.unique(family[new], return_inverse=True)",
        new="_, group = np.unique(new, return_inverse=True)",
        caught="np.testing.assert_allclose([low, high], [ours.low, ours.high])",
    ),
    Fault(
        "07",
        "a resample is divided by the number of samples there are, not that drawn",
        old="drawn = times @ right_of / (times @ size)\nfor",
        new="drawn = times @ right_of / size.sum()\nfor",
    ),
    Fault(
        "07",
        "the intervals draw single samples where groups were drawn",
        old="by_group = draw_families(generator, 500, groups) @ right.T / groups",
        new="by_group = generator.binomial(n, mean, (500, worlds)) / n",
        caught="assert a < 70 < b < c + 1",
    ),
    Fault(
        "07",
        "average precision counts every rank, not those of the positives",
        old="(precision * hit).sum() / hit.sum()",
        new="precision.mean()",
    ),
    Fault(
        "07",
        "the families are not kept apart",
        old="apart = known[~np.isin(family[known], family[new])]",
        new="apart = known[~np.isin(known, new)]",
        caught="assert above == 5",
    ),
    # 08 Image tagging
    Fault(
        "08",
        "the loss forgets the tags that are not there",
        old="(w * there * p.log() + (1 - there) * (1 - p).log()).mean()",
        new="(w * there * p.log()).mean()",
    ),
    Fault(
        "08",
        "probabilities that are too bold are taken for honest ones",
        old="drawn = torch.rand(200_000) < p  # true with probability p: honest",
        new="drawn = torch.rand(200_000) < p**2",
        caught="assert abs(best.threshold - best.f1 / 2) < 0.02",
    ),
    Fault(
        "08",
        "the expected F1 counts each hit once",
        old="expected = 2 * ranked.cumsum(dim=0) / (k + p.sum(dim=0))",
        new="expected = ranked.cumsum(dim=0) / (k + p.sum(dim=0))",
    ),
    Fault(
        "08",
        "the prior is counted twice when evidence is added",
        old="return b + a * ((picture - b) + (name - b))",
        new="return b + a * (picture + name)",
        caught="assert both(picture, name, 1.0, prior) == 2",
    ),
    Fault(
        "08",
        "tags are chosen by all pictures, not by those of training",
        old="count = Counter(word for i in train for word in words[i])",
        new="count = Counter(word for row in words for word in row)",
    ),
    # 09 Captioning
    Fault(
        "09",
        "the target is not shifted",
        old="read, asked = row[:, :-1], row[:, 1:]",
        new="read, asked = row[:, :-1], row[:, :-1]",
    ),
    Fault(
        "09",
        "a place sees what comes after it",
        old=".tril()  # row t",
        new=".triu()  # row t",
    ),
    Fault(
        "09",
        "what is padded is asked for too",
        old="-of_asked[asked > 0].mean()",
        new="-of_asked.mean()",
    ),
    Fault(
        "09",
        "a sentence that is told from the other thing is taken for false",
        before="from mmlearn.data import scene_truth, scenes\n"
        "def strict(caption, wanted):\n"
        "    said, true = scenes.content(caption), scenes.content(wanted)\n"
        "    parts = scene_truth.PARTS.items()\n"
        "    return {x: all(said[s] == true[s] for s in y) for x, y in parts}\n"
        "scene_truth.right = strict",
        caught="assert not {k for k, fine",
    ),
    # 10 Retrieval
    Fault(
        "10",
        "pictures are compared along the rows as well",
        old="by_column = scores.diag() - scores.exp().sum(dim=0).log()",
        new="by_column = scores.diag() - scores.exp().sum(dim=1).log()",
    ),
    Fault(
        "10",
        "a gallery is drawn with replacement",
        old="share == comb(3, 2) / comb(5, 2)",
        new="share == (3 / 5) ** 2",
    ),
    Fault(
        "10",
        "the right class of a row is the one after it",
        old="own = torch.arange(3)  # the right class",
        new="own = torch.arange(3).roll(1)  # the right class",
    ),
    # 11 Speech recognition
    Fault(
        "11",
        "from a letter one may jump over the blank to the same letter",
        old="skip[3::2] = places[3::2] != places[1:-2:2]",
        new="skip[3::2] = places[3::2] == places[1:-2:2]",
        caught="torch.testing.assert_close(recursion, enumerated.log())",
    ),
    Fault(
        "11",
        "only the last letter ends a text, not the blank after it",
        old="return alpha[-2:].logsumexp(dim=0)",
        new="return alpha[-2:-1].logsumexp(dim=0)",
        caught="torch.testing.assert_close(recursion, enumerated.log())",
    ),
    Fault(
        "11",
        "blanks are removed before repeats are merged",
        before="from mmlearn.heads import transcribe\n"
        "def wrong(path):\n"
        "    kept = [x for x in path if x]\n"
        "    return [x for i, x in enumerate(kept) if i == 0 or x != kept[i - 1]]\n"
        "transcribe.collapse = wrong",
        caught="assert len(to_ab) == 15",
    ),
    Fault(
        "11",
        "the clip's own mean is not taken out",
        old="by_hand = (mel.values[0] - mean) / SCALE",
        new="by_hand = mel.values[0] / SCALE",
    ),
    # 12 Speech synthesis
    Fault(
        "12",
        "too little power is mended by less",
        old="ratio = p / (x @ filters)",
        new="ratio = (x @ filters) / p",
    ),
    Fault(
        "12",
        "a round keeps the magnitudes that it found",
        old="spectra = torch.polar(wanted, found.angle())",
        new="spectra = torch.polar(found.abs(), found.angle())",
    ),
    Fault(
        "12",
        "magnitudes and phases are exchanged",
        old="spectrum(a, n).abs(), spectrum(b, n).angle()",
        new="spectrum(b, n).abs(), spectrum(a, n).angle()",
        caught='assert likeness["magnitudes"]',
    ),
    Fault(
        "12",
        "a letter is centred at its end",
        old="centres = lengths.cumsum(dim=0) - lengths / 2",
        new="centres = lengths.cumsum(dim=0)",
        caught="torch.testing.assert_close(theirs[0], weights)",
    ),
    # Coming from torchtext
    Fault(
        "coming-from-torchtext",
        "a bucket loses its longest row",
        old="handful[lengths[handful].argsort()].split(size)",
        new="handful[lengths[handful].argsort()][:-1].split(size)",
        caught="assert torch.equal(torch.cat(alike)",
    ),
    Fault(
        "coming-from-torchtext",
        "the buckets are not sorted",
        old="handful[lengths[handful].argsort()].split(size)",
        new="handful.split(size)",
        caught="assert padding(alike)",
    ),
    Fault(
        "coming-from-torchtext",
        "padding stays the number of unknown words",
        old='new.values.masked_fill(~new.mask, old["<pad>"])',
        new="new.values",
        caught="assert (as_it_was ==",
    ),
]

PATHS = {
    number(path): path for path in [*all_notebooks(NOTEBOOKS), *appendices(NOTEBOOKS)]
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f.notebook}: {f.name}")
def test_an_assertion_notices(fault: Fault) -> None:
    notebook = json.loads(PATHS[fault.notebook].read_text(encoding="utf-8"))
    assert notices(fault, notebook, NOTEBOOKS) is None


@pytest.mark.parametrize("lesson", [number(p) for p in all_notebooks(NOTEBOOKS)])
def test_every_notebook_has_its_faults(lesson: str) -> None:
    names = [fault.name for fault in FAULTS if fault.notebook == lesson]
    assert len(set(names)) >= LEAST, f"write rows for {lesson} into FAULTS"


# The runner, on a small notebook


def notebook_of(*cells: str, **tags: str) -> dict[str, Any]:
    """A notebook of code cells; `c1="raises-exception"` tags the second."""
    return {
        "cells": [
            {
                "cell_type": "code",
                "source": cell.splitlines(keepends=True),
                "metadata": {"tags": [tags[f"c{i}"]] if f"c{i}" in tags else []},
            }
            for i, cell in enumerate(cells)
        ]
    }


TWICE = notebook_of(
    "import numpy as np\nfrom math import floor",
    "%matplotlib inline\ndef twice(x):\n    return 2 * x",
    "raise SystemExit('a cell that nothing needs')",
    "three = 3\nfloor('no number')",
    "six = twice(three)",
    "display(six)\nassert six == 6",
    "np.testing.assert_allclose(twice(np.ones(2)), 2)",
    c3="raises-exception",
)


def test_an_assertion_that_fails_notices(tmp_path) -> None:
    for caught in ("assert six", "np.testing"):
        fault = Fault("99", "f", old="return 2 * x", new="return x", caught=caught)
        assert notices(fault, TWICE, tmp_path) is None


def test_a_change_of_a_module_is_noticed_and_comes_after_the_right_run(tmp_path):
    fault = Fault(
        "99",
        "f",
        before="import math\nmath.floor = lambda x: 7",
        caught="assert",
    )
    notebook = notebook_of("from math import floor\nx = floor(3.2)", "assert x == 3")
    assert notices(fault, notebook, tmp_path) is None


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (
            Fault("99", "f", old="2 * x", new="x + x", caught="assert six"),
            "no assertion notices it",
        ),
        (
            Fault("99", "f", old="2 * x", new="2 / None", caught="assert six"),
            "no assertion, but TypeError",
        ),
        (
            Fault("99", "f", before="import math\ndel math.floor", caught="assert six"),
            "no assertion, but ImportError",
        ),
        (
            Fault("99", "f", old="assert six", new="assert nowhere"),
            "no assertion, but NameError",
        ),
        (Fault("99", "f", old="gone", new="x"), "'gone' stands 0 times"),
        (Fault("99", "f", old="six", new="x"), "'six' stands 3 times"),
        (Fault("99", "f", caught="six"), "'six' stands 3 times"),
        (
            Fault("99", "f", old="2 * x", caught="assert six", needs=("gone",)),
            "'gone' stands 0 times",
        ),
        (Fault("99", "f"), "'' stands"),
        (
            Fault("99", "f", old="a cell that", new="x", caught="assert six"),
            "name it in `needs`",
        ),
        (
            Fault("99", "f", old="2 * x", caught="assert six", needs=("SystemExit",)),
            "without the fault: SystemExit",
        ),
    ],
)
def test_what_does_not_count(fault: Fault, found: str, tmp_path) -> None:
    assert found in str(notices(fault, TWICE, tmp_path))


def test_an_assertion_in_a_library_is_not_the_notebooks(tmp_path) -> None:
    library = tmp_path / "library.py"
    library.write_text("def f(x):\n    assert x == 1\n", encoding="utf-8")
    notebook = notebook_of("from library import f\nf(1)")
    fault = Fault("99", "f", old="f(1)", new="f(2)")
    assert "no assertion, but AssertionError" in str(notices(fault, notebook, tmp_path))


def test_needs_brings_in_a_cell_that_changes_an_object(tmp_path) -> None:
    notebook = notebook_of("a = [1]", "b = a\nb += [2]", "assert sum(a) == 3")
    fault = Fault("99", "f", old="[2]", new="[3]", caught="assert", needs=("b = a",))
    assert notices(fault, notebook, tmp_path) is None


@pytest.mark.parametrize(
    ("text", "read", "bound"),
    [
        ("x = y", {"y"}, {"x"}),
        ("x = 1\ny = x", set(), {"x", "y"}),
        ("x += 1", {"x"}, {"x"}),
        ("x[0] = y", {"x", "y"}, {"x"}),
        ("x.append(y)", {"x", "y"}, {"x"}),
        ("for i in z:\n    x = i + k", {"z", "k"}, {"i", "x"}),
        ("with a as b, c:\n    d = b", {"a", "c"}, {"b", "d"}),
        ("if a:\n    b = 1\nelse:\n    b = c", {"a", "c"}, {"b"}),
        ("try:\n    a\nexcept ValueError:\n    b", {"a", "b"}, set()),
        ("def f(x):\n    y = x\n    return y + z", {"z"}, {"f"}),
        ("class A(B):\n    c = d", {"B", "d"}, {"A"}),
        ("x = [i * k for i in y]", {"k", "y"}, {"x"}),
        ("f = lambda x: x + z", {"z"}, {"f"}),
        ("import a.b, c as d", set(), {"a", "d"}),
        ("%xmode Minimal\nx = y", {"y"}, {"x"}),
        ("%%time\nx = y", {"y"}, {"x"}),
        ("!ls\nx", {"x"}, set()),
    ],
)
def test_the_names_of_a_cell(text: str, read: set[str], bound: set[str]) -> None:
    assert reads_and_binds(text) == (read, bound)


@pytest.mark.parametrize(
    ("second", "chosen"),
    [
        ("x = 2", [1, 2]),
        ("x += 2", [0, 1, 2]),
        ("x.append(2)", [0, 1, 2]),
        ("x[0] = 2", [0, 1, 2]),
        ("if y:\n    x = 2", [0, 1, 2]),
        ("with y:\n    x = 2", [1, 2]),
        ("y = 2", [0, 2]),
    ],
)
def test_a_name_that_is_bound_anew_needs_no_earlier_cell(second, chosen) -> None:
    cells = notebook_of("x = 1", second, "assert x")["cells"]
    assert needed(cells, 2) == chosen


def test_a_cell_that_fails_may_have_bound_a_name_or_not() -> None:
    cells = notebook_of("x = 1", "f()\nx = 2", "assert x", c1="raises-exception")
    assert needed(cells["cells"], 2) == [0, 1, 2]


def test_a_call_of_a_module_does_not_change_it() -> None:
    cells = notebook_of("import torch", "torch.f()\nx = 1", "torch.g()")["cells"]
    assert needed(cells, 2) == [0, 2]
    assert reads_and_binds("torch.f()", {"torch"}) == ({"torch"}, set())


def test_random_numbers_are_the_same_each_time(tmp_path) -> None:
    draw = "import random\nimport numpy as np\nimport torch\ndraws = []"
    draws = "draws += [random.random(), np.random.rand(), float(torch.rand(()))]"
    keep = "import pathlib\nfile = pathlib.Path('draws')\nold = file.exists()"
    same = "if old and file.read_text() != str(draws):\n    raise ValueError"
    end = "file.write_text(str(draws))\nx = 1\nassert x == 1"
    notebook = notebook_of(draw, draws, keep, same, end)
    fault = Fault("99", "f", old="x = 1", new="x = 2", needs=("ValueError",))
    assert notices(fault, notebook, tmp_path) is None
    assert (tmp_path / "draws").exists()


def test_only_the_cells_that_are_needed() -> None:
    cells = TWICE["cells"]
    assert needed(cells, 5) == [0, 1, 3, 4, 5]
    assert needed(cells, 6) == [0, 1, 6]
    assert needed(cells, 6, extra=[4]) == [0, 1, 3, 4, 6]
    assert CELL.startswith("<")
