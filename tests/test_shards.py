"""A data set in shards gives the batches and the model that `TensorData` gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mmlearn import MultimodalModel, fit, seed_everything
from mmlearn.batch import TensorData
from mmlearn.encoders import ConvEncoder
from mmlearn.evaluate import evaluate
from mmlearn.fusion import Separate
from mmlearn.heads import Classify
from mmlearn.shards import ShardData

N, CLASSES = 50, 3


def columns() -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    label = np.arange(N) % CLASSES
    pictures = (
        generator.integers(0, 60, (N, 3, 12, 12)) + 60 * label[:, None, None, None]
    )
    return {"image": pictures.astype(np.uint8), "label": label}


def make(rows: dict) -> dict:
    pictures = torch.as_tensor(np.asarray(rows["image"], np.uint8))
    label = torch.as_tensor(np.asarray(rows["label"], np.int64))
    return {"image": pictures.float() / 255, "label": label}


def model() -> MultimodalModel:
    seed_everything(0)
    encoders = {"image": ConvEncoder(8, widths=(8, 8))}
    return MultimodalModel(encoders, Separate(["image"], 8), Classify(8, CLASSES))


@pytest.fixture
def sharded(tmp_path, monkeypatch):
    """The columns as three parquet files, read by the library; no network."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets", reason="this stack has no datasets")
    datasets.disable_progress_bars()
    all_rows = columns()
    files = []
    for i, rows in enumerate(np.array_split(np.arange(N), 3)):
        part = datasets.Dataset.from_dict(
            {"image": all_rows["image"][rows], "label": all_rows["label"][rows]}
        )
        files.append(str(tmp_path / f"shard-{i}.parquet"))
        part.to_parquet(files[-1])
    return datasets.load_dataset(
        "parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache")
    ).with_format("numpy")


def test_the_batches_are_those_of_tensor_data(sharded):
    data, whole = ShardData(sharded, make), TensorData(make(columns()))
    assert len(data) == len(whole) == N
    for index in (torch.tensor([49, 0, 17, 17]), slice(30, 36), torch.arange(N)):
        found, expected = data[index], whole[index]
        assert found.keys() == expected.keys()
        for name in expected:
            torch.testing.assert_close(found[name], expected[name], rtol=0, atol=0)


def test_the_model_is_that_of_tensor_data(sharded):
    train, valid = list(range(40)), list(range(40, N))
    data, whole = ShardData(sharded, make), TensorData(make(columns()))
    ours, theirs = model(), model()
    history = fit(ours, data.take(train), data.take(valid), epochs=2, batch_size=16)
    other = fit(theirs, whole.take(train), whole.take(valid), epochs=2, batch_size=16)
    assert history == other
    for name, value in ours.state_dict().items():
        torch.testing.assert_close(value, theirs.state_dict()[name], rtol=0, atol=0)
    reports = [evaluate(ours, d.take(valid), np.arange(10)) for d in (data, whole)]
    assert reports[0].accuracy == reports[1].accuracy


class Plain:
    """As little as ShardData asks for; counts which rows are read."""

    def __init__(self) -> None:
        self.read: list[int] = []

    def __len__(self) -> int:
        return N

    def __getitem__(self, rows: list[int]) -> dict:
        self.read += rows
        return {name: column[rows] for name, column in columns().items()}


def test_only_the_rows_of_a_batch_are_read():
    plain = Plain()
    data = ShardData(plain, make, rows=[5, 7, 9]).take([2, 0])
    assert data[torch.tensor([1, 0])]["label"].tolist() == [5 % 3, 9 % 3]
    assert plain.read == [5, 9]


@pytest.mark.parametrize("rows", [[50], [-51], [0.5], [True]])
def test_rows_that_are_not_there_are_refused(rows):
    with pytest.raises((ValueError, TypeError, IndexError)):
        ShardData(Plain(), make, rows)


def test_what_streams_is_refused():
    with pytest.raises(TypeError, match="generator, which has no length"):
        ShardData((i for i in range(3)), make)  # type: ignore[arg-type]
