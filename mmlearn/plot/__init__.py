"""The course's figures and their one style: Okabe and Ito's colours, and alt text.

`show` displays a figure, `contact_sheet` and `points_by_model` draw data, `Diagram`
draws a mechanism: boxes, arrows, and tensors with numbers in them.
"""

from mmlearn.plot.diagram import Box, Diagram
from mmlearn.plot.figures import PALETTE, contact_sheet, points_by_model, show

__all__ = ["PALETTE", "Box", "Diagram", "contact_sheet", "points_by_model", "show"]
