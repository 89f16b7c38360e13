"""The types, collating, and every refusal of bad values."""

import pytest
import torch
from torch.testing import assert_close

from mmlearn.batch import (
    Padded,
    TensorData,
    as_padded,
    check_batch,
    collate,
    masked_mean,
    pad,
)


def test_padded_refuses_what_does_not_agree():
    with pytest.raises(TypeError, match=r"mask is torch\.int64; expected torch\.bool"):
        Padded(torch.zeros(2, 3), torch.ones(2, 3, dtype=torch.int64))
    with pytest.raises(ValueError, match=r"values \[2, 3\] and mask \[2, 4\]"):
        Padded(torch.zeros(2, 3), torch.ones(2, 4, dtype=torch.bool))


def test_masked_mean_ignores_what_is_masked():
    values = torch.tensor([[[1.0], [3.0], [100.0]], [[5.0], [6.0], [7.0]]])
    mask = torch.tensor([[True, True, False], [False, False, False]])
    assert_close(masked_mean(values, mask), torch.tensor([[2.0], [0.0]]))


def test_masked_mean_is_not_spoiled_by_nan_under_the_mask():
    values = torch.tensor([[[1.0], [torch.nan]]])
    mask = torch.tensor([[True, False]])
    assert_close(masked_mean(values, mask), torch.tensor([[1.0]]))


def test_as_padded_spells_out_the_short_form():
    one_step = as_padded(torch.ones(4, 3, 8, 8), item_ndim=3)
    assert one_step.values.shape == (4, 1, 3, 8, 8)
    assert one_step.mask.shape == (4, 1) and one_step.mask.all()
    steps = as_padded(torch.ones(4, 7, 40), item_ndim=1)
    assert steps.values.shape == (4, 7, 40) and steps.mask.shape == (4, 7)
    with pytest.raises(ValueError, match=r"tensor is \[4\]"):
        as_padded(torch.ones(4), item_ndim=3)
    with pytest.raises(ValueError, match=r"expected 5 axes"):
        as_padded(pad([torch.ones(2, 3)]), item_ndim=3)


def test_pad_puts_zeros_under_the_mask():
    padded = pad([torch.tensor([1, 2, 3]), None, torch.tensor([4])])
    assert padded.values.tolist() == [[1, 2, 3], [0, 0, 0], [4, 0, 0]]
    assert padded.mask.sum(dim=1).tolist() == [3, 0, 1]
    assert padded.present.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([None, None], "all items are missing"),
        ([torch.ones(2, 3), torch.ones(0, 3)], "sample 1: found no step"),
        ([torch.ones(2, 3), torch.ones(2, 4)], r"sample 1: a step is \[4\]"),
    ],
)
def test_pad_names_the_sample(items, message):
    with pytest.raises(ValueError, match=message):
        pad(items)


def samples():
    return [
        {"image": torch.rand(3, 8, 8), "text": torch.tensor([5, 6]), "label": 0},
        {"image": None, "text": torch.tensor([7]), "label": 2},
        {"image": torch.rand(3, 8, 8), "label": 1},
    ]


def test_collate_masks_what_a_sample_lacks():
    batch = collate(samples())
    assert list(batch) == ["image", "text", "label"]
    assert batch["image"].values.shape == (3, 1, 3, 8, 8)
    assert batch["image"].present.tolist() == [True, False, True]
    assert batch["text"].values.tolist() == [[5, 6], [7, 0], [0, 0]]
    assert batch["label"].tolist() == [0, 2, 1]


def test_collate_names_the_bad_sample():
    bad = samples()
    bad[2]["image"] = torch.full((3, 8, 8), torch.nan)
    with pytest.raises(ValueError, match="c: image holds NaN or infinity"):
        collate(bad, names=["a", "b", "c"])
    nothing = [*samples(), {"label": 1}]
    with pytest.raises(ValueError, match=r"sample 3: has none of the modalities"):
        collate(nothing)
    unlabelled = [*samples(), {"text": torch.tensor([1])}]
    with pytest.raises(ValueError, match="sample 3: has no label"):
        collate(unlabelled)
    small = [*samples(), {"image": torch.rand(3, 4, 4), "label": 1}]
    with pytest.raises(ValueError, match=r"sample 3, image: a step is \[3, 4, 4\]"):
        collate(small)
    with pytest.raises(ValueError, match="no samples"):
        collate([])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": torch.tensor([0, 3])}, r"sample 1: label is 3; expected 0\.\.2"),
        ({"label": torch.tensor([-1, 0])}, r"sample 0: label is -1; expected 0\.\.2"),
        ({"label": torch.tensor([0])}, "unequal lengths"),
        ({"text": torch.tensor([[1], [9]])}, r"sample 1: text has a token outside"),
        (
            {"text": Padded(torch.tensor([[1], [1]]), torch.tensor([[True], [False]]))},
            "sample 1: text has values under a False mask",
        ),
    ],
)
def test_check_batch_refuses(change, message):
    batch = {"text": torch.tensor([[1], [2]]), "label": torch.tensor([0, 1])}
    check_batch(batch, classes=3, vocabulary_sizes={"text": 9})
    with pytest.raises(ValueError, match=message):
        check_batch(batch | change, classes=3, vocabulary_sizes={"text": 9})


def test_check_batch_wants_a_modality():
    with pytest.raises(ValueError, match="no modality"):
        check_batch({"label": torch.tensor([0])})


def test_tensor_data_indexes_every_column():
    data = TensorData(collate(samples()))
    batch = data[torch.tensor([2, 0])]
    assert batch["label"].tolist() == [1, 0]
    assert batch["text"].values.tolist() == [[0, 0], [5, 6]]
    assert len(data) == 3 and len(data[:2]["image"]) == 2
    assert data.to("cpu").label.tolist() == [0, 2, 1]


def test_tensor_data_without_a_modality():
    data = TensorData(
        {"image": torch.rand(2, 3, 8, 8), "text": torch.ones(2, 1, dtype=torch.int64)}
    )
    assert list(data.without("image").columns) == ["text"]
    with pytest.raises(KeyError, match="no 'audio' to leave out"):
        data.without("audio")
    with pytest.raises(ValueError, match="no modality"):
        data.without("image", "text")
    with pytest.raises(KeyError, match="no label"):
        _ = data.label
