"""Pictures, sounds and texts on their way in, and what is refused there."""

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image
from torch.testing import assert_close

from mmlearn.batch import pad
from mmlearn.preprocess import audio, image, text


# Pictures
def test_read_image_gives_rgb_on_white(tmp_path):
    path = tmp_path / "half.png"
    Image.new("RGBA", (4, 6), (255, 0, 0, 0)).save(path)
    picture = image.read_image(path)
    assert picture.dtype == torch.uint8 and picture.shape == (3, 6, 4)
    assert (picture == 255).all()


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1", "LA"])
def test_read_image_reads_every_mode(tmp_path, mode):
    path = tmp_path / ("picture.tif" if mode in ("CMYK", "LA") else "picture.png")
    Image.new("RGB", (5, 5), "white").convert(mode).save(path)
    assert (image.read_image(path) == 255).all()


def test_read_image_names_the_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.png: no such file"):
        image.read_image(tmp_path / "gone.png")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    with pytest.raises(ValueError, match=r"broken\.png: found 13 bytes"):
        image.read_image(broken)
    whole = tmp_path / "whole.png"
    noise = np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    Image.fromarray(noise).save(whole)
    cut = tmp_path / "cut.png"
    cut.write_bytes(whole.read_bytes()[:900])
    with pytest.raises(ValueError, match=r"cut\.png: found 900 bytes"):
        image.read_image(cut)


def test_normalise_equals_the_formula():
    torch.manual_seed(0)
    pictures = torch.randint(0, 256, (5, 3, 6, 6), dtype=torch.uint8)
    mean, std = image.channel_statistics(pictures)
    done = image.normalise(pictures, mean, std)
    expected = pictures.double() / 255
    expected = expected - expected.mean(dim=(0, 2, 3), keepdim=True)
    expected = expected / expected.std(dim=(0, 2, 3), keepdim=True)
    assert_close(done, expected.float())
    with pytest.raises(TypeError, match="expected uint8"):
        image.normalise(done, mean, std)
    with pytest.raises(ValueError, match="1 means and 1 deviations"):
        image.normalise(pictures, [0.5], [0.5])


def test_resize_and_augment_keep_what_they_must():
    pictures = np.full((3, 3, 64, 64), 200, dtype=np.uint8)
    small = image.resize(pictures, 16)
    assert small.shape == (3, 3, 16, 16) and (small == 200).all()
    with pytest.raises(ValueError, match="expected \\[N, C, H, W\\]"):
        image.resize(pictures[0], 16)
    with pytest.raises(TypeError, match="expected uint8"):
        image.resize(pictures.astype(np.float32), 16)
    torch.manual_seed(0)
    varied = image.augment(torch.rand(1, 3, 16, 16).expand(4, -1, -1, -1), together=2)
    assert varied.shape == (4, 3, 16, 16)
    assert torch.equal(varied[0], varied[1]), "two are varied alike"
    assert not torch.equal(varied[1], varied[2]), "and the next two otherwise"


def test_noise_has_the_deviation_asked_for():
    noisy = image.add_noise(
        torch.zeros(50, 1, 20, 20), 0.5, torch.Generator().manual_seed(0)
    )
    assert abs(float(noisy.std()) - 0.5) < 0.01


# Sounds
def test_read_sound_averages_channels(tmp_path):
    path = tmp_path / "two.wav"
    soundfile.write(path, np.array([[0.5, -0.5], [0.25, 0.75]]), 8000, subtype="FLOAT")
    wave, rate = audio.read_sound(path)
    assert rate == 8000
    assert_close(wave, torch.tensor([0.0, 0.5]))


def test_read_sound_names_the_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.wav: no such file"):
        audio.read_sound(tmp_path / "gone.wav")
    empty = tmp_path / "zero.wav"
    empty.touch()
    with pytest.raises(ValueError, match=r"zero\.wav: found 0 bytes"):
        audio.read_sound(empty)
    silent = tmp_path / "none.wav"
    soundfile.write(silent, np.zeros(0), 8000)
    with pytest.raises(ValueError, match=r"none\.wav: found 0 samples"):
        audio.read_sound(silent)
    spoilt = tmp_path / "nan.wav"
    soundfile.write(spoilt, np.array([0.0, np.nan]), 8000, subtype="FLOAT")
    with pytest.raises(ValueError, match=r"nan\.wav: sample 1 is NaN"):
        audio.read_sound(spoilt)


def test_mel_scale():
    hertz = torch.tensor([0.0, 440.0, 1000.0, 4000.0])
    assert_close(audio.mel_to_hertz(audio.hertz_to_mel(hertz)), hertz)
    assert abs(float(audio.hertz_to_mel(torch.tensor(1000.0))) - 1000) < 0.1


def test_a_tone_lights_the_band_at_its_frequency():
    rate, hertz = 8000, 1000.0
    time = torch.arange(rate) / rate
    wave = torch.sin(2 * torch.pi * hertz * time).unsqueeze(0)
    spectrum = audio.log_mel(wave, torch.tensor([rate]), rate, n_mels=40)
    loudest = int(spectrum.values[0].mean(dim=0).argmax())
    step = float(audio.hertz_to_mel(torch.tensor(4000.0))) / 41
    assert abs(float(audio.hertz_to_mel(torch.tensor(hertz))) / step - 1 - loudest) < 1


def test_log_mel_equals_the_definition():
    """One frame through numpy's Fourier transform instead of torch's."""
    torch.manual_seed(0)
    wave = torch.rand(1, 300) - 0.5
    got = audio.log_mel(wave, torch.tensor([300]), 8000, n_mels=20, n_fft=256, hop=32)
    window = np.hanning(257)[:-1]
    power = np.abs(np.fft.rfft(wave[0, 32 : 32 + 256].numpy() * window)) ** 2
    power = power / window.sum() ** 2
    expected = np.log(power @ audio.mel_filters(20, 256, 8000).double().numpy() + 1e-6)
    assert got.mask.tolist() == [[True, True]]
    assert_close(got.values[0, 1].double().numpy(), expected, atol=1e-4, rtol=1e-4)


def test_log_mel_does_not_hear_the_padding():
    torch.manual_seed(0)
    waves, lengths = torch.rand(3, 4000) - 0.5, torch.tensor([4000, 1000, 100])
    together = audio.log_mel(waves, lengths, 8000)
    assert together.mask.sum(dim=1).tolist() == [30, 6, 1]
    for i, length in enumerate(lengths):
        alone = audio.log_mel(waves[i : i + 1, :length], lengths[i : i + 1], 8000)
        frames = int(alone.mask.sum())
        assert_close(together.values[i, :frames], alone.values[0, :frames])
        assert together.values[i, frames:].abs().sum() == 0
    missing = audio.log_mel(waves, torch.tensor([4000, 0, 100]), 8000)
    assert missing.present.tolist() == [True, False, True]


def test_log_mel_refuses():
    waves = torch.zeros(2, 500)
    with pytest.raises(ValueError, match="expected float"):
        audio.log_mel(waves.short(), torch.tensor([500, 500]), 8000)
    with pytest.raises(ValueError, match="none above T"):
        audio.log_mel(waves, torch.tensor([500, 501]), 8000)
    waves[1, 3] = torch.nan
    with pytest.raises(ValueError, match="sample 1: the waveform holds NaN"):
        audio.log_mel(waves, torch.tensor([500, 500]), 8000)
    with pytest.raises(ValueError, match="128 mel bands are too many"):
        audio.mel_filters(128, 256, 8000)


def test_bands_are_normalised_without_the_padding():
    torch.manual_seed(0)
    sounds = pad([3 + 2 * torch.randn(50, 4), 3 + 2 * torch.randn(9, 4)])
    done = audio.normalise(sounds, *audio.band_statistics(sounds))
    frames = done.values[done.mask]
    assert_close(frames.mean(dim=0), torch.zeros(4), atol=1e-5, rtol=0)
    assert_close(frames.std(dim=0), torch.ones(4), atol=1e-5, rtol=0)
    assert done.values[~done.mask].abs().sum() == 0


@pytest.mark.parametrize("snr_db", [-6.0, 10.0])
def test_noise_has_the_ratio_asked_for_over_the_spoken_part(snr_db):
    torch.manual_seed(0)
    waves, lengths = torch.randn(2, 20_000), torch.tensor([20_000, 5_000])
    waves[1, 5_000:] = 0
    generator = torch.Generator().manual_seed(0)
    noise = audio.add_noise(waves, lengths, snr_db, generator) - waves
    for i, length in enumerate(lengths):
        ratio = waves[i, :length].square().mean() / noise[i, :length].square().mean()
        assert abs(10 * float(ratio.log10()) - snr_db) < 0.2
    assert noise[1, 5_000:].abs().sum() == 0


# Texts
def test_tokenizers_of_english_and_chinese():
    assert text.tokenizer("en")("A man's  best-friend!") == [
        "a", "man", "'s", "best", "-", "friend", "!",
    ]  # fmt: skip
    assert text.tokenizer("zh")("多模态") == ["多", "模", "态"]
    with pytest.raises(ValueError, match="language 'xx-no'"):
        text.tokenizer("xx-no")


def test_encode_names_the_sample():
    split = text.tokenizer("en")
    vocabulary = text.Vocabulary.build([split("red heart")])
    padded = text.encode(["red heart", "heart", "blue"], split, vocabulary)
    red, heart, unknown = vocabulary(["red", "heart", "blue"])
    assert padded.values.tolist() == [[red, heart], [heart, 0], [unknown, 0]]
    assert padded.mask.tolist() == [[True, True], [True, False], [True, False]]
    with pytest.raises(ValueError, match="sample 1: found ''"):
        text.encode(["red", ""], split, vocabulary)
    with pytest.raises(ValueError, match=r"sample 1: found ' \\t '"):
        text.encode(["red", " \t "], split, vocabulary)
    with pytest.raises(TypeError, match="sample 0: found None"):
        text.encode([None], split, vocabulary)
    with pytest.raises(
        ValueError, match="sample 1: the tokeniser finds no word in '!'"
    ):
        text.encode(
            ["red", "!"], lambda said: said.replace("!", "").split(), vocabulary
        )
    with pytest.raises(TypeError, match=r"sample 0: the tokeniser gives 3, a int"):
        text.encode(["red"], lambda said: [3], vocabulary)
    vocabulary.set_default_index(None)
    with pytest.raises(KeyError, match="sample 1, 'blue': 'blue' is not in the voc"):
        text.encode(["red", "blue"], split, vocabulary)


def test_a_long_sound_is_cut_into_parts_that_leave_no_trace(monkeypatch):
    torch.manual_seed(0)
    waves, lengths = torch.randn(5, 4_000) / 4, torch.tensor([4_000, 1, 700, 0, 3_999])
    whole = audio.log_mel(waves, lengths, 8_000)
    monkeypatch.setattr(audio, "_SPECTRUM", 3 * 5 * 129)  # three frames at once
    parts = audio.log_mel(waves, lengths, 8_000)
    torch.testing.assert_close(parts.values, whole.values, rtol=0, atol=1e-5)
    assert torch.equal(parts.mask, whole.mask)
