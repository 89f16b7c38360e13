"""`python -m mmlearn data list|prepare|verify|clear`: the data on this machine."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from types import ModuleType

from mmlearn.data import digits, emoji, examples, penguins, scenes, speech, watch
from mmlearn.data.store import cache, packages

CORPORA: dict[str, ModuleType] = {
    "emoji": emoji,
    "digits": digits,
    "speech": speech,  # after emoji, whose names it speaks
    "watch": watch,
    "penguins": penguins,
    "scenes": scenes,  # after emoji, of which it is made
}


def main(argv: Sequence[str]) -> int:
    """Run one of the four commands; 0 when all is well, 1 when something is not."""
    parser = argparse.ArgumentParser(
        prog="python -m mmlearn data",
        description="The course's data: what there is, where from, and its licence.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="sizes, licences and sources")
    prepare_parser = commands.add_parser("prepare", help="build what is not there yet")
    # No `choices`: argparse would refuse an empty list with them.
    prepare_parser.add_argument("corpora", nargs="*", help=", ".join(CORPORA))
    commands.add_parser("verify", help="compare all checksums")
    commands.add_parser("clear", help="remove everything that was built")
    options = parser.parse_args(argv)
    try:
        if options.command == "prepare":
            return prepare(options.corpora)
        return {"list": show, "verify": verify, "clear": clear}[options.command]()
    except (OSError, RuntimeError) as fault:
        print(f"FAIL  {fault}", file=sys.stderr)
        return 1


def show() -> int:
    """Print each corpus and each package, with size, licence and source."""
    print(f"Corpora, kept in {cache.folder()} (MMLEARN_CACHE sets another folder)")
    known = set()
    made = {name: module.recipe() for name, module in CORPORA.items()}
    folders = examples.recipes()
    made |= {f"examples.{name}": recipe for name, recipe in folders.items()}
    for name, recipe in made.items():
        where = cache.entry(recipe)
        known.add(where)
        print(f"\n{name}: {_state(where)}")
        print(f"  licence  {recipe.licence}")
        print(f"  source   {recipe.source}")
    for where in cache.entries():
        if where not in known:
            print(f"\n{where.name}: {_state(where)} (other arguments, or older)")
    print("\nPackages that are here for their data; a variable names a copy instead")
    for package in packages.PACKAGES:
        own = os.environ.get(package.variable)
        try:
            state = f"replaced by {own}" if own else "installed"
            packages.find(package)
        except FileNotFoundError:
            state = "MISSING"
        print(f"\n{package.distribution} {package.version}: {state}")
        print(f"  for      {package.purpose}")
        print(f"  licence  {package.licence}")
        print(f"  variable {package.variable}")
    return 0


def prepare(names: Sequence[str] = ()) -> int:
    """Build the corpora that are not in the cache; a line each; 1 when one failed."""
    unknown = [name for name in names if name not in CORPORA]
    if unknown:
        print(
            f"FAIL  no corpus {unknown[0]!r}; there are {', '.join(CORPORA)}",
            file=sys.stderr,
        )
        return 1
    failed = False
    for name in names or CORPORA:
        start = time.perf_counter()
        try:
            corpus = CORPORA[name].load()
        except (OSError, ValueError, RuntimeError, ImportError) as fault:
            print(f"FAIL  {name}: {fault}", file=sys.stderr)
            failed = True
            continue
        seconds = time.perf_counter() - start
        print(f"OK    {name}: {len(corpus):,} rows, {seconds:.1f} s", flush=True)
    return int(failed)


def verify() -> int:
    """Compare sha256 of entries and packages; a line each; 1 when one differs."""
    failed = False
    for where in cache.entries():
        try:
            cache.verify(where)
            print(f"OK    {where.name}")
        except cache.DamagedError as fault:
            print(f"FAIL  {where.name}: {fault}; the next load builds it again")
            failed = True
    for package in packages.PACKAGES:
        try:
            packages.check(package)
            own = os.environ.get(package.variable)
            note = f": not compared, replaced by {own}" if own else ""
            print(f"OK    {package.distribution}{note}")
        except (FileNotFoundError, ValueError) as fault:
            print(f"FAIL  {fault}")
            failed = True
    return int(failed)


def clear() -> int:
    """Remove all entries, and say what was freed."""
    names, freed = cache.clear()
    for name in names:
        print(f"removed {name}")
    print(f"{freed / 1e6:.0f} MB freed in {cache.folder()}")
    return 0


def _state(where: cache.Path) -> str:
    if not where.exists():
        return "not built yet (python -m mmlearn data prepare)"
    try:
        manifest = cache.read_manifest(where)
    except cache.DamagedError as fault:
        return f"DAMAGED, {fault}; the next load builds it again"
    size = sum(facts["bytes"] for facts in manifest["files"].values())
    return f"{manifest['rows']:,} rows, {size / 1e6:.0f} MB, built {manifest['built']}"
