"""The notebooks keep the rules of rules.py; each rule is seen to catch its fault."""

from __future__ import annotations

import copy
import json
import runpy
import warnings
from pathlib import Path
from typing import Any

import apart
import pytest
from drive_widgets import VIEW, has_widgets, problems
from lessons import Cell, source
from mentions import mentions, unmarked
from rules import (
    HOSTED,
    LARGEST_BYTES,
    MEDIAN_BYTES,
    RULES,
    Course,
    Draft,
    Notebook,
    errors,
    faults,
    glossary_faults,
    linked_in,
    links,
    names_exist,
    slug,
    stacks,
    stale,
    table,
    terms,
)

from mmlearn.course.paths import NOTEBOOKS, ROOT, appendices
from mmlearn.course.store import code_digest
from mmlearn.exercises.exercise import BLANK
from mmlearn.studies import index, record

pytestmark = pytest.mark.once  # what is stored is the same; the cells run there

PATHS = sorted(NOTEBOOKS.glob("[0-9][0-9]-*.ipynb"))
COURSE = Course.of(NOTEBOOKS)
every_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def test_there_are_notebooks():
    assert PATHS
    assert len(COURSE.numbers()) == len(PATHS), "two notebooks have the same number"


@every_notebook
def test_notebook_keeps_the_rules(path):
    found = faults(Draft.read(path, COURSE))
    assert not found, "\n" + "\n".join(found)


def test_torchtext_is_shown_where_words_get_their_numbers():
    paths = [*PATHS, *appendices(NOTEBOOKS)]
    shown = [d for d in (Draft.read(path, COURSE) for path in paths) if d.code("stack")]
    assert [draft.number for draft in shown] == ["00", "coming-from-torchtext"]
    for rule in (errors, links, names_exist, stacks, stale):
        assert [fault for draft in shown for fault in rule(draft)] == []


@pytest.mark.parametrize("path", appendices(NOTEBOOKS), ids=lambda path: path.stem)
def test_an_appendix_says_how_to_install_it_on_a_hosted_service(path):
    first = source(Draft.read(path, COURSE).notebook["cells"][0])
    assert HOSTED in first.splitlines()


@every_notebook
def test_notebook_is_small(path):
    assert path.stat().st_size <= LARGEST_BYTES, "draw fewer pixels, store less sound"


def test_half_of_the_notebooks_are_light():
    sizes = sorted(path.stat().st_size for path in PATHS)
    assert sizes[len(sizes) // 2] <= MEDIAN_BYTES, sizes


WITH_WIDGETS = [
    path for path in PATHS if has_widgets(json.loads(path.read_text("utf-8")))
]


def test_there_are_widgets():
    assert [path.name[:2] for path in WITH_WIDGETS][:3] == ["03", "05", "07"]


@pytest.mark.parametrize("path", WITH_WIDGETS, ids=lambda path: path.stem)
def test_widgets_work_after_the_last_cell(path):
    assert problems(json.loads(path.read_text("utf-8")), NOTEBOOKS) == []


VIEWED = {"output_type": "execute_result", "data": {VIEW: {}}, "metadata": {}}
PANEL = """import ipywidgets

label, most = ipywidgets.HTML(), 9


def f(x=1):
    label.value = str(x * most)


panel = ipywidgets.interactive(f, x=(1, 5))
panel.children += (label,)
panel"""


@pytest.mark.parametrize(
    ("widget", "later", "found"),
    [
        (PANEL, "least = 1", None),
        (PANEL, "most = 1", "'int' and 'Overwritten'"),
        (PANEL.replace("x * most", "most"), "least = 1", "nothing changes when IntSli"),
        ("raise OSError('no')\n" + PANEL, "1", "OSError('no')"),
        (PANEL + "\nlabel", "1", "no control to move in HTML"),
    ],
)
def test_a_widget_that_does_not_work_is_noticed(widget, later, found, tmp_path):
    """`interactive` hides what its function raises; nobody sees the log of a kernel."""
    cells = [code("import ipywidgets"), code(widget, outputs=[VIEWED]), code(later)]
    said = problems({"cells": cells}, tmp_path)
    if found is None:
        assert said == []
    else:
        assert len(said) == 1 and found in said[0], said


@pytest.mark.parametrize("path", [NOTEBOOKS / "glossary.md", ROOT / "README.md"])
def test_other_texts_name_notebooks_that_there_are(path):
    assert list(unmarked(path.read_text("utf-8"), COURSE.numbers())) == []


def test_the_glossary_keeps_the_rules():
    text = (NOTEBOOKS / "glossary.md").read_text(encoding="utf-8")
    drafts = [Draft.read(path, COURSE) for path in PATHS]
    found = glossary_faults(text, {draft.number: draft.words() for draft in drafts})
    assert not found, "\n" + "\n".join(found)


def test_every_recorded_result_belongs_to_a_study():
    """tests/test_record.py asks whether it is old, but looks at the studies only."""
    files = {path.stem for path in record.RESULTS.glob("*.csv")}
    studies = {study.name for study in record.STUDIES}
    assert files == studies | {index.NAME}  # times, which no fingerprint can tell


RECIPES = [
    pytest.param(source(cell), id=f"{path.stem}-{i}")
    for path in PATHS
    for i, (_, cell) in enumerate(Draft.read(path, COURSE).code("recipe"), start=1)
]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_runs_alone(recipe, tmp_path):
    """In a process and a folder of its own: nothing is there but what it brings."""
    script = tmp_path / "recipe.py"
    script.write_text(recipe, encoding="utf-8")
    done = apart.call(run_as_a_program, script, folder=tmp_path, seconds=600)
    assert done.code == 0, done.err


def run_as_a_program(script: Path) -> None:
    warnings.filterwarnings("error", category=DeprecationWarning, module="__main__")
    runpy.run_path(str(script), run_name="__main__")


# A made-up notebook that keeps every rule, and what each rule catches


def prose(text: str) -> Cell:
    return {"cell_type": "markdown", "source": [text], "metadata": {}}


def code(text: str, *tags: str, says: str = "", outputs: list | None = None) -> Cell:
    outputs = outputs or ([printed(says)] if says else [])
    return {
        "cell_type": "code",
        "source": text.splitlines(keepends=True),
        "metadata": {"tags": list(tags)},
        "execution_count": None,
        "outputs": outputs,
    }


def exercise(name: str) -> Cell:
    text = (
        f"exercise.{name}.check(...)\n"
        f"# exercise.{name}.hint()      exercise.{name}.solution()"
    )
    return code(text, "exercise", says=BLANK + "\n")


def printed(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": [text]}


def value(text: str) -> dict[str, Any]:
    data = {"text/plain": [text]}
    return {"output_type": "execute_result", "data": data, "metadata": {}}


def picture(alt: str) -> dict[str, Any]:
    data = {"image/png": "aaaa", "text/plain": alt}
    metadata = {"image/png": {"alt": alt}}
    return {"output_type": "display_data", "data": data, "metadata": metadata}


ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "", "traceback": []}
OPENING = f"""# 03 · Convolution

**What does a filter see?**

| | |
|---|---|
| You will be able to | slide a filter by hand |
| **You need** | 00 (a working program), 02, tensors (30 minutes) |
| Study | 60 minutes |
| Run | 1 minute |

{HOSTED}

The [kernel](glossary.md#kernel), and [others](glossary.md#t1 "a title").
"""
TERMS = ("kernel", *(f"t{i}" for i in range(1, 8)))
MIDDLE = " ".join(f"[{name}](glossary.md#{name})" for name in TERMS)
CLOSING = """## Recap

- One.
- Two.
- Three.

**Sources.** LeCun (1998), [a page](https://example.org/a).

**Next.** [05](05-fusion.ipynb) joins two modalities, [this](../README.md) lists all.
"""


def finished(cells: list[Cell]) -> Notebook:
    """Number the code cells, and set the digest: as if it had just been stored."""
    notebook = {"metadata": {"kernelspec": {"name": "python3"}}, "cells": cells}
    return stored(notebook)


def stored(notebook: Notebook) -> Notebook:
    count = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and source(cell).strip():
            count += 1
            cell["execution_count"] = count
    notebook["metadata"]["mmlearn"] = {"code_digest": code_digest(notebook)}
    return notebook


IMPORTS = """import torch
import mmlearn
from mmlearn import plot
from mmlearn.exercises import first_program as exercise"""

GOOD: Notebook = finished(
    [
        prose(OPENING),
        code(IMPORTS),
        code("plot.show(fig)", outputs=[picture("A curve that rises.")]),
        exercise("numbers_left"),
        exercise("accuracy"),
        exercise("mean_loss"),
        exercise("silent"),
        prose(MIDDLE),
        code("fail()", "raises-exception", outputs=[ERROR]),
        code("# NBVAL_IGNORE_OUTPUT\nprint(time())", says="3 s"),
        code("train, valid, test = split(groups)"),
        code("print(len(train))", says="1600"),
        code("", says=""),
        prose("## The test split, read once"),
        code(
            "score = accuracy(test)\nscore", "headline", "metric", outputs=[value("1.")]
        ),
        code("# your data:\nx = 1\n\nprint(x)", "recipe", says="1"),
        exercise("reported"),
        prose(CLOSING),
    ]
)
HERE = Course(
    NOTEBOOKS,
    frozenset({"00-first.ipynb", "02-b.ipynb", "03-c.ipynb", "05-fusion.ipynb"}),
    frozenset(TERMS),
)


def draft(notebook: Notebook) -> Draft:
    return Draft("03", notebook, HERE)


def changed(i: int, *, again: bool = True, **changes: Any) -> Draft:
    """GOOD with another cell, stored again (or not)."""
    notebook = copy.deepcopy(GOOD)
    notebook["cells"][i].update(changes)
    return draft(stored(notebook) if again else notebook)


def replaced(i: int, old: str, new: str) -> Draft:
    """GOOD with another text in a cell, stored again."""
    text = source(GOOD["cells"][i])
    assert text.count(old) == 1
    return changed(i, source=[text.replace(old, new)])


def without_tag(i: int, tag: str) -> Draft:
    tags = [t for t in GOOD["cells"][i]["metadata"]["tags"] if t != tag]
    return changed(i, metadata={"tags": tags})


WAY = "It is not here: python3 course.py lab --stack torchtext"


def with_torchtext(
    tag: str, says: str, marker: str = "# NBVAL_IGNORE_OUTPUT\n"
) -> Draft:
    """GOOD with a cell that uses torchtext before the recipe."""
    notebook = copy.deepcopy(GOOD)
    cell = code(marker + "from torchtext import vocab", tag, says=says)
    notebook["cells"].insert(15, cell)
    return draft(stored(notebook))


MOVED = """scores = [2.0, 1.0]


def soften(change=None):
    for bar, score in zip(bars, scores):
        bar.value = score / slider.value


slider.observe(soften, "value")"""


def after_widget(widget: str = MOVED, later: str = "scores = x @ y") -> Draft:
    """GOOD with the cell of a widget, and another one after it."""
    notebook = copy.deepcopy(GOOD)
    notebook["cells"][15:15] = [code(widget), code("1"), code(later)]
    return draft(stored(notebook))


def test_a_good_notebook_has_no_faults():
    assert faults(draft(GOOD)) == []
    assert faults(with_torchtext("stack", says=WAY)) == []


WRONG = [
    (changed(3, again=False, execution_count=9), "cell 3 'exercise.numbers_left.check"),
    (changed(3, again=False, execution_count=9), "ran as number 9, expected 3"),
    (changed(3, again=False, execution_count=None), "ran as number None, expected 3"),
    (changed(1, outputs=[ERROR]), "an error that is not meant: ValueError"),
    (changed(8, outputs=[]), "meant to raise, and did not"),
    (changed(1, outputs=[printed("oh", "stderr")]), "stderr: 'oh'"),
    (changed(11, again=False, source=["print(1600)"]), "the outputs are not those of"),
    (changed(11, outputs=[printed("in /home/me/x.py")]), "a path of one machine"),
    (replaced(7, "[t1]", "[t1] in C:\\Users\\me"), "a path of one machine"),
    (changed(2, outputs=[picture("")]), "no alt text"),
    (changed(2, outputs=[]), "no figure in the first 5 code cells"),
    (changed(1, source=["x\n"] * 41), "a cell of 41 lines"),
    (changed(1, source=["x" * 89]), "a line of 89 characters"),
    (replaced(0, "# 03 ·", "# 04 ·"), "no title"),
    (replaced(0, "·", "-"), "no title"),
    (changed(0, cell_type="raw"), "no title"),
    (replaced(0, "**What does a filter see?**", "It sees."), "no bold question"),
    (replaced(0, "see?**", "see.**"), "no bold question"),
    (replaced(0, "| Study |", "| Time |"), "the table has the rows"),
    (replaced(0, "60 minutes", "an hour"), "Study is 'an hour'"),
    (replaced(0, "1 minute ", "soon "), "Run is 'soon'"),
    (replaced(0, "On a hosted", "On any"), "below the table stands 'On any"),
    (replaced(0, f"{HOSTED}\n\n", ""), "below the table stands 'The [kernel]"),
    (replaced(0, ", 02,", ", 04,"), "needs 04, which does not come before 03"),
    (replaced(0, ", 02,", ", 03,"), "needs 03, which does not come before 03"),
    (replaced(0, ", 02,", ", 01,"), "needs 01, which there is not"),
    (
        replaced(0, "00 (a working program), 02,", "Python,"),
        "no notebook in `You need`",
    ),
    (replaced(17, "## Recap", "## What we saw"), "no closing cell"),
    (replaced(17, "**Sources.**", "Sources:"), "no closing cell"),
    (replaced(17, "**Next.**", "Next:"), "no closing cell"),
    (replaced(17, "- Three.\n", ""), "a recap of 2 lines"),
    (replaced(7, "[t1]", "![a](images/a.png) [t1]"), "a picture by its path"),
    (replaced(7, "[t1]", "<img src='a.png'> [t1]"), "a picture by its path"),
    (replaced(7, "[t1]", "![a](attachment:a.png) [t1]"), "no attachment a.png"),
    (replaced(7, "#t1)", "#t9)"), "no term #t9 in the glossary"),
    (replaced(7, "(glossary.md#t1)", "(glossary.md)"), "no term # in the glossary"),
    (replaced(7, "(glossary.md#t7)", "(https://a.org)"), "links 7 terms"),
    (replaced(17, "05-fusion.ipynb", "06-x.ipynb"), "leads nowhere: 06-x.ipynb"),
    (replaced(17, "../README.md", "../RAEDME.md"), "leads nowhere: ../RAEDME.md"),
    (replaced(17, "../README.md", "images/overview.png"), "leads nowhere: images/"),
    (replaced(17, "https:", "ftp:"), "leads nowhere: ftp:"),
    (changed(11, outputs=[]), "1 compared text outputs, at least 2"),
    (changed(11, outputs=[picture("A curve.")]), "1 compared text outputs"),
    (without_tag(14, "metric"), "no cell is tagged metric"),
    (changed(14, outputs=[value("fine")]), "the metric is not compared, or there is"),
    (
        replaced(14, "score = ", "# NBVAL_IGNORE_OUTPUT\nscore = "),
        "the metric is not compared",
    ),
    (changed(1, source=["# NBVAL_SKIP\n", "1"]), "not run in the tests"),
    (changed(1, metadata={"tags": ["nbval-skip"]}), "not run in the tests"),
    (without_tag(14, "headline"), "0 headline cells, 1 expected"),
    (changed(11, metadata={"tags": ["headline"]}), "2 headline cells"),
    (changed(14, outputs=[picture("A curve.")]), "the headline has 0 lines"),
    (changed(14, outputs=[printed("1\n2\n")]), "the headline has 2 lines"),
    (without_tag(15, "recipe"), "no recipe"),
    (replaced(15, "# your data:", "# data:"), "a recipe without inputs"),
    (replaced(1, "as exercise", "as topic"), "no `from mmlearn.exercises import"),
    (without_tag(3, "exercise"), "exercises without a cell: ['numbers_left']"),
    (replaced(3, "numbers_left.check", "numbers_right.check"), "checks ['numbers_rig"),
    (replaced(3, "exercise.numbers_left.check(...)", "1"), "checks nothing"),
    (
        replaced(3, "exercise.numbers_left.hint()", ""),
        "no exercise.numbers_left.hint()",
    ),
    (
        replaced(3, "exercise.numbers_left.solution()", ""),
        "no exercise.numbers_left.sol",
    ),
    (changed(3, outputs=[printed("Correct.")]), "as it is, it says 'Correct.'"),
    (replaced(1, "import plot", "import plod"), "there is no mmlearn.plod"),
    (replaced(1, "import mmlearn", "import mmlearn.odd"), "there is no mmlearn.odd"),
    (replaced(1, "mmlearn import plot", "mmlearn.odd import f"), "no mmlearn.odd.f"),
    (replaced(2, "plot.show", "plot.shew"), "there is no plot.shew"),
    (replaced(2, "plot.show", "mmlearn.plod"), "there is no mmlearn.plod"),
    (replaced(11, "len(train)", "max(test)"), "the test split is used before its"),
    (replaced(11, "len(train)", "len(test[x])"), "the test split is used before its"),
    (replaced(11, "len(train)", "splits.test"), "used before its heading: ['test']"),
    (replaced(11, "len(train)", "parts['test']"), "used before its heading: ['test']"),
    (replaced(11, "len(train)", "STUDY.test(x)"), "used before its heading: ['test']"),
    (replaced(11, "len(train)", "test_groups"), "heading: ['test_groups']"),
    (replaced(13, "test split", "last split"), "the test split is used before its"),
    (replaced(17, "[05](05-fusion.ipynb)", "06"), "names notebook 06, which there is"),
    (
        replaced(17, "[05](05-fusion.ipynb)", "05 (planned)"),
        "calls notebook 05 planned",
    ),
    (replaced(7, "[t1]", "As notebook 21 shows, [t1]"), "names notebook 21, which"),
    (after_widget(), "soften, which a widget calls, reads scores, and cell 17 gives"),
    (changed(1, source=["from torchtext import x"]), "torchtext is not always there"),
    (with_torchtext("shown", says=WAY), "torchtext is not always there"),
    (with_torchtext("stack", says="[5, 3]"), "without torchtext it says '[5, 3]'"),
    (with_torchtext("stack", says="a\n" + WAY), "without torchtext it says"),
    (with_torchtext("stack", says=WAY, marker=""), "differs between the stacks"),
    (draft({**GOOD, "metadata": {}}), "the kernel is None"),
    (draft({**GOOD, "metadata": {}}), "the outputs are not those of"),
]


@pytest.mark.parametrize(("wrong", "fault"), WRONG, ids=[fault for _, fault in WRONG])
def test_each_rule_catches_its_fault(wrong, fault):
    found = faults(wrong)
    assert any(fault in text for text in found), found
    assert all("Fix: " in text and text.endswith(".") for text in found)


def test_no_rule_is_without_a_fault():
    """Each of the rules finds something in one of the wrong notebooks."""
    more = [long_cells(), little_compared(), draft({**GOOD, "cells": no_exercises()})]
    drafts = [wrong for wrong, _ in WRONG] + more
    for rule in RULES:
        assert any(list(rule(one)) for one in drafts), rule.__name__


def long_cells() -> Draft:
    notebook = copy.deepcopy(GOOD)
    for _, cell in draft(notebook).code():
        cell["source"] = ["x\n"] * 9
    return draft(stored(notebook))


def little_compared() -> Draft:
    notebook = copy.deepcopy(GOOD)
    for _, cell in draft(notebook).code()[:3]:
        cell["source"].insert(0, "# NBVAL_IGNORE_OUTPUT\n")
    return draft(stored(notebook))


def no_exercises() -> list[Cell]:
    cells = copy.deepcopy(GOOD)["cells"]
    return [c for c in cells if "exercise" not in c["metadata"].get("tags", [])]


def test_long_cells_raise_the_median():
    assert any("the median cell has 9 lines" in f for f in faults(long_cells()))


def test_too_many_outputs_that_are_not_compared():
    assert any("outputs of 4 of 13" in text for text in faults(little_compared()))


def test_too_few_exercises():
    found = faults(draft(stored({**GOOD, "cells": no_exercises()})))
    assert any("0 exercises, at least 3" in text for text in found)


def test_an_attached_picture_needs_alt_text():
    text = source(GOOD["cells"][7]) + " ![{}](attachment:a.png)"
    attachments = {"a.png": {"image/png": "aaaa"}}
    with_alt = changed(7, source=[text.format("A curve")], attachments=attachments)
    assert faults(with_alt) == []
    without = changed(7, source=[text.format(" ")], attachments=attachments)
    assert any("no alt text: attachment:a.png" in found for found in faults(without))


def test_a_name_of_the_course_may_be_used_again():
    """`plot` is another thing here: a rule that guessed would be in the way."""
    for text in ("plot = Plot()", "def f(plot): pass", "for plot in x: pass"):
        assert faults(replaced(11, "print", f"{text}\nplot.shew\nprint")) == []


@pytest.mark.parametrize(
    ("widget", "later", "found"),
    [
        (MOVED, "scores = 1", "reads scores, and cell 17"),
        (MOVED, "for scores in x: pass", "reads scores"),
        (MOVED, "import scores", "reads scores"),
        (MOVED, "with f() as slider: pass", "reads slider"),
        (MOVED, "def soften(change): pass", None),  # the old one was handed over
        (MOVED, "scores.append(1)", None),
        (MOVED, "score = [scores for scores in x]", None),
        (MOVED, "def f():\n    scores = 1", None),
        (
            MOVED.replace("change=None", "change=None, scores=scores"),
            "scores = 1",
            None,
        ),
        ("b.on_click(lambda button: redraw(n))", "n = 2", "reads n"),
        ("b.on_click(lambda button, n=n: redraw(n))", "n = 2", None),
        ("def f(x): g(x)\ndef g(x): n\np = w.interactive(f, x=1)", "n = 1", "reads n"),
        ("def f(x): g(x)\ndef g(x): n\np = w.interactive(f, x=1)", "g = 1", "reads g"),
        ("@w.interact(x=1)\ndef f(x): n", "n = 1", "f, which a widget calls, reads n"),
        ("def f(n):\n    return lambda c: n\nb.observe(f(n))", "n = 1", None),
        ("def f(n):\n    return lambda c: m\nb.observe(f(n))", "m = 1", "reads m"),
        ("def f(n, c): m\nb.observe(partial(f, n))", "m = 1", "reads m"),
        ("def f(n, c): m\nb.observe(partial(f, n))", "n = 1", None),
        ("import io\ndef f(c): io\nb.observe(f)", "import io", None),
        ("import io\ndef f(c): io\nb.observe(f)", "import x as io", "reads io"),
        ("def f(c): n\nfig.canvas.mpl_connect('pick_event', f)", "n = 1", "reads n"),
    ],
)
def test_what_a_widget_calls_reads_no_name_that_changes(widget, later, found):
    faults_found = faults(after_widget(widget, later))
    if found is None:
        assert faults_found == []
    else:
        assert len(faults_found) == 1 and found in faults_found[0], faults_found


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("See notebook 22.", {"22": False}),
        ("Notebook 22 (planned) trains for it.", {"22": True}),
        ("Notebooks 22 and 23 (planned) go on.", {"22": True, "23": True}),
        ("Notebooks 08, 09 and 10.", {"08": False, "09": False, "10": False}),
        ("notebooks 08\u201310", {"08": False, "09": False, "10": False}),
        ("[notebook 22](22-x.ipynb)", {"22": False}),
        ("notebook [22](22-x.ipynb)", {"22": False}),
        ("as in 09, and (08 explains it)", {"09": False, "08": False}),
        ("this\nnotebook\n22 (planned)", {"22": True}),
        ("| **28\u201329** the neighbours (planned) | x |", {"28": True, "29": True}),
        (
            "**Next.** 10 builds it, 22 and 23 go on.",
            {"10": False, "22": False, "23": False},
        ),
        ("**Next.** [10](10-x.ipynb) (planned) is next.", {"10": True}),
        ("13 voices, 28 \u00d7 28 pixels, .08, 1.07, 10:08, 20 %, 2026-01-08", {}),
        ("`x[08]` and $x_{08}$ and [x](05-fusion.ipynb)", {}),
        ("**Next.** Nothing, with 0.10 or 20 %.", {}),
        ("a notebook with 22 pictures; this notebook, 22 times", {}),
    ],
)
def test_which_notebooks_a_text_names(text, named):
    assert dict(mentions(text)) == named


def test_magics_are_no_obstacle():
    assert faults(replaced(11, "print", "%xmode Minimal\nprint")) == []
    assert faults(replaced(11, "print", "%%time\nprint")) == []


def test_the_test_split_may_be_used_in_recipes_and_exercises():
    recipe = source(GOOD["cells"][15]) + "\ntest = x\ntest"
    notebook = copy.deepcopy(GOOD)
    notebook["cells"].insert(2, code(recipe, "recipe", says="1"))
    assert faults(draft(stored(notebook))) == []


def test_the_size_of_the_test_split_may_be_told():
    for text in ("len(test)", "len(splits.test)"):
        assert faults(replaced(11, "len(train)", text)) == []


def test_the_rows_of_a_table():
    assert table("| | |\n|---|---|\n| a b | c, d |\n| **e** | f |") == {
        "a b": "c, d",
        "e": "f",
    }


# The glossary

ENTRY = "### {}\n\n卷积核 · `[k, k]` · notebook 03\n\nA few weights. See [b](#{}).\n\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (ENTRY.format("a", "a t") + ENTRY.format("a t", "a"), None),
        (ENTRY.format("b", "a") + ENTRY.format("a", "b"), "b: not in its alphabet"),
        (ENTRY.format("a", "a") + ENTRY.format("a", "a"), "a term stands twice"),
        (ENTRY.format("a", "c") + ENTRY.format("b", "a"), "a: no entry #c"),
        (ENTRY.format("A", "A"), "A: only a-z"),
        (ENTRY.format("a's", "a"), "a's: only a-z"),
        (ENTRY.format("a", "a").replace("卷积核", "kernel"), "a: the line `Chinese"),
        (ENTRY.format("a", "a").replace(" · notebook 03", ""), "a: the line `Chinese"),
        (ENTRY.format("a", "a").replace("03", "77"), "a: there is no notebook 77"),
        (ENTRY.format("a", "a"), "a: no notebook links it, and no other entry"),
        (ENTRY.format("b", "b"), "b: notebook 03 neither links nor names it"),
    ],
)
def test_what_is_wrong_with_a_glossary(text: str, fault: str | None) -> None:
    text = text.replace("#a t", "#a-t")
    found = glossary_faults(text, {"03": "A text."})
    if fault is None:
        assert found == []
    else:
        assert any(one.startswith(fault) for one in found), found


def test_a_term_that_a_notebook_links_is_used() -> None:
    prose = {"03": "[an A](glossary.md#a)"}
    assert glossary_faults(ENTRY.format("a", "a"), prose) == []
    assert linked_in(draft(GOOD).words()) == set(TERMS)
    assert slug("f1 score") == "f1-score"
    assert list(terms(ENTRY.format("a", "b"))) == ["a"]


def test_the_course_is_read_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "00-a.ipynb").write_text("{}", encoding="utf-8")
    (tmp_path / "glossary.md").write_text(ENTRY.format("a b", "a"), encoding="utf-8")
    course = Course.of(tmp_path)
    assert course.numbers() == {"00"} and course.anchors == {"a-b"}
