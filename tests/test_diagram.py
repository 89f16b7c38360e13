"""Drawings of mechanisms: what cannot be read is refused; arrows meet their boxes."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyArrowPatch

from mmlearn.data import films
from mmlearn.plot import Box, Diagram
from mmlearn.plot.diagram import KINDS


def texts(diagram: Diagram) -> list[str]:
    return [text.get_text() for text in diagram.axis.texts]


def ends(diagram: Diagram) -> list[list[tuple[float, float]]]:
    """Where each arrow was told to begin and end."""
    arrows = [p for p in diagram.axis.patches if isinstance(p, FancyArrowPatch)]
    return [[tuple(end) for end in arrow._posA_posB] for arrow in arrows]


def test_a_box_shows_its_name_and_its_shape():
    diagram = Diagram(4, 2)
    box = diagram.box("x", at=(1, 1), shape="[B, D]")
    assert texts(diagram) == ["x", "[B, D]"]
    assert (box.left, box.right) == ((0.4, 1), (1.6, 1))
    assert (box.top, box.bottom) == ((1, 1.3), (1, 0.7))


def test_nothing_is_shown_before_it_is_asked_for():
    before = plt.get_fignums()
    Diagram(2, 2).box("x", at=(1, 1))
    assert plt.get_fignums() == before


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ((4, 2), [(1.6, 2), (3.4, 2)]),
        ((2.5, 3.5), [(1, 2.3), (2.5, 3.2)]),
        ((1, 0.5), [(1, 1.7), (1, 0.8)]),
    ],
)
def test_an_arrow_leaves_and_enters_where_the_boxes_face(there, expected):
    diagram = Diagram(6, 4)
    first = diagram.box("a", at=(1, 2))
    diagram.arrow(first, diagram.box("b", at=there))
    np.testing.assert_allclose(ends(diagram), [expected])
    diagram.arrow(diagram.box("c", at=(5, 0.5)), first.left)
    np.testing.assert_allclose(ends(diagram)[1][1], first.left)


def test_a_label_stands_at_the_middle_of_its_arrow():
    diagram = Diagram(6, 2)
    diagram.arrow((1, 1), (3, 1), label="W", shift=(0, 0.2))
    assert diagram.axis.texts[0].get_position() == (2, 1.2)


def test_a_label_follows_the_bend():
    """`arc3` passes at half the height of its control point, right of the direction."""
    diagram = Diagram(6, 4)
    diagram.arrow((1, 2), (3, 2), label="A", bend=0.5)
    (arrow,) = [p for p in diagram.axis.patches if isinstance(p, FancyArrowPatch)]
    path = arrow.get_path().vertices  # Bezier: start, control, end
    middle = path[0] / 4 + path[1] / 2 + path[2] / 4
    np.testing.assert_allclose(diagram.axis.texts[0].get_position(), middle, atol=0.05)


def test_a_matrix_shows_its_numbers_row_by_row():
    diagram = Diagram(4, 3)
    box = diagram.matrix([[1, -2.5], [0.125, 3]], at=(2, 1.5), name="x")
    assert texts(diagram) == ["1", "\N{MINUS SIGN}2.5", "0.12", "3", "x"]
    assert (box.width, box.height) == (0.9, 0.9)
    places = [text.get_position() for text in diagram.axis.texts[:4]]
    assert places[0][0] < places[1][0] and places[0][1] > places[2][1]


def test_a_vector_is_one_row_and_marked_cells_have_the_colour():
    diagram = Diagram(4, 3)
    diagram.matrix([1, 2, 3], at=(2, 1), marked={(0, 1)}, kind="result", digits=1)
    assert texts(diagram) == ["1.0", "2.0", "3.0"]
    faces = [patch.get_facecolor()[:3] for patch in diagram.axis.patches]
    white, filled = (1.0, 1.0, 1.0), to_rgb(KINDS["result"][0])
    assert faces == [white, filled, white]


def test_words_may_stand_in_the_cells():
    diagram = Diagram(4, 2)
    diagram.matrix([["a", "cat"]], at=(2, 1))
    assert texts(diagram) == ["a", "cat"]


@pytest.mark.parametrize("kind", KINDS)
def test_black_letters_can_be_read_on_every_tint(kind):
    linear = [c / 12.92 if c <= 0.04 else ((c + 0.055) / 1.055) ** 2.4
              for c in to_rgb(KINDS[kind][0])]  # fmt: skip
    luminance = np.dot(linear, (0.2126, 0.7152, 0.0722))
    assert (luminance + 0.05) / 0.05 > 10  # the contrast ratio of WCAG 2.1


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda d: d.box("x", at=(1, 1), kind="tensr"), "kind is 'tensr'; expected"),
        (lambda d: d.box("x", at=(0.5, 1)), "'x' spans -0.10 to 1.10"),
        (lambda d: d.box("x", at=(1, 1.8)), "'x' spans"),
        (lambda d: d.box("a very long name indeed", at=(1, 1)), "inches wide, its box"),
        (
            lambda d: d.box("x", at=(1, 1), shape="[batch, time, height, width]"),
            "inches wide, its box 1.20",
        ),
        (lambda d: d.text("far too long " * 9, at=(2, 1)), "leaves the sheet"),
        (lambda d: d.matrix(np.ones((2, 13)), at=(2, 1)), r"values is \(2, 13\)"),
        (lambda d: d.matrix(np.ones((2, 2, 2)), at=(2, 1)), r"values is \(2, 2, 2\)"),
        (lambda d: d.matrix([], at=(2, 1)), r"values is \(0,\)"),
        (lambda d: d.matrix([1], at=(2, 1), cell=0.1), "cell is 0.1"),
        (lambda d: d.matrix([123456.78], at=(2, 1)), "inches wide, its box 0.45"),
    ],
)
def test_what_cannot_be_read_is_refused(draw, said):
    with pytest.raises(ValueError, match=said):
        draw(Diagram(4, 2))


def test_what_would_cover_another_is_refused():
    diagram = Diagram(6, 2)
    diagram.box("x", at=(1, 1))
    diagram.box("touches", at=(2.2, 1))
    with pytest.raises(ValueError, match="'W' covers 'touches'"):
        diagram.matrix(np.eye(2), at=(3, 1), name="W")


@pytest.mark.parametrize("size", [(0, 1), (12, 1), (1, float("nan"))])
def test_a_sheet_fits_a_page(size):
    with pytest.raises(ValueError, match="expected 0 to 11 inches"):
        Diagram(*size)


def test_boxes_that_share_an_edge_do_not_overlap():
    a = Box(1, 1, 2, 1)
    assert not a.overlaps(Box(3, 1, 2, 1))
    assert not a.overlaps(Box(1, 2, 2, 1))
    assert a.overlaps(Box(2.9, 1.9, 2, 1))


def test_each_film_is_there_and_another_is_said():
    for name in films.FILMS:
        assert films.path(name).is_file()
    with pytest.raises(ValueError, match=r"no film 'cat'; expected one of \['bigbuck"):
        films.path("cat")
