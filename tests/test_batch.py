"""The types, collating, and every refusal of bad values."""

import numpy as np
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
    whole_numbers,
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


def flags(*known: bool) -> torch.Tensor:
    return torch.tensor(known)


def test_whole_numbers_at_their_limits():
    assert whole_numbers(torch.tensor([3.0]), "x").tolist() == [3]
    assert whole_numbers(torch.tensor([2.0**62, -(2.0**62)]), "x").tolist() == [
        2**62,
        -(2**62),
    ]
    for number in (2.0**63, 2.0**64, torch.inf, torch.nan, 0.5):
        with pytest.raises(ValueError, match=r"sample 1: x is .*expected a whole"):
            whole_numbers(torch.tensor([0.0, number]), "x")
    for dtype in (torch.bool, torch.uint8, torch.float16, torch.bfloat16):
        assert whole_numbers(torch.tensor([1, 0]).to(dtype), "x").tolist() == [1, 0]
    with pytest.raises(TypeError, match=r"x is torch\.complex64"):
        whole_numbers(torch.zeros(2, dtype=torch.complex64), "x")
    with pytest.raises(TypeError, match="x is Padded"):
        whole_numbers(pad([torch.ones(1)]), "x")


@pytest.mark.skipif(not hasattr(torch, "uint64"), reason="torch 2.3 has none")
def test_unsigned_numbers_are_whole_numbers_or_named():
    high = torch.tensor([0, 2**63 - 1]).to(torch.uint64)
    assert whole_numbers(high, "x").tolist() == [0, 2**63 - 1]
    beyond = torch.tensor([0, -1]).view(torch.uint64)
    with pytest.raises(ValueError, match=r"x holds numbers beyond int64"):
        whole_numbers(beyond, "x")
    items = [torch.tensor([7]).to(torch.uint16), torch.tensor([-1])]
    assert pad(items).values.tolist() == [[7], [-1]]
    with pytest.raises(ValueError, match="sample 1: holds 18446744073709551615"):
        pad([torch.zeros(2), beyond])


def test_check_batch_names_the_first_that_is_wrong_and_what_it_holds():
    batch = {"text": torch.tensor([[0], [8], [0]]), "label": torch.tensor([0, 7, 9])}
    check_batch(batch, classes=10, vocabulary_sizes={"text": 9})
    with pytest.raises(ValueError, match=r"^sample 1: label is 7; expected 0\.\.4"):
        check_batch(batch, classes=5)
    below = {"text": torch.tensor([[0], [0], [-1]])}
    with pytest.raises(ValueError, match=r"^sample 2: text has a token outside 0\.\.8"):
        check_batch(below, vocabulary_sizes={"text": 9})
    padded = Padded(torch.zeros(2, 1), torch.ones(2, 1, dtype=torch.bool))
    with pytest.raises(TypeError, match="label is Padded"):
        check_batch({"text": torch.zeros(2, 3), "label": padded}, classes=2)


def test_one_number_a_sample_is_no_modality_and_no_more_are_tags_with_flags():
    price = {"price": torch.zeros(2)}
    with pytest.raises(ValueError, match="no modality"):
        check_batch(price)
    check_batch(price | {"table": torch.zeros(2, 1)})
    samples = [{"text": [1, 2], "tags": [0, 1]}, {"tags": [1, 1]}]
    with pytest.raises(ValueError, match="sample 1: has none of the modalities"):
        collate(samples, kinds={"tags": "fixed"}, optional=["tags"])


def test_what_is_not_known_may_be_anything():
    batch = {
        "text": torch.ones(2, 3),
        "label": torch.tensor([1, -1]),
        "label_known": flags(True, False),
        "price": torch.tensor([2.0, torch.nan]),
        "price_known": flags(True, False),
        "tags": torch.tensor([[torch.inf, 1], [torch.nan, 0]]),
        "tags_known": torch.tensor([[False, True], [False, True]]),
    }
    check_batch(batch, classes=2)
    assert len(TensorData(batch)) == 2
    for name in ("price", "tags"):
        wrong = batch | {f"{name}_known": flags(True, True)}
        with pytest.raises(ValueError, match=f"sample .: {name} holds NaN"):
            TensorData(wrong)
    with pytest.raises(ValueError, match="sample 1: label is -1"):
        check_batch(batch | {"label_known": flags(True, True)}, classes=2)
    unread = batch | {"label": torch.tensor([1.0, torch.nan])}
    check_batch(unread, classes=2)
    with pytest.raises(ValueError, match="sample 0: label is 1; expected 0"):
        check_batch(unread, classes=1)


def test_no_step_at_all_is_refused_by_name():
    nothing = Padded(torch.zeros(2, 0, 3), torch.zeros(2, 0, dtype=torch.bool))
    with pytest.raises(ValueError, match="sample 0: has none of the modalities"):
        check_batch({"audio": nothing})
    check_batch({"audio": nothing, "image": torch.zeros(2, 3, 1, 1)})


def test_as_padded_leaves_what_is_padded():
    padded = pad([torch.ones(2, 3), torch.ones(1, 3)])
    assert as_padded(padded, item_ndim=1) is padded
    assert as_padded(torch.ones(4, 7), item_ndim=0).mask.shape == (4, 7)


def test_names_are_as_many_as_samples():
    for names in (["a"], ["a", "b", "c", "d"]):
        with pytest.raises(ValueError, match=r"zip\(\) argument"):
            collate(samples(), names=names)
        with pytest.raises(ValueError, match=r"zip\(\) argument"):
            pad([torch.ones(1)] * 3, names)


def test_numbers_among_sequences_are_no_step():
    with pytest.raises(ValueError, match=r"sample 0, x: found no step, \[\]"):
        collate([{"x": 1.0}, {"x": [1.0, 2.0]}])
    with pytest.raises(ValueError, match=r"sample 1, x: is object, \[\[1, 2\], \[3\]"):
        collate([{"x": [[1, 2]]}, {"x": [[1, 2], [3]]}])


def test_arrays_as_they_come_are_the_same_numbers(recwarn):
    """Read-only, backwards, of another byte order, every second one."""
    plain = np.arange(6, dtype=np.float32)
    only = plain.copy()
    only.flags.writeable = False
    every = np.repeat(plain, 2)[::2]
    for array in (only, plain[::-1].copy()[::-1], plain.astype(">f4"), every):
        batch = collate([{"x": array, "label": array[0]}])
        assert batch["x"].values.tolist() == [plain.tolist()]
        assert batch["x"].values.dtype == torch.float32
        assert TensorData({"x": array[:, None]}).columns["x"].flatten().tolist() == (
            plain.tolist()
        )
    assert not recwarn.list


def test_a_number_that_is_exact_in_the_common_type_stays():
    mixed = pad([torch.tensor([2**62]), torch.tensor([0.5], dtype=torch.float64)])
    assert mixed.values.tolist() == [[2.0**62], [0.5]]
    largest = pad([torch.tensor([2**63 - 1]), torch.ones(1, dtype=torch.int32)])
    assert largest.values.tolist() == [[2**63 - 1], [1]]
    with_nan = pad([torch.tensor([torch.nan]), torch.ones(1, dtype=torch.float64)])
    assert with_nan.values.isnan().tolist() == [[True], [False]]


def test_a_number_that_nobody_has_is_known_nowhere():
    for told in ({"price": None}, {}):
        batch = collate([{"text": [1]} | told] * 2, optional=["price"])
        assert batch["price"].tolist() == [0, 0]
        assert batch["price_known"].tolist() == [False, False]
    some = [{"text": [1], "price": None}, {"text": [1], "price": 3}]
    batch = collate(some, optional=["price"])
    assert batch["price"].tolist() == [0, 3]
    assert batch["price_known"].tolist() == [False, True]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_what_lives_on_a_gpu_stays_there():
    batch = collate(
        [{"x": torch.ones(i + 1).cuda(), "y": torch.ones(()).cuda()} for i in range(2)],
        optional=["y"],
    )
    assert batch["x"].values.is_cuda and batch["x"].mask.is_cuda
    assert batch["y_known"].is_cuda and batch["x"].present.all()


def test_rows_and_small_numbers_stay_as_they_are():
    """A row is one step; uint8 is kept, four films fit where one would."""
    sample = {"table": np.array([1.0, 2.0]), "film": np.ones((2, 3), dtype=np.uint8)}
    batch = collate([sample, {"table": None, "film": sample["film"]}])
    assert batch["table"].values.tolist() == [[[1, 2]], [[0, 0]]]
    assert batch["film"].values.dtype == torch.uint8
    with pytest.raises(ValueError, match=r"sample 0, table: is \[1, 2\]; expected a r"):
        collate([{"table": np.ones((1, 2))}])
