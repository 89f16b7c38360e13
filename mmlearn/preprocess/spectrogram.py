"""Vary log-mel spectrograms a little, for training only; each sample by itself.

Every function takes normalised spectrograms, Padded float [B, T, n_mels], and gives the
same shape; the padding stays zero. Random numbers come from torch, so `fit` can resume.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mmlearn.batch import Padded, as_padded, zero_masked


def add_noise(audio: Padded | Tensor, sigma: float) -> Padded:
    """Add Gaussian noise of deviation `sigma`, in units of the bands' deviations.

    Raises:
        ValueError: when sigma is negative or not finite, or the axes are not three.
        TypeError: when the values are not float.
    """
    padded = _spectrograms(audio)
    if not (math.isfinite(sigma) and sigma >= 0):
        raise ValueError(f"sigma is {sigma}; expected 0 or more")
    noise = torch.randn_like(padded.values)
    return _like(padded, padded.values + sigma * noise)


def mask_bands(audio: Padded | Tensor, most: int) -> Padded:
    """Set 0 to `most` neighbouring bands to their mean, 0 (Park et al., 2019).

    Raises:
        ValueError: when most is not 0 to n_mels, or the axes are not three.
        TypeError: when the values are not float.
    """
    padded = _spectrograms(audio)
    bands = padded.values.shape[2]
    _within("most", most, bands)
    all_bands = torch.full((len(padded),), bands)
    hidden = _stretches(all_bands, torch.full((len(padded),), float(most)), bands)
    hidden = hidden.to(padded.values.device)
    return _like(padded, padded.values.masked_fill(hidden[:, None, :], 0))


def mask_time(audio: Padded | Tensor, most: float) -> Padded:
    """Set a stretch of up to the share `most` of each clip to 0 (Park et al., 2019).

    Raises:
        ValueError: when most is not 0 to 1, or the axes are not three.
        TypeError: when the values are not float.
    """
    padded = _spectrograms(audio)
    _within("most", most, 1)
    steps = padded.mask.sum(dim=1).cpu()
    hidden = _stretches(steps, (most * steps).floor(), padded.values.shape[1])
    hidden = hidden.to(padded.values.device)
    return _like(padded, padded.values.masked_fill(hidden[:, :, None], 0))


def shift_time(audio: Padded | Tensor, most: int) -> Padded:
    """Move each clip by -`most` to `most` frames; its first or last frame is repeated.

    Raises:
        ValueError: when most is negative, or the axes are not three.
        TypeError: when the values are not float.
    """
    padded = _spectrograms(audio)
    _within("most", most, math.inf)
    return _like(padded, _moved(padded.values, padded.mask, most))


def shift_bands(audio: Padded | Tensor, most: int) -> Padded:
    """Move each clip by -`most` to `most` bands, as a higher or a lower voice would.

    The outermost band is repeated.

    Raises:
        ValueError: when most is not 0 to n_mels - 1, or the axes are not three.
        TypeError: when the values are not float.
    """
    padded = _spectrograms(audio)
    _within("most", most, padded.values.shape[2] - 1)
    values = padded.values.mT  # [B, n_mels, T]
    everywhere = torch.ones(values.shape[:2], dtype=torch.bool, device=values.device)
    return _like(padded, _moved(values, everywhere, most).mT)


def stretch_bands(audio: Padded | Tensor, most: float) -> Padded:
    """Stretch each clip's bands by up to 1 / (1 + `most`) or 1 / (1 - `most`).

    A shorter throat makes all that resonates in it higher by one factor: the mel scale,
    logarithmic above 1 kHz, comes near to it. The lowest band stays where it is.

    Raises:
        ValueError: when most is not 0 to 0.9, or the axes are not three.
        TypeError: when the values are not float.
    """
    padded = _spectrograms(audio)
    _within("most", most, 0.9)
    values = padded.values
    bands = values.shape[2]
    by = 1 + most * (2 * torch.rand(len(values), 1) - 1)
    source = (torch.arange(bands) * by).clamp(max=bands - 1).to(values)  # [B, n_mels]
    lower = source.floor().clamp(max=max(bands - 2, 0))
    share = (source - lower).unsqueeze(1)
    below = lower.long().unsqueeze(1).expand_as(values)
    above = (below + 1).clamp(max=bands - 1)
    mixed = values.gather(2, below) * (1 - share) + values.gather(2, above) * share
    return _like(padded, mixed)


def stretch_time(audio: Padded | Tensor, least: float, most: float) -> Padded:
    """Make each clip `least` to `most` times as long, as a slower voice would.

    Frames between two are mixed of both. There may be more or fewer frames then; no
    clip has less than one.

    Raises:
        ValueError: when not 0.1 <= least <= most <= 10, or the axes are not three.
        TypeError: when the values are not float.
    """
    padded = _spectrograms(audio)
    _within("most", most, 10)
    if not 0.1 <= least <= most:
        raise ValueError(f"least is {least}; expected 0.1 to most, {most}")
    values, steps = padded.values, padded.mask.sum(dim=1, keepdim=True)  # [B, 1]
    by = (least + (most - least) * torch.rand(len(values), 1)).to(values)
    longer = (steps * by).round().long().clamp(min=1) * (steps > 0)
    place = torch.arange(int(longer.max()), device=values.device)  # [T']
    last = (steps - 1).clamp(min=0)
    source = torch.minimum(place * (last / (longer - 1).clamp(min=1)), last)  # [B, T']
    lower = source.floor().long()
    share = (source - lower).unsqueeze(-1)
    below = values.gather(1, lower.unsqueeze(-1).expand(-1, -1, values.shape[2]))
    upper = torch.minimum(lower + 1, last)
    above = values.gather(1, upper.unsqueeze(-1).expand(-1, -1, values.shape[2]))
    mixed = below * (1 - share) + above * share
    mask = place < longer
    return Padded(zero_masked(mixed, mask), mask)


def _moved(values: Tensor, mask: Tensor, most: int) -> Tensor:
    """Values [B, T, C] moved by up to `most` steps among the first ones, the real."""
    size = values.shape[1]
    by = torch.randint(-int(most), int(most) + 1, (len(values), 1)).to(values.device)
    last = (mask.sum(dim=1, keepdim=True) - 1).clamp(min=0)
    source = torch.arange(size, device=values.device) - by
    source = torch.minimum(source.clamp(min=0), last)  # [B, T]
    return values.gather(1, source.unsqueeze(-1).expand_as(values))


def _stretches(sizes: Tensor, most: Tensor, width: int) -> Tensor:
    """A stretch of 0 to `most` [B] of each sample's `sizes` [B] places: [B, width]."""
    length = (torch.rand(len(sizes)) * (most + 1)).floor()
    start = (torch.rand(len(sizes)) * (sizes - length + 1)).floor()
    place = torch.arange(width)
    return (place >= start[:, None]) & (place < (start + length)[:, None])


def _spectrograms(audio: Padded | Tensor) -> Padded:
    if isinstance(audio, Tensor) and audio.ndim != 3:
        raise ValueError(f"audio is {list(audio.shape)}; expected [B, T, n_mels]")
    padded = as_padded(audio, item_ndim=1)
    if not padded.values.is_floating_point():
        raise TypeError(f"audio is {padded.values.dtype}; expected float: see log_mel")
    return padded


def _like(padded: Padded, values: Tensor) -> Padded:
    return Padded(zero_masked(values, padded.mask), padded.mask)


def _within(name: str, found: float, most: float) -> None:
    if not 0 <= found <= most:
        raise ValueError(f"{name} is {found}; expected 0 to {most}")
