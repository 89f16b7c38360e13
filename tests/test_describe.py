"""Two augmentations that differ are told apart; one and the same never is."""

import cmath
import dataclasses
import enum
import functools
import math
import os
import random
import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from mmlearn.describe import describe


def made(source: str, **names):
    """What `f` is after the source: as if a module had been edited and run again."""
    module = {"torch": torch, "np": np, "__name__": "edited"} | names
    exec(source, module)
    return module["f"]


class Scale:
    """Holds what it is told."""

    def __init__(self, held):
        self.held = held

    def __call__(self, batch):
        return batch

    def by(self, batch):
        return batch


class Slotted:
    __slots__ = ("held",)

    def __init__(self, held):
        self.held = held

    def __call__(self, batch):
        return batch


class Silent(torch.nn.Module):
    """Its repr says nothing of what it holds."""

    def __init__(self, held):
        super().__init__()
        self.held = held


class NotCallable:
    def __init__(self, held):
        self.held = held

    def by(self, batch):
        return batch


@dataclasses.dataclass
class Settings:
    noise: float


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


def enclosing(held):
    return lambda batch: (batch, held)


HOLDERS = {
    "object": Scale,
    "slots": Slotted,
    "module": Silent,
    "module in a module": lambda x: torch.nn.Sequential(Silent(x)),
    "method": lambda x: Scale(x).by,
    "method of what cannot be called": lambda x: NotCallable(x).by,
    "closure": enclosing,
    "partial": lambda x: functools.partial(enclosing, held=x),
    "function": lambda x: made("def f(batch): return HELD", HELD=x),
    "inner function": lambda x: made(
        "def f(batch):\n  def g(): return HELD\n  return g", HELD=x
    ),
    "default": lambda x: made("def f(batch, held=HELD): return held", HELD=x),
}
PAIRS = {
    "float": (0.1, 0.2),
    "one and True": (1, True),
    "one and 1.0": (1, 1.0),
    "float32": (np.float32(0.1), np.float32(0.2)),
    "tensor": (torch.tensor(0.1), torch.tensor(0.2)),
    "large whole numbers": (torch.tensor(2**53), torch.tensor(2**53 + 1)),
    "type of a tensor": (torch.zeros(2), torch.zeros(2, dtype=torch.int64)),
    "bfloat16": (torch.ones(2).bfloat16(), torch.zeros(2).bfloat16()),
    "array": (np.array([1.0]), np.array([2.0])),
    "type of an array": (np.zeros(2), np.zeros(2, dtype=np.float32)),
    "array of objects": (np.array([(1,)], dtype=object), np.array(["1"], dtype=object)),
    "dict": ({"a": [1, (2, 3)]}, {"a": [1, (2, 4)]}),
    "tuple": ((1, 2), (12,)),
    "slice": (slice(1, 3), slice(1, 4)),
    "dataclass": (Settings(0.1), Settings(0.2)),
    "enum": (Colour.RED, Colour.BLUE),
    "enum of a library": (re.IGNORECASE, re.MULTILINE),
    "callable": (Scale(1), Scale(2)),
    "function": (np.add, np.subtract),
    "torch's function": (torch.relu, torch.sigmoid),
    "torch's method": (torch.nn.ReLU.forward, torch.nn.Sigmoid.forward),
    "library": (math, cmath),
    "parameter": (torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)),
}


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("holder", HOLDERS)
def test_what_is_held_tells_two_apart(holder, pair):
    one, other = PAIRS[pair]
    make = HOLDERS[holder]
    assert describe(make(one)) != describe(make(other))
    assert describe(make(one)) == describe(make(one))


CALL = "class A:\n  def __call__(self, x): return self.by(x)\n"
ENUM = "import enum\nclass E(enum.Enum):\n"
CHAIN = "".join(f"def g{i + 1}(x): return g{i}(x)\n" for i in range(20))
# A source with a gap, and two ways to fill it.
EDITS = {
    "constant": ("def f(x): return x * $", "2", "3"),
    "operator": ("def f(x): return x $ 2", "+", "-"),
    "helper": ("def g(x): return $x\ndef f(x): return g(x)", "+", "-"),
    "inner": ("def f(x): return [y * $ for y in x]", "2", "3"),
    "method": (CALL + "  def by(self, x): return $x\nf = A()", "+", "-"),
    "static": (CALL + "  @staticmethod\n  def by(x): return $x\nf = A()", "+", "-"),
    "property": (CALL + "  @property\n  def by(self): return $1\nf = A()", "+", "-"),
    "of a class": (CALL + "  by = $\nf = A()", "1", "2"),
    "inherited": (CALL + "  by = $\nclass B(A): pass\nf = B()", "1", "2"),
    "named class": ("class A:\n  x = $\ndef f(x): return A", "1", "2"),
    "slice": ("def f(x): return x[1:$]", "4", "5"),
    "enum": (ENUM + "  LOW = $\ndef f(x, e=E.LOW): return e", "0.1", "0.2"),
    "method of an enum": (
        ENUM + "  LOW = 1\n  def by(self): return $\ndef f(x, e=E.LOW): return e.by()",
        "1",
        "2",
    ),
    "far away": ("def g0(x): return $\n" + CHAIN + "f = g20", "1", "2"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_seen(edit):
    source, one, other = EDITS[edit]
    before, after = source.replace("$", one), source.replace("$", other)
    assert describe(made(before)) != describe(made(after))
    assert describe(made(before)) == describe(made("# a comment\n\n" + before))


def test_none_is_no_augmentation():
    assert describe(None) == "none"
    assert describe(lambda batch: None) != "none"
    assert len(describe(lambda batch: batch)) == 16


@pytest.mark.parametrize(
    "changing",
    [
        lambda: random.Random(),
        lambda: np.random.default_rng(),
        lambda: torch.Generator(),
        lambda: iter([1, 2]),
        lambda: (x for x in [1, 2]),
    ],
)
def test_what_changes_by_being_used_counts_by_its_type(changing):
    used = changing()
    before = describe(Scale(used))
    if isinstance(used, random.Random):
        used.gauss(0, 1)
    elif isinstance(used, np.random.Generator):
        used.random()
    elif isinstance(used, torch.Generator):
        torch.rand(1, generator=used)
    else:
        next(used)
    assert describe(Scale(used)) == before == describe(Scale(changing()))


def test_functions_that_call_one_another_end():
    source = "def g(x): return f(x)\ndef f(x): return g(x) if x else 0"
    assert describe(made(source)) == describe(made(source))
    itself: list = []
    itself.append(itself)
    assert describe(Scale(itself)) == describe(Scale(itself))


SCRIPT = """
import torch, numpy as np
from mmlearn.describe import describe
from torch.nn.functional import interpolate
class Key: pass
class A:
    names = {"b", "a", "c"}
    def __init__(self): self.held, self.by = {torch.float32: 1, len: 2}, object()
    def __call__(self, x): return interpolate(x, mode=str(x in {"x", "y", "z"}))
print(describe(A()), describe(lambda x: Key), describe(torch.nn.ReLU()))
"""


def test_another_process_says_the_same():
    """No address, no order of a set, nothing of the machine is in it."""
    said = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=os.environ
            | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1 and len(set(said.pop().split())) == 3
