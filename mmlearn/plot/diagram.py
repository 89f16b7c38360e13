"""Drawings of mechanisms: boxes, arrows, and tensors with numbers in them.

Every lesson draws with these few words, so that a blue box is a tensor everywhere:

    drawing = plot.Diagram(width=6, height=2)  # inches; (0, 0) is the lower left corner
    x = drawing.box("x", at=(1, 1), shape="[B, D]")
    layer = drawing.box("linear", at=(3, 1), kind="layer")
    drawing.arrow(x, layer)
    plot.show(drawing.figure, alt="A tensor x of shape [B, D] enters a linear layer.")
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.text import Text

from mmlearn.plot.figures import PALETTE

Point = tuple[float, float]

# What is in a box: its fill and its edge. A tint carries black letters (contrast > 10).
KINDS = {
    "tensor": ("#DCEBF5", PALETTE["blue"]),  # a value that flows
    "layer": ("#FBECD0", PALETTE["orange"]),  # has parameters, is learned
    "step": ("#EEEEEE", PALETTE["grey"]),  # a fixed operation: softmax, sum, pooling
    "result": ("#D6EFE7", PALETTE["green"]),  # what comes out: logits, a loss
    "lost": ("#F9E0D2", PALETTE["vermilion"]),  # what is taken away, or goes wrong
}
SIZE = 11  # points, of a name
SMALL = 9  # points, of a shape or a label
LEAST_CELL = 0.3  # inches


@dataclass(frozen=True)
class Box:
    """What arrows join: a centre (x, y), a width and a height, in inches."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> Point:
        """The middle of the left edge."""
        return self.x - self.width / 2, self.y

    @property
    def right(self) -> Point:
        """The middle of the right edge."""
        return self.x + self.width / 2, self.y

    @property
    def top(self) -> Point:
        """The middle of the upper edge."""
        return self.x, self.y + self.height / 2

    @property
    def bottom(self) -> Point:
        """The middle of the lower edge."""
        return self.x, self.y - self.height / 2

    def overlaps(self, other: Box) -> bool:
        """Whether the two share more than an edge."""
        across = abs(self.x - other.x) < (self.width + other.width) / 2 - 1e-6
        along = abs(self.y - other.y) < (self.height + other.height) / 2 - 1e-6
        return across and along


class Diagram:
    """A sheet to draw on, measured in inches from its lower left corner.

    What cannot be read is refused as it is drawn: a box that leaves the sheet or covers
    another, a text that is wider than its box.

    Args:
        width: of the sheet, in inches; at most 11, the width of a page.
        height: of the sheet, in inches.

    Raises:
        ValueError: when the sheet is empty or wider than a page.
    """

    def __init__(self, width: float, height: float) -> None:
        if not (0 < width <= 11 and 0 < height <= 11):
            raise ValueError(f"a sheet of {width} by {height}; expected 0 to 11 inches")
        self.width, self.height = width, height
        self.figure: Figure = plt.figure(figsize=(width, height), layout="none")
        self.axis: Axes = self.figure.add_axes((0, 0, 1, 1))
        self.axis.set(xlim=(0, width), ylim=(0, height))
        self.axis.axis("off")
        self._boxes: list[tuple[str, Box]] = []
        plt.close(self.figure)  # shown by `plot.show`, not a second time by the kernel

    def box(
        self,
        name: str,
        at: Point,
        kind: str = "tensor",
        shape: str = "",
        width: float = 1.2,
        height: float = 0.6,
    ) -> Box:
        """Draw a box with a name, and a shape such as "[B, T, D]" below it.

        Args:
            name: what stands in it; `$...$` is set as a formula.
            at: its centre, in inches.
            kind: "tensor", "layer", "step", "result" or "lost"; layers are round.
            shape: in small letters, inside the box.
            width: in inches.
            height: in inches.

        Raises:
            ValueError: when the kind is none of these, when the box leaves the sheet or
                covers another, or when a text is wider than the box.
        """
        if kind not in KINDS:
            raise ValueError(f"kind is {kind!r}; expected one of {list(KINDS)}")
        box = self._place(name, Box(*at, width, height))
        fill, edge = KINDS[kind]
        style = f"round,pad=0,rounding_size={min(height, width) / 4}"
        self.axis.add_patch(
            FancyBboxPatch(
                (box.left[0], box.bottom[1]),
                width,
                height,
                boxstyle=style if kind in ("layer", "step") else "square,pad=0",
                facecolor=fill,
                edgecolor=edge,
                linewidth=1.5,
            )
        )
        rise = 0.1 if shape else 0.0
        self._inside(box, name, (box.x, box.y + rise), SIZE)
        if shape:
            self._inside(box, shape, (box.x, box.y - 0.15), SMALL)
        return box

    def arrow(
        self,
        start: Box | Point,
        end: Box | Point,
        label: str = "",
        bend: float = 0.0,
        dashed: bool = False,
        shift: Point = (0.0, 0.0),
    ) -> None:
        """Draw an arrow; between boxes it leaves and enters at the edges that face.

        Args:
            start: a box, or a point such as `box.top`.
            end: a box, or a point.
            label: stands at the middle of the arrow.
            bend: how far it curves; positive is to the right of its direction.
            dashed: for what is optional, or happens in training only.
            shift: where to move the label, in inches.
        """
        first, last = _edges(start, end)
        self.axis.add_patch(
            FancyArrowPatch(
                first,
                last,
                arrowstyle="-|>",
                mutation_scale=12,
                shrinkA=1,
                shrinkB=1,
                linewidth=1.3,
                linestyle="--" if dashed else "-",
                connectionstyle=f"arc3,rad={bend}",
                color="#333333",
            )
        )
        if label:
            dx, dy = last[0] - first[0], last[1] - first[1]
            x = (first[0] + last[0]) / 2 + bend * dy / 2 + shift[0]
            y = (first[1] + last[1]) / 2 - bend * dx / 2 + shift[1]
            self.text(label, (x, y), behind=True)

    def text(
        self,
        text: str,
        at: Point,
        size: float = SMALL,
        colour: str = "black",
        behind: bool = False,
    ) -> None:
        """Write on the sheet, centred; `behind` puts white behind the letters.

        Raises:
            ValueError: when the text leaves the sheet on the left or right.
        """
        white = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
        written = self.axis.text(
            *at,
            text,
            size=size,
            color=colour,
            ha="center",
            va="center",
            bbox=white if behind else None,
        )
        wide = self._width_of(written) / 2
        if at[0] - wide < -0.02 or at[0] + wide > self.width + 0.02:
            raise ValueError(f"the text {text!r} at {at} leaves the sheet: move it")

    def matrix(
        self,
        values: npt.ArrayLike,
        at: Point,
        name: str = "",
        cell: float = 0.45,
        digits: int | None = None,
        marked: Collection[tuple[int, int]] = (),
        kind: str = "tensor",
    ) -> Box:
        """Draw a small matrix [rows, columns] with its numbers; a vector is one row.

        Args:
            values: numbers [rows, columns] or [columns], at most 12 each way.
            at: the centre, in inches.
            name: stands above it.
            cell: the side of a cell, in inches.
            digits: after the decimal point; by default as many as needed, at most 2.
            marked: cells (row, column) that are filled with the colour of `kind`.
            kind: which colour; the same as for boxes.

        Raises:
            ValueError: when values is no matrix or too large to read, or when it leaves
                the sheet or covers another box.
        """
        numbers = np.atleast_2d(np.asarray(values))
        if numbers.ndim != 2 or numbers.size == 0 or max(numbers.shape) > 12:
            found = np.shape(values)
            raise ValueError(f"values is {found}; expected [rows, columns], 1 to 12")
        if cell < LEAST_CELL:
            raise ValueError(f"cell is {cell}; expected at least {LEAST_CELL} inches")
        rows, columns = numbers.shape
        box = self._place(name or "matrix", Box(*at, columns * cell, rows * cell))
        fill, edge = KINDS[kind]
        left, top = box.left[0], box.top[1]
        for (row, column), number in np.ndenumerate(numbers):
            x, y = left + column * cell, top - (row + 1) * cell
            face = fill if (row, column) in marked else "white"
            side = Rectangle((x, y), cell, cell, facecolor=face, edgecolor=edge)
            self.axis.add_patch(side)
            place = Box(x + cell / 2, y + cell / 2, cell, cell)
            self._inside(place, _number(number, digits), (place.x, place.y), SMALL)
        if name:
            self.text(name, (box.x, box.top[1] + 0.16), SIZE)
        return box

    def _place(self, name: str, box: Box) -> Box:
        (left, _), (right, _) = box.left, box.right
        (_, top), (_, bottom) = box.top, box.bottom
        if left < 0 or bottom < 0 or right > self.width or top > self.height:
            raise ValueError(
                f"{name!r} spans {left:.2f} to {right:.2f} across and {bottom:.2f} to "
                f"{top:.2f} up; expected it on the sheet of {self.width} by "
                f"{self.height} inches"
            )
        for other_name, other in self._boxes:
            if box.overlaps(other):
                raise ValueError(f"{name!r} covers {other_name!r}: move one of them")
        self._boxes.append((name, box))
        return box

    def _inside(self, box: Box, text: str, at: Point, size: float) -> None:
        written = self.axis.text(*at, text, size=size, ha="center", va="center")
        if (wide := self._width_of(written)) > box.width:
            raise ValueError(
                f"{text!r} is {wide:.2f} inches wide, its box {box.width:.2f}: "
                "widen the box, or shorten the text"
            )

    def _width_of(self, written: Text) -> float:
        return float(written.get_window_extent().width / self.figure.dpi)


def _edges(start: Box | Point, end: Box | Point) -> tuple[Point, Point]:
    """Where an arrow leaves and enters: at the edges that face each other."""
    (x0, y0), (x1, y1) = _centre(start), _centre(end)
    gap_x = abs(x1 - x0) - (_half(start)[0] + _half(end)[0])
    gap_y = abs(y1 - y0) - (_half(start)[1] + _half(end)[1])
    if gap_x >= gap_y:
        sides = ("right", "left") if x1 > x0 else ("left", "right")
    else:
        sides = ("top", "bottom") if y1 > y0 else ("bottom", "top")
    return _side(start, sides[0]), _side(end, sides[1])


def _centre(place: Box | Point) -> Point:
    return (place.x, place.y) if isinstance(place, Box) else place


def _half(place: Box | Point) -> Point:
    if isinstance(place, Box):
        return place.width / 2, place.height / 2
    return 0.0, 0.0


def _side(place: Box | Point, side: str) -> Point:
    point: Point = getattr(place, side) if isinstance(place, Box) else place
    return point


def _number(value: object, digits: int | None) -> str:
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    if digits is None:
        for digits in range(3):
            if abs(round(number, digits) - number) < 1e-9:
                break
    return f"{number:.{digits}f}".replace("-", "\N{MINUS SIGN}")
