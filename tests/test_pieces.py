import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

from mmlearn.batch import Padded, pad
from mmlearn.encoders import SpectrogramEncoder
from mmlearn.encoders.series import SeriesConvolutions, mean_of_pieces


@pytest.mark.parametrize("pieces", [1, 2, 4, 7])
def test_pieces_are_those_of_adaptive_pooling_of_each_sample_alone(pieces):
    torch.manual_seed(0)
    clips = [torch.randn(steps, 3) for steps in (9, 4, 2, 1)]
    padded = pad(clips)
    found = mean_of_pieces(padded.values, padded.mask, pieces)
    for clip, one in zip(clips, found, strict=True):
        assert_close(one, F.adaptive_avg_pool1d(clip.mT, pieces).mT)


def test_a_gap_counts_in_no_mean_and_a_missing_clip_is_zero():
    values = torch.tensor([[[1.0], [9.0], [3.0], [5.0]]] * 2)
    mask = torch.tensor([[True, False, True, True], [False] * 4])
    found = mean_of_pieces(values, mask, 2).squeeze(-1)
    assert found.tolist() == [[1, 4], [0, 0]]


def test_a_word_backwards_is_another_word():
    torch.manual_seed(0)
    word = torch.randn(1, 40, 6)
    kept = SpectrogramEncoder(6, 8, width=16)
    lost = SpectrogramEncoder(6, 8, width=16, pieces=1)
    for encoder, order in ((kept, True), (lost, False)):
        # A kernel that is the same backwards leaves the order to the pooling alone.
        for layer in encoder.layers.convolutions:
            layer.weight.data = (layer.weight + layer.weight.flip(2)) / 2
        forwards = encoder(word[:, :-3]).values
        backwards = encoder(word[:, :-3].flip(1)).values
        assert (not torch.allclose(forwards, backwards, atol=1e-4)) == order


def test_a_sample_without_sound_gives_zeros_and_no_gradient_of_nan():
    encoder = SpectrogramEncoder(6, 8, width=16)
    audio = Padded(torch.zeros(2, 9, 6), torch.tensor([[True] * 9, [False] * 9]))
    tokens = encoder(audio)
    assert tokens.present.tolist() == [True, False]
    assert not tokens.values[1].any()
    tokens.values.sum().backward()
    assert all(p.grad.isfinite().all() for p in encoder.parameters())


def test_no_piece_is_refused():
    with pytest.raises(ValueError, match="pieces is 0; expected 1 or more"):
        SeriesConvolutions(3, 8, 8, 1, True, 0.0, 0)
