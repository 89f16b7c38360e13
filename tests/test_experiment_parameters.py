"""What is asked for on the command line is held against a notebook's parameters."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from mmlearn.course.paths import CourseError
from mmlearn.experiments.parameters import Parameter, grid, of_notebook

CELL = """from typing import Literal

fusion: Literal["late", "concat", "gated"] = "late"
epochs = 4
learning_rate = 0.004
shuffle = True
seed = 0
patience = None
widths = [8, 16]"""


def notebook(source: str = CELL, tag: str = "parameters"):
    cell = new_code_cell(source)
    cell.metadata["tags"] = [tag]
    return new_notebook(cells=[new_code_cell("x = 1"), cell])


KNOWN = of_notebook(notebook())


def test_the_literals_of_the_cell_are_the_parameters():
    assert list(KNOWN) == [
        *("fusion", "epochs", "learning_rate", "shuffle", "seed", "patience", "widths"),
    ]
    assert KNOWN["fusion"] == Parameter("fusion", "late", ("late", "concat", "gated"))
    assert KNOWN["widths"].default == [8, 16]


def test_a_grid_is_every_combination_in_order():
    found = grid(KNOWN, ["epochs=2"], ["fusion=late,gated"], seeds=2)
    assert found == [
        {"epochs": 2, "fusion": "late", "seed": 0},
        {"epochs": 2, "fusion": "late", "seed": 1},
        {"epochs": 2, "fusion": "gated", "seed": 0},
        {"epochs": 2, "fusion": "gated", "seed": 1},
    ]
    assert grid(KNOWN, [], [], None) == [{}]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("epochs=20", 20),
        ("learning_rate=1", 1.0),
        ("learning_rate=1e-3", 0.001),
        ("shuffle=false", False),
        ("fusion=gated", "gated"),
        ("patience=3", 3),
        ("patience=none", None),
        ("widths=[1, 2]", [1, 2]),
        ("widths=(1, 2)", [1, 2]),
    ],
)
def test_a_value_gets_the_type_of_the_default(text, value):
    (found,) = grid(KNOWN, [text], [], None)
    assert list(found.values()) == [value]
    assert type(next(iter(found.values()))) is type(value)


@pytest.mark.parametrize(
    ("given", "varied", "seeds", "words"),
    [
        (["epoch=3"], [], None, "Did you mean epochs?"),
        (["fusion=gatted"], [], None, "Did you mean gated?"),
        (["epochs=x"], [], None, "expected a value of type int"),
        (["epochs=2.5"], [], None, "expected a value of type int"),
        (["epochs=True"], [], None, "expected a value of type int"),
        (["shuffle=1"], [], None, "expected a value of type bool"),
        (["learning_rate=fast"], [], None, "expected a value of type float"),
        (["widths=8"], [], None, "expected a value of type list"),
        (["epochs"], [], None, "expected name=value"),
        ([], ["fusion"], None, "expected name=value,value"),
        ([], ["fusion=late,"], None, "expected name=value,value"),
        ([], ["epochs=1,1"], None, "a value twice"),
        ([], ["fusion=late,early"], None, "expected one of late, concat, gated"),
        (["epochs=1"], ["epochs=1,2"], None, "epochs is given more than once"),
        (["seed=1"], [], 3, "seed is given more than once"),
        ([], [], 0, "--seeds is 0"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(given, varied, seeds, words):
    with pytest.raises(CourseError, match=words.replace("?", "[?]")):
        grid(KNOWN, given, varied, seeds)


def test_seeds_need_a_parameter_seed():
    with pytest.raises(CourseError, match="no parameter 'seed'"):
        grid({"epochs": KNOWN["epochs"]}, [], [], 3)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (notebook(tag="other"), "0 cells are tagged"),
        (notebook("epochs = 2 * 3"), "is no literal"),
        (notebook("print(1)"), "expected `name = value`"),
        (notebook("a = b = 1"), "expected `name = value`"),
    ],
)
def test_a_cell_without_parameters_is_refused(made, words):
    with pytest.raises(CourseError, match=words):
        of_notebook(made)
