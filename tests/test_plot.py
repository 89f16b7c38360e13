"""Figures carry their alt text, and bad input is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mmlearn import plot


def test_show_displays_the_figure_with_its_alt_text(monkeypatch):
    shown = []
    monkeypatch.setattr(
        "IPython.display.display", lambda data, **options: shown.append((data, options))
    )
    fig, axis = plt.subplots()
    axis.plot([1, 2])
    plot.show(fig, alt="A line that rises from 1 to 2.")
    ((data, options),) = shown
    assert data["text/plain"] == "A line that rises from 1 to 2."
    assert options["metadata"]["image/png"]["alt"] == "A line that rises from 1 to 2."
    assert data["image/png"][:4] == b"\x89PNG"
    assert not plt.fignum_exists(fig.number), "the figure is closed"


def test_show_wants_an_alt_text_that_says_something():
    fig, _ = plt.subplots()
    with pytest.raises(ValueError, match="alt is 'plot'"):
        plot.show(fig, alt="plot")
    plt.close(fig)


def test_contact_sheet_draws_every_picture():
    pictures = np.zeros((5, 3, 4, 4), dtype=np.uint8)
    fig = plot.contact_sheet(pictures, titles=list("abcde"), columns=3)
    assert [axis.get_title() for axis in fig.axes] == ["a", "b", "c", "d", "e", ""]
    assert len([axis for axis in fig.axes if axis.images]) == 5
    plt.close(fig)
    with pytest.raises(ValueError, match="expected \\[N, 1 or 3, H, W\\]"):
        plot.contact_sheet(pictures[0])
    with pytest.raises(ValueError, match="2 titles for 5 images"):
        plot.contact_sheet(pictures, titles=["a", "b"])


def test_points_show_every_seed_and_what_chance_is():
    fig, axis = plt.subplots()
    plot.points_by_model(axis, {"a": [0.5, 0.6], "b": [0.7]}, chance=0.1)
    assert [len(line.get_xdata()) for line in axis.lines[:2]] == [2, 1]
    assert axis.texts[0].get_text().strip() == "chance"
    plt.close(fig)
