"""A run that was stopped goes on bit for bit; a damaged checkpoint is refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from interrupted import LEFT, Stop, noise, train
from models import CLASSES, D_MODEL, batch_of, build
from safetensors import safe_open
from safetensors.torch import save_file
from torch.testing import assert_close

from mmlearn import seed_everything
from mmlearn.batch import MappedData, TensorData
from mmlearn.checkpoint import Training, read, resume, save
from mmlearn.fusion import ConcatFusion, SelfAttentionFusion
from mmlearn.heads import Classify
from mmlearn.train import fit

NAME = "run.safetensors"
# 2 epochs of 8 batches, a checkpoint after every second one and at each epoch's end.
SHORT = {"epochs": 2}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The last checkpoint, model and history of a run that nobody disturbed."""
    path = tmp_path_factory.mktemp("whole") / NAME
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    model, history = train(path, **SHORT)
    yield path.read_bytes(), model, history
    torch.set_num_threads(threads)


def interrupt(path: Path, batches: int = 11, **options) -> None:
    LEFT[:] = [batches]
    with pytest.raises(Stop):
        train(path, **(SHORT | options))


def rewrite(path: Path, without: str) -> None:
    """The same file less one tensor, or less one of the facts in the metadata."""
    with safe_open(path, framework="pt") as file:
        names = file.keys()
        tensors = {name: file.get_tensor(name).clone() for name in names}
        facts = json.loads(file.metadata()["mmlearn"])
    if without in facts:
        del facts[without]
    else:
        del tensors[without]
    save_file(tensors, path, metadata={"mmlearn": json.dumps(facts)})


def beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


@pytest.mark.parametrize(("then", "now"), [(True, False), (False, True)])
def test_the_fused_kernel_is_that_of_this_torch_not_of_the_one_before(
    tmp_path, then, now
):
    """A run of the current stack goes on with torch 2.3, which has none on the CPU."""
    optimizers = []
    for fused in (then, now):
        model = torch.nn.Linear(2, 2)
        optimizer = torch.optim.AdamW(model.parameters())
        optimizer.param_groups[0]["fused"] = fused
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
        state = Training(model, optimizer, schedule, torch.zeros(()))
        assert resume(tmp_path / NAME, state, {}) == bool(optimizers)
        save(tmp_path / NAME, state, {})
        optimizers.append(optimizer)
    assert [o.param_groups[0]["fused"] for o in optimizers] == [then, now]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_killed_at_20_random_moments_it_ends_where_it_would_have(tmp_path):
    command = [sys.executable, str(Path(__file__).with_name("interrupted.py"))]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(x for x in sys.path if x),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [*command, str(tmp_path), "20"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    # The whole file: model, optimiser, schedule, history and random states.
    assert set(found["ends"]) == {found["quiet"]}
    moments = {tuple(x) for x in found["left behind"] if x is not None}
    assert len(found["left behind"]) == 20
    assert len(moments) >= 4, f"killed too early to prove anything: {found}"
    assert any(position for _, position in moments), "never within an epoch"


@pytest.mark.parametrize("batches", [1, 2, 7, 8, 9, 15])
def test_stopped_anywhere_it_goes_on_bit_for_bit(batches, whole, tmp_path):
    expected, model, history = whole
    interrupt(tmp_path / NAME, batches)
    resumed, same = train(tmp_path / NAME, **SHORT)
    assert same == history
    assert_close(resumed.state_dict(), model.state_dict(), atol=0, rtol=0)
    assert (tmp_path / NAME).read_bytes() == expected


def test_a_run_that_is_done_is_not_run_again(whole, tmp_path):
    expected, model, history = whole
    (tmp_path / NAME).write_bytes(expected)
    LEFT[:] = [0]  # the first batch would end it
    again, same = train(tmp_path / NAME, **SHORT)
    assert LEFT.pop() == 0
    assert same == history
    assert_close(again.state_dict(), model.state_dict(), atol=0, rtol=0)


def test_the_checkpoint_changes_nothing(whole):
    _, model, history = whole
    plain, same = train(None, **SHORT)
    assert same == history
    assert_close(plain.state_dict(), model.state_dict(), atol=0, rtol=0)


def test_cut_in_half_it_is_refused_and_the_one_before_is_used(whole, tmp_path):
    path = tmp_path / NAME
    interrupt(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.warns(UserWarning, match=r"refused: run\.safetensors: cut off"):
        train(path, **SHORT)
    assert path.read_bytes() == whole[0]
    assert beside(path, ".refused").stat().st_size == len(content) // 2


@pytest.mark.parametrize(
    "state",
    [
        "model.head.layers.1.weight",
        "best.head.layers.1.weight",
        "optimizer.head.layers.1.weight.exp_avg_sq",
        "optimizer.encoders.image.project.bias.step",
        "random.0.torch",
        "random.0.numpy",
        "random.0.python",
        "total.0",
        "schedule",
        "history",
        "position",
        "options",
        "tensors",
    ],
)
def test_a_missing_state_is_refused_by_name(state, whole, tmp_path):
    path = tmp_path / NAME
    interrupt(path)
    rewrite(path, without=state)
    with pytest.raises(ValueError, match=rf"run\.safetensors: has no '{state}'"):
        read(path)
    with pytest.warns(UserWarning, match=f"refused: .* has no '{state}'"):
        train(path, **SHORT)
    assert path.read_bytes() == whole[0]


def test_killed_between_two_renames(whole, tmp_path):
    path = tmp_path / NAME
    interrupt(path)
    path.replace(beside(path, ".previous"))
    beside(path, ".unfinished").write_bytes(b"half a file")
    train(path, **SHORT)
    assert path.read_bytes() == whole[0]
    assert not beside(path, ".unfinished").exists()


@pytest.mark.parametrize("content", [b"", b"no checkpoint at all", bytes(64)])
def test_when_all_are_refused_it_says_so_and_keeps_them(content, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(content)
    beside(path, ".previous").write_bytes(content)
    with (
        pytest.warns(UserWarning, match="refused: run.safetensors"),
        pytest.raises(ValueError, match=r"every checkpoint was refused.*begin anew"),
    ):
        train(path, **SHORT)
    assert {x.name for x in tmp_path.iterdir()} == {
        f"{NAME}.refused",
        f"{NAME}.previous.refused",
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 3}, "epochs is 2 in the checkpoint, 3 here"),
        ({"learning_rate": 0.1}, "learning_rate is 0.002 in the checkpoint, 0.1 here"),
        ({"patience": None}, "patience is 7 in the checkpoint, None here"),
        ({"precision": torch.bfloat16}, "precision is None .*, torch.bfloat16 here"),
        ({"seed": 5}, "seed is 0 in the checkpoint, 5 here"),
    ],
)
def test_other_options_are_refused_by_name(options, message, whole, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(whole[0])
    with pytest.raises(ValueError, match=rf"run\.safetensors: {message}; go on with"):
        train(path, **(SHORT | options))
    assert path.read_bytes() == whole[0], "a good checkpoint is left alone"


def test_another_model_or_other_data_are_refused_by_name(whole, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(whole[0])
    data = TensorData(batch_of(60, 0)), TensorData(batch_of(30, 1))
    options = SHORT | {"batch_size": 8, "patience": 7, "checkpoint": path}
    options |= {"augment": noise, "every": 2}
    model = build(ConcatFusion, Classify(D_MODEL, CLASSES + 1))
    with pytest.raises(
        ValueError,
        match=r"the weight head\.layers\.1\.bias is torch\.float32 \[5\] in the "
        r"checkpoint, torch\.float32 \[6\] in this model",
    ):
        fit(model, *data, **options)
    model = build(SelfAttentionFusion, Classify(D_MODEL, CLASSES))
    with pytest.raises(ValueError, match=r"the weight fusion\..* None in the check"):
        fit(model, *data, **options)
    model = build(ConcatFusion, Classify(D_MODEL, CLASSES))
    with pytest.raises(ValueError, match=r"train is .*'samples': 60.* in the check"):
        fit(model, TensorData(batch_of(50, 0)), data[1], **options)
    # As many samples of the same shapes, one number another: another fold.
    columns = batch_of(60, 0)
    columns["image"] = columns["image"].clone()
    columns["image"][59, 2, 7, 7] += 1e-6
    for train_data, valid_data, what in (
        (TensorData(columns), data[1], "train"),
        (data[0], TensorData(batch_of(30, 0)), "valid"),
    ):
        with pytest.raises(ValueError, match=rf"{what} is .*'digest': "):
            fit(model, train_data, valid_data, **options)
    for other in (None, lambda batch: noise(batch), lambda batch: batch):
        with pytest.raises(ValueError, match=r"augment is .* in the checkpoint"):
            fit(model, *data, **options | {"augment": other})
    assert path.read_bytes() == whole[0], "a good checkpoint is left alone"


def test_early_stopping_is_remembered(tmp_path):
    """Stopped in the epoch after the best one, it stops where it would have."""
    options = {"epochs": 8, "patience": 1, "learning_rate": 0.03}
    model, history = train(tmp_path / "whole", **options)
    assert len(history) < 8, "the task does not stop early: choose another"
    interrupt(tmp_path / NAME, 8 * len(history) - 3, **options)
    resumed, same = train(tmp_path / NAME, **options)
    assert same == history
    assert_close(resumed.state_dict(), model.state_dict(), atol=0, rtol=0)


class Tied(torch.nn.Module):
    """Two layers with one weight, and a picture filter that is laid out backwards."""

    def __init__(self):
        super().__init__()
        self.first, self.second = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)
        self.second.weight = self.first.weight
        self.filter = torch.nn.Conv2d(2, 2, 3).to(memory_format=torch.channels_last)


def state_of(model: torch.nn.Module) -> Training:
    optimizer = torch.optim.AdamW(model.parameters())
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    return Training(model, optimizer, schedule, torch.zeros(()))


def test_tied_and_strided_weights_come_back(tmp_path):
    torch.manual_seed(0)
    written = state_of(Tied())
    save(tmp_path / NAME, written, {})
    torch.manual_seed(1)
    other = state_of(Tied())
    assert resume(tmp_path / NAME, other, {})
    assert_close(other.model.state_dict(), written.model.state_dict(), atol=0, rtol=0)
    assert other.model.first.weight is other.model.second.weight


def test_without_a_path_nothing_is_written_or_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save(None, state_of(Tied()), {})
    assert not resume(None, state_of(Tied()), {})
    assert not resume(tmp_path / "not there", state_of(Tied()), {})
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_the_random_state_of_a_gpu_is_kept(tmp_path):
    state = state_of(Tied().cuda())
    state.total = state.total.cuda()
    save(tmp_path / NAME, state, {})
    drawn = torch.rand(3, device="cuda")
    assert resume(tmp_path / NAME, state, {})
    assert_close(torch.rand(3, device="cuda"), drawn, atol=0, rtol=0)
    rewrite(tmp_path / NAME, without="random.0.cuda")
    with pytest.raises(ValueError, match=r"has no 'random\.0\.cuda'"):
        read(tmp_path / NAME)


def test_every_second_batch_is_written_and_the_end_of_each_epoch(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(
        "mmlearn.train.save",
        lambda path, state, options: written.append((state.epoch, state.position)),
    )
    train(tmp_path / NAME, **SHORT)
    each = [2, 4, 6, 8]
    assert written == [
        *[(0, x) for x in each],
        (1, 0),
        *[(1, x) for x in each],
        (2, 0),
    ]


@pytest.mark.parametrize("batches", [3, 8, 11])
def test_matrices_alone_decay_after_a_stop_too(batches, tmp_path):
    options = SHORT | {"decay": "matrices", "weight_decay": 0.5, "learning_rate": 0.02}
    model, history = train(tmp_path / "whole", **options)
    interrupt(tmp_path / NAME, batches, **options)
    resumed, same = train(tmp_path / NAME, **options)
    assert same == history
    assert_close(resumed.state_dict(), model.state_dict(), atol=0, rtol=0)
    assert (tmp_path / NAME).read_bytes() == (tmp_path / "whole").read_bytes()
    with pytest.raises(ValueError, match="decay is matrices in the checkpoint, all he"):
        train(tmp_path / NAME, **options | {"decay": "all"})


def mapped(size: int, seed: int, **changed) -> MappedData:
    """Pictures on the disk, made floats as they are read."""
    generator = np.random.default_rng(seed)
    image = generator.integers(0, 256, (size, 3, 8, 8), dtype=np.uint8)
    columns = {"image": image, "label": np.arange(size) % CLASSES} | changed
    return MappedData(columns, lambda x: x | {"image": x["image"].float() / 255})


@pytest.mark.parametrize("batches", [3, 11])
def test_training_from_the_disk_goes_on_bit_for_bit(batches, tmp_path):
    def run(path, data):
        seed_everything(0)
        model = build(ConcatFusion, Classify(D_MODEL, CLASSES, dropout=0.1))
        options = {"epochs": 2, "batch_size": 8, "every": 2, "augment": noise}
        history = fit(model, data, mapped(20, 1), checkpoint=path, **options)
        return model.state_dict(), history

    weights, history = run(tmp_path / "whole", mapped(60, 0))
    LEFT[:] = [batches]
    with pytest.raises(Stop):
        run(tmp_path / NAME, mapped(60, 0))
    with pytest.raises(ValueError, match=r"train is .* in the checkpoint"):
        run(tmp_path / NAME, mapped(60, 0, label=np.zeros(60, dtype=np.int64)))
    resumed, same = run(tmp_path / NAME, mapped(60, 0))
    assert same == history
    assert_close(resumed, weights, atol=0, rtol=0)


def test_a_frozen_tower_is_known_by_its_checksum(tmp_path):
    def frozen(seed: int) -> Training:
        torch.manual_seed(seed)
        tower, head = torch.nn.Linear(3, 3).requires_grad_(False), torch.nn.Linear(3, 2)
        state = state_of(torch.nn.Sequential(tower, head))
        state.best = {k: x.clone() for k, x in state.model.state_dict().items()}
        return state

    written = frozen(0)
    save(tmp_path / NAME, written, {})
    tensors, _ = read(tmp_path / NAME)
    kept = {name for name in tensors if name.startswith(("model.", "best."))}
    assert kept == {f"{x}.1.{y}" for x in ("model", "best") for y in ("weight", "bias")}
    again = frozen(0)
    again.best = None
    with torch.no_grad():
        again.model[1].weight.zero_()
    assert resume(tmp_path / NAME, again, {})
    expected = written.model.state_dict()
    assert_close(again.model.state_dict(), expected, atol=0, rtol=0)
    assert_close(again.best, expected, atol=0, rtol=0)
    with pytest.raises(ValueError, match="the frozen weights have the checksum"):
        resume(tmp_path / NAME, frozen(1), {})


def test_a_file_of_the_version_before_is_refused_in_words(tmp_path):
    save(tmp_path / NAME, state_of(Tied()), {})
    rewrite(tmp_path / NAME, without="frozen")  # which that version did not have
    with (
        pytest.warns(UserWarning, match=r"has no 'frozen'.*another version of mmlearn"),
        pytest.raises(ValueError, match="every checkpoint was refused"),
    ):
        resume(tmp_path / NAME, state_of(Tied()), {})
