import pytest
import torch

from mmlearn.batch import Padded, pad
from mmlearn.preprocess import spectrogram

EVERY = {
    "noise": lambda x: spectrogram.add_noise(x, 0.7),
    "bands": lambda x: spectrogram.mask_bands(x, 4),
    "time": lambda x: spectrogram.mask_time(x, 0.5),
    "shift": lambda x: spectrogram.shift_time(x, 3),
    "voice": lambda x: spectrogram.shift_bands(x, 2),
    "throat": lambda x: spectrogram.stretch_bands(x, 0.3),
}


def clips(size: int = 200) -> Padded:
    torch.manual_seed(0)
    return pad([torch.randn(5 + i % 7, 10) + 3 for i in range(size)])


@pytest.mark.parametrize("vary", EVERY.values(), ids=EVERY)
def test_padding_stays_zero_and_samples_differ(vary):
    audio = clips()
    made = vary(audio)
    assert torch.equal(made.mask, audio.mask)
    assert not made.values[~audio.mask].any()
    changed = (made.values != audio.values).flatten(1).any(dim=1)
    assert changed.float().mean() > 0.5
    torch.manual_seed(3)
    one = vary(audio)
    torch.manual_seed(3)
    assert torch.equal(one.values, vary(audio).values)


@pytest.mark.parametrize("vary", EVERY.values(), ids=EVERY)
def test_a_missing_clip_stays_missing(vary):
    made = vary(pad([torch.ones(4, 10), None]))
    assert not made.mask[1].any() and not made.values[1].any()


def test_noise_has_the_deviation_asked_for():
    audio = clips()
    noise = (spectrogram.add_noise(audio, 0.7).values - audio.values)[audio.mask]
    assert noise.std() == pytest.approx(0.7, abs=0.02)
    assert torch.equal(spectrogram.add_noise(audio, 0).values, audio.values)


def test_masked_bands_are_neighbours_up_to_the_most():
    audio = clips(2_000)
    hidden = (spectrogram.mask_bands(audio, 4).values == 0).all(dim=1)  # [B, 10]
    count = hidden.sum(dim=1)
    assert sorted(set(count.tolist())) == [0, 1, 2, 3, 4]
    assert torch.bincount(count).float().std() < 40  # each about 400 times
    edges = (hidden[:, 1:] != hidden[:, :-1]).sum(dim=1)
    assert edges.max() <= 2
    assert hidden.any(dim=0).all()  # the outermost ones too


def test_masked_time_is_a_stretch_of_real_frames():
    audio = clips(2_000)
    gone = (spectrogram.mask_time(audio, 0.5).values == 0).all(dim=2) & audio.mask
    share = gone.sum(dim=1) / audio.mask.sum(dim=1)
    assert share.max() <= 0.5 and share.max() > 0.4
    assert (gone[:, 0]).any()
    last = audio.mask.sum(dim=1) - 1
    assert gone[torch.arange(len(gone)), last].any()


def test_a_shift_moves_frames_and_repeats_the_outermost():
    ramp = torch.arange(6.0).view(1, 6, 1).expand(300, 6, 2)
    torch.manual_seed(0)
    made = spectrogram.shift_time(ramp, 2).values[:, :, 0]
    found = {tuple(row) for row in made.tolist()}
    assert found == {
        (0, 1, 2, 3, 4, 5),
        (1, 2, 3, 4, 5, 5),
        (2, 3, 4, 5, 5, 5),
        (0, 0, 1, 2, 3, 4),
        (0, 0, 0, 1, 2, 3),
    }
    short = pad([ramp[0, :3], ramp[0]])
    ends = {float(spectrogram.shift_time(short, 2).values[0, 2, 0]) for _ in range(50)}
    assert ends == {0, 1, 2}  # never what lies beyond the clip's own end


def test_a_voice_moves_bands():
    ramp = torch.arange(4.0).expand(200, 3, 4)
    found = {tuple(row[0]) for row in spectrogram.shift_bands(ramp, 1).values.tolist()}
    assert found == {(0, 1, 2, 3), (1, 2, 3, 3), (0, 0, 1, 2)}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: spectrogram.add_noise(x, -1), ValueError, "sigma is -1; expected 0"),
        (lambda x: spectrogram.mask_bands(x, 11), ValueError, "most is 11; expected 0"),
        (
            lambda x: spectrogram.mask_time(x, 2),
            ValueError,
            "most is 2; expected 0 to 1",
        ),
        (lambda x: spectrogram.shift_time(x, -1), ValueError, "most is -1; expected 0"),
        (lambda x: spectrogram.shift_bands(x, 10), ValueError, "expected 0 to 9"),
        (
            lambda x: spectrogram.add_noise(x.values[0], 1),
            ValueError,
            r"expected \[B, T",
        ),
        (
            lambda x: spectrogram.add_noise(x.values.int(), 1),
            TypeError,
            "expected float",
        ),
    ],
)
def test_what_cannot_be_varied(call, error, message):
    with pytest.raises(error, match=message):
        call(clips(3))


def test_bands_are_stretched_by_one_factor():
    torch.manual_seed(0)
    ramp = torch.arange(40.0).expand(200, 3, 40)  # what a band holds is its number
    made = spectrogram.stretch_bands(ramp, 0.2).values
    by = made[:, :, 20] / 20
    assert by.min() > 0.8 and by.max() < 1.2 and by.std() > 0.05
    wanted = (ramp * by[..., None]).clamp(max=39)
    torch.testing.assert_close(made, wanted, atol=1e-4, rtol=0)
    assert torch.equal(spectrogram.stretch_bands(ramp, 0).values, ramp)
    one = torch.ones(2, 3, 1)
    assert torch.equal(spectrogram.stretch_bands(one, 0.5).values, one)
    with pytest.raises(ValueError, match=r"most is 1; expected 0 to 0\.9"):
        spectrogram.stretch_bands(ramp, 1)


def test_time_is_stretched_by_one_factor():
    torch.manual_seed(0)
    ramp = torch.arange(30.0)[:, None].expand(30, 4)  # what a frame holds is its number
    audio = pad([*(ramp[: 10 + i % 20] for i in range(200)), None])
    made = spectrogram.stretch_time(audio, 0.8, 1.5)
    before, after = audio.mask.sum(dim=1)[:-1], made.mask.sum(dim=1)[:-1]
    share = after / before
    assert 0.75 < share.min() < 0.9 and 1.4 < share.max() < 1.55
    assert made.values.shape[1] == after.max()
    for old, new, row in zip(before, after, made.values, strict=False):
        wanted = torch.linspace(0, old - 1, new)
        torch.testing.assert_close(row[:new, 0], wanted, atol=1e-4, rtol=0)
    assert not made.mask[-1].any() and not made.values[~made.mask].any()
    same = spectrogram.stretch_time(audio, 1, 1)
    torch.testing.assert_close(same.values, audio.values)
    assert spectrogram.stretch_time(pad([torch.ones(1, 4)]), 0.1, 0.2).mask.sum() == 1
    for least, most in ((0, 1), (1.2, 1.1), (0.5, 20)):
        with pytest.raises(ValueError, match=r"(least|most) is"):
            spectrogram.stretch_time(audio, least, most)
