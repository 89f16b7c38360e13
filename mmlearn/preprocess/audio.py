"""A sound file to a waveform, and a waveform to a log-mel spectrogram."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmlearn.batch import Padded, as_padded
from mmlearn.data.decode import files
from mmlearn.preprocess.arrays import as_tensor, whole_numbers
from mmlearn.preprocess.scale import Numbers, as_float, check_scale, statistics

# A little beyond -1..1 is an overshoot, and loud noise goes further; beyond this the
# numbers are those of the file (16 bits: up to 32,768).
LOUDEST = 32.0
_SPECTRUM = 1 << 23  # complex numbers in memory at once: 64 MB


def read_sound(path: str | Path) -> tuple[Tensor, int]:
    """A sound file as mono float32 [T] in -1..1, and its sampling rate in Hz.

    Several channels are averaged; see `mmlearn.data.decode.files.read_sound`.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: naming the file, when it cannot be decoded, has no sample, or has
            NaN in it.
    """
    samples, rate, _ = files.read_sound(path)
    return torch.from_numpy(samples), rate


def hertz_to_mel(hertz: Tensor) -> Tensor:
    """The mel scale of O'Shaughnessy (1987): equal steps sound equally far apart."""
    return 2595 * torch.log10(1 + hertz / 700)


def mel_to_hertz(mel: Tensor) -> Tensor:
    """The inverse of `hertz_to_mel`."""
    return 700 * (10 ** (mel / 2595) - 1)


def mel_filters(n_mels: int, n_fft: int, sampling_rate: int) -> Tensor:
    """Triangles that overlap by half, equally wide in mel: [n_fft // 2 + 1, n_mels].

    Raises:
        ValueError: when a triangle is so narrow that it catches no frequency, and when
            n_mels, n_fft or sampling_rate is not positive.
    """
    _positive(n_mels=n_mels, n_fft=n_fft, sampling_rate=sampling_rate)
    nyquist = torch.tensor(sampling_rate / 2)
    corners = mel_to_hertz(torch.linspace(0, float(hertz_to_mel(nyquist)), n_mels + 2))
    frequency = torch.linspace(0, float(nyquist), n_fft // 2 + 1).unsqueeze(1)
    left, centre, right = corners[:-2], corners[1:-1], corners[2:]
    rising = (frequency - left) / (centre - left)
    falling = (right - frequency) / (right - centre)
    filters = torch.minimum(rising, falling).clamp(min=0)
    if bool((filters.sum(dim=0) == 0).any()):
        raise ValueError(
            f"{n_mels} mel bands are too many for n_fft {n_fft} at {sampling_rate} Hz: "
            "some catch no frequency; take fewer bands or a longer window"
        )
    return filters


def log_mel(
    waveforms: Tensor | np.ndarray,
    lengths: Tensor | np.ndarray | Sequence[int],
    sampling_rate: int,
    n_mels: int = 40,
    n_fft: int = 256,
    hop: int = 128,
) -> Padded:
    """Waveforms float [B, T] in -1..1 to log-mel spectrograms [B, frames, n_mels].

    The unit is the natural logarithm of the power plus 1e-6 (-60 dB below full scale,
    so that silence is a number). A frame is real when its whole window is; a clip
    shorter than one window has one frame.

    Args:
        waveforms: of any float precision; the result is float32.
        lengths: whole numbers [B], samples before the padding; 0 is a missing clip.
        sampling_rate: in Hz.
        n_fft: length of a window in samples.
        hop: from one window to the next, in samples.

    Raises:
        ValueError: naming the sample, for NaN, for numbers beyond full scale (see
            `LOUDEST`) and for a length that is not 0..T; also for integers, other axes,
            and settings that are not positive.
        TypeError: when lengths are bool.
    """
    _positive(hop=hop, n_mels=n_mels, n_fft=n_fft, sampling_rate=sampling_rate)
    waveforms, lengths = _sounds(waveforms, lengths)
    waveforms = waveforms.to(torch.float32)
    peaks = waveforms.sum(dim=1)  # of no sample: 0
    if waveforms.shape[1]:
        peaks = torch.maximum(waveforms.amax(dim=1), -waveforms.amin(dim=1))
    loud = peaks > LOUDEST
    if bool(loud.any()):
        i = int(loud.int().argmax())
        raise ValueError(
            f"sample {i}: the waveform reaches {float(peaks[i]):g}; expected float in "
            "-1..1: divide samples of 16 bits by 32768"
        )
    filters = mel_filters(n_mels, n_fft, sampling_rate).to(waveforms.device)
    whole = (max(waveforms.shape[1], n_fft) - n_fft) // hop + 1
    values = waveforms.new_empty(len(waveforms), whole, n_mels)
    # An hour of sound is no more than a minute of it in memory.
    together = max(1, _SPECTRUM // (len(waveforms) * (n_fft // 2 + 1)))
    for first in range(0, whole, together):
        last = min(first + together, whole)
        start, stop = first * hop, (last - 1) * hop + n_fft
        steps = torch.arange(start, stop, device=waveforms.device)
        part = waveforms[:, start:stop]
        part = torch.nn.functional.pad(part, (0, stop - start - part.shape[1]))
        power = _power(part * (steps < lengths.unsqueeze(1)), n_fft, hop)
        values[:, first:last] = (power.mT @ filters + 1e-6).log()
    frames = (lengths.clamp(min=n_fft) - n_fft) // hop + 1
    frames = torch.where(lengths > 0, frames, 0)
    mask = torch.arange(values.shape[1], device=values.device) < frames.unsqueeze(1)
    return Padded(values * mask.unsqueeze(-1), mask)


def _power(waveforms: Tensor, n_fft: int, hop: int) -> Tensor:
    """Power of each frequency in each window: [B, F, frames], full scale about 1."""
    window = torch.hann_window(n_fft, device=waveforms.device)
    spectrum = torch.stft(
        waveforms, n_fft, hop, window=window, center=False, return_complex=True
    )
    return spectrum.abs().square() / window.sum().square()


def band_statistics(audio: Padded | Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation [n_mels] of each band over all real frames.

    Take them from the training split alone, and use them for every split. A band that
    is the same everywhere, as in silence, has deviation 0 exactly.

    Raises:
        ValueError: for fewer than two frames; naming the band, for NaN or infinity.
    """
    padded = as_padded(audio, item_ndim=1)
    frames = as_float(padded.values[padded.mask], "audio")
    return statistics(frames, "frame", "band")


def normalise(audio: Padded, mean: Numbers, std: Numbers) -> Padded:
    """Log-mel values to mean 0 and deviation 1 per band; the padding stays zero.

    Args:
        mean: [n_mels], as `band_statistics` gives it: a tensor, an array or a list.
        std: as mean.

    Raises:
        ValueError: when mean or std is not [n_mels]; naming the band, when a deviation
            is not positive: nothing was heard there.
    """
    padded = as_padded(audio, item_ndim=1)
    values = as_float(padded.values, "audio")
    mean, std = check_scale(mean, std, values.shape[2], "band", like=values)
    return Padded((values - mean) / std * padded.mask.unsqueeze(-1), padded.mask)


def add_noise(
    waveforms: Tensor | np.ndarray,
    lengths: Tensor | np.ndarray | Sequence[int],
    snr_db: float,
    generator: torch.Generator,
) -> Tensor:
    """Add white noise to waveforms float [B, T] at a signal-to-noise ratio in decibels.

    The signal's power is measured over the clip's own samples, not over the padding;
    the noise covers the clip and stays zero in the padding. A missing clip (length 0)
    stays as it is. The result has the waveforms' dtype.

    Args:
        lengths: whole numbers [B], samples before the padding.

    Raises:
        ValueError: naming the sample, for silence (no noise has a ratio to it), for
            NaN, and for a length that is not 0..T; when waveforms are not float [B, T],
            and when snr_db is not a finite number.
        TypeError: when lengths are bool.
    """
    waveforms, lengths = _sounds(waveforms, lengths)
    if not math.isfinite(snr_db):
        raise ValueError(f"snr_db is {snr_db}; expected a finite number of decibels")
    steps = torch.arange(waveforms.shape[1], device=waveforms.device)
    spoken = steps < lengths.unsqueeze(1)
    # In half precision the square of a quiet sample would be 0.
    exact = waveforms.to(torch.promote_types(waveforms.dtype, torch.float32))
    power = (exact.square() * spoken).sum(1) / lengths.clamp(min=1)  # [B]
    silent = (power == 0) & (lengths > 0)
    if bool(silent.any()):
        raise ValueError(
            f"sample {int(silent.int().argmax())}: found silence, to which no noise "
            "has a ratio; expected a sound, or length 0 for a missing one"
        )
    deviation = (power / 10 ** (snr_db / 10)).sqrt().unsqueeze(1).to(waveforms.dtype)
    noise = torch.randn(waveforms.shape, generator=generator).to(waveforms)
    return waveforms + deviation * noise * spoken


def _sounds(
    waveforms: Tensor | np.ndarray, lengths: Tensor | np.ndarray | Sequence[int]
) -> tuple[Tensor, Tensor]:
    """Float [B, T] without NaN, and int64 [B] from 0 to T on the same device."""
    waveforms = as_tensor(waveforms)
    if waveforms.ndim != 2 or not waveforms.is_floating_point():
        raise ValueError(
            f"waveforms are {waveforms.dtype} {list(waveforms.shape)}; "
            "expected float [B, T] in -1..1: divide samples of 16 bits by 32768"
        )
    if not len(waveforms):
        raise ValueError(f"waveforms are {list(waveforms.shape)}; expected a sample")
    lengths = whole_numbers(lengths, "lengths").to(waveforms.device)
    if lengths.shape != waveforms.shape[:1]:
        raise ValueError(
            f"lengths are {list(lengths.shape)}, waveforms {list(waveforms.shape)}; "
            "expected one length per waveform"
        )
    wrong = (lengths < 0) | (lengths > waveforms.shape[1])
    if bool(wrong.any()):
        i = int(wrong.int().argmax())
        raise ValueError(
            f"sample {i}: length is {int(lengths[i])}, waveforms are "
            f"{list(waveforms.shape)}; expected 0 or more samples, none above T"
        )
    bad = ~waveforms.isfinite().all(dim=1)
    if bool(bad.any()):
        i = int(bad.int().argmax())
        raise ValueError(f"sample {i}: the waveform holds NaN or infinity")
    return waveforms, lengths


def _positive(**settings: float) -> None:
    for name, value in settings.items():
        if not value > 0:
            raise ValueError(f"{name} is {value}; expected a positive number")
