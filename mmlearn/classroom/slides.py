"""Slides of a lesson: its headings and the cells of its tour, by reveal.js.

reveal.js, and MathJax for the formulas, are not part of the course: a browser fetches
them from the web, or from folders beside the slides. The pages do without all else that
nbconvert's template would fetch.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from mmlearn.classroom.tasks import tags
from mmlearn.course.solutions import TAG

REVEAL = "https://unpkg.com/reveal.js@4.6.1"
MATHJAX = (
    "https://cdnjs.cloudflare.com/ajax/libs/mathjax/2.7.7/MathJax.js"
    "?config=TeX-AMS_CHTML-full,Safe"
)
LOCAL_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!\w+:)[^)]*\)")
NEW, SAME, BELOW, NOTES = "slide", "-", "subslide", "notes"
TEMPLATE = """
{%- extends 'index.html.j2' -%}
{% block html_head_js %}{% endblock %}
{% block html_head_css %}<style>
.reveal .slides section { max-height: 95vh; overflow-y: auto; text-align: left; }
.jp-InputPrompt, .jp-OutputPrompt { display: none; }
</style>{% endblock %}
{% block footer_js %}
<script src="{{ resources.reveal.url_prefix }}/dist/reveal.js"></script>
<script src="{{ resources.reveal.url_prefix }}/plugin/notes/notes.js"></script>
<script>
Reveal.initialize({
  hash: true, slideNumber: "c/t", plugins: [RevealNotes], width: 1100, height: 700,
});
Reveal.on("slidechanged", event => {
  if (window.MathJax && MathJax.Hub)
    MathJax.Hub.Queue(["Rerender", MathJax.Hub, event.currentSlide]);
});
</script>
</html>
{% endblock %}
"""


def page(notebook: NotebookNode, title: str, reveal: str, mathjax: str) -> str:
    """A notebook's slides as HTML.

    Args:
        title: what the window is called.
        reveal: the address of reveal.js, or a path from the page to its folder.
        mathjax: the same of MathJax 2's script.
    """
    from nbconvert import SlidesExporter
    from traitlets.config import Config

    exporter = SlidesExporter(
        config=Config({"TagRemovePreprocessor": {"remove_input_tags": {"drawing"}}}),
        raw_template=TEMPLATE,
        reveal_url_prefix=reveal,
        mathjax_url=mathjax,
        exclude_input_prompt=True,
    )
    named = {"metadata": {"name": title}}
    html, _ = exporter.from_notebook_node(chosen(notebook), resources=named)
    return str(html)


def chosen(notebook: NotebookNode) -> NotebookNode:
    """The cells that become slides, tagged as nbconvert expects it.

    A section of which the tour shows something begins a slide with its heading; each
    cell of the tour stands below it; the rest of its prose is for the speaker's notes.
    """
    shown = copy.deepcopy(notebook)
    shown.cells = []
    for section in _sections(notebook.cells):
        if any("tour" in tags(cell) for cell in section):
            shown.cells += _slides(section)
    return shown


def _sections(cells: list[NotebookNode]) -> Iterator[list[NotebookNode]]:
    """The cells from one heading to the next."""
    section: list[NotebookNode] = []
    for cell in cells:
        if cell.cell_type == "markdown" and cell.source.startswith("#") and section:
            yield section
            section = []
        section.append(cell)
    yield section


def _slides(section: list[NotebookNode]) -> Iterator[NotebookNode]:
    """A section's cells with their places; the first one opens a slide."""
    place = NEW
    for cell in section:
        cell = copy.deepcopy(cell)
        if TAG in tags(cell) or (cell.cell_type == "code" and _only_loads(cell)):
            continue
        if "tour" in tags(cell):
            yield _placed(cell, place)
            place = BELOW
        elif cell.cell_type == "markdown":
            heading = re.match(r"#+ .*\n*", cell.source)
            if heading and place == NEW:
                title = new_markdown_cell(heading[0].strip())
                title["id"] = f"{cell.id[:55]}-title"
                yield _placed(title, NEW)
                cell.source, place = cell.source[heading.end() :], SAME
            if cell.source.strip() and place != NEW:
                yield _placed(cell, NOTES)


def _placed(cell: NotebookNode, place: str) -> NotebookNode:
    if (
        cell.cell_type == "markdown"
    ):  # slides stand alone: a link to a file leads nowhere
        cell.source = LOCAL_LINK.sub(r"\1", cell.source)
    cell.metadata["slideshow"] = {"slide_type": place}
    return cell


def _only_loads(cell: NotebookNode) -> bool:
    """Whether a cell imports what the others use, and shows nothing."""
    if cell.get("outputs"):
        return False
    try:
        body = ast.parse(cell.source).body
    except SyntaxError:  # a magic
        return False
    return bool(body) and isinstance(body[0], ast.Import | ast.ImportFrom)
