"""Layers of torchvision's networks as encoders, and weights read from a file."""

import copy

import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn
from torch.testing import assert_close
from towers import (
    D_MODEL,
    LastAxis,
    TinyNetwork,
    small_vit,
)

from mmlearn.encoders import (
    TorchvisionEncoder,
)
from mmlearn.encoders.weights import load_weights
from mmlearn.positions import sinusoid_grid

EXACT = {"atol": 1e-5, "rtol": 1e-5}


@pytest.mark.parametrize("layer", ["layer2", "layer4.1", "avgpool", "flatten"])
@pytest.mark.parametrize("frozen", [True, False])
def test_a_layer_of_resnet_is_what_torchvision_computes(layer, frozen):
    torch.manual_seed(0)
    model = torchvision.models.resnet18(weights=None).eval()
    judge = copy.deepcopy(model)
    encoder = TorchvisionEncoder(
        model, layer, D_MODEL, pool=False, frozen=frozen, size=64
    )
    image = torch.randn(2, 3, 64, 96)
    seen = {}
    parts = {
        "layer2": judge.layer2,
        "layer4.1": judge.layer4[1],
        "avgpool": judge.avgpool,
        "flatten": judge.avgpool,
    }
    parts[layer].register_forward_hook(lambda m, i, out: seen.update(out=out))
    judge(image)
    tokens = encoder.train()(image)  # BatchNorm keeps its statistics in training, too
    assert encoder.network.training != frozen
    features = seen["out"].flatten(2).mT  # [B, H' * W', C]
    expected = encoder.norm(encoder.project(features))
    if layer != "flatten":
        assert tokens.grid == tuple(seen["out"].shape[2:])
        expected = expected + sinusoid_grid(*tokens.grid, D_MODEL, expected)
    assert_close(tokens.values, expected, **EXACT)
    tokens.values.sum().backward()
    trained = {name for name, p in encoder.named_parameters() if p.grad is not None}
    own = {name for name in trained if not name.startswith("network.")}
    assert own == {"project.weight", "project.bias", "norm.weight", "norm.bias"}
    assert (trained == own) == frozen
    unused = [name for name, p in encoder.named_parameters() if p.requires_grad]
    assert set(unused) == trained  # what comes after the layer is left out


@pytest.mark.parametrize(
    ("model", "layer", "grid", "width"),
    [
        (small_vit, "encoder", None, 8),
        (small_vit, "getitem_5", None, 8),
        (LastAxis, "features", (4, 4), 6),
        (TinyNetwork, "conv1", (4, 4), 6),
    ],
)
def test_layers_of_other_shapes(model, layer, grid, width):
    torch.manual_seed(0)
    encoder = TorchvisionEncoder(model(), layer, D_MODEL, pool=False, size=16)
    assert encoder.project.in_features == width
    tokens = encoder(torch.randn(2, 3, 16, 16))
    assert tokens.grid == grid and tokens.values.shape[2] == D_MODEL
    places = {"encoder": 5, "getitem_5": 1}.get(layer, 16)
    assert tokens.values.shape[1] == places


def test_channels_last_are_read_as_such():
    torch.manual_seed(0)
    model = LastAxis()
    encoder = TorchvisionEncoder(model, "features", D_MODEL, pool=True, size=16)
    image = torch.randn(2, 3, 8, 24)
    maps = model.features(model.conv1(image).permute(0, 2, 3, 1))
    expected = encoder.project(maps.mean(dim=(1, 2)))
    assert_close(encoder(image).values[:, 0], expected, **EXACT)


def test_a_layer_that_is_not_there_or_gives_no_picture():
    message = r"TinyNetwork has no layer 'layer9'.*'conv1', 'bn1'"
    with pytest.raises(ValueError, match=message):
        TorchvisionEncoder(TinyNetwork(), "layer9", D_MODEL)

    class Split(TinyNetwork):
        def forward(self, x):
            return self.conv1(x).split(3, dim=1)[0]

    with pytest.raises(ValueError, match="layer 'split' gives tuple"):
        TorchvisionEncoder(Split(), "split", D_MODEL, size=16)

    class Deep(TinyNetwork):
        def forward(self, x):
            return self.conv1(x).unsqueeze(1)

    with pytest.raises(ValueError, match=r"gives \[1, 1, 6, 4, 4\]; expected \[B, C\]"):
        TorchvisionEncoder(Deep(), "unsqueeze", D_MODEL, size=16)


def test_group_norm_trains_from_scratch_without_seeing_the_neighbours():
    torch.manual_seed(0)
    network = TinyNetwork(norm_layer=lambda width: nn.GroupNorm(2, width))
    encoder = TorchvisionEncoder(network, "bn1", D_MODEL, size=16).train()
    images = torch.randn(3, 3, 16, 16)
    assert_close(encoder(images).values[:1], encoder(images[:1]).values, **EXACT)


@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
def test_weights_of_this_machine(suffix, tmp_path):
    torch.manual_seed(0)
    trained = TinyNetwork()
    trained.bn1.running_mean.normal_()
    path = tmp_path / f"tiny.{suffix}"
    if suffix == "pth":
        torch.save(trained.state_dict(), path)
    else:
        save_file(trained.state_dict(), path)
    encoder = TorchvisionEncoder(
        TinyNetwork(), "bn1", D_MODEL, weights=path, frozen=True, size=16
    )
    image = torch.randn(2, 3, 16, 16)
    features = trained.eval().bn1(trained.conv1(image)).mean(dim=(2, 3))
    assert_close(encoder(image).values[:, 0], encoder.project(features), **EXACT)


def test_weights_that_do_not_fit_are_refused_by_name(tmp_path):
    model = TinyNetwork()
    state = model.state_dict()

    def refuse(message, change=None, content=None, suffix="safetensors"):
        path = tmp_path / f"weights.{suffix}"
        if content is not None:
            path.write_bytes(content)
        elif suffix == "safetensors":
            save_file(change, path)
        else:
            torch.save(change, path)
        before = copy.deepcopy(model.state_dict())
        with pytest.raises(ValueError, match=rf"weights\.{suffix}: {message}"):
            load_weights(model, path)
        assert_close(model.state_dict(), before, atol=0, rtol=0)

    lacks = {k: x for k, x in state.items() if k != "fc.bias"}
    refuse("has no fc.bias; TinyNetwork expects it", lacks)
    refuse("has more, which TinyNetwork does not", state | {"more": torch.ones(1)})
    refuse(r"fc.bias is \[9\]; .* expects \[4\]", state | {"fc.bias": torch.ones(9)})
    refuse("cannot be read as weights", content=b"no weights")
    refuse("cannot be read as weights", content=b"no weights", suffix="pth")
    refuse("cannot be read as weights", content=b"", suffix="pth")
    refuse("holds list; expected a state_dict", [1, 2], suffix="pth")
    refuse("holds dict; expected a state_dict", {"a": 1}, suffix="pth")
    refuse("cannot be read as weights", model, suffix="pth")  # a pickle with code
    with pytest.raises(FileNotFoundError, match=r"nothing\.pth: no such file"):
        load_weights(model, tmp_path / "nothing.pth")
