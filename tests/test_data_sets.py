"""Data sets in memory and on the disk give the same batches, and the same model."""

import numpy as np
import pytest
import torch
from models import CLASSES, D_MODEL, batch_of, build
from torch.testing import assert_close

from mmlearn import seed_everything
from mmlearn.batch import Data, MappedData, Padded, TensorData, collate, pad
from mmlearn.batch.data import digest
from mmlearn.evaluate import evaluate
from mmlearn.fusion import ConcatFusion
from mmlearn.heads import Classify
from mmlearn.train import fit


def columns(size: int = 30) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    return {
        "image": generator.integers(0, 256, (size, 3, 8, 8), dtype=np.uint8),
        "label": np.arange(size) % CLASSES,
    }


def on_disk(folder, size: int = 30) -> dict[str, np.ndarray]:
    mapped = {}
    for name, column in columns(size).items():
        np.save(folder / f"{name}.npy", column)
        mapped[name] = np.load(folder / f"{name}.npy", mmap_mode="r")
    return mapped


def to_floats(batch):
    return batch | {"image": batch["image"].float() / 255}


def test_mapped_data_gives_what_tensors_give(tmp_path):
    mapped = MappedData(on_disk(tmp_path), to_floats)
    held = TensorData(to_floats({k: torch.from_numpy(x) for k, x in columns().items()}))
    assert isinstance(mapped, Data) and isinstance(held, Data)
    assert len(mapped) == len(held) == 30
    rows = torch.tensor([4, 0, 29])
    assert_close(mapped[rows], held[rows])
    some = torch.tensor([7, 3, 20])
    assert_close(mapped.take(some)[torch.tensor([2, 0])], held[torch.tensor([20, 7])])
    assert_close(held.take(some)[torch.tensor([2, 0])], held[torch.tensor([20, 7])])
    assert digest(mapped) == digest(held)
    mask = torch.arange(30) % 2 == 0
    assert_close(mapped.take(mask)[torch.arange(15)], held.take(mask)[torch.arange(15)])
    batch = mapped[rows]
    batch["image"] += 1  # the batch is its own, the file is left alone
    assert_close(mapped[rows], held[rows])


def test_training_from_the_disk_is_training_from_memory(tmp_path):
    def train(data):
        seed_everything(0)
        model = build(ConcatFusion, Classify(D_MODEL, CLASSES))
        history = fit(model, data, data, epochs=2, batch_size=8)
        return model.state_dict(), history, evaluate(model, data).accuracy

    mapped = MappedData(on_disk(tmp_path), to_floats)
    held = TensorData(to_floats({k: torch.from_numpy(x) for k, x in columns().items()}))
    (weights, history, accuracy), (same, other, equal) = train(mapped), train(held)
    assert_close(weights, same, atol=0, rtol=0)
    assert history == other and accuracy == equal


def test_what_is_wrong_on_the_disk_is_named_by_its_number(tmp_path):
    mapped = on_disk(tmp_path, 1100)
    wrong = {"image": mapped["image"], "label": mapped["label"].copy()}
    wrong["label"][1050] = 77
    model = build(ConcatFusion, Classify(D_MODEL, CLASSES))
    with pytest.raises(ValueError, match=r"^sample 1050: label is 77; expected 0\.\.4"):
        fit(model, MappedData(wrong, to_floats), epochs=1)
    floats = torch.zeros(1100, 3, 8, 8)
    floats[1049, 0, 0, 0] = torch.nan
    with pytest.raises(ValueError, match=r"^sample 1049: image holds NaN"):
        TensorData({"image": floats, "label": torch.zeros(1100, dtype=torch.int64)})


def test_the_digest_sees_every_value():
    def of(**changed):
        return digest(TensorData(batch_of(8) | changed))

    seen = {of()}
    image = batch_of(8)["image"].clone()
    image[7, 2, 7, 7] += 1e-6
    label = batch_of(8)["label"].clone()
    label[0] += 1
    seen |= {of(image=image), of(label=label), of(label=label.int())}
    text = batch_of(8)["text"]
    mask = text.mask.clone()
    mask[3, 0] = False
    values = torch.where(mask, text.values, 0)
    seen |= {of(text=Padded(values, mask)), of(text=Padded(values, text.mask))}
    assert len(seen) == 6
    assert digest(TensorData(batch_of(8)).take([1, 0])) != digest(
        TensorData(batch_of(8)).take([0, 1])
    )


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        ([30], IndexError, r"row 30; expected 0\.\.29"),
        ([-1], IndexError, r"row -1; expected 0\.\.29"),
        ([], ValueError, "no row is chosen"),
        ([0.0, 1.0], TypeError, "rows are float64"),
        ([[0], [1]], TypeError, r"rows are int64 \[2, 1\]"),
        ([True, False], IndexError, "the mask has 2 rows; expected 30"),
    ],
)
def test_rows_that_are_none(rows, error, message, tmp_path):
    held = TensorData({k: torch.from_numpy(x) for k, x in columns().items()})
    for data in (held, MappedData(columns())):
        with pytest.raises(error, match=message):
            data.take(rows)


def test_refusals():
    with pytest.raises(ValueError, match="expected one, 1 or more"):
        MappedData({"image": np.zeros((3, 2)), "label": np.zeros(2)})
    with pytest.raises(ValueError, match="the batch has no sample"):
        TensorData({"image": torch.zeros(0, 3, 8, 8)})
    with pytest.raises(ValueError, match="no modality"):
        TensorData({})
    with pytest.raises(TypeError, match="text is list; expected a tensor"):
        TensorData({"text": ["a", "b"]})
    with pytest.raises(TypeError, match="text is ndarray"):
        TensorData({"text": np.array(["a", "b"])})
    with pytest.raises(ValueError, match="label is a single number"):
        TensorData({"image": torch.zeros(2, 3), "label": torch.tensor(1)})
    arrays = TensorData(columns())
    assert arrays.label.dtype == torch.int64 and len(arrays) == 30


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_no_number_is_rounded_by_its_neighbours(order):
    """The first sample used to decide the type: 0.5 became 0."""
    samples = [{"image": np.zeros((1, 2, 2), np.int64), "x": 1}] * 2
    samples = [
        {"sensor": np.array([[1], [2]], np.int64), "label": 0},
        {"sensor": np.array([[0.5], [0.25]]), "label": 1},
    ]
    batch = collate([samples[i] for i in order])
    assert batch["sensor"].values.dtype == torch.float64
    found = batch["sensor"].values.flatten().tolist()
    assert found == [1, 2, 0.5, 0.25] if order == (0, 1) else [0.5, 0.25, 1, 2]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (torch.uint8, torch.int64, torch.int64),
        (torch.uint8, torch.int8, torch.int16),
        (torch.float16, torch.float64, torch.float64),
        (torch.bool, torch.uint8, torch.uint8),
        (torch.int32, torch.float32, torch.float32),
    ],
)
def test_types_become_the_one_that_holds_both(first, second, expected):
    items = [torch.tensor([1, 0]).to(first), torch.tensor([1, 1]).to(second)]
    for pair in (items, items[::-1]):
        padded = pad(pair)
        assert padded.values.dtype == expected
        assert padded.values.sum() == 3


@pytest.mark.parametrize(
    ("number", "other"),
    [
        (2**24 + 1, torch.float32),
        (2**53 + 1, torch.float64),
        (2**63 - 1, torch.float64),
    ],
)
def test_a_number_that_would_be_rounded_is_named(number, other):
    items = [torch.zeros(1, dtype=other), torch.tensor([number])]
    with pytest.raises(ValueError, match=r"sample 1: is torch\.int64 among .* cannot"):
        pad(items)


def test_labels_keep_their_type_and_unsigned_numbers_their_value():
    samples = [{"image": torch.zeros(1, 2, 2), "label": np.uint8(200)}] * 2
    assert collate(samples)["label"].tolist() == [200, 200]
    samples[1] = samples[1] | {"label": 0.5}
    assert collate(samples)["label"].tolist() == [200.0, 0.5]
    huge = [{"image": torch.zeros(1, 2, 2), "label": np.uint64(2**63)}]
    with pytest.raises(ValueError, match="sample 0, label: holds 9223372036854775808"):
        collate(huge)
    for wrong in ("cat", None, [1, 2]):
        with pytest.raises(ValueError, match="sample 1"):
            collate([samples[0], samples[0] | {"label": wrong}])


def test_kinds_say_what_a_column_is():
    """Two views of a picture are pictures, whatever they are called."""
    sample = {"line": torch.rand(3, 8, 8), "fill": torch.rand(3, 8, 8)}
    sample |= {"tags": torch.tensor([0, 1]), "price": 3.5}
    kinds = {"line": "picture", "fill": "picture", "tags": "fixed"}
    batch = collate([sample, sample], kinds=kinds)
    assert batch["line"].values.shape == (2, 1, 3, 8, 8)
    assert batch["tags"].shape == (2, 2) and batch["price"].tolist() == [3.5, 3.5]
    with pytest.raises(ValueError, match=r"sample 1, line: is .*expected a picture"):
        collate([sample, sample | {"line": torch.rand(8, 8)}], kinds=kinds)
    with pytest.raises(ValueError, match="line: no kind 'photo'"):
        collate([sample], kinds={"line": "photo"})
    with pytest.raises(ValueError, match=r"sample 1: tags is \[3\]; expected \[2\]"):
        collate([sample, sample | {"tags": torch.zeros(3)}], kinds=kinds)


def test_an_optional_target_says_where_it_is_known():
    samples = [{"image": torch.zeros(1, 2, 2), "price": 2.0}, {"image": None}]
    samples[1] = {"image": torch.zeros(1, 2, 2), "price": None}
    batch = collate(samples, optional=["price"])
    assert batch["price"].tolist() == [2.0, 0.0]
    assert batch["price_known"].tolist() == [True, False]
    with pytest.raises(ValueError, match="sample 1: has no price, but others have one"):
        collate(samples)


def test_lengths_are_compared_beyond_the_first_chunk():
    """2048 pictures beside 1024 labels: each chunk of the shorter would fit."""
    image, label = torch.zeros(2048, 1, 1, 1), torch.zeros(1024, dtype=torch.int64)
    with pytest.raises(ValueError, match="unequal lengths"):
        TensorData({"label": label, "image": image})
    with pytest.raises(ValueError, match="expected one, 1 or more"):
        MappedData({"label": label.numpy(), "image": image.numpy()})


def test_the_row_that_is_out_of_range_is_named():
    for rows in ([0, 30], torch.tensor([0, 30], dtype=torch.uint8), np.array([0, 30])):
        with pytest.raises(IndexError, match=r"row 30; expected 0\.\.29"):
            MappedData(columns()).take(rows)
    assert len(MappedData(columns()).take([0, 29])) == 2
    assert len(MappedData(columns(1)).take([True])) == 1


def test_unsigned_arrays_of_the_disk_are_read_as_whole_numbers():
    depth = np.full((3, 2), 65535, dtype=np.uint16)
    batch = MappedData({"depth": depth})[torch.tensor([1, 2])]
    assert batch["depth"].dtype == torch.int64
    assert batch["depth"].tolist() == [[65535, 65535]] * 2
