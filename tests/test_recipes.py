"""Every recipe of every notebook runs alone with other inputs than its own.

A recipe's inputs are what it assigns first, up to the next blank line (imports may
stand before). Here these lines are replaced by inputs of another number, size, count
of classes, dtype and kind of label. (As printed, tests/test_notebooks.py runs it.)
Recipes that take a folder of files are in tests/test_folder_recipes.py.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

import nbformat
import numpy as np
import pytest
import torch
from torch import nn

from mmlearn.course.paths import NOTEBOOKS
from mmlearn.data.corpus import Corpus

FOLDERS = re.compile(r"(tagged|captioned|scenes|spoken|read)_folder")
FIRST_LINE = "# your data:"


def recipes() -> list[Any]:
    found = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if "recipe" in cell.metadata.get("tags", []):
                found.append(pytest.param(cell.source, id=f"{path.stem}-{cell.id}"))
    return found


every_recipe = pytest.mark.parametrize("source", recipes())


class Inputs:
    """Pictures, texts, labels and groups that go together: all tell the class."""

    def __init__(self, n: int, classes: int, height: int, width: int) -> None:
        self.n = n
        self.generator = np.random.default_rng(0)
        self.label = np.arange(n) % classes
        self.height, self.width = height, width

    def images(self) -> np.ndarray:
        noise = self.generator.integers(0, 80, (self.n, 3, self.height, self.width))
        bright = 25 * self.label[:, None, None, None]
        return (noise + bright).astype(np.uint8)

    def texts(self) -> list[str]:
        words = ("red", "green", "blue", "round", "square", "tall", "flat")
        return [f"a {words[c]} thing, number {i}" for i, c in enumerate(self.label)]

    def numbers(self, columns: int) -> np.ndarray:
        """A table, float64 [n, columns], in which every tenth row has a gap."""
        noise = np.random.default_rng(4).normal(0, 30, (self.n, columns))
        table = 500 + noise + 100 * self.label[:, None]
        table[::10, 0] = np.nan
        return table

    def categories(self, columns: int) -> list[list[str]]:
        """n rows of texts, "" where one is missing; the last row's is new."""
        rows = [[f"kind {c // 2}"] * columns for c in self.label]
        return [[""] * columns, *rows[1:-1], ["new"] * columns]

    def recordings(self, shortest: int, channels: int) -> list[np.ndarray]:
        """n series [T, channels], float64, each a little longer than the last."""
        draw = np.random.default_rng(5).normal
        sizes = [(shortest + i, channels) for i in range(self.n)]
        return [c + draw(size=s) for c, s in zip(self.label, sizes, strict=True)]

    def sounds(self, seconds: float, rate: int) -> list[np.ndarray]:
        """n tones, each lower and a little longer than the last."""
        moments = [
            np.arange(int(seconds * rate) + 50 * i) / rate for i in range(self.n)
        ]
        return [np.sin(5_000 / (i + 2) * t) / 2 for i, t in enumerate(moments)]

    def corpus(self) -> Corpus:
        """All of it as a reader's own folder gives it; two rows are one group."""
        return Corpus(
            name="own",
            columns={"image": self.images(), "name_en": self.texts()},
            label=self.label,
            label_names=tuple(f"class {c}" for c in range(self.label.max() + 1)),
            groups=np.arange(self.n) // 2,
            licence="your own data",
            source="your own data",
        )

    def answers(self, share: float) -> np.ndarray:
        """A model's classes, int64 [n], of which about a share is right."""
        guesses = np.random.default_rng(1).integers(self.label.max() + 1, size=self.n)
        right = np.random.default_rng(2).random(self.n) < share
        return np.where(right, self.label, guesses)

    def logits(self) -> np.ndarray:
        """A model's scores, float64 [n, classes], too sure of themselves."""
        classes = int(self.label.max()) + 1
        noise = np.random.default_rng(3).normal(0, 4, (self.n, classes))
        return noise + 6 * np.eye(classes)[self.label]

    def probabilities(self, tags: int) -> np.ndarray:
        """Of each tag, float64 [n, tags]; honest, as `there` is drawn by them."""
        return np.random.default_rng(6).beta(0.5, 2, (self.n, tags))

    def there(self, tags: int) -> np.ndarray:
        """Which tags a sample has, bool [n, tags]."""
        chance = np.random.default_rng(7).random((self.n, tags))
        return chance < self.probabilities(tags)


def small() -> dict[str, Any]:
    """Few samples, flat pictures, labels that are names in a list."""
    inputs = Inputs(n=40, classes=3, height=20, width=28)
    return {
        "images": inputs.images(),
        "texts": inputs.texts(),
        "questions": ["something red"],
        "said": inputs.texts(),
        "wrote": [text.replace("e", "a", 1) for text in inputs.texts()],
        "labels": [f"class {c}" for c in inputs.label],
        "groups": np.arange(40),
        "queries": np.random.default_rng(6).normal(size=(40, 3)).tolist(),
        "candidates": np.random.default_rng(7).normal(size=(40, 3)).tolist(),
        "written": inputs.texts(),
        "references": [[f"{text} here", text] for text in inputs.texts()],
        "answers_a": [f"class {c}" for c in inputs.answers(0.8)],
        "answers_b": [f"class {c}" for c in inputs.answers(0.4)],
        "logits": inputs.logits(),
        "probabilities": inputs.probabilities(tags=3),
        "there": inputs.there(tags=3).tolist(),
        "numbers": inputs.numbers(columns=1).tolist(),
        "categories": inputs.categories(columns=3),
        "recordings": inputs.recordings(shortest=20, channels=1),
        "sounds": inputs.sounds(0.2, 16_000),
        "sampling_rate": 16_000,
        "length": 16,
        "hop": 8,
        "corpus": inputs.corpus(),
        "read": ["image"],
        "picture": "image",
        "words": "name_en",
        "network": nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Dropout(0.5)),
    }


def other() -> dict[str, Any]:
    """More classes, larger pictures in a tensor, numbers with gaps, pairs of rows."""
    inputs = Inputs(n=140, classes=7, height=70, width=40)
    return {
        "images": torch.from_numpy(inputs.images()),
        "texts": inputs.texts(),
        "questions": ["a flat thing", "Which are tall?", "blue"],
        "said": np.array(inputs.texts()),
        "wrote": [text[: 3 + i % 9].upper() for i, text in enumerate(inputs.texts())],
        "labels": (10 * inputs.label - 5).astype(np.int32),
        "groups": (np.arange(140) // 14).astype(np.int16),
        "queries": torch.from_numpy(inputs.images()).float().flatten(1)[:, :50],
        "candidates": torch.from_numpy(inputs.images()).float().flatten(1)[:, :50],
        "written": [text.removesuffix("0") for text in inputs.texts()],
        "references": tuple((text,) for text in inputs.texts()),
        "answers_a": (10 * inputs.answers(0.5) - 5).astype(np.int32),
        "answers_b": torch.from_numpy(10 * inputs.answers(0.6) - 5),
        "logits": torch.from_numpy(inputs.logits()).float().requires_grad_(),
        "probabilities": torch.from_numpy(inputs.probabilities(tags=6)).float(),
        "there": torch.from_numpy(inputs.there(tags=6)),
        "numbers": torch.from_numpy(inputs.numbers(columns=9)).float(),
        "categories": np.array(inputs.categories(columns=1)),
        "sounds": [torch.from_numpy(x) for x in inputs.sounds(0.1, 11_025)],
        "sampling_rate": 11_025,
        "recordings": [torch.from_numpy(x) for x in inputs.recordings(90, 4)],
        "length": 90,
        "hop": 100,
        "corpus": inputs.corpus(),
        "read": ["name_en", "image"],
        "picture": "image",
        "words": "name_en",
        "network": nn.Sequential(
            *(nn.Conv2d(3, 8, (5, 3), stride=2, bias=False), nn.GroupNorm(2, 8)),
            *(nn.SiLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1152, 7)),
        ),
    }


def split_inputs(source: str) -> tuple[str, set[str], str]:
    """The imports before, the names that the recipe takes, and what follows."""
    lines = source.splitlines()
    first = next(
        node
        for node in ast.parse(source).body
        if not isinstance(node, ast.Import | ast.ImportFrom)
    )
    start = first.lineno - 1
    end = next(i for i in range(start, len(lines)) if not lines[i].strip())
    names = {
        node.id
        for statement in ast.parse("\n".join(lines[start:end])).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        for node in ast.walk(target)
        if isinstance(node, ast.Name)
    }
    return "\n".join(lines[:start]), names, "\n".join(lines[end:])


def takes_folder(recipe: Any) -> bool:
    """Whether it begins with a folder of files: then it runs elsewhere."""
    return any(map(FOLDERS.fullmatch, split_inputs(recipe.values[0])[1]))


def assert_tells_something(printed: str) -> None:
    assert re.search(r"\d|True", printed), f"no metric in {printed!r}"
    assert "nan" not in printed.lower()


def test_there_is_a_recipe() -> None:
    assert recipes()


@every_recipe
def test_a_recipe_begins_with_its_inputs(source: str) -> None:
    assert source.startswith(FIRST_LINE)
    _, names, rest = split_inputs(source)
    assert names and rest.strip()


@pytest.mark.parametrize("source", [p for p in recipes() if not takes_folder(p)])
@pytest.mark.parametrize("make", [small, other])
def test_a_recipe_runs_on_other_data(
    source: str, make: Callable[[], dict[str, Any]], capsys: Any
) -> None:
    _, names, rest = split_inputs(source)
    values = make()
    unknown = names - set(values)
    assert not unknown, f"give {sorted(unknown)} values in this file"
    exec(rest, {"__name__": "__main__", **{name: values[name] for name in names}})
    assert_tells_something(capsys.readouterr().out)


def test_the_inputs_are_found() -> None:
    source = (
        "# your data: texts\nfrom a import b\n\ntexts, labels = (b(x) for x in c)\n"
        "n = len(texts)"
        "\n\nimport c\n\nc(texts)"
    )
    before, names, rest = split_inputs(source)
    assert before.endswith("from a import b\n")
    assert names == {"texts", "labels", "n"}
    assert rest == "\nimport c\n\nc(texts)"
