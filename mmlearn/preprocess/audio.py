"""A sound file to a waveform, and a waveform to a log-mel spectrogram."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from mmlearn.batch import Padded
from mmlearn.data import files


def read_sound(path: str | Path) -> tuple[Tensor, int]:
    """A sound file as mono float32 [T] in -1..1, and its sampling rate in Hz.

    Several channels are averaged; see `mmlearn.data.files.read_sound`.

    Raises FileNotFoundError when there is no such file, ValueError, naming the file,
    when it cannot be decoded, has no sample, or has NaN in it.
    """
    samples, rate = files.read_sound(path)
    return torch.from_numpy(samples), rate


def hertz_to_mel(hertz: Tensor) -> Tensor:
    """The mel scale of O'Shaughnessy (1987): equal steps sound equally far apart."""
    return 2595 * torch.log10(1 + hertz / 700)


def mel_to_hertz(mel: Tensor) -> Tensor:
    """The inverse of `hertz_to_mel`."""
    return 700 * (10 ** (mel / 2595) - 1)


def mel_filters(n_mels: int, n_fft: int, sampling_rate: int) -> Tensor:
    """Triangles that overlap by half, equally wide in mel: [n_fft // 2 + 1, n_mels].

    Raises ValueError when a triangle is so narrow that it catches no frequency.
    """
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
    waveforms: Tensor,
    lengths: Tensor,
    sampling_rate: int,
    n_mels: int = 40,
    n_fft: int = 256,
    hop: int = 128,
) -> Padded:
    """Waveforms float [B, T] in -1..1 to log-mel spectrograms [B, frames, n_mels].

    lengths: int64 [B], samples before the padding; 0 is a clip that is missing.
    n_fft and hop are in samples. The unit is the natural logarithm of the power plus
    1e-6 (-60 dB below full scale, so that silence is a number). A frame is real when
    its whole window is; a clip shorter than one window has one frame.

    Raises ValueError, naming the sample, for NaN, and when lengths do not fit.
    """
    if waveforms.ndim != 2 or not waveforms.is_floating_point():
        raise ValueError(
            f"waveforms are {waveforms.dtype} {list(waveforms.shape)}; "
            "expected float [B, T] in -1..1"
        )
    if len(lengths) != len(waveforms) or int(lengths.max()) > waveforms.shape[1]:
        raise ValueError(
            f"lengths are {list(lengths.shape)} up to {int(lengths.max())}, waveforms "
            f"{list(waveforms.shape)}; expected one length a waveform, none above T"
        )
    bad = ~waveforms.isfinite().all(dim=1)
    if bool(bad.any()):
        raise ValueError(f"sample {int(bad.int().argmax())}: the waveform holds NaN")
    steps = torch.arange(waveforms.shape[1], device=waveforms.device)
    waveforms = waveforms * (steps < lengths.unsqueeze(1))
    short = max(0, n_fft - waveforms.shape[1])
    waveforms = torch.nn.functional.pad(waveforms, (0, short))
    window = torch.hann_window(n_fft, device=waveforms.device)
    spectrum = torch.stft(
        waveforms, n_fft, hop, window=window, center=False, return_complex=True
    )
    power = spectrum.abs().square() / window.sum().square()  # full scale is about 1
    filters = mel_filters(n_mels, n_fft, sampling_rate).to(waveforms.device)
    values = (power.mT @ filters + 1e-6).log()  # [B, frames, n_mels]
    frames = (lengths.clamp(min=n_fft) - n_fft) // hop + 1
    frames = torch.where(lengths > 0, frames, 0)
    mask = torch.arange(values.shape[1], device=values.device) < frames.unsqueeze(1)
    return Padded(values * mask.unsqueeze(-1), mask)


def band_statistics(audio: Padded) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation [n_mels] of each band over all real frames.

    Take them from the training split alone, and use them for every split.
    """
    frames = audio.values[audio.mask]
    return frames.mean(dim=0), frames.std(dim=0)


def normalise(audio: Padded, mean: Tensor, std: Tensor) -> Padded:
    """Log-mel values to mean 0 and deviation 1 a band; the padding stays zero."""
    values = (audio.values - mean) / std
    return Padded(values * audio.mask.unsqueeze(-1), audio.mask)


def add_noise(
    waveforms: Tensor, lengths: Tensor, snr_db: float, generator: torch.Generator
) -> Tensor:
    """Add white noise to waveforms [B, T] at a signal-to-noise ratio in decibels.

    The signal's power is measured over the clip's own samples (lengths [B]), not over
    the padding; the noise covers the clip and stays zero in the padding.
    """
    steps = torch.arange(waveforms.shape[1], device=waveforms.device)
    spoken = steps < lengths.unsqueeze(1)
    power = (waveforms.square() * spoken).sum(1) / lengths.clamp(min=1)  # [B]
    deviation = (power / 10 ** (snr_db / 10)).sqrt().unsqueeze(1)
    noise = torch.randn(waveforms.shape, generator=generator).to(waveforms)
    return waveforms + deviation * noise * spoken
