"""Spectrograms back to waveforms: checked by going there and back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.signal import ShortTimeFFT
from torch.testing import assert_close

from mmlearn.batch import Padded
from mmlearn.preprocess.audio import log_mel, mel_filters
from mmlearn.preprocess.waveform import griffin_lim, mel_to_magnitude, mel_to_waveform

RATE = 8_000


def chirp(samples: int, low: float, high: float) -> torch.Tensor:
    time = torch.arange(samples, dtype=torch.float64) / RATE
    turns = low * time + (high - low) * time.square() * RATE / (2 * samples)
    loud = torch.hann_window(samples, dtype=torch.float64)
    return (0.5 * loud * torch.sin(2 * torch.pi * turns)).float()


def clips() -> tuple[torch.Tensor, torch.Tensor]:
    waves, lengths = torch.zeros(3, 5_000), torch.tensor([5_000, 3_000, 0])
    waves[0], waves[1, :3_000] = chirp(5_000, 200, 3_000), chirp(3_000, 2_500, 400)
    return waves, lengths


def magnitudes(waves, lengths, n_fft=256, hop=128) -> Padded:
    """Of the windows that are whole within each clip."""
    window = torch.hann_window(n_fft)
    spectra = torch.stft(
        waves, n_fft, hop, window=window, center=False, return_complex=True
    )
    frames = torch.where(lengths > 0, (lengths - n_fft) // hop + 1, 0)
    mask = torch.arange(spectra.shape[2]) < frames[:, None]
    return Padded(spectra.abs().mT * mask[..., None], mask)


def error(wanted: Padded, waves, lengths, hop=128) -> float:
    found = magnitudes(waves, lengths, 2 * (wanted.values.shape[2] - 1), hop)
    assert torch.equal(found.mask, wanted.mask)
    return float((found.values - wanted.values).norm() / wanted.values.norm())


def test_bands_come_back_and_no_power_is_negative():
    waves, lengths = clips()
    mel = log_mel(waves, lengths, RATE)
    found = mel_to_magnitude(mel, RATE)
    assert torch.equal(found.mask, mel.mask) and bool((found.values >= 0).all())
    power = (found.values / torch.hann_window(256).sum()).square()
    again = (power @ mel_filters(40, 256, RATE) + 1e-6).log()
    assert (again - mel.values)[mel.mask].abs().mean() < 0.02
    # The pseudo-inverse's spectrum has these bands as well, with negative powers.
    inverse = torch.linalg.pinv(mel_filters(40, 256, RATE))
    least = (mel.values.exp() - 1e-6) @ inverse
    assert least[mel.mask].min() < 0
    cut = (least.clamp(min=0) @ mel_filters(40, 256, RATE) + 1e-6).log()
    assert (cut - mel.values)[mel.mask].abs().mean() > 0.1


def test_no_round_makes_the_plain_method_worse():
    """Griffin and Lim's theorem: the error of the magnitudes never rises."""
    wanted = magnitudes(*clips())
    errors = [
        error(wanted, *griffin_lim(wanted, rounds=n, momentum=0.0))
        for n in (0, 1, 2, 5, 20, 60)
    ]
    assert errors == sorted(errors, reverse=True) and errors[-1] < 0.2 * errors[0]


@pytest.mark.parametrize("hop", [32, 64, 128])
def test_any_hop_that_divides_half_a_window(hop):
    waves, lengths = clips()
    wanted = magnitudes(waves, lengths, hop=hop)
    found, ends = griffin_lim(wanted, hop, rounds=60)
    assert ends.tolist() == [
        (int(n) - 256) // hop * hop + 256 if n else 0 for n in lengths
    ]
    assert error(wanted, found, ends, hop) < 0.1


def test_a_round_is_scipys_spectra_and_back():
    """One plain round by another library's transform."""
    waves, lengths = clips()
    wanted = magnitudes(waves[:1], lengths[:1])
    start, ends = griffin_lim(wanted, rounds=0)
    ours, _ = griffin_lim(wanted, rounds=1, momentum=0.0)
    window = np.hanning(257)[:-1]
    transform = ShortTimeFFT(window, hop=128, fs=RATE, fft_mode="onesided")
    n = int(ends[0])
    spectra = transform.stft(start[0, :n].numpy())
    first = -transform.p_min  # the frame centred at sample 0
    inner = slice(first + 1, first + 1 + wanted.values.shape[1])
    # phase_shift=0 counts phases from the window's middle, as we do from its start:
    # neither matters for magnitudes set onto one's own phases.
    spectra[:, inner] = wanted.values[0].numpy().T * np.exp(
        1j * np.angle(spectra[:, inner])
    )
    theirs = transform.istft(spectra, k1=n)
    assert_close(
        ours[0, 128 : n - 128],
        torch.from_numpy(theirs[128 : n - 128]).float(),
        atol=1e-4,
        rtol=1e-4,
    )


def test_a_clip_is_the_same_beside_longer_ones():
    waves, lengths = clips()
    wanted = magnitudes(waves, lengths)
    together, ends = griffin_lim(wanted, rounds=10)
    frames = int(wanted.mask[1].sum())
    alone, end = griffin_lim(
        Padded(wanted.values[1:2, :frames], wanted.mask[1:2, :frames]), rounds=10
    )
    assert int(end[0]) == int(ends[1]) == alone.shape[1]
    assert_close(together[1, : int(end[0])], alone[0], atol=1e-4, rtol=1e-4)
    assert not together[1, int(end[0]) :].any() and not together[2].any()


def test_a_log_mel_comes_back():
    waves, lengths = clips()
    mel = log_mel(waves, lengths, RATE)
    found, ends = mel_to_waveform(mel, RATE)
    again = log_mel(found, ends, RATE)
    assert torch.equal(again.mask, mel.mask)
    assert (again.values - mel.values)[mel.mask].abs().mean() < 0.15


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hop": 100}, "hop is 100; expected a divisor of 128"),
        ({"hop": 0}, "hop is 0; expected"),
        ({"rounds": -1}, "rounds is -1, momentum 0.99; expected 0 or more"),
        ({"momentum": 1.0}, "rounds is 60, momentum 1.0"),
    ],
)
def test_settings_that_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        griffin_lim(torch.ones(1, 3, 129), **options)


def test_columns_that_are_refused():
    with pytest.raises(TypeError, match=r"magnitude is torch\.bool; expected float"):
        griffin_lim(torch.ones(1, 3, 129, dtype=torch.bool))
    with pytest.raises(TypeError, match=r"mel is torch\.complex64; expected float"):
        mel_to_magnitude(torch.ones(1, 3, 40, dtype=torch.complex64), RATE)
    with pytest.raises(ValueError, match=r"tensor is \[40\]; expected 2 axes"):
        mel_to_magnitude(torch.ones(40), RATE)
    with pytest.raises(ValueError, match="are too many for n_fft 256"):
        mel_to_magnitude(torch.ones(1, 3, 100), RATE)
