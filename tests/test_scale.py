"""What may be scaled: bands, channels of sensors and of pictures, and what may not."""

import warnings

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from mmlearn.batch import Padded, pad
from mmlearn.preprocess import audio, image, sensor


def silence(samples: int = 4000) -> Padded:
    return audio.log_mel(torch.zeros(2, samples), torch.tensor([samples] * 2), 8000)


def pictures() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (4, 3, 5, 6), dtype=np.uint8)


# A constant


def test_silence_has_no_deviation_and_is_not_divided_by_it():
    mean, std = audio.band_statistics(silence())
    assert (std == 0).all() and mean.isfinite().all()
    with pytest.raises(ValueError, match=r"band 0 has deviation 0\.0"):
        audio.normalise(silence(), mean, std)
    assert_close(mean, torch.full((40,), 1e-6).log())


@pytest.mark.parametrize("level", [0.1, 9.81, -1e6, 1 / 3])
def test_a_constant_that_rounding_makes_move(level):
    steps = torch.randn(3, 777, 2)
    steps[:, :, 1] = level
    _, std = sensor.channel_statistics(steps)
    assert std[0] > 0.9 and std[1] == 0
    with pytest.raises(ValueError, match=r"channel 1 has deviation 0\.0"):
        sensor.normalise(steps, *sensor.channel_statistics(steps))
    with pytest.raises(ValueError, match=r"beyond the rounding of the mean 1e\+06"):
        sensor.normalise(steps, torch.tensor([0, 1e6]), torch.tensor([1, 1e-5]))


def test_a_picture_channel_that_is_everywhere_the_same():
    images = pictures()
    images[:, 2] = 77
    mean, std = image.channel_statistics(images)
    assert std[2] == 0 and min(std[:2]) > 0.2 and abs(mean[2] - 77 / 255) < 1e-6
    with pytest.raises(ValueError, match=r"channel 2 has deviation 0\.0"):
        image.normalise(images, mean, std)
    for wrong in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match=f"channel 1 has deviation {wrong}"):
            image.normalise(images, [0.5] * 3, [0.2, wrong, 0.2])
    with pytest.raises(ValueError, match="channel 0 has mean nan"):
        image.normalise(images, [np.nan] * 3, [0.2] * 3)


# Too few


def test_one_has_no_deviation():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one = Padded(torch.ones(2, 1, 4), torch.tensor([[True], [False]]))
        with pytest.raises(ValueError, match="found 1 frame; expected two or more"):
            audio.band_statistics(one)
        with pytest.raises(ValueError, match="found 0 frames"):
            audio.band_statistics(one[1:])
        with pytest.raises(ValueError, match="found 1 step;"):
            sensor.channel_statistics(torch.ones(1, 1, 3))
        with pytest.raises(ValueError, match="expected two pixels or more"):
            image.channel_statistics(np.zeros((1, 3, 1, 1), np.uint8))
    two = np.array([[[[0]]], [[[255]]]], np.uint8)
    assert image.channel_statistics(two) == ([0.5], [pytest.approx(0.5**0.5)])


@pytest.mark.parametrize("wrong", [torch.nan, torch.inf])
def test_statistics_name_the_column(wrong):
    steps = torch.randn(2, 9, 3)
    steps[1, 4, 2] = wrong
    with pytest.raises(ValueError, match="channel 2 holds NaN or infinity"):
        sensor.channel_statistics(steps)
    with pytest.raises(ValueError, match="band 2 holds NaN or infinity"):
        audio.band_statistics(pad(list(steps)))


# Nothing is broadcast


@pytest.mark.parametrize("shape", [(), (1,), (3, 1), (1, 3), (5,), (7,)])
def test_shapes_that_would_broadcast_are_refused(shape):
    values, good = torch.randn(2, 7, 3), torch.ones(3)
    wrong = torch.ones(shape)
    for normalise, series in (
        (sensor.normalise, values),
        (sensor.normalise, pad(list(values))),
        (audio.normalise, pad(list(values))),
    ):
        with pytest.raises(ValueError, match=r"mean is \[.*\]; expected \[3\]"):
            normalise(series, wrong, good)
        with pytest.raises(ValueError, match=r"std is \[.*\]; expected \[3\]"):
            normalise(series, good, wrong)
    with pytest.raises(ValueError, match="expected one per channel"):
        image.normalise(pictures(), wrong, good)


def test_statistics_as_lists_arrays_and_tensors_are_alike():
    values, images = torch.randn(2, 7, 3), pictures()
    mean, std = [0.5, 0.25, 1.0], [2.0, 4.0, 0.5]
    forms = [(mean, std), (tuple(mean), tuple(std)), (np.array(mean), np.array(std))]
    forms += [
        (torch.tensor(mean), torch.tensor(std)),
        (torch.tensor(mean).double(), std),
    ]
    for m, s in forms:
        found = sensor.normalise(values, m, s)
        assert found.dtype == torch.float32
        assert torch.equal(found, (values - torch.tensor(mean)) / torch.tensor(std))
        sounds = audio.normalise(pad(list(values)), m, s)
        assert torch.equal(sounds.values, found)
        done = image.normalise(images, m, s)
        by_hand = images / 255 - np.array(mean)[:, None, None]
        by_hand = by_hand / np.array(std)[:, None, None]
        assert_close(done, torch.tensor(by_hand).float())


def test_whole_numbers_of_a_sensor_and_its_precision():
    steps = torch.randint(-9, 10, (2, 8, 2), dtype=torch.int16)
    mean, std = sensor.channel_statistics(steps)
    expected = sensor.normalise(steps.float(), mean, std)
    assert torch.equal(sensor.normalise(steps, mean, std), expected)
    exact = sensor.channel_statistics(steps.double())
    assert exact[0].dtype == torch.float64
    assert_close(exact[1].numpy(), steps.numpy().reshape(-1, 2).std(axis=0, ddof=1))
    with pytest.raises(TypeError, match=r"sensor is torch\.bool; expected float"):
        sensor.channel_statistics(steps > 0)
    with pytest.raises(ValueError, match=r"sensor is \[8\]; expected \[B, T, C\]"):
        sensor.channel_statistics(steps[0, :, 0])


# Pictures


def test_pictures_that_are_no_uint8_pictures():
    images = pictures()
    for wrong in (images / 255, images.astype(np.int64), images > 9):
        with pytest.raises(TypeError, match="expected uint8"):
            image.channel_statistics(wrong)
    for shape in ((2, 3, 3, 4, 4), (3, 4, 4), (4,)):
        with pytest.raises(ValueError, match=r"expected \[N, C, H, W\]"):
            image.channel_statistics(np.zeros(shape, np.uint8))
    with pytest.raises(ValueError, match="expected a pixel in each"):
        image.resize(np.zeros((2, 3, 0, 4), np.uint8), 4)
    for size in (0, -3):
        with pytest.raises(ValueError, match=f"size is {size}; expected 1 or more"):
            image.resize(images, size)
    for size in (2.0, True, (4, 4)):
        with pytest.raises(TypeError, match=r"size is .*; expected a whole number"):
            image.resize(images, size)
    assert image.resize(images, np.int64(2)).shape == (4, 3, 2, 2)
    for together in (0, -1):
        with pytest.raises(ValueError, match=f"together is {together}"):
            image.augment(torch.zeros(2, 3, 4, 4), together=together)
    with pytest.raises(ValueError, match=r"images are \[6\]; expected"):
        image.normalise(np.zeros(6, np.uint8), [0.5], [0.5])


def test_films_are_normalised_as_their_frames_and_arrays_may_be_read_only():
    images = pictures()
    images.flags.writeable = False
    statistics = image.channel_statistics(images)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        done = image.normalise(images, *statistics)
    film = image.normalise(images[None], *statistics)
    assert torch.equal(film[0], done)
    assert torch.equal(image.normalise(images[::-1], *statistics), done.flip(0))


def test_noise_on_pictures():
    generator = torch.Generator().manual_seed(0)
    with pytest.raises(TypeError, match=r"images are torch\.uint8; expected float"):
        image.add_noise(pictures(), 0.5, generator)
    for sigma in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=f"sigma is {sigma}; expected 0 or more"):
            image.add_noise(torch.zeros(1, 3, 4, 4), sigma, generator)
    clean = torch.rand(1, 3, 4, 4)
    assert torch.equal(image.add_noise(clean, 0.0, generator), clean)


# Sounds


def tone() -> torch.Tensor:
    torch.manual_seed(0)
    return torch.rand(2, 700) - 0.5


@pytest.mark.parametrize("kind", [torch.float64, torch.float16, torch.bfloat16])
def test_sounds_of_every_precision(kind):
    waves = tone().to(kind)
    found = audio.log_mel(waves, [700, 300], 8000)
    expected = audio.log_mel(waves.float(), torch.tensor([700, 300]), 8000)
    assert found.values.dtype == torch.float32
    assert torch.equal(found.values, expected.values)
    assert torch.equal(found.mask, expected.mask)
    noisy = audio.add_noise(waves, [700, 300], 0.0, torch.Generator().manual_seed(0))
    assert noisy.dtype == kind and noisy.isfinite().all()


@pytest.mark.parametrize(
    "form", ["int64", "int32", "int16", "uint16", "float64", "list"]
)
def test_lengths_of_every_kind(form):
    waves = tone()
    lengths = [700, 300] if form == "list" else np.array([700, 300]).astype(form)
    expected = audio.log_mel(waves, torch.tensor([700, 300]), 8000)
    found = audio.log_mel(waves.numpy(), lengths, 8000)
    assert torch.equal(found.values, expected.values)
    assert found.mask.sum(dim=1).tolist() == [4, 1]
    short = audio.log_mel(waves, np.array([200, 255], np.uint8), 8000)
    assert short.mask.sum(dim=1).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("lengths", "error", "message"),
    [
        ([700, -1], ValueError, "sample 1: length is -1"),
        ([701, 0], ValueError, "sample 0: length is 701, .*none above T"),
        ([700, 2.5], ValueError, r"lengths hold 2.5 at \[1\]"),
        ([700, np.nan], ValueError, r"lengths hold nan at \[1\]"),
        ([[700], [300]], ValueError, r"lengths are \[2, 1\]"),
        ([700], ValueError, r"lengths are \[1\]"),
        (700, ValueError, r"lengths are \[\]"),
        ([True, True], TypeError, "lengths are torch.bool"),
    ],
)
def test_lengths_that_do_not_fit(lengths, error, message):
    generator = torch.Generator().manual_seed(0)
    with pytest.raises(error, match=message):
        audio.log_mel(tone(), lengths, 8000)
    with pytest.raises(error, match=message):
        audio.add_noise(tone(), lengths, 0.0, generator)


def test_samples_of_a_file_are_no_shares_of_full_scale():
    whole = (tone() * 32767).short()
    generator = torch.Generator().manual_seed(0)
    for call in (
        lambda waves: audio.log_mel(waves, [700, 700], 8000),
        lambda waves: audio.add_noise(waves, [700, 700], 0.0, generator),
    ):
        for waves in (whole, whole.int(), whole > 0, whole[0].float()):
            with pytest.raises(ValueError, match=r"expected float \[B, T\].* by 32768"):
                call(waves)
        with pytest.raises(ValueError, match="expected a sample"):
            call(torch.zeros(0, 700))
        spoilt = tone()
        spoilt[1, 9] = torch.inf
        with pytest.raises(ValueError, match="sample 1: the waveform holds NaN or inf"):
            call(spoilt)
    mixed = tone()
    mixed[1] = whole[1]
    with pytest.raises(ValueError, match=r"sample 1: the waveform reaches 16\d+; .*1"):
        audio.log_mel(mixed, [700, 700], 8000)
    overshoot = audio.log_mel(tone() * 3, [700, 700], 8000)
    assert overshoot.values.isfinite().all()


def test_noise_has_no_ratio_to_silence():
    generator = torch.Generator().manual_seed(0)
    waves = tone()
    waves[1] = 0
    with pytest.raises(ValueError, match="sample 1: found silence"):
        audio.add_noise(waves, [700, 300], 0.0, generator)
    missing = audio.add_noise(waves, [700, 0], 0.0, generator)
    assert torch.equal(missing[1], waves[1]) and not torch.equal(missing[0], waves[0])
    for snr in (float("nan"), float("inf"), float("-inf")):
        with pytest.raises(ValueError, match=f"snr_db is {snr}; expected a finite"):
            audio.add_noise(tone(), [700, 700], snr, generator)
    quiet = (tone() * 1e-3).half()  # squares below half's smallest number
    noise = audio.add_noise(quiet, [700, 700], 0.0, generator) - quiet
    ratio = quiet.double().square().mean() / noise.double().square().mean()
    assert abs(10 * float(ratio.log10())) < 1


@pytest.mark.parametrize("name", ["n_mels", "n_fft", "hop", "sampling_rate"])
def test_settings_of_the_spectrogram_are_positive(name):
    settings = {"sampling_rate": 8000} | {name: 0}
    with pytest.raises(ValueError, match=f"{name} is 0; expected a positive number"):
        audio.log_mel(tone(), [700, 700], **settings)


@pytest.mark.parametrize("wrong", [2.5, 2.0, True, None])
def test_windows_are_counted_in_whole_steps(wrong):
    for arguments in ((wrong, 2, 1), (9, wrong, 1), (9, 2, wrong)):
        with pytest.raises(TypeError, match="expected a whole number of steps"):
            sensor.count_windows(*arguments)
    assert sensor.count_windows(np.int64(9), np.uint8(4), 2) == 3
