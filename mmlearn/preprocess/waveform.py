"""A log-mel spectrogram back to a waveform: frequencies, then phases, then samples."""

from __future__ import annotations

import torch
from torch import Tensor

from mmlearn.batch import Padded, as_padded
from mmlearn.preprocess.audio import mel_filters
from mmlearn.preprocess.scale import as_float

FLOOR = 1e-6  # what `log_mel` adds to the power
ROUNDS = 20  # of the bands: they agree to 1 % then


def mel_to_magnitude(
    mel: Padded | Tensor, sampling_rate: int, n_fft: int = 256
) -> Padded:
    """Log-mel [B, frames, n_mels] to magnitudes [B, frames, n_fft // 2 + 1].

    Many spectra have the same bands, and the pseudo-inverse picks one with negative
    powers. So the power begins spread over each band, and is multiplied by the ratio of
    wanted to found, band by band, until the bands agree (Richardson, 1972; Lucy, 1974):
    that never goes below 0. Detail that lies within a band is gone.

    Args:
        mel: as `log_mel` gives it, not normalised.
        sampling_rate: in Hz, as in `log_mel`.
        n_fft: as in `log_mel`.

    Raises:
        ValueError: for other axes, and as `mel_filters` does.
        TypeError: when the values are not float.
    """
    padded = as_padded(mel, item_ndim=1)
    values = as_float(padded.values, "mel")
    filters = mel_filters(values.shape[2], n_fft, sampling_rate).to(values)
    wanted = (values.exp() - FLOOR).clamp(min=0)
    reached = filters.sum(dim=1).clamp(min=1e-9)  # 0 at 0 Hz and at the highest
    power = wanted / filters.sum(dim=0) @ filters.mT / reached
    for _ in range(ROUNDS):
        ratio = wanted / (power @ filters).clamp(min=1e-12)
        power = power * (ratio @ filters.mT / reached)
    window = torch.hann_window(n_fft, device=values.device).sum()
    magnitude = power.sqrt() * window
    return Padded(magnitude * padded.mask.unsqueeze(-1), padded.mask)


def griffin_lim(
    magnitude: Padded | Tensor,
    hop: int = 128,
    rounds: int = 60,
    momentum: float = 0.99,
) -> tuple[Tensor, Tensor]:
    """Waveforms whose spectra have these magnitudes, as nearly as any has.

    Griffin and Lim (1984): the waveform of the spectra, the spectra of that waveform,
    then its phases with the wanted magnitudes, over and over; with the momentum of
    Perraudin, Balazs and Sondergaard (2013). The first phases are those of steady
    tones, so nothing is drawn, and a clip is the same beside any others.

    Args:
        magnitude: float [B, frames, F], of Hann windows of 2 (F - 1) samples that are
            whole within the clip.
        hop: from one window to the next, in samples; it divides the window's half.
        rounds: how often; 0 leaves the phases of steady tones.
        momentum: 0 for the plain method, whose error never rises.

    Returns:
        Waveforms float [B, T], zero after their ends, and lengths int64 [B], samples.

    Raises:
        ValueError: for other axes; when hop does not divide half a window; for rounds
            below 0, or a momentum that is not 0 to below 1.
        TypeError: when the values are not float.
    """
    padded = as_padded(magnitude, item_ndim=1)
    wanted = as_float(padded.values, "magnitude").mT  # [B, F, frames]
    bins, frames = wanted.shape[1:]
    n_fft = 2 * (bins - 1)
    if hop < 1 or n_fft < 2 or (n_fft // 2) % hop:
        raise ValueError(f"hop is {hop}; expected a divisor of {n_fft // 2}")
    if rounds < 0 or not 0 <= momentum < 1:
        raise ValueError(
            f"rounds is {rounds}, momentum {momentum}; expected 0 or more, and 0 to "
            "below 1"
        )
    counts = padded.mask.sum(dim=1)
    lengths = torch.where(counts > 0, (counts - 1) * hop + n_fft, 0)
    window = torch.hann_window(n_fft, dtype=wanted.dtype, device=wanted.device)
    # Windows that reach beyond the clip: their magnitudes are not known.
    edge = n_fft // 2 // hop
    given = torch.nn.functional.pad(padded.mask, (edge, edge))[:, None, :]
    wanted = torch.nn.functional.pad(wanted, (edge, edge))
    total = (frames - 1) * hop + n_fft
    steps = torch.arange(total, device=wanted.device)
    inside = steps < lengths[:, None]

    def to_waveform(spectra: Tensor) -> Tensor:
        return torch.istft(spectra, n_fft, hop, window=window, length=total) * inside

    def to_spectra(waves: Tensor) -> Tensor:
        return torch.stft(
            waves, n_fft, hop, window=window, pad_mode="constant", return_complex=True
        )

    place = torch.arange(wanted.shape[2], device=wanted.device)
    turns = place * hop / n_fft * torch.arange(bins, device=wanted.device)[:, None]
    spectra = torch.polar(wanted, (2 * torch.pi * (turns % 1)).expand_as(wanted))
    before = torch.zeros_like(spectra)
    for _ in range(rounds):
        found = to_spectra(to_waveform(spectra))
        ahead = found + momentum * (found - before)
        before = found
        spectra = torch.where(given, torch.polar(wanted, ahead.angle()), ahead)
    return to_waveform(spectra), lengths


def mel_to_waveform(
    mel: Padded | Tensor,
    sampling_rate: int,
    n_fft: int = 256,
    hop: int = 128,
    rounds: int = 60,
) -> tuple[Tensor, Tensor]:
    """Log-mel spectrograms [B, frames, n_mels] to waveforms [B, T] and lengths [B].

    Args:
        mel: as `log_mel` gives it with the same sampling rate, n_fft and hop.

    Raises:
        ValueError: as `mel_to_magnitude` and `griffin_lim` do.
        TypeError: when the values are not float.
    """
    return griffin_lim(mel_to_magnitude(mel, sampling_rate, n_fft), hop, rounds)
