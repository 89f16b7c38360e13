"""What a frozen network says about pictures: computed once, kept on the disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.batch import Tokens
from mmlearn.course.screen import Progress
from mmlearn.data.store.cache import Built, Recipe, cached

_BUILDER = 1
_BLOCK = 1 << 24  # bytes of pictures that are hashed at a time


def features(
    network: nn.Module,
    pictures: np.ndarray | Tensor,
    size: int | None = None,
    batch_size: int = 8,
    progress: bool = False,
    places: bool = False,
) -> np.ndarray:
    """The network's features of each picture, float32 [N, F], for a `FeatureEncoder`.

    With places=True, those of each of its P places, float32 [N, P, F]: for a decoder
    that looks around.

    Computed at the first call, in evaluation mode; then from the cache, without a call
    of the network. Other pictures, weights, layers or another size are another entry;
    code of the network that is changed while its layers stay is not seen.

    Args:
        network: is handed uint8 [n, 3, size, size] and gives one vector a picture:
            Tokens [n, 1, F], such as an `EfficientNetEncoder` with pool=True, or a
            tensor [n, F]. One that wants normalised pictures goes into an nn.Sequential
            behind torchvision's v2.ToDtype(torch.float32, scale=True) and
            v2.Normalize(mean, std).
        pictures: uint8 [N, 3, H, W], also mapped from the disk: `batch_size` of them
            are in memory.
        size: side of the square that they are resized to; by default the network's own
            attribute `size`, such as 224; without one, pictures stay as they are.
        progress: show a bar.
        places: the network gives Tokens [n, P, F], such as an `EfficientNetEncoder`
            with pool=False, and all of them are kept.

    Raises:
        TypeError: when the pictures are not uint8, or the network gives neither Tokens
            nor a tensor.
        ValueError: when there is no picture or pixel, when they have other axes or
            channels, and, naming the sample, when the network gives other than one
            vector a picture, or a number that is not finite.
    """
    array = _checked(pictures)
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; expected 1 or more pictures")
    side = getattr(network, "size", None) if size is None else size
    name = type(network).__name__
    recipe = Recipe(
        name="features",
        key={
            "builder": _BUILDER,
            "network": _digest_of_network(network),
            "pictures": _digest_of_pictures(array),
            "size": side,
            **({"places": True} if places else {}),
        },
        build=lambda: Built(
            {"features": _compute(network, array, side, batch_size, progress, places)}
        ),
        licence="that of the pictures and of the network",
        source=f"{name} on {len(array):,} pictures",
        tools=("torch", "torchvision"),
    )
    return np.asarray(cached(recipe).columns["features"])


def _checked(pictures: np.ndarray | Tensor) -> np.ndarray:
    if isinstance(pictures, Tensor):
        pictures = pictures.detach().cpu().numpy()
    if not isinstance(pictures, np.ndarray):
        raise TypeError(
            f"pictures are a {type(pictures).__name__}; expected an array or a tensor, "
            "uint8 [N, 3, H, W]"
        )
    if pictures.dtype != np.uint8:
        raise TypeError(
            f"pictures are {pictures.dtype}; expected uint8, 0 to 255. Fix: hand in "
            "the corpus' own pictures, before they are normalised"
        )
    shape = list(pictures.shape)
    if pictures.ndim != 4 or shape[1] != 3:
        last = pictures.ndim == 4 and shape[3] == 3
        fix = ". Fix: pictures.transpose(0, 3, 1, 2)" if last else ""
        raise ValueError(f"pictures are {shape}; expected [N, 3, H, W]{fix}")
    if 0 in shape:
        raise ValueError(f"pictures are {shape}; expected a picture and a pixel")
    return pictures


def _compute(
    network: nn.Module,
    pictures: np.ndarray,
    side: int | None,
    batch_size: int,
    progress: bool,
    places: bool,
) -> np.ndarray:
    from mmlearn.preprocess.image import resize

    tensors = [*network.parameters(), *network.buffers()]
    device = tensors[0].device if tensors else torch.device("cpu")
    parts = []
    with (
        _evaluating(network),
        torch.no_grad(),
        Progress() if progress else nullcontext() as bar,
    ):
        for start in range(0, len(pictures), batch_size):
            # A copy: a map may be read-only, and a tensor is not.
            part = torch.from_numpy(pictures[start : start + batch_size].copy())
            if side is not None and part.shape[2:] != (side, side):
                part = resize(part, side)
            found = network(part.to(device))
            parts.append(_vectors(found, start, len(part), places))
            if bar is not None:
                done = start + len(part)
                text = f"features of {done:,} of {len(pictures):,} pictures"
                bar.update(done / len(pictures), text)
    return np.concatenate(parts)


def _vectors(
    output: Tokens | Tensor, start: int, count: int, places: bool
) -> np.ndarray:
    """What it gave for `count` pictures from `start` on: float32 [count, (P,) F]."""
    if isinstance(output, Tokens) and places:
        output = output.values
    elif isinstance(output, Tokens):
        if output.values.shape[1] != 1:
            raise ValueError(
                f"sample {start}: the network gives {output.values.shape[1]} tokens; "
                "expected one. Fix: pool=True, or places=True here"
            )
        output = output.values[:, 0]
    if not isinstance(output, Tensor):
        raise TypeError(
            f"the network gives a {type(output).__name__}; expected Tokens or a tensor"
        )
    if output.ndim != 2 + places or len(output) != count:
        wanted = f"[{count}, P, F]" if places else f"[{count}, F]"
        raise ValueError(
            f"sample {start}: the network gives {list(output.shape)} for {count} "
            f"pictures; expected {wanted}"
        )
    values = output.float().cpu().numpy()
    finite = np.isfinite(values).reshape(count, -1).all(axis=1)
    if not finite.all():
        i = int(finite.argmin())
        found = values[i][~np.isfinite(values[i])][0]
        raise ValueError(
            f"sample {start + i}: the network gives {found}; expected finite numbers. "
            "Fix: look at the network's weights"
        )
    return values


@contextmanager
def _evaluating(network: nn.Module) -> Iterator[None]:
    """Evaluation mode; afterwards each part is in the mode that it was in."""
    modes = [(part, part.training) for part in network.modules()]
    network.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


def _digest_of_network(network: nn.Module) -> str:
    """sha256 of its layers and their settings, as printed, and of all its numbers."""
    total = hashlib.sha256(repr(network).encode())
    for name, x in [*network.named_parameters(), *network.named_buffers()]:
        total.update(f"{name} {x.dtype} {list(x.shape)}".encode())
        flat = x.detach().cpu().contiguous().reshape(-1)
        total.update(flat.view(torch.uint8).numpy().data)
    return total.hexdigest()


def _digest_of_pictures(pictures: np.ndarray) -> str:
    total = hashlib.sha256(str(pictures.shape).encode())
    step = max(1, _BLOCK // pictures[0].nbytes)
    for start in range(0, len(pictures), step):
        total.update(np.ascontiguousarray(pictures[start : start + step]).data)
    return total.hexdigest()
