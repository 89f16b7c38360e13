"""Calibration, against torchmetrics and against what must come out."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch
from torch import Tensor
from torchmetrics.functional.classification import multiclass_calibration_error

from mmlearn.calibrate import (
    COLDEST,
    HOTTEST,
    calibration_error,
    fit_temperature,
    reliability,
)


def drawn(temperature: float = 1.0, n: int = 20_000) -> tuple[Tensor, Tensor]:
    """Logits [N, 4], and labels drawn from softmax(logits / temperature)."""
    generator = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(n, 4, generator=generator)
    probabilities = (logits / temperature).softmax(dim=1)
    return logits, torch.multinomial(probabilities, 1, generator=generator).squeeze(1)


@pytest.mark.parametrize("bins", [1, 7, 15])
def test_the_error_is_that_of_torchmetrics(bins: int) -> None:
    logits, label = drawn(1.7, n=500)
    probabilities = logits.double().softmax(dim=1)
    expected = multiclass_calibration_error(probabilities, label, 4, n_bins=bins)
    assert calibration_error(probabilities, label, bins) == pytest.approx(
        expected.item(), abs=1e-6
    )


def test_honest_probabilities_have_hardly_any_error() -> None:
    logits, label = drawn()
    assert calibration_error(logits.softmax(dim=1), label) < 0.015
    assert calibration_error((3 * logits).softmax(dim=1), label) > 0.1


def test_a_diagram_by_hand() -> None:
    probabilities = torch.tensor([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [1.0, 0.0]])
    seen = reliability(probabilities, torch.tensor([0, 1, 1, 0]), bins=4)
    assert seen.count.tolist() == [0, 0, 1, 3]  # 1.0 is in the last bin
    assert seen.confidence[:2].isnan().all()
    torch.testing.assert_close(seen.confidence[2:], torch.tensor([0.6, 0.9]).double())
    torch.testing.assert_close(seen.accuracy[2:], torch.tensor([1.0, 2 / 3]).double())
    assert seen.error == pytest.approx((0.4 + 3 * (0.9 - 2 / 3)) / 4)


def test_an_edge_belongs_to_the_upper_bin() -> None:
    seen = reliability(torch.tensor([[0.5, 0.5]]), torch.tensor([0]), bins=2)
    assert seen.count.tolist() == [0, 1]


DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bins", [2, 3, 7, 10, 15, 20, 100])
def test_every_edge_belongs_to_the_upper_bin(dtype: torch.dtype, bins: int) -> None:
    """k / bins, as a user writes it, in each dtype, and the number just below it."""
    edges = torch.tensor([k / bins for k in range(1, bins)], dtype=torch.float64)
    for k, edge in enumerate(edges.to(dtype), start=1):
        if bins == 100 and dtype == torch.bfloat16:
            continue  # edges that coincide, and rows that cannot sum to 1
        below = torch.nextafter(edge, torch.zeros_like(edge))
        for confidence, expected in ((edge, k), (below, k - 1)):
            # Enough classes for the others to be less likely.
            rest = max(1, int(1 / float(confidence)) + 1)
            others = (1 - confidence.double()) / rest
            row = torch.cat([confidence[None].double(), others.expand(rest)])
            seen = reliability(row.to(dtype)[None], torch.tensor([0]), bins)
            assert seen.count.argmax() == expected, (k, float(confidence))
            assert seen.confidence[expected] == confidence.double()


def test_labels_of_any_kind_and_scores_of_any_kind() -> None:
    logits, label = drawn(1.7, n=200)
    probabilities = logits.softmax(dim=1)
    expected = calibration_error(probabilities, label)
    temperature = fit_temperature(logits, label)
    for kind in (torch.uint8, torch.int32, torch.float64):
        assert calibration_error(probabilities, label.to(kind)) == expected
    for kind in ("uint64", "int16", "float32"):
        assert fit_temperature(logits, label.numpy().astype(kind)) == temperature
    array = probabilities.numpy()
    array.flags.writeable = False
    assert calibration_error(array, label.tolist()) == expected
    assert calibration_error(array[::-1], label.numpy()[::-1]) == pytest.approx(
        expected
    )
    assert calibration_error(array.astype(">f4"), label) == expected
    assert fit_temperature(logits.requires_grad_(), label) == temperature
    wide = logits.detach().numpy().astype(np.longdouble)
    assert fit_temperature(wide, label) == temperature
    assert fit_temperature(logits.half(), label) == pytest.approx(temperature, rel=1e-3)
    whole = (10 * logits.detach()).round().long()
    same = fit_temperature(whole.double(), label)
    assert (
        fit_temperature(whole, label) == same == fit_temperature(whole.numpy(), label)
    )
    assert fit_temperature(whole.numpy().astype(np.int8), label) == same
    assert reliability(torch.tensor([[1, 0]]), [0]).error == 0
    assert reliability(np.array([[1, 0]], dtype=np.uint16), [0]).error == 0
    flat = torch.cat([logits, torch.zeros(1, 4)]), [*label.tolist(), 0]
    assert fit_temperature(*flat) == pytest.approx(temperature, rel=0.01)
    seen = reliability(probabilities, label)
    assert len(seen.count) == 15 and seen.error == expected
    assert calibration_error(probabilities, label, 15) == expected
    options = inspect.signature(calibration_error).parameters
    assert options["bins"].default == 15
    kept = reliability(np.float32([[0.7, 0.3]]), [0], bins=10)
    assert kept.count.tolist() == [0] * 7 + [1, 0, 0]
    assert reliability([[0.7, 0.3]], [0], bins=10).count[7] == 1


def test_half_precision_rows_sum_to_1_as_well_as_they_can() -> None:
    logits = 3 * torch.randn(200, 300, generator=torch.Generator().manual_seed(0))
    label = logits.argmax(dim=1)
    exact = calibration_error(logits.softmax(dim=1), label)
    for dtype, close in ((torch.float16, 1e-3), (torch.bfloat16, 5e-3)):
        rounded = logits.softmax(dim=1).to(dtype)
        assert calibration_error(rounded, label) == pytest.approx(exact, abs=close)
    with pytest.raises(ValueError, match=r"row 0: the probabilities sum to 0\.9985"):
        reliability(torch.tensor([[0.5, 0.4985]]), [0])
    off = torch.tensor([[0.5, 0.4995]])
    assert reliability(off, [0]).count.sum() == 1


def test_the_limits_of_the_temperature() -> None:
    assert (COLDEST, HOTTEST) == (0.02, 50)
    for temperature in (0.03, 30.0):  # inside, found
        generator = torch.Generator().manual_seed(1)
        logits = torch.randn(50_000, 2, generator=generator)
        logits *= temperature if temperature > 1 else 0.05
        chance = (logits / temperature).softmax(dim=1)
        label = torch.multinomial(chance, 1, generator=generator).squeeze(1)
        assert fit_temperature(logits, label) == pytest.approx(temperature, rel=0.1)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_labels_is_found(temperature: float) -> None:
    logits, label = drawn(temperature)
    assert fit_temperature(logits, label) == pytest.approx(temperature, rel=0.05)


def test_log_probabilities_do_as_well_as_logits() -> None:
    logits, label = drawn(2.0, n=500)
    expected = fit_temperature(logits, label)
    found = fit_temperature(logits.log_softmax(dim=1), label)
    assert found == pytest.approx(expected, rel=1e-4)


def test_no_temperature_is_best() -> None:
    logits, _ = drawn(n=50)
    with pytest.raises(ValueError, match="100% of the 50 samples are right"):
        fit_temperature(logits, logits.argmax(dim=1))
    with pytest.raises(ValueError, match="0% of the 50 samples are right"):
        fit_temperature(logits, logits.argmin(dim=1))


HALVES = torch.full((3, 2), 0.5)


@pytest.mark.parametrize(
    ("probabilities", "label", "bins", "match"),
    [
        (HALVES, torch.tensor([0, 1]), 15, r"\[3, 2\], labels \[2\]"),
        (HALVES[:0], torch.tensor([], dtype=torch.int64), 15, r"N and C at least 1"),
        (HALVES, torch.tensor([0, 2, 1]), 15, r"label is 2; expected 0\.\.1"),
        (HALVES, torch.tensor([0, 1, 1]), 0, "bins is 0"),
        (HALVES, torch.tensor([0, 1, 1]), True, "bins is True"),
        (HALVES, torch.tensor([0, 1, 1]), 15.0, "bins is 15.0; expected a whole"),
        (HALVES, torch.tensor([[0], [1], [1]]), 15, r"\[3, 2\], labels \[3, 1\]"),
        (HALVES[:, 0], torch.tensor([0, 1, 1]), 15, r"are \[3\], labels \[3\]"),
        (HALVES[:, :0], torch.tensor([0, 1, 1]), 15, r"are \[3, 0\]"),
        (HALVES, [0, 0.5, 1], 15, "row 1: label is 0.5; expected a whole"),
        (HALVES, [0, 1, np.nan], 15, "row 2: label is nan"),
        (HALVES, [0, 1, -1], 15, "row 2: label is -1"),
        (HALVES > 0, torch.tensor([0, 1, 1]), 15, "scores are torch.bool"),
        (HALVES.numpy() > 0, torch.tensor([0, 1, 1]), 15, "scores are bool"),
        (HALVES * 1j, torch.tensor([0, 1, 1]), 15, "scores are torch.complex64"),
        (HALVES.numpy() * 1j, torch.tensor([0, 1, 1]), 15, "scores are complex64"),
        ([["a", "b"]], torch.tensor([0]), 15, "scores are <U1"),
        (2 * HALVES, torch.tensor([0, 1, 1]), 15, "row 0: the probabilities sum to 2"),
        (HALVES * torch.nan, torch.tensor([0, 1, 1]), 15, "row 0"),
        (torch.tensor([[0.5, 0.5], [0.9, 0.9]]), [0, 0], 15, "row 1: .* sum to 1.8"),
        (torch.tensor([[1.5, -0.5]]), torch.tensor([0]), 15, "the least is -0.5"),
    ],
)
def test_what_reliability_refuses(
    probabilities: Tensor, label: Tensor, bins: int, match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        reliability(probabilities, label, bins)


@pytest.mark.parametrize(
    ("logits", "label", "match"),
    [
        (HALVES[0], torch.tensor([0, 1]), r"expected \[N, C\]"),
        (HALVES, torch.tensor([0, -1, 1]), "label is -1"),
        (torch.eye(2), torch.tensor([0, 2]), "row 1: label is 2; expected 0..1"),
        (HALVES, torch.tensor([0, 1, 1]), "logits are all alike"),
        (HALVES[:, :1], torch.tensor([0, 0, 0]), "logits are all alike"),
        (1e307 * HALVES.double(), torch.tensor([0, 1, 1]), "row 0: the logits hold"),
        (
            torch.tensor([[0, 1], [torch.inf, 0]]),
            torch.tensor([0, 1]),
            "row 1: the logits hold NaN or infinity",
        ),
        (HALVES / 0, torch.tensor([0, 1, 1]), "NaN or infinity"),
    ],
)
def test_what_fit_temperature_refuses(
    logits: Tensor, label: Tensor, match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        fit_temperature(logits, label)
