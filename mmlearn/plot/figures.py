"""Figures of data, in the course's one style, which importing this module sets."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito (2008): eight colours that people with any colour vision tell apart.
PALETTE = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "vermilion": "#D55E00",
    "sky": "#56B4E9",
    "purple": "#CC79A7",
    "yellow": "#F0E442",
    "grey": "#666666",
}

matplotlib.rcParams.update(
    {
        "figure.dpi": 100,
        "figure.constrained_layout.use": True,
        "font.size": 12,
        "axes.titlesize": 13,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": plt.cycler(color=list(PALETTE.values())),
        "image.cmap": "viridis",
        "legend.frameon": False,
        "savefig.facecolor": "white",
    }
)


def show(fig: Figure, alt: str) -> None:
    """Display a figure in the notebook with its alt text, then close it.

    The alt text is stored in the output's metadata (for web pages and slides) and
    as the output's plain text (for screen readers and terminals).

    Raises:
        ValueError: when the alt text is shorter than 20 characters: it should say
            what a reader who cannot see the figure needs to know.
    """
    from IPython.display import display

    if len(alt.strip()) < 20:
        raise ValueError(
            f"alt is {alt!r}; expected a sentence that says what the figure shows"
        )
    png = io.BytesIO()
    fig.savefig(png, format="png", dpi=fig.dpi)
    plt.close(fig)
    display(
        {"image/png": png.getvalue(), "text/plain": alt},
        raw=True,
        metadata={"image/png": {"alt": alt}},
    )


def contact_sheet(
    images: np.ndarray, titles: Sequence[str] = (), columns: int = 6, size: float = 1.3
) -> Figure:
    """Draw pictures uint8 [N, C, H, W] in a grid, each under its title.

    Raises:
        ValueError: when images is not [N, 1 or 3, H, W] or titles do not match N.
    """
    if images.ndim != 4 or images.shape[1] not in (1, 3) or len(images) == 0:
        raise ValueError(f"images is {images.shape}; expected [N, 1 or 3, H, W]")
    if titles and len(titles) != len(images):
        raise ValueError(f"{len(titles)} titles for {len(images)} images")
    rows = -(-len(images) // columns)
    title_room = 0.3 if titles else 0.0
    fig, axes = plt.subplots(
        rows,
        columns,
        figsize=(columns * size, rows * (size + title_room)),
        squeeze=False,
    )
    for axis in axes.flat:
        axis.axis("off")
    for i, (axis, image) in enumerate(zip(axes.flat, images, strict=False)):
        axis.imshow(image.transpose(1, 2, 0).squeeze(), cmap="gray")
        if titles:
            axis.set_title(titles[i], fontsize=9)
    return fig


def points_by_model(
    axis: Axes,
    values: Mapping[str, Sequence[float]],
    chance: float | None = None,
    chance_name: str = "chance",
    highlight: str | None = None,
) -> None:
    """Draw a row of points for each model, one point per seed, best read left to right.

    Args:
        values: model name -> one metric (0 to 1) per seed. Seeds are drawn as points,
            never as an interval of three.
        chance: where to draw a dashed line, labelled with its name.
    """
    for row, (name, seeds) in enumerate(values.items()):
        colour = PALETTE["vermilion"] if name == highlight else PALETTE["blue"]
        axis.plot(seeds, [row] * len(seeds), "o", color=colour, ms=8, alpha=0.8)
    axis.set_yticks(range(len(values)), list(values))
    axis.set_ylim(len(values) - 0.5, -0.5)
    axis.grid(axis="x", color="0.9")
    if chance is not None:
        grey = PALETTE["grey"]
        axis.axvline(chance, ls="--", color=grey)
        axis.text(chance, -0.45, f" {chance_name}", color=grey, va="top", size=10)
