"""python -m mmlearn run NOTEBOOK: execute a notebook for each choice of its parameters.

    python -m mmlearn run mine.ipynb -p epochs=20 --grid fusion=late,gated --seeds 3

Each run has a folder, runs/NOTEBOOK/PARAMETERS-DIGEST/, with the executed notebook, its
parameters, what it kept (metrics.jsonl), its figures, and the environment and state of
git that it was made in. A run that is finished is not repeated: another digest comes
with another notebook or other parameters. One that was killed goes on in its folder;
one that failed lies in runs/NOTEBOOK/failed/, with its traceback.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import nbformat
from joblib import Parallel, delayed, parallel_config

from mmlearn.course.kernel import own_kernel
from mmlearn.course.paths import CourseError
from mmlearn.course.store import code_digest
from mmlearn.experiments import folder
from mmlearn.experiments.parameters import grid, of_notebook
from mmlearn.experiments.single import Run, execute

ENGINES = ("loky", "dask", "ray")


def main(arguments: Sequence[str]) -> int:
    """Run a notebook over a grid; 1 if a run failed, 130 if it was interrupted.

    Raises:
        CourseError: for parameters that the notebook does not have, before anything
            runs; when an engine is not installed.
    """
    asked = parser().parse_args(arguments)
    runs = plan(asked.notebook, asked.parameter, asked.grid, asked.seeds, asked.out)
    print(f"{len(runs)} runs in {runs[0].folder.parent}")
    try:
        states = execute_all(runs, asked.jobs, asked.engine)
    except KeyboardInterrupt:
        print("Interrupted. What is finished stays; the same command goes on.")
        return 130
    for state in dict.fromkeys(states):
        print(f"{states.count(state)} {state}")
    if set(states) & {"finished", "already there"}:
        print(f"Compare them: python -m mmlearn compare {runs[0].folder.parent}")
    return 1 if "failed" in states else 0


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    made = argparse.ArgumentParser(
        "python -m mmlearn run NOTEBOOK", description=__doc__.split("\n\n")[0]
    )
    made.add_argument("notebook", type=Path)
    made.add_argument("-p", "--parameter", action="append", default=[])
    made.add_argument("--grid", action="append", default=[], help="name=a,b,c")
    made.add_argument("--seeds", type=int, help="seed=0 ... seeds - 1")
    made.add_argument("--jobs", type=int, default=1, help="runs at once")
    made.add_argument("--engine", choices=ENGINES, default="loky", help="of the jobs")
    made.add_argument("--out", type=Path, default=Path("runs"))
    return made


def plan(
    path: Path,
    given: Sequence[str] = (),
    varied: Sequence[str] = (),
    seeds: int | None = None,
    out: Path = Path("runs"),
) -> list[Run]:
    """The runs that are asked for, checked, in order; nothing runs yet.

    Raises:
        CourseError: as `grid` does; when the notebook is not there or cannot be read.
    """
    notebook = read(path)
    parameters = of_notebook(notebook)
    defaults = {name: each.default for name, each in parameters.items()}
    digest = code_digest(notebook)
    return [
        Run(
            path.resolve(),
            folder.of_run(out.resolve() / path.stem, chosen, defaults | chosen, digest),
            defaults | chosen,
        )
        for chosen in grid(parameters, given, varied, seeds)
    ]


def read(path: Path) -> nbformat.NotebookNode:
    """A notebook.

    Raises:
        CourseError: when it is not there, or is none.
    """
    if not path.is_file():
        raise CourseError(f"There is no notebook {path}.")
    try:
        return nbformat.read(path, as_version=4)
    except Exception as fault:  # nbformat raises what its parsers raise
        raise CourseError(f"{path} cannot be read as a notebook: {fault}") from None


def execute_all(runs: Sequence[Run], jobs: int = 1, engine: str = "loky") -> list[str]:
    """Execute runs, `jobs` at once; for each "finished", "already there" or "failed".

    Raises:
        CourseError: for fewer than one job; when the engine is not installed.
    """
    if jobs < 1:
        raise CourseError(f"--jobs is {jobs}; expected 1 or more.")
    if jobs == 1:
        with own_kernel():
            return [_said(i, len(runs), run) for i, run in enumerate(runs, 1)]
    with _backend(engine) as backend, parallel_config(backend, n_jobs=jobs):
        return Parallel()(
            delayed(_elsewhere)(i, len(runs), run) for i, run in enumerate(runs, 1)
        )


@contextmanager
def _backend(engine: str) -> Iterator[str]:
    """The backend of joblib of that name, made known to it.

    Raises:
        CourseError: when it is not installed.
    """
    with ExitStack() as started:
        try:
            if engine == "dask":
                import distributed

                try:
                    distributed.get_client()
                except ValueError:  # none is running: a small cluster here, for now
                    started.enter_context(distributed.Client())
            elif engine == "ray":
                from ray.util.joblib import register_ray

                register_ray()
        except ModuleNotFoundError as missing:
            raise CourseError(
                f"--engine {engine} needs the package {missing.name}, which is not "
                "installed. Fix: install it, or leave the option out."
            ) from None
        yield engine


def _elsewhere(number: int, runs: int, run: Run) -> str:
    """A run in a process of its own: a worker may have several threads."""
    done = subprocess.run(
        [sys.executable, "-m", "mmlearn.experiments.single", run.as_json()],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:  # a fault outside the notebook, such as a full disk
        raise RuntimeError(done.stderr)
    return _told(number, runs, run, done.stdout.splitlines()[-1])


def _said(number: int, runs: int, run: Run) -> str:
    return _told(number, runs, run, execute(run))


def _told(number: int, runs: int, run: Run, state: str) -> str:
    print(f"run {number} of {runs}  {run.folder.name}  {state}", flush=True)
    return state.partition(":")[0]
