"""Read what pip says: how far it is, and why it failed. Standard library only."""

from __future__ import annotations

import re
from pathlib import Path


def state(said: str, installed: int, pins: int) -> tuple[float, str]:
    """How far pip is (0 to 1) and what it is doing, from its output so far."""
    plan = re.search(r"^Installing collected packages: (.*)$", said, re.MULTILINE)
    if plan:
        total = plan[1].count(",") + 1
        done = min(installed, total)
        return 0.5 + 0.5 * done / total, f"installing {done} of {total} packages"
    verbs = "Collecting|Downloading|Using cached|Processing"
    found = re.findall(rf"^ *({verbs}) (.+?)(?: \(|$)", said, re.MULTILINE)
    collected = said.count("Collecting ") + said.count("Processing ")
    share = 0.5 * min(collected / pins, 1.0)
    if not found:
        return share, "downloading"
    verb, name = found[-1]
    doing = "reading" if verb == "Processing" else "downloading"  # from a folder
    return share, f"{doing} {Path(name).name}"


def explain(said: str) -> str:
    """The cause of a failure of pip and its fix, in one line, from pip's output."""
    if re.search(r"No space left on device|Errno 28\b|WinError 112", said):
        return (
            "The disk is full. Fix: make space (the README says how much it takes) "
            "and call this again; TMPDIR names the folder of pip's temporary files."
        )
    if re.search(
        r"NewConnectionError|NameResolutionError|Failed to establish a new connection"
        r"|ConnectTimeout|Connection timed out|Network is unreachable|ReadTimeout"
        r"|Read timed out|ProxyError|RemoteDisconnected|getaddrinfo failed",
        said,
    ):
        return (
            "The packages could not be fetched: there is no network, or pip does not "
            "reach its index. Fix: connect, or set pip's proxy or index, and call "
            "this again; only the installation needs a network."
        )
    if "No module named pip" in said:
        return (
            "The environment is one without pip. Fix: delete its folder (the log "
            "names it) and call this again."
        )
    missing = re.search(r"No matching distribution found for (\S+)", said)
    if missing:
        return (
            f"pip found no {missing[1]} for this Python and system. Fix: use Linux "
            "x86-64 (glibc 2.28 or newer), macOS on Apple silicon or Windows x86-64; "
            "if pip is set to an index of your own, see that it carries this version."
        )
    errors = re.findall(r"^ *(?:ERROR|error): *(.+)$", said, re.MULTILINE)
    last = errors[-1] if errors else (said.strip().splitlines() or ["nothing"])[-1]
    return f"pip failed: {last.strip()}. Fix: read its log, fix that, call this again."
