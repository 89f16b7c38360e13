"""A command without a network, where the system can do that. Standard library only."""

from __future__ import annotations

import functools
import shutil
import subprocess

CUT_OFF = ("unshare", "--map-root-user", "--net")  # Linux: a network of its own, empty


@functools.cache
def cut_off() -> tuple[str, ...]:
    """What a command begins with to have no network; empty where that cannot be."""
    if shutil.which(CUT_OFF[0]) is None:
        return ()
    done = subprocess.run([*CUT_OFF, "true"], capture_output=True)
    return CUT_OFF if done.returncode == 0 else ()
