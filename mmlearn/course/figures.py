"""A stored notebook's pictures, in as few bytes as possible without visible loss.

A figure drawn by matplotlib has some hundreds of colours, most of them in between two
others at the edges of letters and lines. A palette of 32 shows the same in a third of
the bytes. Where colours change slowly (photographs, maps of colours), a palette shows
as bands: such a picture keeps all its colours.
"""

from __future__ import annotations

import base64
import io

import nbformat
import numpy as np
from PIL import Image
from scipy.ndimage import maximum_filter, minimum_filter, uniform_filter
from scipy.spatial import cKDTree

MODES = ("1", "L", "LA", "P", "RGB", "RGBA")  # of 8 bits
SIZES = (32, 64, 128, 256)  # of the palette; the smallest that will do is taken
ROUNDS = 4  # of finding colours that a palette misses
# What the eye does not see: the mean error over a patch, in levels of 255. Next to an
# edge it may be larger, because contrast masks it (Legge and Foley, 1980).
PATCH = 5  # pixels
FLOOR, PER_CONTRAST = 2.0, 0.1
SHARE, LIMIT = 0.9999, 2.0  # of the pixels within the tolerance, all within twice that


def lighten(notebook: nbformat.NotebookNode) -> None:
    """Replace the PNG pictures of outputs and attachments by lighter ones, in place."""
    for cell in notebook.cells:
        bundles = [output.get("data", {}) for output in cell.get("outputs", ())]
        bundles += cell.get("attachments", {}).values()
        for bundle in bundles:
            if "image/png" in bundle:
                png = base64.b64decode(bundle["image/png"])
                lighter = lighten_png(png)
                if lighter is not png:
                    bundle["image/png"] = base64.b64encode(lighter).decode("ascii")


def lighten_png(png: bytes) -> bytes:
    """The same picture in fewer bytes: a palette where no one can tell, else exact.

    A picture of at most 256 colours keeps them exactly. A picture is returned as it is
    when it is transparent somewhere, animated, of more than 8 bits, or would not become
    smaller.
    """
    picture = Image.open(io.BytesIO(png))
    if getattr(picture, "n_frames", 1) > 1 or picture.mode not in MODES:
        return png
    if np.asarray(picture.convert("RGBA"))[..., 3].min() < 255:
        return png
    rgb = picture.convert("RGB")
    pixels = np.asarray(rgb)
    reduced = _reduce(pixels)
    smaller = [png, _written(rgb)]
    if reduced is not None:
        smaller.append(_written(_with_palette(*reduced)))
    return min(smaller, key=len)


def visible_error(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """How far pictures differ at each pixel, 1.0 being the least that one might see.

    Args:
        before: uint8 [H, W, 3].
        after: uint8 [H, W, 3].

    Returns:
        Float64 [H, W]: the mean error over a patch around the pixel, in the worst
        channel, as a multiple of what is tolerated there.
    """
    error = after.astype(float) - before.astype(float)
    mean_error = np.abs(uniform_filter(error, (PATCH, PATCH, 0))).max(axis=-1)
    return np.asarray(mean_error / _tolerance(before))


def _tolerance(pixels: np.ndarray) -> np.ndarray:
    patch = (PATCH, PATCH, 1)
    lightest = maximum_filter(pixels, patch).astype(float)
    contrast = (lightest - minimum_filter(pixels, patch)).max(axis=-1)
    return np.asarray(FLOOR + PER_CONTRAST * contrast)


def _reduce(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """The smallest palette uint8 [C, 3] that will do, and its indices [H, W]."""
    height, width, _ = pixels.shape
    colours, where, counts = np.unique(
        pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True
    )
    where = where.reshape(height, width)  # numpy 2.0 gives it another shape
    if len(colours) <= SIZES[-1]:
        return colours, where
    for size in SIZES:
        found = _fit(pixels, colours, where, counts, size)
        if found is not None:
            return found
    return None


def _fit(
    pixels: np.ndarray,
    colours: np.ndarray,
    where: np.ndarray,
    counts: np.ndarray,
    size: int,
) -> tuple[np.ndarray, np.ndarray] | None:
    """A palette of so many colours, if there is one whose error cannot be seen.

    The commonest colours (white paper, the axes, the lines) are kept exactly, the
    others are grouped. Where that shows, the colours there are kept as well, and the
    rest are grouped again.
    """
    kept = np.argsort(-counts, kind="stable")[: size // 4]
    for _ in range(ROUNDS):
        palette = np.concatenate([colours[kept], _grouped(colours, counts, kept, size)])
        nearest = cKDTree(palette.astype(float)).query(colours.astype(float))[1]
        indices = nearest[where]
        shows = visible_error(pixels, palette[indices])
        if np.quantile(shows, SHARE) <= 1 and shows.max() <= LIMIT:
            return palette, indices
        wrong = np.abs(palette[nearest].astype(float) - colours).max(axis=-1)
        where_seen = np.maximum(shows - 0.8, 0).ravel()
        score = wrong * np.bincount(where.ravel(), where_seen, minlength=len(colours))
        worst = np.argsort(-score, kind="stable")[: size // 8]
        kept = np.concatenate([kept, worst[score[worst] > 0]])  # none of them is kept
    return None


def _grouped(
    colours: np.ndarray, counts: np.ndarray, kept: np.ndarray, size: int
) -> np.ndarray:
    """The colours that are not kept, in groups (median cut, then k-means)."""
    others = np.setdiff1d(np.arange(len(colours)), kept)
    room = size - len(kept)
    often = np.ceil(np.sqrt(counts[others])).astype(int)  # rare ones must not vanish
    sample = np.repeat(colours[others], often, axis=0)
    grouped = Image.fromarray(sample[None]).quantize(
        room, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE
    )
    return np.array(grouped.getpalette("RGB"), np.uint8).reshape(-1, 3)[:room]


def _with_palette(palette: np.ndarray, indices: np.ndarray) -> Image.Image:
    height, width = indices.shape
    picture = Image.frombytes("P", (width, height), indices.astype(np.uint8).tobytes())
    picture.putpalette(palette.tobytes())
    return picture


def _written(picture: Image.Image) -> bytes:
    png = io.BytesIO()
    picture.save(png, format="PNG", optimize=True)
    return png.getvalue()
