"""What a training reports, in which order it reads, and where it writes."""

import zlib

import pytest
import torch
from models import CLASSES, D_MODEL, batch_of, build

from mmlearn import distributed, seed_everything
from mmlearn.batch import TensorData, pad
from mmlearn.batch.data import checksum, digest
from mmlearn.checkpoint import Training, resume, save
from mmlearn.fusion import ConcatFusion
from mmlearn.fusion.fused import Fused
from mmlearn.heads import Classify, LateClassify, Regress, Tag
from mmlearn.train import fit, shuffled, validate


def test_the_training_loss_is_the_mean_over_the_samples():
    """The last batch is short: a mean of the batches' means would be another."""
    seed_everything(0)
    data = TensorData(batch_of(21, 0))
    model = build(ConcatFusion, Classify(D_MODEL, CLASSES))
    expected = validate(model, data)["valid_loss"]
    history = fit(model, data, epochs=2, batch_size=16, learning_rate=0.0)
    for row in history:
        assert row["train_loss"] == pytest.approx(expected, rel=1e-5)


def test_the_order_of_an_epoch_is_that_of_the_runs_on_record():
    for seed, epoch in ((0, 0), (0, 3), (2, 1)):
        drawn = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
        expected = torch.randperm(9, generator=drawn).tolist()
        assert shuffled(9, seed, epoch).tolist() == expected


class Elsewhere:
    """A running loss on a device that is not there."""

    def __init__(self, kind: str):
        self.device, self.number = torch.device(kind), torch.zeros(())

    def detach(self) -> torch.Tensor:
        return self.number

    def copy_(self, number: torch.Tensor) -> None:
        self.number = number.clone()


def state_on(kind: str) -> Training:
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.AdamW(model.parameters())
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    return Training(model, optimizer, schedule, Elsewhere(kind))


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_the_random_state_of_the_device_comes_back(kind, tmp_path, monkeypatch):
    """Each device's own, and asked of no other."""
    asked, given = [], []
    for name in ("cuda", "mps"):
        module = getattr(torch, name)

        def get(*device, name=name):
            asked.append((name, *device))
            return torch.tensor([3, 1, 4], dtype=torch.uint8)

        def put(state, *device, name=name):
            given.append((name, state.tolist(), *device))

        monkeypatch.setattr(module, "get_rng_state", get)
        monkeypatch.setattr(module, "set_rng_state", put)
    written, again = state_on(kind), state_on(kind)
    written.total.number += 7
    where = (torch.device(kind),) if kind == "cuda" else ()
    save(tmp_path / "run", written, {})
    assert asked == [(kind, *where)] and not given
    assert resume(tmp_path / "run", again, {})
    assert given == [(kind, [3, 1, 4], *where)]
    assert again.total.number.item() == 7


def test_the_folder_of_a_checkpoint_is_made_however_deep(tmp_path):
    path = tmp_path / "runs" / "of today" / "run"
    for epoch in (1, 2):  # the second finds it there
        state = state_on("cpu")
        state.epoch = epoch
        save(path, state, {})
    again = state_on("cpu")
    assert resume(path, again, {}) and again.epoch == 2


def test_a_digest_is_the_crc32_of_facts_and_values():
    """It stands in checkpoints: another way to count would refuse all of them."""
    label = torch.tensor([3, 1, 2])
    facts = b"label torch.int64 [3]"
    expected = zlib.crc32(facts + label.numpy().tobytes())
    assert checksum(label, "label") == expected
    image = torch.tensor([[0.5], [1.5], [2.5]])
    more = b"image torch.float32 [3, 1]" + image.numpy().tobytes()
    both = TensorData({"label": label, "image": image})
    expected = zlib.crc32(facts + label.numpy().tobytes(), zlib.crc32(more))
    assert digest(both) == f"{expected:08x}"


def test_each_process_has_the_gpu_that_torchrun_has_for_it(monkeypatch):
    current = []
    monkeypatch.setattr(torch.cuda, "set_device", current.append)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert distributed.start(torch.device("cuda")) == torch.device("cuda", 1)
    assert current == [torch.device("cuda", 1)]
    assert distributed.start(torch.device("cuda", 3)) == torch.device("cuda", 3)
    assert current == [torch.device("cuda", 1)], "a number is the caller's own choice"
    monkeypatch.delenv("LOCAL_RANK")
    assert distributed.start(torch.device("cuda")) == torch.device("cuda", 0)


HEADS = {
    "classes": (lambda: Classify(4, 3), {"label": torch.tensor([0, 2])}),
    "late": (lambda: LateClassify(["a"], 4, 3), {"label": torch.tensor([0, 2])}),
    "number": (lambda: Regress(4, "y", 1, 2), {"y": torch.tensor([0.0, 2.0])}),
    "tags": (lambda: Tag(4, 1), {"tags": torch.tensor([[0], [1]])}),
}


@pytest.mark.parametrize("kind", HEADS)
def test_what_is_computed_in_float64_stays_float64(kind):
    make, batch = HEADS[kind]
    head, vector = make().double(), torch.randn(2, 4, dtype=torch.float64)
    one = torch.ones(2, 1, dtype=torch.bool)
    loss = head.loss(head(Fused(vector, {}, {"a": vector}, one)), batch)
    assert loss.total.dtype == loss.weight.dtype == torch.float64


@pytest.mark.parametrize("kind", ["classes", "late"])
def test_a_label_that_is_padded_is_refused_in_words(kind):
    head, vector = HEADS[kind][0](), torch.randn(2, 4)
    output = head(Fused(vector, {}, {"a": vector}, torch.ones(2, 1).bool()))
    batch = {"label": pad([torch.tensor([1]), torch.tensor([0])])}
    with pytest.raises(TypeError, match="label is Padded; expected a tensor"):
        head.loss(output, batch)
