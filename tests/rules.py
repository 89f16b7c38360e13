"""The rules of the notebooks (CONTRIBUTING.md), as functions that say what breaks one.

A rule takes a Draft and yields findings, each with its cell and how to fix it.
tests/test_notebooks.py applies them, and shows that each catches its fault.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import re
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from callbacks import rebound
from lessons import Cell, source, tree
from mentions import unmarked

from mmlearn.course.paths import number as number_of
from mmlearn.course.store import code_digest
from mmlearn.exercises.exercise import BLANK, Exercise, Question

Notebook = dict[str, Any]
Findings = Iterator[str]

LONGEST_CELL, LONGEST_LINE, MEDIAN_LINES = 40, 88, 8
LARGEST_BYTES, MEDIAN_BYTES = 700_000, 450_000
# The same line in each: how to install on a hosted notebook service.
HOSTED = (
    "On a hosted notebook service, first: `!git clone ADDRESS mmlearn-course` (of this "
    'course), `%pip install -e "mmlearn-course[course,index,speech]"`, and restart the '
    "session."
)
FIRST_FIGURE = 5  # it stands within so many code cells
LEAST_EXERCISES, LEAST_COMPARED, LEAST_TERMS, RECAP_LINES = 3, 2, 8, 3
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)[^)]*\)")
PLACES = re.compile(
    r"(?:(?<![.\w])/(?:home|root|Users|tmp|work)|site-packages|\w:\\Users)[/\\]"
)


@dataclass(frozen=True)
class Course:
    """What a notebook may refer to: the other notebooks' names, and the glossary."""

    folder: Path
    notebooks: frozenset[str]  # file names
    anchors: frozenset[str]

    @staticmethod
    def of(folder: Path) -> Course:
        names = {path.name for path in folder.glob("*.ipynb")}
        text = (folder / "glossary.md").read_text(encoding="utf-8")
        return Course(folder, frozenset(names), frozenset(map(slug, terms(text))))

    def numbers(self) -> set[str]:
        return {name[:2] for name in self.notebooks if name[:2].isdigit()}


@dataclass(frozen=True)
class Draft:
    """A notebook, its number, and the course that it stands in."""

    number: str
    notebook: Notebook
    course: Course

    @staticmethod
    def read(path: Path, course: Course) -> Draft:
        return Draft(
            number_of(path), json.loads(path.read_text(encoding="utf-8")), course
        )

    def code(self, tag: str | None = None) -> list[tuple[int, Cell]]:
        """The code cells that are not empty (or have a tag), and where they stand."""
        return [
            (i, cell)
            for i, cell in enumerate(self.notebook["cells"])
            if cell["cell_type"] == "code"
            and source(cell).strip()
            and (tag is None or tag in tags(cell))
        ]

    def prose(self) -> list[tuple[int, Cell]]:
        cells = enumerate(self.notebook["cells"])
        return [(i, cell) for i, cell in cells if cell["cell_type"] == "markdown"]

    def words(self) -> str:
        return "\n".join(source(cell) for _, cell in self.prose())

    def at(self, i: int, fault: str, fix: str) -> str:
        """A finding: `cell 7 'x = 1': fault. Fix: fix.`"""
        lines = source(self.notebook["cells"][i]).strip().splitlines() or [""]
        return f"cell {i} {lines[0][:50]!r}: {fault}. Fix: {fix}."

    def store(self) -> str:
        return f"`python -m mmlearn store {self.number}`"


def tags(cell: Cell) -> list[str]:
    return cell["metadata"].get("tags", [])


def is_compared(cell: Cell) -> bool:
    """Whether nbval compares the cell's output."""
    lines = source(cell).splitlines()
    marked = any(re.match(r"#\s*(NBVAL_IGNORE|NBVAL_SKIP)", line) for line in lines)
    return not marked and not {"nbval-ignore-output", "nbval-skip"} & set(tags(cell))


def is_folded(cell: Cell) -> bool:
    """Whether a page shows the cell's output only."""
    return bool(cell["metadata"].get("jupyter", {}).get("source_hidden"))


def printed(cell: Cell) -> str:
    """What a cell prints or gives back as text; a figure's alt text is none."""
    texts = []
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            texts += output["text"]
        elif output["output_type"] == "execute_result":
            texts += output["data"].get("text/plain", [])
    return "".join(texts)


def faults(draft: Draft) -> list[str]:
    """What breaks a rule, in words; empty when all is well."""
    return [fault for rule in RULES for fault in rule(draft)]


# How it ran


def order(draft: Draft) -> Findings:
    for count, (i, cell) in enumerate(draft.code(), start=1):
        if cell["execution_count"] != count:
            found = f"ran as number {cell['execution_count']}, expected {count}"
            yield draft.at(i, f"not one run, top to bottom: {found}", draft.store())
            return


def errors(draft: Draft) -> Findings:
    for i, cell in draft.code():
        kinds = [output["output_type"] for output in cell["outputs"]]
        meant = "raises-exception" in tags(cell)
        for output in cell["outputs"]:
            if output["output_type"] == "error" and not meant:
                fault = f"an error that is not meant: {output['ename']}"
                yield draft.at(i, fault, "fix it, or tag the cell raises-exception")
            if output.get("name") == "stderr":
                text = "".join(output["text"]).strip()[-80:]
                yield draft.at(i, f"stderr: {text!r}", "remove what warns")
        if meant and "error" not in kinds:
            yield draft.at(i, "meant to raise, and did not", "take the tag away")


def stale(draft: Draft) -> Findings:
    stored = draft.notebook["metadata"].get("mmlearn", {}).get("code_digest")
    if stored != code_digest(draft.notebook):
        yield (
            "the outputs are not those of this code (metadata.mmlearn.code_digest is "
            f"{stored}). Fix: {draft.store()}."
        )


def kernel(draft: Draft) -> Findings:
    name = draft.notebook["metadata"].get("kernelspec", {}).get("name")
    if name != "python3":
        yield f"the kernel is {name!r}, python3 expected. Fix: choose it and save."


def places(draft: Draft) -> Findings:
    for i, cell in enumerate(draft.notebook["cells"]):
        shown = json.dumps([o for o in cell.get("outputs", []) if not _is_data(o)])
        if found := PLACES.search(source(cell) + shown):
            fault = f"a path of one machine: {found[0]!r}"
            yield draft.at(i, fault, "name no path; `%xmode Minimal` before errors")


def _is_data(output: dict[str, Any]) -> bool:
    return bool({"image/png", "text/html"} & set(output.get("data", {})))


# How it looks


def alt_text(draft: Draft) -> Findings:
    for i, cell in draft.code():
        for output in cell["outputs"]:
            for kind in output.get("data", {}):
                alt = output["metadata"].get(kind, {}).get("alt", "")
                if kind.startswith("image/") and not alt.strip():
                    yield draft.at(i, "no alt text", 'plot.show(fig, alt="...")')


def early_figure(draft: Draft) -> Findings:
    first = draft.code()[:FIRST_FIGURE]
    outputs = [output for _, cell in first for output in cell["outputs"]]
    if not any("image/png" in output.get("data", {}) for output in outputs):
        yield (
            f"no figure in the first {FIRST_FIGURE} code cells. Fix: begin with what "
            "one can see."
        )


def lengths(draft: Draft) -> Findings:
    lines = {i: source(cell).splitlines() for i, cell in draft.code()}
    for i, cell in lines.items():
        if len(cell) > LONGEST_CELL:
            yield draft.at(i, f"a cell of {len(cell)} lines", f"at most {LONGEST_CELL}")
        for line in cell:
            if len(line) > LONGEST_LINE:
                fault = f"a line of {len(line)} characters: {line[:30]!r}"
                yield draft.at(i, fault, f"at most {LONGEST_LINE}")
    open_ones = [lines[i] for i, cell in draft.code() if not is_folded(cell)]
    median = statistics.median(map(len, open_ones))
    if median > MEDIAN_LINES:
        yield (
            f"the median cell has {median:g} lines, at most {MEDIAN_LINES} expected. "
            "Fix: one thought a cell."
        )


def hosted(draft: Draft) -> Findings:
    """The first cell says, in the line below its table, how to install elsewhere."""
    text = source(draft.notebook["cells"][0])
    below = re.search(r"(?m)^\|[^\n]*\n\n([^|\n]*)$", text)
    if below is None or below[1] != HOSTED:
        found = below[1] if below else "nothing"
        fault = f"below the table stands {found[:40]!r}"
        yield draft.at(0, fault, f"write there: {HOSTED}")


def opening(draft: Draft) -> Findings:
    first = draft.notebook["cells"][0]
    text = source(first).strip()
    title, _, rest = text.partition("\n")
    if first["cell_type"] != "markdown" or not re.fullmatch(
        rf"# {draft.number} · \S.*", title
    ):
        yield draft.at(0, "no title", f"begin with `# {draft.number} · Title`")
    question = rest.strip().partition("\n\n")[0]
    if not re.fullmatch(r"\*\*[^*]+\?\*\*", question):
        fault = "no bold question under the title"
        yield draft.at(0, fault, "one sentence or two, `**...?**`")
    rows = table(text)
    wanted = ["You will be able to", "You need", "Study", "Run"]
    if list(rows) != wanted:
        fault = f"the table has the rows {list(rows)}"
        yield draft.at(0, fault, f"these, in this order: {wanted}")
    for name, time in (("Study", r"\d+ minutes"), ("Run", r"\d+ (second|minute)s?")):
        if name in rows and not re.match(time, rows[name]):
            fault = f"{name} is {rows[name]!r}"
            yield draft.at(0, fault, "begin with a number of minutes")


def table(text: str) -> dict[str, str]:
    """The rows of the tables in a text: first column (bold or not) to second."""
    rows = re.findall(r"(?m)^\|\s*([^|]*[^|\s])\s*\|\s*([^|]+?)\s*\|\s*$", text)
    pairs = [(name.strip("*"), value) for name, value in rows]
    return {name: value for name, value in pairs if set(name) - set("-: ")}


def prerequisites(draft: Draft) -> Findings:
    needs = table(source(draft.notebook["cells"][0])).get("You need", "")
    named = re.findall(r"\b\d\d\b(?! minutes)", needs)
    for number in named:
        if number >= draft.number:
            fault = f"needs {number}, which does not come before {draft.number}"
            yield draft.at(0, fault, "lower numbers only, so that there is no circle")
        elif number not in draft.course.numbers():
            fault = f"needs {number}, which there is not"
            yield draft.at(0, fault, f"one of {sorted(draft.course.numbers())}")
    if draft.number != "00" and not named:
        yield draft.at(0, "no notebook in `You need`", "name the first one needed")


def closing(draft: Draft) -> Findings:
    i = len(draft.notebook["cells"]) - 1
    text = source(draft.notebook["cells"][i])
    marks = ("## Recap\n", "**Sources.**", "**Next.**")
    where = [text.find(mark) for mark in marks]
    if -1 in where or where != sorted(where):
        fault = "no closing cell"
        yield draft.at(i, fault, f"in this order: {[m.strip() for m in marks]}")
        return
    recap = text[where[0] : where[1]]
    if (n := len(re.findall(r"(?m)^- ", recap))) != RECAP_LINES:
        yield draft.at(i, f"a recap of {n} lines", f"{RECAP_LINES}, each `- ...`")


def links(draft: Draft) -> Findings:
    """A copy in work/ has the notebooks and the glossary beside it, nothing else."""
    for i, cell in draft.prose():
        if "<img" in source(cell):
            yield draft.at(i, "a picture by its path", "attach it: `![...](attachment:")
        for picture, alt, target in LINK.findall(source(cell)):
            name, _, anchor = target.partition("#")
            attached = name.startswith("attachment:")
            if picture and not attached:
                yield draft.at(i, f"a picture by its path: {target}", "attach it")
            elif picture and name[11:] not in cell.get("attachments", {}):
                yield draft.at(i, f"no attachment {name[11:]}", "attach it")
            elif picture and not alt.strip():
                yield draft.at(i, f"no alt text: {target}", "write it in the brackets")
            elif name == "glossary.md" and anchor not in draft.course.anchors:
                fault = f"no term #{anchor} in the glossary"
                yield draft.at(i, fault, "add it there, or link another one")
            elif name and not picture and not _is_there(name, draft.course):
                fault = f"a link that leads nowhere: {target}"
                yield draft.at(i, fault, "a notebook, glossary.md, or ../ from work/")


def _is_there(name: str, course: Course) -> bool:
    if re.match(r"(https|mailto):", name):
        return True
    beside = name in course.notebooks or name == "glossary.md"
    return beside or (name.startswith("../") and (course.folder / name).exists())


def mentioned(draft: Draft) -> Findings:
    """A notebook that is only planned is not named as if one could open it."""
    for i, cell in draft.prose():
        for fault in unmarked(source(cell), draft.course.numbers()):
            fault, _, fix = fault.partition("; ")
            yield draft.at(i, fault, fix)


def glossary_terms(draft: Draft) -> Findings:
    if len(found := linked_in(draft.words())) < LEAST_TERMS:
        yield (
            f"links {len(found)} terms of the glossary, at least {LEAST_TERMS} "
            "expected. Fix: where a term first stands, `[word](glossary.md#term)`."
        )


def linked_in(words: str) -> set[str]:
    """The anchors of the glossary that a text links."""
    targets = [target for *_, target in LINK.findall(words)]
    return {t.partition("#")[2] for t in targets if t.startswith("glossary.md#")}


# What it holds


def metrics(draft: Draft) -> Findings:
    """Texts that nbval compares; figures, recipes and blank exercises do not count."""
    said = [
        i
        for i, cell in draft.code()
        if is_compared(cell)
        and printed(cell).strip()
        and not {"exercise", "recipe", "raises-exception"} & set(tags(cell))
    ]
    if len(said) < LEAST_COMPARED:
        yield (
            f"{len(said)} compared text outputs, at least {LEAST_COMPARED} expected. "
            "Fix: print what was found, coarsely."
        )
    for i, cell in draft.code("metric"):
        if i not in said or not re.search(r"\d|True|False", printed(cell)):
            fault = "the metric is not compared, or there is none"
            yield draft.at(i, fault, "print a number or a statement, without a marker")
    if not draft.code("metric"):
        yield "no cell is tagged metric. Fix: tag one that prints a compared metric."


def compared(draft: Draft) -> Findings:
    cells = draft.code()
    for i, cell in cells:
        if "NBVAL_SKIP" in source(cell) or "nbval-skip" in tags(cell):
            yield draft.at(i, "not run in the tests", "take the marker away")
    ignored = [i for i, cell in cells if not is_compared(cell)]
    if 4 * len(ignored) > len(cells):
        yield (
            f"outputs of {len(ignored)} of {len(cells)} cells not compared, at most a "
            f"quarter expected: cells {ignored}. Fix: put what varies into figures."
        )


def headline(draft: Draft) -> Findings:
    cells = draft.code("headline")
    if len(cells) != 1:
        yield (
            f"{len(cells)} headline cells, 1 expected. Fix: tag the cell that prints "
            "the notebook's main result."
        )
    for i, cell in cells:
        if (n := len(printed(cell).strip().splitlines())) != 1:
            yield draft.at(i, f"the headline has {n} lines", "print one line")


def recipes(draft: Draft) -> Findings:
    if not draft.code("recipe"):
        yield "no recipe. Fix: tag a cell `recipe` that begins `# your data:`."
    for i, cell in draft.code("recipe"):
        if not source(cell).startswith("# your data:"):
            yield draft.at(i, "a recipe without inputs", "begin with `# your data:`")


def stacks(draft: Draft) -> Findings:
    """torchtext is there on its own stack only; elsewhere one line tells the way."""
    for i, cell in draft.code():
        used = re.search(r"(?m)^[^#\n]*\btorchtext\b", source(cell))
        if used and not {"stack", "raises-exception"} & set(tags(cell)):
            yield draft.at(i, "torchtext is not always there", "tag the cell `stack`")
    for i, cell in draft.code("stack"):
        if is_compared(cell):
            fix = "tag the cell nbval-ignore-output"
            yield draft.at(i, "its output differs between the stacks", fix)
        said = printed(cell).strip()
        if "\n" in said or not said.endswith("--stack torchtext"):
            fault = f"without torchtext it says {said[-40:]!r}"
            fix = "print what `with_torchtext.load()` raises; store without torchtext"
            yield draft.at(i, fault, fix)


def exercises(draft: Draft) -> Findings:
    cells = draft.code("exercise")
    if len(cells) < LEAST_EXERCISES:
        yield (
            f"{len(cells)} exercises, at least {LEAST_EXERCISES} expected. Fix: tag "
            "their cells `exercise`."
        )
    module = _exercise_module(draft)
    if module is None:
        yield "no `from mmlearn.exercises import TOPIC as exercise`. Fix: import once."
        return
    there = {
        name
        for name, value in vars(module).items()
        if isinstance(value, Exercise | Question)
    }
    seen = set()
    for i, cell in cells:
        text = source(cell)
        names = re.findall(r"(?m)^exercise\.(\w+)\.check\(", text)
        if len(names) != 1 or names[0] not in there:
            fault = f"checks {names or 'nothing'}"
            yield draft.at(i, fault, f"`exercise.NAME.check(...)`, one of {there}")
            continue
        seen |= set(names)
        comments = [line for line in text.splitlines() if line.startswith("#")]
        for call in (f"exercise.{names[0]}.hint()", f"exercise.{names[0]}.solution()"):
            if not any(call in line for line in comments):
                yield draft.at(i, f"no {call}", "offer it in a comment line")
        if printed(cell).strip() != BLANK:
            fault = f"as it is, it says {printed(cell).strip()[:40]!r}"
            yield draft.at(i, fault, "leave `...` for the answer")
    if cells and there - seen:
        yield f"exercises without a cell: {sorted(there - seen)}. Fix: use or delete."


def _exercise_module(draft: Draft) -> ModuleType | None:
    for node in _nodes(draft):
        if isinstance(node, ast.ImportFrom) and node.module == "mmlearn.exercises":
            for alias in node.names:
                if (alias.asname or alias.name) == "exercise":
                    return _module(f"mmlearn.exercises.{alias.name}")
    return None


def _nodes(draft: Draft) -> Iterator[ast.AST]:
    for _, cell in draft.code():
        yield from ast.walk(tree(source(cell)))


def names_exist(draft: Draft) -> Findings:
    """Of mmlearn: each import, and each `module.name` and `Class.name` used."""
    imported: dict[str, Any] = {}
    for i, cell in draft.code():
        for name, value, missing in _imports(tree(source(cell))):
            if missing and "raises-exception" not in tags(cell):
                yield draft.at(i, f"there is no {missing}", "name one that exists")
            imported[name] = value
    hidden = {node.id for node in _nodes(draft) if _is_bound(node)}  # by another value
    hidden |= {node.arg for node in _nodes(draft) if isinstance(node, ast.arg)}
    for i, cell in draft.code():
        for node in ast.walk(tree(source(cell))):
            if not isinstance(node, ast.Attribute):
                continue
            if not isinstance(node.value, ast.Name) or node.value.id in hidden:
                continue
            value = imported.get(node.value.id)
            if value is not None and not hasattr(value, node.attr):
                fault = f"there is no {node.value.id}.{node.attr}"
                yield draft.at(i, fault, "name one that exists")


def _is_bound(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _imports(code: ast.Module) -> Iterator[tuple[str, Any, str | None]]:
    """(name, what it is, what is missing), for all that is imported of mmlearn."""
    for node in ast.walk(code):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            "mmlearn"
        ):
            assert node.module is not None
            module = _module(node.module)
            for alias in node.names:
                inner = _module(f"{node.module}.{alias.name}")
                value = getattr(module, alias.name, inner)
                missing = f"{node.module}.{alias.name}" if value is None else None
                yield alias.asname or alias.name, value, missing
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "mmlearn":
                    value = _module(alias.name)
                    whole = value if alias.asname else _module("mmlearn")
                    missing = alias.name if value is None else None
                    yield alias.asname or "mmlearn", whole, missing


def _module(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if not name.startswith(missing.name or "?"):
            raise
        return None


def callbacks(draft: Draft) -> Findings:
    """What a widget calls still works after the last cell."""
    cells = draft.code()
    for one in rebound([cell for _, cell in cells]):
        fault = (
            f"{one.callback}, which a widget calls, reads {one.name}, and cell "
            f"{cells[one.later][0]} gives that name to something else"
        )
        fix = f"bind it where it is defined: a default argument, {one.name}={one.name}"
        yield draft.at(cells[one.cell][0], fault, fix)


def held_out(draft: Draft) -> Findings:
    """Before the heading that names it, no code reads what is called test.

    That is: no name `test` or `test_...` is read, no attribute and no key of that
    name. Unpacking a split into train, valid and test is allowed, and so is its `len`.
    Recipes, which are whole jobs, and exercises are left out.
    """
    for i, cell in enumerate(draft.notebook["cells"]):
        if cell["cell_type"] == "markdown" and re.search(
            r"(?mi)^#+ .*\btest split\b", source(cell)
        ):
            return
        if cell["cell_type"] != "code" or {"recipe", "exercise"} & set(tags(cell)):
            continue
        if used := sorted(set(_test_data(tree(source(cell))))):
            fault = f"the test split is used before its heading: {used}"
            fix = "use the validation split, or a heading `... test split ...` above"
            yield draft.at(i, fault, fix)


def _test_data(code: ast.Module) -> Iterator[str]:
    counted = {
        id(node.args[0])
        for node in ast.walk(code)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "len" and node.args
    }
    for node in ast.walk(code):
        found: Any = None
        if id(node) in counted:
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found = node.id
        elif isinstance(node, ast.Attribute):
            found = node.attr
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            found = node.slice.value
        if isinstance(found, str) and re.fullmatch(r"test(_\w+)?", found):
            yield found


RULES = (
    order,
    errors,
    stale,
    kernel,
    places,
    alt_text,
    early_figure,
    lengths,
    opening,
    hosted,
    prerequisites,
    closing,
    links,
    mentioned,
    glossary_terms,
    metrics,
    compared,
    headline,
    recipes,
    stacks,
    exercises,
    names_exist,
    callbacks,
    held_out,
)


# The glossary


def terms(text: str) -> dict[str, str]:
    """The entries of the glossary: heading to what stands under it."""
    parts = re.split(r"(?m)^### (.+)\n", text)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def slug(term: str) -> str:
    """The anchor of a heading, as JupyterLab and code-hosting sites make it."""
    return term.replace(" ", "-")


def glossary_faults(text: str, prose: Mapping[str, str]) -> list[str]:
    """What is wrong with the glossary; prose: number of a notebook to its prose.

    Every entry: `### term`, an empty line, a line of Chinese term, shape and notebook,
    an empty line, and what it means. The notebook is one that has the term.
    """
    entries = terms(text)
    anchors = {slug(term) for term in entries}
    links = {number: linked_in(words) for number, words in prose.items()}
    used = {anchor for linked in links.values() for anchor in linked}
    found = []
    if list(entries) != sorted(entries):
        pairs = zip(entries, sorted(entries), strict=True)
        wrong = next(a for a, b in pairs if a != b)
        found.append(f"{wrong}: not in its alphabetical place")
    if len(entries) != len(re.findall(r"(?m)^### ", text)):
        found.append("a term stands twice")
    for term, body in entries.items():
        inner = set(re.findall(r"\]\(#([^)]+)\)", body))
        found += [f"{term}: no entry #{anchor}" for anchor in inner - anchors]
        used |= inner - {slug(term)}
        if not re.fullmatch(r"[a-z0-9]+([ -][a-z0-9]+)*", term):
            found.append(f"{term}: only a-z, 0-9, space and hyphen make a sure anchor")
        where = re.search(r"^\n(.+) · notebook (\d\d)\n\n\S", body)
        if where is None or not CHINESE.search(where[1]):
            found.append(f"{term}: the line `Chinese · shape · notebook NN` is missing")
        elif where[2] not in prose:
            found.append(f"{term}: there is no notebook {where[2]}")
        elif slug(term) not in links[where[2]] and term not in prose[where[2]].lower():
            found.append(f"{term}: notebook {where[2]} neither links nor names it")
    found += [
        f"{term}: no notebook links it, and no other entry; link or delete it"
        for term in entries
        if slug(term) not in used
    ]
    return found
