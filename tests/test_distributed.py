"""Two gloo processes under torchrun give the model of one, to 1e-5."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.testing import assert_close
from two_processes import CASES, WRONG, run

from mmlearn import distributed
from mmlearn.checkpoint import read
from mmlearn.versions import TORCH

pytestmark = pytest.mark.skipif(
    TORCH < (2, 4) and sys.version_info >= (3, 12),
    reason="torchrun of torch 2.3 ends in a segmentation fault under Python 3.12 "
    "(pytorch/pytorch issue 125990)",
)


@pytest.fixture(scope="module")
def two(tmp_path_factory) -> Path:
    """The folder of what two processes wrote."""
    folder = tmp_path_factory.mktemp("two")
    script = Path(__file__).with_name("two_processes.py")
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    done = subprocess.run(
        [*launch, "--nproc-per-node", "2", str(script), str(folder)],
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(x for x in sys.path if x)}
        | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def one(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("one")
    for case in CASES:
        run(case, folder / case)
    return folder


def assert_alike(two: Path, one: Path) -> None:
    """Weights, moments of the gradients, and histories agree to 1e-5."""
    (tensors, facts), (expected, wanted) = read(two), read(one)
    for name, x in expected.items():
        if name.startswith(("model.", "optimizer.")):
            ours, theirs = (_without_key_bias(name, y) for y in (tensors[name], x))
            assert_close(
                ours, theirs, atol=1e-5, rtol=1e-5, msg=lambda m, n=name: f"{n}: {m}"
            )
    for row, other in zip(facts["history"], wanted["history"], strict=True):
        assert row == pytest.approx(other, abs=1e-5)


def _without_key_bias(name: str, x: torch.Tensor) -> torch.Tensor:
    """Softmax does not see what a key's bias adds to all scores of a query alike.

    Its true gradient is 0; what is computed is rounding, which Adam makes as large as
    any gradient. So these 16 numbers wander, and no output depends on them.
    """
    if name.startswith("model.") and name.endswith("query_key_value.bias"):
        query, _, value = x.chunk(3)
        return torch.cat([query, value])
    if name.startswith("model.") and name.endswith("key_value.bias"):  # cross-attention
        return x.chunk(2)[1]
    return x


@pytest.mark.parametrize("case", CASES)
def test_two_processes_give_the_model_of_one(case, one, two):
    assert_alike(two / case, one / case)
    assert "total.1" in read(two / case)[0], "there was one process only"


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_scaling_is_caught(wrong, one, two):
    with pytest.raises(AssertionError):
        assert_alike(two / wrong, one / WRONG[wrong][0])


def test_two_processes_go_on_bit_for_bit(two):
    assert (two / "stopped").read_bytes() == (two / "undisturbed").read_bytes()
    tensors, facts = read(two / "stopped")
    assert len(facts["history"]) == 2
    assert not tensors["random.0.torch"].equal(tensors["random.1.torch"]), (
        "both processes drop out the same units"
    )


def test_both_processes_have_the_history(two):
    first, second = (
        json.loads((two / f"histories {rank}").read_text()) for rank in (0, 1)
    )
    assert first == second and set(first) == set(CASES)


def test_without_torchrun_there_is_one_process():
    rows = torch.arange(5)
    assert distributed.start(torch.device("cpu")) == torch.device("cpu")
    assert (distributed.world(), distributed.rank()) == (1, 0)
    mine, count = distributed.part(rows)
    assert mine.tolist() == rows.tolist() and count == 5
    assert distributed.gather({"a": rows}) == ({"a": rows}, 1.0)
    parts = [rows[::2], rows[1::2]]
    assert distributed.whole(parts).tolist() == rows.tolist()
    assert distributed.collect("mine") == ["mine"]
    assert distributed.from_first("mine") == "mine"
    module = torch.nn.Linear(1, 1)
    assert distributed.wrap(module) is module
