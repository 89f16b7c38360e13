"""Stored figures are lighter, and nobody can tell."""

from __future__ import annotations

import base64
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from mmlearn import plot
from mmlearn.course import figures

pytestmark = pytest.mark.once  # Pillow is the same


def png_of(pixels: np.ndarray, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG", **options)
    return file.getvalue()


def pixels_of(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def drawn() -> bytes:
    """What plot.show makes of lines, letters and a legend."""
    fig, axis = plt.subplots(figsize=(7, 3.4))
    for i, name in enumerate(plot.PALETTE):
        axis.plot(
            np.linspace(0, 1, 50) ** (i + 1), color=f"C{i}", label=name, alpha=0.8
        )
    axis.set(title="Letters stay sharp", xlabel="step", ylabel="loss")
    axis.legend(ncols=2)
    file = io.BytesIO()
    fig.savefig(file, format="png", dpi=fig.dpi)
    plt.close(fig)
    return file.getvalue()


def gradient(rng: np.random.Generator | None = None) -> np.ndarray:
    """A sky: colours that change slowly, in two directions; perhaps with grain."""
    y, x = np.mgrid[0:200, 0:300]
    sky = np.stack([x * 0.85, y * 1.27, 255 - x * 0.4 - y * 0.6], axis=-1)
    if rng is not None:
        sky = sky + rng.normal(0, 2, sky.shape)
    return np.clip(sky, 0, 255).astype(np.uint8)


def test_a_drawn_figure_takes_less_than_half_and_looks_the_same():
    before = drawn()
    after = figures.lighten_png(before)
    assert len(after) < 0.45 * len(before)
    picture = Image.open(io.BytesIO(after))
    assert picture.mode == "P" and picture.size == (700, 340)
    a, b = pixels_of(before), pixels_of(after)
    error = np.abs(a.astype(int) - b)
    assert error.mean() < 1
    shows = figures.visible_error(a, b)
    assert shows.max() <= figures.LIMIT and (shows <= 1).mean() > 0.9999
    white = (a == 255).all(axis=-1)
    assert white.mean() > 0.5 and (b[white] == 255).all(), "the paper stays white"


@pytest.mark.parametrize("grain", [False, True])
def test_a_picture_whose_colours_change_slowly_keeps_them_all(grain):
    pixels = gradient(np.random.default_rng(0) if grain else None)
    after = figures.lighten_png(png_of(pixels))
    np.testing.assert_array_equal(pixels_of(after), pixels)


def test_the_visible_error_of_bands_and_of_grain():
    """Bands of 16 levels can be seen, as much noise between two pixels cannot."""
    pixels = gradient()
    bands = pixels // 16 * 16 + 8
    assert figures.visible_error(pixels, bands).max() > 2
    assert figures.visible_error(pixels, pixels).max() == 0
    dots = np.full((40, 40, 3), 128, np.uint8)
    checked = dots.copy()
    checked[::2, ::2], checked[1::2, 1::2] = 130, 126
    assert figures.visible_error(dots, checked).max() < 0.25
    shifted = dots + np.uint8(4)  # a flat area, 4 of 255 lighter: the limit is 2
    np.testing.assert_allclose(figures.visible_error(dots, shifted), 2.0)


@pytest.mark.parametrize("colours", [1, 2, 16, 17, 256])
def test_few_colours_are_kept_exactly(colours):
    rng = np.random.default_rng(colours)
    table = rng.integers(0, 256, (colours, 3), dtype=np.uint8)
    pixels = table[rng.integers(0, colours, (60, 70))]
    after = figures.lighten_png(png_of(pixels))
    np.testing.assert_array_equal(pixels_of(after), pixels)
    assert len(after) <= len(png_of(pixels))


def test_a_second_time_changes_nothing():
    once = figures.lighten_png(drawn())
    assert figures.lighten_png(once) is once


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 400, 3), (2, 2, 3)])
def test_small_pictures(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    after = pixels_of(figures.lighten_png(png_of(pixels)))
    assert after.shape == shape
    assert figures.visible_error(pixels, after).max() <= figures.LIMIT


def test_what_is_transparent_animated_or_deep_is_left_alone():
    glass = np.full((50, 50, 4), 100, np.uint8)
    glass[10:20] = 0
    deep = np.arange(2500, dtype=np.uint16).reshape(50, 50) * 20
    frames = [Image.fromarray(np.full((9, 9, 3), i, np.uint8)) for i in (0, 99)]
    film = io.BytesIO()
    frames[0].save(film, format="PNG", save_all=True, append_images=frames[1:])
    for png in (png_of(glass), png_of(deep), film.getvalue()):
        assert figures.lighten_png(png) is png


def test_grey_and_opaque_pictures_of_every_kind():
    grey = np.tile(np.arange(256, dtype=np.uint8), (40, 1))
    after = pixels_of(figures.lighten_png(png_of(grey)))
    np.testing.assert_array_equal(after, np.stack([grey] * 3, axis=-1))
    opaque = np.dstack([gradient(), np.full((200, 300), 255, np.uint8)])
    after = figures.lighten_png(png_of(opaque))
    assert Image.open(io.BytesIO(after)).mode == "RGB", "without what is not needed"
    np.testing.assert_array_equal(pixels_of(after), gradient())


def test_outputs_and_attachments_are_lightened_and_nothing_else():
    png = base64.b64encode(drawn()).decode()
    cell = new_code_cell("plot.show(fig)")
    alt = {"image/png": {"alt": "Eight curves."}}
    data = {"image/png": png, "text/plain": "Eight curves."}
    cell.outputs = [
        new_output("display_data", data=data, metadata=alt),
        new_output("stream", text="done\n"),
        new_output("display_data", data={"image/jpeg": "aaaa", "text/html": "<b>"}),
    ]
    prose = new_markdown_cell("![Curves](attachment:a.png)")
    prose.attachments = {"a.png": {"image/png": png}}
    notebook = new_notebook(cells=[cell, prose, new_markdown_cell("None.")])
    figures.lighten(notebook)
    lighter = cell.outputs[0].data.pop("image/png")
    assert lighter == prose.attachments["a.png"]["image/png"]
    assert base64.b64decode(lighter) == figures.lighten_png(drawn())
    assert cell.outputs[0].data == {"text/plain": "Eight curves."}
    assert cell.outputs[0].metadata == alt
    assert cell.outputs[1].text == "done\n"
    assert cell.outputs[2].data == {"image/jpeg": "aaaa", "text/html": "<b>"}
