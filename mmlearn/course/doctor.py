"""python -m mmlearn doctor: a line for each thing that the course needs.

Standard library only, and nothing heavy is imported into this process: it must also
report on an installation that is missing or broken.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmlearn.course import kit as kits
from mmlearn.course import preflight, whole
from mmlearn.course.paths import ROOT, CourseError
from mmlearn.course.stack import TORCHTEXT, here, in_own_folder
from mmlearn.data.store import place

SECONDS = 180  # for one check: the first import of torch from a slow disk takes long
FREE_DISK_GB = 1.0  # the caches and the executed notebooks
FREE_MEMORY_GB = 2.0
LIBRARIES = (
    *("av", "cv2", "faiss", "matplotlib", "pyarrow", "resvg_py", "scipy", "sklearn"),
    *("soundfile", "spacy", "tokenizers"),
)


def install() -> str:
    """What to do when a part of the installation is missing."""
    return (
        f"`python3 course.py lab{here().option}` installs it (README, 'Your own "
        "environment', if you have made one)"
    )


@dataclass(frozen=True)
class Finding:
    """What a check found; `fix` says what to do where it is not ok."""

    ok: bool
    text: str
    fix: str = field(default_factory=install)


def main(arguments: Sequence[str]) -> int:
    """Make all checks and print a line for each; 1 if any fails."""
    if arguments:
        print(f"doctor takes no arguments; it got {' '.join(arguments)}.")
        return 2
    findings = []
    for name, check in CHECKS.items():
        try:
            finding = check()
        except Exception as error:  # a check that breaks is a finding, not an end
            finding = Finding(False, f"the check itself failed: {error!r}")
        findings.append(finding)
        print(line(name, finding), flush=True)
    return 0 if all(finding.ok for finding in findings) else 1


def line(name: str, finding: Finding) -> str:
    """`OK   name: text`, or `FAIL name: text. Fix: ...`."""
    if finding.ok:
        return f"OK    {name}: {finding.text}"
    return f"FAIL  {name}: {finding.text.rstrip('.')}. Fix: {finding.fix}"


def ask(code: str, folder: Path | None = None) -> tuple[bool, str]:
    """Run a line of Python in its own process: did it end well, and its last line.

    It runs in `folder`, by default an empty one, so that what it imports is what a
    notebook imports, and not what happens to lie in the current folder.
    """
    with tempfile.TemporaryDirectory() as empty:
        try:
            done = subprocess.run(
                [sys.executable, "-c", code],
                cwd=folder or empty,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            return False, f"no answer within {SECONDS} s"
    said = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    fallback = "" if done.returncode == 0 else f"ended with code {done.returncode}"
    return done.returncode == 0, said[-1] if said else fallback


def python() -> Finding:
    """The version and kind of this Python."""
    version = "{}.{}.{}".format(*sys.version_info[:3])
    text = f"{version} at {sys.executable}"
    problem = preflight.machine_problem()
    if problem:
        fault, fix = problem.split(" Fix: ")
        return Finding(False, fault, fix)
    stack = here()
    return Finding(
        preflight.supported(sys.version_info[:2], stack),
        text,
        "use Python {}.{} to {}.{}".format(*preflight.OLDEST, *stack.newest),
    )


def torch_pair() -> Finding:
    """Whether torch and torchvision load and belong together."""
    # An operator of torchvision's own is missing where the two were not built together.
    code = (
        "import torch, torchvision; "
        "torchvision.ops.nms(torch.tensor([[0.0, 0, 1, 1]]), torch.ones(1), 0.5); "
        "print('torch', torch.__version__, '+ torchvision', torchvision.__version__)"
    )
    ok, text = ask(code)
    if "No module named" in text:
        return Finding(ok, text)
    stack = here()
    fix = f"delete {stack.folder}; {install()}"
    if not ok:
        pair = "torch and torchvision have to come from the same place: "
        return Finding(False, text, pair + fix)
    pins = (ROOT / stack.pins).read_text(encoding="utf-8")
    pinned = re.findall(r"^torch==(.+)$", pins, re.MULTILINE)[0]
    if in_own_folder() and text.split()[1].split("+")[0] != pinned:
        return Finding(False, f"{text}; the stack {stack.name} has {pinned}", fix)
    return Finding(True, text)


def torchtext() -> Finding:
    """Whether torchtext loads, where this is its stack."""
    if here() is not TORCHTEXT:
        option = TORCHTEXT.option.strip()
        return Finding(True, f"not in this stack: it loads with torch 2.3 ({option})")
    # Not by `with_torchtext.load`, which would say how to get it and not what is wrong.
    code = (
        "import torchtext; torchtext.disable_torchtext_deprecation_warning(); "
        "import torchtext.vocab; print('torchtext', torchtext.__version__)"
    )
    return Finding(*ask(code))


def packages() -> Finding:
    """Whether all packages are there, with all they need, in the pinned versions."""
    missing = whole.missing_packages(ROOT, here())
    if missing:
        return Finding(False, f"not installed: {', '.join(missing)}")
    code = (
        "import runpy, sys; sys.stdout = sys.stderr; sys.argv[1:] = ['check']; "
        "runpy.run_module('pip', run_name='__main__')"
    )
    ok, text = ask(code)
    if not ok and "No module named" not in text:
        return Finding(False, text)
    others = whole.other_versions(ROOT, here())
    if others and in_own_folder():
        return Finding(False, f"other versions than the pinned: {', '.join(others)}")
    if others:
        return Finding(True, f"all there; {len(others)} in other versions than tested")
    return Finding(True, "all there, in the pinned versions")


def libraries() -> Finding:
    """Whether the packages that bring compiled code of others load."""
    ok, text = ask(f"import {', '.join(LIBRARIES)}")
    return Finding(ok, "all load" if ok else text)


def notebooks() -> Finding:
    """Whether the notebooks are there, and what lies beside them."""
    missing = whole.missing_notebooks(ROOT)
    fix = "copy or clone the course again (your own copies are in work/)"
    if missing:
        return Finding(False, f"not there: {', '.join(missing)}", fix)
    return Finding(True, f"all that the README names, in {ROOT / 'notebooks'}")


def folders() -> Finding:
    """Whether the checkout, the cache and the temporary folder can be written to."""
    used = [ROOT, place.folder(), Path(tempfile.gettempdir())]
    problems = whole.unusable(used, FREE_DISK_GB)
    fix = (
        "give yourself the right to write there, or make space; MMLEARN_CACHE and "
        "TMPDIR name other folders for the data and for temporary files"
    )
    if problems:
        return Finding(False, "; ".join(problems), fix)
    return Finding(True, f"{', '.join(map(str, used))} can be written to")


def browser() -> Finding:
    """Whether there is a browser to open; without one, the address is printed."""
    try:
        webbrowser.get()
    except webbrowser.Error:
        return Finding(True, "none found: open the address that `lab` prints in one")
    return Finding(True, "there is one for `lab` to open")


def kit_here() -> Finding:
    """Whether the kit that this checkout is, if it is one, is as it was packed."""
    said = io.StringIO()
    try:
        kit = kits.inside(ROOT)
        if kit is None:
            return Finding(True, "none here, and none needed; `pack DIR` makes one")
        with contextlib.redirect_stdout(said):
            kits.check(kit)
    except CourseError as problem:
        fault, _, fix = str(problem).partition(" Fix: ")
        return Finding(False, fault, fix)
    return Finding(True, said.getvalue().strip().rstrip("."))


def disk() -> Finding:
    """Free disk where the checkout is: also for the installation, if not yet made."""
    installed = importlib.util.find_spec("torch") is not None
    free = shutil.disk_usage(ROOT).free / 1e9
    needed = FREE_DISK_GB if installed else preflight.GIGABYTES_CUDA
    if not installed and not sys.platform.startswith("linux"):
        needed = preflight.GIGABYTES_CPU
    return Finding(
        free >= needed,
        f"{free:.1f} GB free, {needed:.0f} GB needed",
        f"free {needed - free:.1f} GB, or move the checkout to another disk",
    )


def memory() -> Finding:
    """Memory that is available to programs now."""
    free = available_memory_gb()
    if free is None:
        return Finding(True, "cannot be read before psutil is installed")
    return Finding(
        free >= FREE_MEMORY_GB,
        f"{free:.1f} GB available, {FREE_MEMORY_GB:.0f} GB needed",
        "close other programs and other notebooks' kernels",
    )


def available_memory_gb() -> float | None:
    """Memory available to programs now, in units of 10^9 bytes; None if unknown."""
    try:
        import psutil

        return float(psutil.virtual_memory().available) / 1e9
    except ImportError:
        pass
    if hasattr(os, "sysconf") and "SC_AVPHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    return None


def kernel() -> Finding:
    """Whether a notebook's kernel starts, and is this Python."""
    ok, text = ask("from mmlearn.course import kernel; print(kernel.python())", ROOT)
    if ok and text != sys.executable:
        return Finding(False, f"notebooks run in {text or 'no Python'}")
    return Finding(ok, f"notebooks run in {text}" if ok else text)


def data_cache() -> Finding:
    """Whether the corpora are built and whole."""
    ok, text = ask("from mmlearn.course import doctor; doctor.data_report()", ROOT)
    if ok or "No module named" in text:
        return Finding(ok, text)
    return Finding(False, text, f"`{command_line('data prepare')}` builds it")


def data_report() -> None:
    """Print the state of the cache, or leave with what is wrong; for `data_cache`."""
    from mmlearn.data import command
    from mmlearn.data.store import cache

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = command.verify()
    if code:
        fails = [line for line in said.getvalue().splitlines() if line[:4] == "FAIL"]
        sys.exit(fails[0].removeprefix("FAIL").strip())
    entries = {name: cache.entry(c.recipe()) for name, c in command.CORPORA.items()}
    missing = [name for name, entry in entries.items() if not entry.exists()]
    if missing:
        sys.exit(f"{', '.join(missing)}: not built yet")
    print(f"{', '.join(entries)} in {cache.folder()}, all checksums right")


def speech() -> Finding:
    """Whether a word can be spoken."""
    code = (
        "from mmlearn.data.synth import espeak; "
        "print(len(espeak.speak([('en-us', 'one')])[0]), 'samples of speech')"
    )
    return Finding(*ask(code, ROOT))


def ours() -> Finding:
    """Whether `import mmlearn` finds this course, and no other package of that name."""
    try:
        other = importlib.metadata.version("mmlearn")
    except importlib.metadata.PackageNotFoundError:
        other = None
    if other:
        return Finding(
            False,
            f"another project, mmlearn {other}, is installed in {sys.prefix}",
            f"`{sys.executable} -m pip uninstall mmlearn`",
        )
    ok, found = ask("import mmlearn; print(mmlearn.__file__)")
    if not ok:
        return Finding(False, f"a notebook cannot import it: {found}")
    if Path(found).resolve().parent != ROOT / "mmlearn":
        return Finding(
            False,
            f"a notebook imports {found}, not {ROOT / 'mmlearn'}",
            "take that folder out of PYTHONPATH, or install this checkout: "
            + install(),
        )
    return Finding(True, f"from {ROOT / 'mmlearn'}")


def command_line(rest: str) -> str:
    """How this course's command is called here: through course.py, or directly."""
    if in_own_folder():
        return f"python3 course.py {rest}{here().option}"
    return f"python -m mmlearn {rest}"


CHECKS: dict[str, Callable[[], Finding]] = {
    "Python": python,
    "torch and torchvision": torch_pair,
    "torchtext": torchtext,
    "packages": packages,
    "libraries": libraries,
    "notebooks": notebooks,
    "disk": disk,
    "folders": folders,
    "memory": memory,
    "kernel": kernel,
    "data cache": data_cache,
    "speech": speech,
    "mmlearn": ours,
    "browser": browser,
    "kit": kit_here,
}
