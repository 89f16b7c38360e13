"""Every recipe of the course becomes a notebook of one's own, which runs."""

import ast
import contextlib
import io
import json
import re

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from PIL import Image

from mmlearn.course.paths import NOTEBOOKS, CourseError, all_notebooks, number
from mmlearn.experiments import new
from mmlearn.experiments.keep import FOLDER, METRICS
from mmlearn.experiments.parameters import of_notebook
from mmlearn.experiments.recipe import take

RECIPES = [
    pytest.param(number(path), name, source, id=f"{number(path)}-{name}")
    for path in all_notebooks(NOTEBOOKS)
    for name, source in new.recipes_of(nbformat.read(path, as_version=4)).items()
]
SHORT = {"epochs": 1}


def run(notebook, **chosen):
    """All code cells in one namespace, the parameters exchanged; what they print."""
    shared, printed = {"__name__": "__main__"}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                exec(cell.source, shared)
            if "parameters" in cell.metadata.get("tags", []):
                shared |= {k: x for k, x in chosen.items() if k in shared}
    plt.close("all")
    return printed.getvalue()


@pytest.mark.parametrize(("lesson", "name", "source"), RECIPES)
@pytest.mark.once
def test_every_recipe_becomes_an_experiment_that_runs(
    lesson, name, source, tmp_path, monkeypatch
):
    made = new.experiment("mine", lesson, [source])
    nbformat.validate(made)
    parameters = of_notebook(made)
    monkeypatch.setenv(FOLDER, str(tmp_path))
    printed = run(made, **SHORT)
    assert re.search(r"\d", printed)
    assert ("fit(" in source) == ("epochs" in parameters)
    if "evaluate(" in source:
        rows = (tmp_path / METRICS).read_text().splitlines()
        assert {json.loads(row)["kind"] for row in rows} == {"epoch", "test"}


PROGRAM = """# your data: a corpus, and
# which of its columns to read
from mmlearn.data import emoji

corpus = emoji.load()[::20]  # or your own
read = ["image", "name_en"]

import mmlearn
from mmlearn import MultimodalModel, fit, prepare, seed_everything
from mmlearn.evaluate import evaluate
from mmlearn.fusion import ConcatFusion

data = prepare(corpus, read)
# The network.
seed_everything(0)
head = data.head(32)
towers = data.encoders(d_model=32)
model = MultimodalModel(towers, ConcatFusion(data.modalities, 32, dropout=0.2), head)
fit(model, data.train, data.valid, epochs=8, learning_rate=1e-3)
told = evaluate(model, data.test, data.groups["test"])
print(told)
"""


def test_a_recipe_is_taken_apart():
    taken = take(PROGRAM)
    assert taken.about == "a corpus, and which of its columns to read"
    assert taken.assigned == ("corpus", "read")
    assert taken.parameters == {
        "seed": 0,
        "epochs": 8,
        "learning_rate": 0.001,
        "d_model": 32,
        "fusion": "concat",
    }
    assert taken.stages["data"] == "data = prepare(corpus, read)"
    assert taken.stages["model"].splitlines() == [
        "# The network.",
        "seed_everything(seed)",
        "head = data.head(d_model)",
        "towers = data.encoders(d_model=d_model)",
        "model = MultimodalModel("
        "towers, *mixed(fusion, data.modalities, d_model, head, dropout=0.2))",
    ]
    assert taken.stages["training"] == (
        "history = keep(fit(model, data.train, data.valid, epochs=epochs, "
        "learning_rate=learning_rate))"
    )
    assert taken.stages["evaluation"].splitlines() == [
        'told = keep(evaluate(model, data.test, data.groups["test"]), "told")',
        "print(told)",
    ]


@pytest.mark.parametrize("fusion", ["late", "gated", "attention", "tensor"])
def test_the_experiment_takes_another_fusion(fusion):
    made = new.experiment("mine", "05", [PROGRAM])
    assert "accuracy" in run(made, fusion=fusion, epochs=1)


def test_imports_are_gathered_once():
    made = new.experiment("mine", "05", [PROGRAM, PROGRAM])
    (imports,) = (c.source for c in made.cells if "import mmlearn" in c.source)
    names = [alias.name for line in ast.parse(imports).body for alias in line.names]
    assert len(set(names)) == len(names)
    elsewhere = [c.source for c in made.cells if c.source != imports]
    assert not any(x.startswith("from mmlearn") for x in elsewhere)


def folder_of_pictures(folder):
    draw = np.random.default_rng(0)
    rows = ["file_name,caption,label"]
    (folder / "shots").mkdir(parents=True)
    for i in range(40):
        kind = ("dark", "bright")[i % 2]
        picture = draw.integers(0, 90, (30, 40, 3)) + 130 * (i % 2)
        Image.fromarray(picture.astype(np.uint8)).save(folder / f"shots/{i}.png")
        rows.append(f"shots/{i}.png,a {kind} one,{kind}")
    (folder / "metadata.csv").write_text("\n".join(rows))
    return folder


def test_data_of_ones_own_take_the_place_of_the_recipes(tmp_path):
    made = new.experiment(
        "mine", "05", [PROGRAM], folder_of_pictures(tmp_path / "photos")
    )
    assert of_notebook(made)["data"].default == str(tmp_path / "photos")
    assert "emoji.load" not in "".join(
        c.source for c in made.cells if c.cell_type == "code"
    )
    printed = run(made, epochs=1)
    assert "accuracy" in printed


def test_a_folder_without_what_the_recipe_needs_is_refused(tmp_path):
    table = tmp_path / "numbers.csv"
    table.write_text("a,label\n1,x\n2,y\n3,x\n4,y\n")
    source = PROGRAM.replace("read = [", "picture = [").replace("read)", "picture)")
    with pytest.raises(CourseError, match="needs a column of pictures"):
        new.experiment("mine", "05", [source], table)


def test_a_recipe_of_arrays_takes_no_folder(tmp_path):
    source = "# your data: numbers\nlogits = [1.0]\n\nprint(logits)"
    with pytest.raises(CourseError, match="takes logits, not a folder"):
        new.experiment("mine", "05", [source], tmp_path)


@pytest.fixture
def work(monkeypatch, tmp_path):
    monkeypatch.setattr(new, "WORK", tmp_path)
    monkeypatch.setattr(new, "ROOT", tmp_path.parent)


def test_the_command_writes_and_never_over(work, tmp_path, capsys):
    assert new.main(["mine", "--from", "05"]) == 0
    assert "python -m mmlearn run" in capsys.readouterr().out
    before = (tmp_path / "mine.ipynb").read_bytes()
    with pytest.raises(CourseError, match="is there already"):
        new.main(["mine", "--from", "03"])
    assert (tmp_path / "mine.ipynb").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mine", "--from", "99"], "no notebook 99"),
        (["mine", "--from", "05", "--cells", "fission"], "no recipe 'fission'"),
        (["../mine", "--from", "05"], "is no name"),
    ],
)
def test_the_command_refuses_in_words(work, arguments, words):
    with pytest.raises(CourseError, match=words):
        new.main(arguments)
