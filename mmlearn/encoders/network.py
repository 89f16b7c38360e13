"""Any layer of any network of torchvision as an image encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmlearn.batch import Padded, Tokens
from mmlearn.encoders.image import by_sample, pictures
from mmlearn.encoders.weights import load_weights
from mmlearn.positions import sinusoid_grid

NORMS_ACROSS_SAMPLES = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


class TorchvisionEncoder(nn.Module):
    """What one layer of a network of `torchvision.models` computes from a picture.

    BatchNorm keeps the statistics that it came with, also in training: those of a batch
    would tell a picture about its neighbours. To train a network from scratch give it
    another norm: `resnet18(norm_layer=lambda width: nn.GroupNorm(8, width))`.

    Args:
        model: the network, such as `torchvision.models.resnet18(weights=None)`.
        layer: the name of a node, such as "layer4", "features" or, for a ViT,
            "encoder";
            `torchvision.models.feature_extraction.get_graph_node_names(model)` lists
            them.
        weights: a local file, see `load_weights`; nothing is downloaded.
        pool: whether to give one token per frame, the mean over places.
        frozen: the network stays as it is, in evaluation mode; only the projection is
            trained.
        size: side of the picture on which the network is tried when it is built, to
            learn the width of the layer; some networks accept only one size.

    Raises:
        ValueError: when there is no such layer, when it gives no [B, C], [B, P, C],
            [B, C, H, W] or [B, H, W, C], when a picture has other than 3 channels, and
            as `load_weights` does.
        TypeError: when the picture is not of the model's dtype.
        FileNotFoundError: as `load_weights` does.
    """

    def __init__(
        self,
        model: nn.Module,
        layer: str,
        d_model: int,
        weights: str | Path | None = None,
        pool: bool = True,
        frozen: bool = False,
        size: int = 224,
    ) -> None:
        super().__init__()
        from torchvision.models import feature_extraction

        if weights is not None:
            load_weights(model, weights)
        try:
            self.network: Any = feature_extraction.create_feature_extractor(
                model, {layer: "out"}, suppress_diff_warning=True
            )
        except ValueError as error:
            train, _ = feature_extraction.get_graph_node_names(
                model, suppress_diff_warning=True
            )
            tops = list(dict.fromkeys(name.split(".")[0] for name in train))
            raise ValueError(
                f"{type(model).__name__} has no layer {layer!r}; expected one of "
                f"{tops} or a part of one"
            ) from error
        self.d_model, self.pool, self.frozen = d_model, pool, frozen
        self.network.requires_grad_(not frozen)
        self.last, width = self._layout(model, layer, size)
        self.project = nn.Linear(width, d_model)
        self.norm = nn.Identity() if pool else nn.LayerNorm(d_model)
        self.train()

    def _layout(self, model: nn.Module, layer: str, size: int) -> tuple[bool, int]:
        """Whether channels are the last axis of what the layer gives, and how many."""
        picture = next(model.parameters()).new_zeros(1, 3, size, size)
        with torch.no_grad():
            out = self.network.eval()(picture)["out"]
        shape = list(out.shape) if isinstance(out, Tensor) else []
        if len(shape) not in (2, 3, 4) or shape[0] != 1:
            raise ValueError(
                f"layer {layer!r} gives {shape or type(out).__name__}; expected "
                "[B, C], [B, P, C], [B, C, H, W] or [B, H, W, C]"
            )
        # The picture is a square, so the axes that are equal are height and width.
        last = len(shape) < 4 or (shape[1] == shape[2] and shape[2] != shape[3])
        return last, shape[-1] if last else shape[1]

    def train(self, mode: bool = True) -> TorchvisionEncoder:
        """Set the mode, but leave BatchNorm and a frozen network in evaluation mode."""
        super().train(mode)
        if self.frozen:
            self.network.eval()
        for module in self.network.modules():
            if isinstance(module, NORMS_ACROSS_SAMPLES):
                module.eval()
        return self

    def forward(self, image: Padded | Tensor) -> Tokens:
        """Float [B, 3, H, W], or Padded [B, T, 3, H, W] (T frames), to Tokens.

        They are [B, T, D] when `pool` or when the layer gives a vector, else
        [B, T * P, D] for its P places; `grid` is set where these are a map.
        """
        padded = pictures(image, channels=3, like=self.project.weight)
        maps = self.network(padded.values.flatten(0, 1))["out"]
        if maps.ndim == 4 and not self.last:
            maps = maps.permute(0, 2, 3, 1)  # [B * T, H', W', C]
        grid = (maps.shape[1], maps.shape[2]) if maps.ndim == 4 else None
        places = maps.unsqueeze(1) if maps.ndim == 2 else maps.flatten(1, -2)
        if self.pool or maps.ndim == 2:
            mean = places.mean(dim=1, keepdim=True)  # [B * T, 1, C]
            return by_sample(self.norm(self.project(mean)), padded.mask)
        values = self.norm(self.project(places))  # [B * T, P, D]
        if grid:
            values = values + sinusoid_grid(*grid, self.d_model, values)
        return by_sample(values, padded.mask, grid)
