"""Recipes that begin with a folder run on every layout, with nothing else changed.

Such a recipe assigns one of the variables of `own_layouts.LAYOUTS` first. Its path is
replaced by an awkward folder in each layout that fits; the rest is run as printed, to
its end, and has to print a metric with an interval. (As printed it is run by
tests/test_notebooks.py; here the output that is stored is looked at.)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from own_layouts import LAYOUTS, PICTURES, SPEAKERS, captions, lj_speech, read_list
from test_recipes import split_inputs

from mmlearn.course.paths import NOTEBOOKS
from mmlearn.data import folder

NUMBER = r"-?\d*\.?\d+"
# An error rate has no upper bound: where all groups agree, its interval says inf.
INTERVAL = re.compile(rf"{NUMBER}\D{{0,12}}\[ *{NUMBER}, *(?:{NUMBER}|inf)\]")


def folder_of(source: str) -> str | None:
    """The variable of a folder that a recipe assigns in its inputs, None for none."""
    _, names, _ = split_inputs(source)
    found = sorted(names & set(LAYOUTS))
    return found[0] if found else None


def with_folder(source: str, name: str, path: Path) -> str:
    """The recipe with another folder; all other lines as they are."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            lines = source.splitlines()
            lines[node.lineno - 1 : node.end_lineno] = [f"{name} = {str(path)!r}"]
            return "\n".join(lines)
    raise ValueError(f"{name} is not assigned by a line of its own")


def assert_tells(printed: str) -> None:
    assert INTERVAL.search(printed), f"no metric with an interval in {printed!r}"
    assert not re.search(r"\bnan\b", printed.lower()), printed


def recipes() -> Iterator[tuple[str, str, str, str]]:
    """Each recipe of a folder: where it stands, variable, source, stored output."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if "recipe" in cell.metadata.get("tags", []):
                name = folder_of(cell.source)
                if name is not None:
                    said = "".join(out.get("text", "") for out in cell.outputs)
                    yield f"{path.stem[:2]}-{name}", name, cell.source, said


CASES = [
    pytest.param(name, source, make, id=f"{where}-{make.__name__}")
    for where, name, source, _ in recipes()
    for make in LAYOUTS[name]
]
STORED = [pytest.param(said, id=where) for where, _, _, said in recipes()]


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for what frozen networks say of the pictures, the same in each layout."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize(("name", "source", "make"), CASES)
def test_a_recipe_runs_on_a_folder_of_each_layout(
    name: str,
    source: str,
    make: Callable[[Path], None],
    kept: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MMLEARN_CACHE", str(kept))
    mine = tmp_path / "my data"
    mine.mkdir()
    make(mine)
    exec(with_folder(source, name, mine), {"__name__": "__main__"})
    assert_tells(capsys.readouterr().out)


@pytest.mark.parametrize("said", STORED)
def test_the_stored_output_has_a_metric_with_an_interval(said: str) -> None:
    assert_tells(said)


# The folders themselves.
EVERY = [
    pytest.param(make, id=make.__name__)
    for make in dict.fromkeys(make for several in LAYOUTS.values() for make in several)
]


@pytest.mark.parametrize("make", EVERY)
def test_a_layout_loads_and_nothing_of_it_is_left_out(
    make: Callable[[Path], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path)
    corpus = folder.load(tmp_path, label=None, group=["speaker"])
    said = capsys.readouterr().out
    assert "stray" not in said
    if "image" in corpus.columns:
        assert len(set(corpus.groups.tolist())) == PICTURES
    else:
        assert corpus.lengths("waveform").min() > 0.2 * corpus.rates["waveform"]
        assert all(text.strip() for text in corpus["transcript"])
        alone = make in (lj_speech, read_list)  # one speaker: each row by itself
        assert len(set(corpus.groups.tolist())) == (40 if alone else len(SPEAKERS))


def test_captions_are_the_same_in_every_layout(tmp_path: Path) -> None:
    wanted = {" ".join(text.split()) for i in range(PICTURES) for text in captions(i)}
    for make in LAYOUTS["captioned_folder"]:
        mine = tmp_path / make.__name__
        mine.mkdir()
        make(mine)
        corpus = folder.load(mine, label=None, size=8)
        names = [name for name in corpus.columns if name.startswith("caption")]
        said = [text for name in names for text in corpus[name] if text.strip()]
        assert {" ".join(text.split()) for text in said} == wanted
        assert len(said) == sum(len(captions(i)) for i in range(PICTURES))


# The test of the test.
SMALL = """# your data: recordings with transcripts
from mmlearn.data import examples
spoken_folder = examples.spoken()  # a small folder to try; or "my/recordings"
rate = 8_000

from collections import Counter

from mmlearn.data import folder
from mmlearn.metrics import ERROR_RATE, errors

corpus = folder.load(spoken_folder, label=None, group=["speaker"], rate=rate)
texts = corpus["transcript"]
(usual, _), = Counter(texts).most_common(1)
counted = [[errors(usual, text), len(text)] for text in texts]
print(f"CER of always {usual!r}: {ERROR_RATE.interval(counted, corpus.groups)}")
"""


def test_a_recipe_of_a_folder_is_known_by_its_variable() -> None:
    assert folder_of(SMALL) == "spoken_folder"
    assert folder_of(SMALL.replace("spoken_folder", "corpus_folder")) is None


def test_only_the_path_is_replaced(tmp_path: Path) -> None:
    changed = with_folder(SMALL, "spoken_folder", tmp_path)
    lines = zip(SMALL.splitlines(), changed.splitlines(), strict=True)
    differ = [(old, new) for old, new in lines if old != new]
    assert len(differ) == 1
    assert differ[0][1] == f"spoken_folder = {str(tmp_path)!r}"
    with pytest.raises(ValueError, match="read_folder is not assigned"):
        with_folder(SMALL, "read_folder", tmp_path)


@pytest.mark.parametrize("make", LAYOUTS["spoken_folder"])
def test_a_small_recipe_runs_on_every_layout(
    make: Callable[[Path], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path)
    exec(with_folder(SMALL, "spoken_folder", tmp_path), {"__name__": "__main__"})
    assert_tells(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("printed", "right"),
    [
        ("R@5 0.312 [0.201, 0.440]", True),
        ("CER 41 % [30, 55], 24 clips", True),
        ("mAP .31, interval [.20, .44]", True),
        ("R@5 0.312", False),
        ("CER 0.2 [nan, nan]", False),
        ("a row [1, 2] of nan 0.5 [0.1, 0.7]", False),
    ],
)
def test_an_interval_is_seen(printed: str, right: bool) -> None:
    try:
        assert_tells(printed)
        told = True
    except AssertionError:
        told = False
    assert told == right
