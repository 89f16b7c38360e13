"""The tower for photographs: as it came, frozen, normalising by itself; its features.

The numbers under `TIMM` are those of timm 1.0.31's tf_efficientnet_lite0 with the same
weights, on parts of a photograph that scikit-learn ships.
"""

import json
from functools import cache

import numpy as np
import pytest
import torch
from sklearn.datasets import load_sample_image
from torch import nn
from torch.testing import assert_close
from torchvision.models import EfficientNet_B0_Weights
from torchvision.transforms import v2

from mmlearn.batch import Padded, TensorData, Tokens
from mmlearn.data.store import packages
from mmlearn.data.store.cache import entries
from mmlearn.encoders import ConvEncoder, EfficientNetEncoder, FeatureEncoder
from mmlearn.encoders.photographs import efficientnet_lite0
from mmlearn.explain import gradients, occlusion
from mmlearn.features import features
from mmlearn.fusion import ConcatFusion
from mmlearn.heads import Classify
from mmlearn.model import MultimodalModel
from mmlearn.preprocess.image import channel_statistics, normalise, resize
from mmlearn.train import fit

D_MODEL = 16
EXACT = {"atol": 1e-5, "rtol": 1e-5}
BYTES = {"atol": 0, "rtol": 0}
both = pytest.mark.parametrize("pool", [True, False])
# Height, width -> the first four logits. An odd side is padded in another way.
TIMM = {
    (224, 224): [0.183171, -0.903168, -1.228642, 0.569789],
    (97, 131): [-0.858752, -1.021556, -1.139599, 3.889006],
}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "kept"))


@cache
def photograph(name="china.jpg"):
    """uint8 [1, 3, 427, 640]."""
    picture = torch.from_numpy(load_sample_image(name).copy())
    return picture.permute(2, 0, 1).unsqueeze(0).contiguous()


def crops(count=6, side=64):
    """Parts of two photographs, uint8 [N, 3, side, side]."""
    parts = [
        photograph(("china.jpg", "flower.jpg")[i % 2])[
            ..., 30 * i : 30 * i + side, 50 * i : 50 * i + side
        ]
        for i in range(count)
    ]
    return torch.cat(parts)


@cache
def encoder_of(d_model=D_MODEL, pool=True, frozen=True):
    torch.manual_seed(0)
    return EfficientNetEncoder(d_model, pool=pool, frozen=frozen)


# --- the network


@pytest.mark.parametrize(("height", "width"), TIMM)
def test_it_computes_what_timm_computes(height, width):
    part = photograph()[..., 100 : 100 + height, 200 : 200 + width]
    with torch.no_grad():
        logits = efficientnet_lite0()(part / 255)
    expected = torch.tensor(TIMM[height, width])
    assert_close(logits[0, :4], expected, atol=1e-4, rtol=1e-4)


def test_it_recognises_what_is_on_the_photographs():
    import matplotlib.cbook
    from PIL import Image

    file = matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)
    rear_admiral = torch.from_numpy(np.array(Image.open(file).convert("RGB")))
    rear_admiral = rear_admiral.permute(2, 0, 1).unsqueeze(0)
    pictures = [photograph("china.jpg"), photograph("flower.jpg"), rear_admiral]
    squares = [
        resize(v2.functional.center_crop(x, min(x.shape[2:])), 224) for x in pictures
    ]
    with torch.no_grad():
        found = efficientnet_lite0()(torch.cat(squares) / 255).argmax(dim=1)
    names = EfficientNet_B0_Weights.IMAGENET1K_V1.meta["categories"]
    assert [names[i] for i in found] == ["palace", "daisy", "military uniform"]


def test_the_weights_are_those_that_were_listed(tmp_path, monkeypatch):
    file = packages.find(packages.EFFICIENTNET)
    state = torch.load(file, weights_only=True)
    assert_close(dict(efficientnet_lite0().state_dict()), dict(state), **BYTES)
    copy = tmp_path / "weights.pth"
    monkeypatch.setenv("MMLEARN_EFFICIENTNET", str(copy))
    with pytest.raises(FileNotFoundError, match="MMLEARN_EFFICIENTNET says so"):
        efficientnet_lite0()
    copy.write_bytes(file.read_bytes()[:1_000_000])
    with pytest.raises(ValueError, match="cannot be read as weights"):
        efficientnet_lite0()
    torch.save(state | {"_fc.bias": torch.zeros(9)}, copy)
    with pytest.raises(ValueError, match=r"_fc.bias is \[9\]; EfficientNetLite0"):
        efficientnet_lite0()
    torch.save(state | {"_fc.bias": torch.arange(1000.0)}, copy)
    assert efficientnet_lite0()._fc.bias[7] == 7


# --- the encoder


def test_the_features_are_the_networks_own():
    network, part = efficientnet_lite0(), crops(2)
    with torch.no_grad():
        maps = network.maps(part / 255)
        logits = network._fc(maps.mean(dim=(2, 3)))
        assert_close(network(part / 255), logits, **EXACT)
        assert_close(network(part), logits, **EXACT)
        tokens = encoder_of(None)(part)
    assert tokens.values.shape == (2, 1, 1280) and maps.shape[2:] == (2, 2)
    assert_close(tokens.values[:, 0], maps.mean(dim=(2, 3)), **EXACT)
    assert (tokens.values > 0).float().mean() > 0.1
    assert encoder_of(None).d_model == 1280
    places = encoder_of(pool=False)
    with torch.no_grad():
        tokens = places(part)
        no_places = places.norm(places.project(maps.flatten(2).mT))
    assert tokens.grid == (2, 2) and tokens.values.shape == (2, 4, D_MODEL)
    # What is added says where a token stands: the same for each picture.
    added = tokens.values - no_places
    assert_close(added[0], added[1], **EXACT)
    assert len(added[0].unique(dim=0)) == 4


@both
def test_whole_numbers_and_floats_are_the_same_picture(pool):
    encoder, part = encoder_of(pool=pool), crops(2)
    assert_close(encoder(part).values, encoder(part / 255).values, **EXACT)
    # Neighbours are of no matter, nor is the order.
    assert_close(encoder(part[1:]).values, encoder(part).values[1:], **EXACT)


@both
def test_frames_that_are_masked_are_of_no_matter(pool):
    frames = torch.stack([crops(3), crops(3).flip(0)])  # [2, 3 frames, 3, 64, 64]
    mask = torch.tensor([[True, False, True], [False, False, False]])
    soiled = torch.where(mask.view(2, 3, 1, 1, 1), frames / 255, 1e3)
    encoder = encoder_of(pool=pool)
    tokens, same = encoder(Padded(frames, mask)), encoder(Padded(soiled, mask))
    assert_close(same.values, tokens.values, **EXACT)
    places = tokens.values.shape[1] // 3
    assert places == (1 if pool else 4)
    alone = encoder(frames[0, 2:])
    assert_close(tokens.values[0, 2 * places :], alone.values[0], **EXACT)
    assert not tokens.values[1].any() and tokens.present.tolist() == [True, False]
    assert tokens.grid == (None if pool else (3, 2, 2))


@both
def test_gradients_reach_the_projection_only(pool):
    encoder = encoder_of(pool=pool)
    encoder.zero_grad(set_to_none=True)
    encoder(crops(2)).values.mul(torch.arange(D_MODEL)).sum().backward()
    reached = {name for name, p in encoder.named_parameters() if p.grad is not None}
    own = {"project.weight", "project.bias"}
    assert reached == own | (set() if pool else {"norm.weight", "norm.bias"})
    assert all(encoder.get_parameter(name).grad.abs().sum() > 0 for name in own)
    # And through the network to the picture, for those who explain.
    picture = (crops(1) / 255).requires_grad_()
    encoder(picture).values.square().mul(torch.arange(D_MODEL)).sum().backward()
    assert picture.grad.abs().sum() > 0


def test_fine_tuned_when_asked_but_its_statistics_stay():
    encoder = encoder_of(frozen=False)
    statistics = {name: x.clone() for name, x in encoder.named_buffers()}
    encoder.train()
    encoder(crops(2)).values.mul(torch.arange(D_MODEL)).sum().backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name
    assert_close(dict(encoder.named_buffers()), statistics, **BYTES)
    encoder.zero_grad(set_to_none=True)


@both
def test_after_fit_the_network_is_the_same_byte_for_byte(pool, tmp_path):
    torch.manual_seed(0)
    encoder = EfficientNetEncoder(D_MODEL, pool=pool)
    head = Classify(D_MODEL, 2)
    model = MultimodalModel({"image": encoder}, ConcatFusion(["image"], D_MODEL), head)
    data = TensorData({"image": crops(8, 32), "label": torch.arange(8) % 2})
    before = {name: x.clone() for name, x in encoder.state_dict().items()}
    file = tmp_path / "run.st"
    fit(model, data, data, epochs=3, batch_size=4, checkpoint=file)
    after = encoder.state_dict()
    network = {name for name in before if name.startswith("network.")}
    assert len(network) == 294, "the file's 296 without the classifier"
    assert_close(*({k: x[k] for k in network} for x in (after, before)), **BYTES)
    assert not torch.equal(after["project.weight"], before["project.weight"])
    assert file.stat().st_size < 3e6, "3.4 M frozen numbers are not in the checkpoint"
    model.train()
    assert encoder.training and not any(m.training for m in encoder.network.modules())


def test_what_another_has_normalised_is_refused():
    encoder, part = encoder_of(), crops(3, 32)
    normalised = normalise(part, *channel_statistics(part))
    with pytest.raises(
        ValueError,
        match=r"sample \d: the picture's values are from -\d.*; expected 0 t",
    ):
        encoder(normalised)
    one = part / 255
    one[1, 0, 5, 5] = 1.5
    with pytest.raises(ValueError, match=r"sample 1: .* to 1\.5; .* hand in uint8"):
        encoder(one)
    with pytest.raises(ValueError, match=r"sample 0: .* to 2.*; expected 0 to 1"):
        encoder(part.float())
    one[1, 0, 5, 5] = torch.nan
    with pytest.raises(ValueError, match=r"sample 1: .* from nan to nan"):
        encoder(one)


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (torch.zeros(2, 3, 32, 32).double(), TypeError, "float64; expected float32"),
        (torch.zeros(2, 3, 32, 32).long(), TypeError, "int64; .* hand in uint8, 0 to"),
        (torch.zeros(2, 1, 32, 32), ValueError, "has 1 channels; expected 3"),
        (crops(2)[..., :31], ValueError, "image is 64 x 31; expected 32 or more"),
        (torch.zeros(0, 3, 32, 32), ValueError, "expected at least one sample"),
        (crops(1)[0, 0], ValueError, r"tensor is \[64, 64\]; expected 4 axes"),
        (
            crops(1).numpy(),
            TypeError,
            "image is a ndarray; expected a tensor or",
        ),
    ],
)
def test_pictures_that_do_not_fit(image, error, message):
    for network in (encoder_of(), efficientnet_lite0()):
        with pytest.raises(error, match=message):
            network(image)


def test_a_photograph_is_explained_as_float():
    encoder, part = encoder_of(), crops(2)
    model = MultimodalModel(
        {"image": encoder}, ConcatFusion(["image"], D_MODEL), Classify(D_MODEL, 2)
    ).eval()
    with pytest.raises(TypeError, match=r"image is uint8: .* accepts image / 255"):
        gradients(model, {"image": part}, "image")
    assert gradients(model, {"image": part / 255}, "image").abs().sum() > 0
    drops = occlusion(model, {"image": part / 255}, size=32, fill=0.5)
    covered = part / 255
    covered[:, :, :32, :32] = 0.5
    with torch.no_grad():
        before, after = (model({"image": x}) for x in (part / 255, covered))
    chosen = before.argmax(dim=1, keepdim=True)
    expected = (before - after).gather(1, chosen)[:, 0]
    assert_close(drops[:, 0, 0], expected, **EXACT)


# --- features that are computed once


class Counted(nn.Module):
    """Counts its calls; two numbers a picture."""

    def __init__(self, weight=1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([weight, 2.0]))
        self.register_buffer("shift", torch.zeros(2))
        self.dropout = nn.Dropout(0.5)
        self.calls, self.sizes = 0, set()

    def forward(self, pictures):
        self.calls += 1
        self.sizes.add(tuple(pictures.shape[2:]))
        mean = pictures.float().mean(dim=(1, 2, 3)).unsqueeze(1)
        return self.dropout(mean * self.weight) + self.shift


def test_features_equal_the_encoders_own():
    encoder, pictures = encoder_of(None), crops(5)
    found = features(encoder, pictures, size=64, batch_size=2)
    with torch.no_grad():
        expected = encoder(pictures).values[:, 0]
    assert found.dtype == np.float32 and found.shape == (5, 1280)
    assert_close(torch.from_numpy(found), expected, **EXACT)
    # By default at the size that the network was trained on.
    with torch.no_grad():
        expected = encoder(resize(pictures[:1], 224)).values[:, 0]
    assert_close(torch.from_numpy(features(encoder, pictures[:1])), expected, **EXACT)


def test_the_second_time_the_network_is_not_called():
    network, pictures = Counted().train(), crops(5)
    first = features(network, pictures, batch_size=2)
    assert network.calls == 3 and network.training and network.dropout.training
    mean = pictures.float().mean(dim=(1, 2, 3))
    assert_close(torch.from_numpy(first[:, 1]), 2 * mean)
    again = features(network, pictures.numpy(), batch_size=3)
    assert network.calls == 3 and np.array_equal(first, again)
    assert len(entries()) == 1


def test_another_picture_weight_layer_or_size_is_another_entry():
    pictures = crops(4)
    features(Counted(), pictures)
    changed = pictures.clone()
    changed[3, 2, 63, 63] += 1
    shifted, layered = Counted(), Counted()
    shifted.shift += 1
    layered.dropout = nn.Dropout(0.25)
    cases = [
        (Counted(), changed, None),
        (Counted(), pictures.flip(0), None),
        (Counted(), pictures.view(4, 3, 32, 128), None),
        (Counted(weight=1.5), pictures, None),
        (shifted, pictures, None),
        (layered, pictures, None),
        (Counted(), pictures, 32),
    ]
    for number, (network, shown, size) in enumerate(cases, start=2):
        features(network, shown, size)
        assert network.calls == 1 and len(entries()) == number
    assert cases[-1][0].sizes == {(32, 32)}


def test_features_of_a_map_on_the_disk_that_is_damaged_once_kept(tmp_path):
    np.save(tmp_path / "pictures.npy", crops(4).numpy())
    pictures = np.load(tmp_path / "pictures.npy", mmap_mode="r")
    first = np.array(features(Counted(), pictures))
    manifest = json.loads((entries()[0] / "manifest.json").read_text())
    assert manifest["rows"] == 4 and manifest["source"] == "Counted on 4 pictures"
    file = entries()[0] / "features.npy"
    file.write_bytes(file.read_bytes()[:-4])
    network = Counted()
    with pytest.warns(UserWarning, match="features.npy has .* building it again"):
        again = features(network, pictures)
    assert network.calls == 1 and np.array_equal(again, first)


def test_a_network_that_wants_normalised_pictures_goes_behind_a_transform():
    torch.manual_seed(0)
    encoder, pictures = ConvEncoder(D_MODEL, widths=(8, 16)), crops(3)
    with pytest.raises(TypeError, match=r"image is uint8; .* normalise it"):
        features(encoder, pictures)
    mean, std = channel_statistics(pictures)
    steps = [v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)]
    found = features(nn.Sequential(*steps, encoder), pictures)
    expected = encoder(normalise(pictures, mean, std)).values[:, 0]
    assert_close(torch.from_numpy(found), expected.detach(), **EXACT)
    steps[1] = v2.Normalize(mean, [1.0] * 3)
    assert not np.allclose(features(nn.Sequential(*steps, encoder), pictures), found)


def test_a_feature_encoder_learns_from_them():
    label = torch.arange(12) % 2  # china, flower
    vectors = torch.from_numpy(features(encoder_of(None), crops(12), size=32))
    torch.manual_seed(0)
    model = MultimodalModel(
        {"image": FeatureEncoder(1280, D_MODEL)},
        ConcatFusion(["image"], D_MODEL),
        Classify(D_MODEL, 2),
    )
    data = TensorData({"image": vectors, "label": label})
    history = fit(model, data, data, epochs=20, batch_size=4)
    assert history[-1]["valid_loss"] < 0.1


def test_progress_is_shown_when_asked(capsys):
    features(Counted(), crops(2))
    assert capsys.readouterr().out == ""
    features(Counted(2.0), crops(2), progress=True)
    assert "features of 2 of 2 pictures" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("pictures", "error", "message"),
    [
        (crops(2) / 255, TypeError, "float32; expected uint8.* before they are norm"),
        ([1, 2], TypeError, "pictures are a list; expected an array or a tensor"),
        (crops(2)[0], ValueError, r"\[3, 64, 64\]; expected \[N, 3, H, W\]"),
        (crops(2).permute(0, 2, 3, 1), ValueError, r"transpose\(0, 3, 1, 2\)"),
        (crops(2)[:, :1], ValueError, r"\[2, 1, 64, 64\]; expected \[N, 3"),
        (crops(2)[:0], ValueError, r"\[0, .*; expected a picture and a pixel"),
        (crops(2)[..., :0], ValueError, "expected a picture and a pixel"),
    ],
)
def test_pictures_without_features(pictures, error, message):
    with pytest.raises(error, match=message):
        features(Counted(), pictures)
    assert entries() == []


class Gives(nn.Module):
    def __init__(self, output):
        super().__init__()
        self.output = output

    def forward(self, pictures):
        return self.output


NAN = torch.zeros(2, 5)
NAN[1, 3] = torch.nan


@pytest.mark.parametrize(
    ("output", "error", "message"),
    [
        (NAN, ValueError, "sample 1: the network gives nan; expected finite"),
        (-1 / torch.zeros(2, 1), ValueError, "sample 0: the network gives -inf"),
        (torch.zeros(3, 5), ValueError, r"gives \[3, 5\] for 2 pictures; .* \[2, F\]"),
        (torch.zeros(2, 5, 7), ValueError, r"gives \[2, 5, 7\] for 2"),
        (None, TypeError, "gives a NoneType; expected Tokens or a tensor"),
        (
            Tokens(torch.zeros(2, 4, 5), torch.ones(2, 4, dtype=torch.bool)),
            ValueError,
            "gives 4 tokens; expected one. Fix: pool=True",
        ),
    ],
)
def test_networks_that_give_no_features(output, error, message):
    with pytest.raises(error, match=message):
        features(Gives(output), crops(2))
    assert entries() == []


def test_the_features_of_all_places_are_kept_when_asked_for():
    places = torch.arange(40.0).reshape(2, 4, 5)
    network = Gives(Tokens(places, torch.ones(2, 4, dtype=torch.bool)))
    for _ in range(2):  # computed, then from the cache
        found = features(network, crops(2), places=True)
        assert found.dtype == np.float32 and (found == places.numpy()).all()
    for output, message in (
        (torch.zeros(2, 5), r"gives \[2, 5\] for 2 pictures; .* \[2, P, F\]"),
        (places.where(places < 30, torch.nan), "sample 1: the network gives nan"),
    ):
        with pytest.raises(ValueError, match=message):
            features(Gives(output), crops(2).flip(0), places=True)


class Brittle(nn.Module):
    def forward(self, pictures):
        mean = pictures.float().mean(dim=(1, 2, 3)).unsqueeze(1)
        return torch.where(mean > 0, torch.nan, mean)


def test_samples_are_counted_from_the_first_batch_on():
    pictures = crops(4)
    pictures[:3] = 0
    with pytest.raises(ValueError, match="sample 3: the network gives nan"):
        features(Brittle(), pictures, batch_size=2)
    with pytest.raises(ValueError, match="batch_size is 0"):
        features(Counted(), pictures, batch_size=0)
