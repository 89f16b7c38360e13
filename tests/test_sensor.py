"""Windows of a recording: how many, which steps, from which recording."""

import pytest
import torch
from torch.testing import assert_close

from mmlearn.batch import Padded, pad
from mmlearn.preprocess import sensor


@pytest.mark.parametrize("steps", [3, 7, 8, 20])
@pytest.mark.parametrize("length", [1, 4, 7])
@pytest.mark.parametrize("hop", [1, 3, 5])
def test_windows_are_those_that_begin_early_enough(
    steps: int, length: int, hop: int
) -> None:
    recording = torch.arange(2.0 * steps).reshape(steps, 2)
    starts = [i for i in range(0, steps, hop) if i + length <= steps]
    assert sensor.count_windows(steps, length, hop) == len(starts)
    if starts:
        expected = torch.stack([recording[i : i + length] for i in starts])
        assert torch.equal(sensor.windows(recording, length, hop), expected)


@pytest.mark.parametrize(("length", "hop"), [(0, 1), (3, 0), (-2, 1), (4, -1)])
def test_length_and_hop_are_positive(length: int, hop: int) -> None:
    with pytest.raises(ValueError, match=f"length is {length}, hop {hop}"):
        sensor.count_windows(10, length, hop)


def test_windows_refuse() -> None:
    with pytest.raises(ValueError, match=r"recording is \[9\]; expected \[T, C\]"):
        sensor.windows(torch.zeros(9), 3, 1)
    with pytest.raises(ValueError, match="has 2 steps; expected at least one window"):
        sensor.windows(torch.zeros(2, 6), 3, 1)


def recordings() -> Padded:
    return pad([torch.full((7, 2), 1.0), torch.full((4, 2), 2.0)])


def test_cut_holds_no_padding_and_says_where_from() -> None:
    windows, origin = sensor.cut(recordings(), length=3, hop=2)
    assert windows.shape == (4, 3, 2)  # 3 of the first, 1 of the second
    assert origin.tolist() == [0, 0, 0, 1]
    assert windows.flatten(1).unique(dim=1).flatten().tolist() == [1, 1, 1, 2]


def test_cut_names_the_sample() -> None:
    with pytest.raises(ValueError, match="sample 1: the recording has 4 steps"):
        sensor.cut(recordings(), length=5, hop=1)
    gap = recordings()
    gap.mask[0, 2] = False
    with pytest.raises(ValueError, match="sample 0: has a gap"):
        sensor.cut(gap, length=3, hop=1)


def test_channels_are_normalised_without_the_padding() -> None:
    torch.manual_seed(0)
    scale = torch.tensor([1.0, 50.0])
    padded = pad([scale * torch.randn(40, 2) + 3, scale * torch.randn(9, 2) + 3])
    mean, std = sensor.channel_statistics(padded)
    real = padded.values[padded.mask]
    assert_close(mean, real.mean(dim=0))
    assert_close(std, real.std(dim=0))
    done = sensor.normalise(padded, mean, std)
    assert isinstance(done, Padded)
    assert_close(done.values[done.mask].std(dim=0), torch.ones(2))
    assert done.values[~done.mask].abs().sum() == 0
    whole = torch.randn(5, 10, 2)
    plain = sensor.normalise(whole, *sensor.channel_statistics(whole))
    assert isinstance(plain, torch.Tensor)
    assert_close(plain.flatten(0, 1).mean(dim=0), torch.zeros(2), atol=1e-6, rtol=0)


def test_a_channel_that_never_moves() -> None:
    with pytest.raises(ValueError, match=r"channel 1 has deviation 0\.0"):
        sensor.normalise(torch.zeros(2, 3, 2), torch.zeros(2), torch.tensor([1.0, 0]))
