"""An image encoder that somebody else has trained on photographs."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmlearn.batch import Padded, Tokens
from mmlearn.data.store.packages import EFFICIENTNET, check, find
from mmlearn.encoders.image import by_sample, pictures
from mmlearn.encoders.weights import load_weights
from mmlearn.positions import sinusoid_grid

SIZE = 224  # side of the pictures that the weights were trained on, in pixels
MEAN, STD = 127 / 255, 128 / 255  # as 0 to 1, the same for the three channels
WIDTH = 1280  # features of a picture
SMALLEST = 32  # pixels that become one place of the last map
# Kernel, stride, expansion, channels and number of blocks: Tan and Le (2019), table 1.
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)


class EfficientNetLite0(nn.Module):
    """EfficientNet-Lite0 (Tan and Le, 2019; lite: Google, 2020), 4.7 M numbers.

    Shapes: uint8 [B, 3, H, W], or float from 0 to 1, to float [B, 1000]: logits of the
    classes of ImageNet, in their usual order. It normalises by itself.
    Names are those of the package's file. `_fc` may be replaced by nn.Identity(), as
    in `EfficientNetEncoder`; the result is then the 1280 features.

    Raises:
        TypeError: as `EfficientNetEncoder` does.
        ValueError: as `EfficientNetEncoder` does.
    """

    size = SIZE

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = _Conv(3, 32, 3, stride=2)
        self._bn0 = _norm(32)
        self._blocks = nn.ModuleList()
        before = 32
        for kernel, stride, expansion, channels, repeats in STAGES:
            for i in range(repeats):
                step = stride if i == 0 else 1
                block = _Block(before, channels, kernel, step, expansion)
                self._blocks.append(block)
                before = channels
        self._conv_head = _Conv(before, WIDTH, 1)
        self._bn1 = _norm(WIDTH)
        self._fc: nn.Module = nn.Linear(WIDTH, 1000)

    def maps(self, image: Tensor) -> Tensor:
        """Float [B, 3, H, W] from 0 to 1, unchecked, to the last map of features.

        That is float [B, 1280, H', W'], where H' is H / 32, rounded up.
        """
        x = (image - MEAN) / STD
        # On a CPU the convolutions are a fifth faster, or more, with channels last.
        x = x.contiguous(memory_format=torch.channels_last)
        x = F.relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        return F.relu6(self._bn1(self._conv_head(x)))

    def forward(self, image: Tensor) -> Tensor:
        """Pictures [N, 3, H, W] to logits [N, 1000]."""
        padded = _from_0_to_1(image, like=self._conv_stem.weight)
        features = self.maps(padded.values.flatten(0, 1)).mean(dim=(2, 3))
        logits: Tensor = self._fc(features)
        return logits


class _Block(nn.Module):
    """Expand, look around in each channel by itself, project (Sandler et al., 2018)."""

    def __init__(
        self, before: int, channels: int, kernel: int, stride: int, expansion: int
    ) -> None:
        super().__init__()
        inner = before * expansion
        self.expands = expansion > 1
        self.adds = stride == 1 and before == channels
        if self.expands:
            self._expand_conv = _Conv(before, inner, 1)
            self._bn0 = _norm(inner)
        self._depthwise_conv = _Conv(inner, inner, kernel, stride, groups=inner)
        self._bn1 = _norm(inner)
        self._project_conv = _Conv(inner, channels, 1)
        self._bn2 = _norm(channels)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.adds else y


class _Conv(nn.Conv2d):
    """A convolution padded as in TensorFlow: what is odd goes right and below."""

    def __init__(
        self, before: int, channels: int, kernel: int, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__(before, channels, kernel, stride, groups=groups, bias=False)
        self.kernel, self.step = kernel, stride

    def forward(self, x: Tensor) -> Tensor:
        height, width = (self._missing(n) for n in x.shape[2:])
        if height % 2 == 0 and width % 2 == 0:
            pad = (height // 2, width // 2)
            return F.conv2d(x, self.weight, None, self.step, pad, groups=self.groups)
        left, above = width // 2, height // 2
        x = F.pad(x, (left, width - left, above, height - above))
        return F.conv2d(x, self.weight, None, self.step, groups=self.groups)

    def _missing(self, length: int) -> int:
        """Zeros to add so that every place has an output, for a side of this length."""
        outputs = -(-length // self.step)
        return max((outputs - 1) * self.step + self.kernel - length, 0)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


def efficientnet_lite0() -> EfficientNetLite0:
    """The network with its weights for ImageNet, from the installed package.

    They are read with weights_only=True after their sha256 is compared, or from the
    file that MMLEARN_EFFICIENTNET names; nothing is downloaded. The names of the
    classes: torchvision's `EfficientNet_B0_Weights.IMAGENET1K_V1.meta["categories"]`.

    Raises:
        FileNotFoundError: when the weights are not there.
        ValueError: when they are damaged or of another network.
    """
    check(EFFICIENTNET)
    network = EfficientNetLite0()
    load_weights(network, find(EFFICIENTNET))
    return network.eval()


class EfficientNetEncoder(nn.Module):
    """EfficientNet-Lite0 (Tan and Le, 2019), trained on the photographs of ImageNet.

    Shapes: uint8 [B, 3, H, W], or Padded [B, T, 3, H, W] (T frames), or the same as
    float from 0 to 1, to Tokens [B, T, D] (the mean over places) when `pool`, else
    [B, T * H' * W', D], where H' is H / 32, rounded up; `grid` is then (H', W'), or
    (T, H', W') for more than one frame.
    Unlike its siblings it normalises by itself, as its weights want it (mean 127,
    deviation 128), so pictures that a corpus' own statistics have normalised are
    refused. On a CPU, that is: on other devices values are not looked at.

    Its `size` is the side of the pictures that the weights were trained on, 224. Others
    will do, from 32: what is to be recognised should be as large as in a photograph.
    Where the network is frozen, compute its features once, with
    `mmlearn.features.features`, and train a `FeatureEncoder` on them.

    Args:
        d_model: None for the network's own 1280 features, else they are projected.
        frozen: the network stays as it is, else it is fine-tuned. In both cases the
            projection is trained, and BatchNorm keeps the statistics it came with.

    Raises:
        TypeError: when a picture is neither uint8 nor of the model's dtype.
        ValueError: naming the sample, when its values are not from 0 to 1, when it has
            other than 3 channels or is too small; and as `efficientnet_lite0` does.
    """

    size = SIZE

    def __init__(
        self, d_model: int | None = None, pool: bool = True, frozen: bool = True
    ) -> None:
        super().__init__()
        self.network = efficientnet_lite0()
        self.network._fc = nn.Identity()
        self.network.requires_grad_(not frozen)
        self.pool, self.frozen, self.d_model = pool, frozen, d_model or WIDTH
        self.project = nn.Linear(WIDTH, d_model) if d_model else nn.Identity()
        self.norm = nn.Identity() if pool else nn.LayerNorm(self.d_model)
        self.train()

    def train(self, mode: bool = True) -> EfficientNetEncoder:
        """As always, but the network stays in evaluation mode: see BatchNorm above."""
        super().train(mode)
        self.network.eval()
        return self

    def forward(self, image: Padded | Tensor) -> Tokens:
        """Pictures [B, 3, H, W] or [B, T, 3, H, W] to Tokens; see the class."""
        padded = _from_0_to_1(image, like=self.network._conv_stem.weight)
        frames = padded.values.flatten(0, 1)  # [B * T, 3, H, W]
        maps = self.network.maps(frames)  # [B * T, 1280, H', W']
        if self.pool:
            mean = maps.mean(dim=(2, 3)).unsqueeze(1)  # [B * T, 1, 1280]
            return by_sample(self.project(mean), padded.mask)
        rows, columns = maps.shape[2:]
        values = self.norm(self.project(maps.flatten(2).mT))  # [B * T, H' * W', D]
        values = values + sinusoid_grid(rows, columns, self.d_model, values)
        return by_sample(values, padded.mask, (rows, columns))


def _from_0_to_1(image: Padded | Tensor, like: Tensor) -> Padded:
    """Pictures as float [B, T, 3, H, W] from 0 to 1; the errors of the encoder."""
    values = image.values if isinstance(image, Padded) else image
    if isinstance(values, Tensor) and values.dtype == torch.uint8:
        values = values.to(like.dtype) / 255
        image = Padded(values, image.mask) if isinstance(image, Padded) else values
    padded = pictures(
        image, 3, like, remedy="hand in uint8, 0 to 255, or float from 0 to 1"
    )
    height, width = padded.values.shape[3:]
    if min(height, width) < SMALLEST:
        raise ValueError(
            f"image is {height} x {width}; expected {SMALLEST} or more a side"
        )
    # A GPU would have to wait for the values.
    if padded.values.device.type == "cpu" and not torch.compiler.is_compiling():
        _check_range(padded)
    return padded


def _check_range(padded: Padded) -> None:
    real = padded.values.detach()[padded.mask].flatten(1)
    if not len(real):
        return
    low, high = real.amin(dim=1), real.amax(dim=1)
    wrong = ~((low >= 0) & (high <= 1))  # NaN is wrong, too
    if wrong.any():
        i = int(wrong.nonzero()[0])
        sample = int(padded.mask.nonzero()[i, 0])
        raise ValueError(
            f"sample {sample}: the picture's values are from {low[i]:.3g} to "
            f"{high[i]:.3g}; expected 0 to 1, for the network normalises by "
            "itself. Fix: hand in uint8 pictures, not normalised ones"
        )
