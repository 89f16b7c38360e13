"""Positions by the paper's formula, and different for every place."""

import math

import pytest
import torch
from torch.testing import assert_close

from mmlearn.encoders import ConvEncoder, SpectrogramEncoder
from mmlearn.positions import sinusoid, sinusoid_grid


def test_sinusoid_equals_the_formula():
    got = sinusoid(7, 8, like=torch.zeros(1, dtype=torch.float64))
    assert got.shape == (7, 8) and got.dtype == torch.float64
    for step in range(7):
        for i in range(4):
            angle = step / 10_000 ** (2 * i / 8)
            assert float(got[step, i]) == pytest.approx(math.sin(angle), abs=1e-6)
            assert float(got[step, 4 + i]) == pytest.approx(math.cos(angle), abs=1e-6)


def test_every_place_of_a_grid_is_told_from_every_other():
    places = sinusoid_grid(4, 5, 16, like=torch.zeros(1))
    assert places.shape == (20, 16)
    distance = torch.cdist(places, places) + 9 * torch.eye(20)
    assert distance.min() > 0.1
    row, column = places.unflatten(0, (4, 5)).split(8, dim=-1)
    assert_close(row[2, 0], row[2, 4])  # the first half says the row ...
    assert_close(column[0, 3], column[3, 3])  # ... the second half the column


def test_whole_numbers_would_round_it():
    with pytest.raises(TypeError, match=r"like is torch\.int64; expected float"):
        sinusoid(3, 4, like=torch.zeros(1, dtype=torch.int64))


def test_odd_widths_are_refused():
    with pytest.raises(ValueError, match="width is 7; expected an even number"):
        sinusoid(3, 7, like=torch.zeros(1))
    with pytest.raises(ValueError, match="width is 6; expected a multiple of 4"):
        sinusoid_grid(3, 3, 6, like=torch.zeros(1))


def test_steps_know_their_place():
    """A picture turned upside down is not the same set of tokens."""
    torch.manual_seed(0)
    flat = ConvEncoder(8, widths=(8,), pool=False)(torch.ones(1, 3, 8, 8)).values[0]
    inner = flat.unflatten(0, (4, 4))[1:3, 1:3].flatten(0, 1)  # away from the border
    assert torch.cdist(inner, inner).add(9 * torch.eye(4)).min() > 0.1
    steps = SpectrogramEncoder(5, 8, width=8, pool=False)(torch.ones(1, 40, 5))
    middle = steps.values[0, 3:6]
    assert torch.cdist(middle, middle).add(9 * torch.eye(3)).min() > 0.1
