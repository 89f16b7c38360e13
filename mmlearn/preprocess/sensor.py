"""A recording of a sensor to windows of equal length, brought to one scale."""

from __future__ import annotations

import operator

import torch
from torch import Tensor

from mmlearn.batch import Padded, zero_masked
from mmlearn.preprocess.scale import Numbers, as_float, check_scale, statistics


def count_windows(steps: int, length: int, hop: int) -> int:
    """How many windows of `length` steps, `hop` apart, fit whole into `steps`.

    Raises:
        ValueError: when length or hop is not positive.
        TypeError: when one of the three is not a whole number.
    """
    for name, found in (("steps", steps), ("length", length), ("hop", hop)):
        if isinstance(found, bool) or not hasattr(found, "__index__"):
            raise TypeError(f"{name} is {found!r}; expected a whole number of steps")
    steps, length, hop = map(operator.index, (steps, length, hop))
    if length < 1 or hop < 1:
        raise ValueError(f"length is {length}, hop {hop}; expected 1 or more steps")
    return 0 if steps < length else (steps - length) // hop + 1


def windows(recording: Tensor, length: int, hop: int) -> Tensor:
    """Cut a recording [T, C] into windows [n, length, C]; n is `count_windows`.

    What is left at the end and does not fill a window is dropped.

    Args:
        length: of a window in steps: 100 steps at 50 Hz are 2 s.
        hop: from one window to the next, in steps; with hop = length they follow one
            another, with a smaller hop they overlap.

    Raises:
        TypeError: as `count_windows` does.
        ValueError: when the recording is not [T, C] or is shorter than one window, and
            as `count_windows` does.
    """
    if recording.ndim != 2:
        raise ValueError(f"recording is {list(recording.shape)}; expected [T, C]")
    if count_windows(len(recording), length, hop) == 0:
        raise ValueError(
            f"the recording has {len(recording)} steps; expected at least one window "
            f"of {length}"
        )
    return recording.unfold(0, length, hop).mT  # [n, C, length] -> [n, length, C]


def cut(recordings: Padded, length: int, hop: int) -> tuple[Tensor, Tensor]:
    """Cut every recording; a window never holds padding, nor two recordings.

    Args:
        recordings: values [B, T, C], real steps first.

    Returns:
        Windows [n, length, C], and which recording each comes from, int64 [n]: windows
        of one recording are alike, so keep them on one side of a split.

    Raises:
        TypeError: as `count_windows` does.
        ValueError: naming the sample, when a recording is shorter than one window or
            has a gap in its mask; and as `count_windows` does.
    """
    parts, origin = [], []
    for i, (values, mask) in enumerate(
        zip(recordings.values, recordings.mask, strict=True)
    ):
        steps = int(mask.sum())
        if not bool(mask[:steps].all()):
            raise ValueError(f"sample {i}: has a gap; expected its real steps first")
        try:
            parts.append(windows(values[:steps], length, hop))
        except ValueError as fault:
            raise ValueError(f"sample {i}: {fault}") from None
        origin.append(torch.full((len(parts[-1]),), i, dtype=torch.int64))
    return torch.cat(parts), torch.cat(origin)


def channel_statistics(sensor: Padded | Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation [C] of each channel over all real steps [B, T, C].

    Take them from the training split alone, and use them for every split. A channel
    that never moves has deviation 0 exactly.

    Raises:
        ValueError: for fewer than two steps; naming the channel, for NaN or infinity.
        TypeError: for bool.
    """
    steps = sensor.values[sensor.mask] if isinstance(sensor, Padded) else sensor
    if steps.ndim < 2:
        raise ValueError(f"sensor is {list(steps.shape)}; expected [B, T, C]")
    steps = as_float(steps.reshape(-1, steps.shape[-1]), "sensor")
    return statistics(steps, "step", "channel")


def normalise(sensor: Padded | Tensor, mean: Numbers, std: Numbers) -> Padded | Tensor:
    """Each channel to mean 0 and deviation 1; the padding stays zero.

    Args:
        sensor: [B, T, C], or one recording [T, C].
        mean: [C], as `channel_statistics` gives it: a tensor, an array or a list.
        std: as mean.

    Raises:
        ValueError: when mean or std is not [C]; naming the channel, when a deviation is
            not positive: such a channel never moves.
        TypeError: for bool.
    """
    padded = isinstance(sensor, Padded)
    values = as_float(sensor.values if isinstance(sensor, Padded) else sensor, "sensor")
    if values.ndim < (3 if padded else 2):
        raise ValueError(f"sensor is {list(values.shape)}; expected [B, T, C]")
    mean, std = check_scale(mean, std, values.shape[-1], "channel", like=values)
    values = (values - mean) / std
    if not isinstance(sensor, Padded):
        return values
    return Padded(zero_masked(values, sensor.mask), sensor.mask)
