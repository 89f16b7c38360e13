"""Calibration, against torchmetrics and against what must come out."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torchmetrics.functional.classification import multiclass_calibration_error

from mmlearn.calibrate import calibration_error, fit_temperature, reliability


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
        (2 * HALVES, torch.tensor([0, 1, 1]), 15, "row 0: the probabilities sum to 2"),
        (HALVES * torch.nan, torch.tensor([0, 1, 1]), 15, "row 0"),
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
        (HALVES / 0, torch.tensor([0, 1, 1]), "NaN or infinity"),
    ],
)
def test_what_fit_temperature_refuses(
    logits: Tensor, label: Tensor, match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        fit_temperature(logits, label)
